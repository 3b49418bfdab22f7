import sys

from conformance.execute.streams import TextStreams

# FileStreams points the descriptors of the whole process elsewhere, so test_pool.py tests it in processes of their own.


def test_what_is_written_is_taken_once(capsys):
    with TextStreams() as streams:
        print("one")
        print("two", file=sys.stderr)
        assert streams.take() == ("one\n", "two\n")
        print("three\x1b")
        assert streams.take() == ("three\\x1b\n", "")
        assert streams.take() == ("", "")
    print("outside")
    assert capsys.readouterr() == ("outside\n", "")

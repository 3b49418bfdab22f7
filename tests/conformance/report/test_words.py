import pytest

from conformance.compare.verdict import VERDICTS
from conformance.report.words import LOOKS, count, duration


def test_every_verdict_has_a_look_of_its_own():
    assert list(LOOKS) == list(VERDICTS)
    for glyphs in ([look.glyph for look in LOOKS.values()], [look.plain for look in LOOKS.values()]):
        assert len(set(glyphs)) == len(VERDICTS)
    assert all(look.plain.isascii() for look in LOOKS.values())


def test_numbers_agree_with_their_words():
    assert [count(1, "cell"), count(2, "cell"), count(1234, "cell")] == ["1 cell", "2 cells", "1,234 cells"]
    assert [LOOKS["diverges"].counted(number) for number in (1, 2)] == ["1 diverges", "2 diverge"]
    assert LOOKS["skipped"].counted(1) == "1 skipped"


@pytest.mark.parametrize(("seconds", "text"), [(0.414, "0.41 s"), (12.34, "12.3 s"), (200.9, "3 min 20 s")])
def test_durations(seconds, text):
    assert duration(seconds) == text

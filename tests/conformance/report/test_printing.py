import io

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from conformance.report.printing import put


def printed(part, **options):
    file = io.StringIO()
    put(Console(file=file, width=20, **options), part)
    return file.getvalue()


def test_lines_have_no_blanks_at_their_ends():
    assert printed(Padding(Text("one\ntwo   "), (1, 4, 0, 2))) == "\n  one\n  two\n"


def test_what_is_to_be_copied_is_not_broken():
    command = "conformance run seeds/basics::one"
    assert printed(Text(command, no_wrap=True)) == command + "\n"
    assert len(printed(Text(command)).splitlines()) == 2

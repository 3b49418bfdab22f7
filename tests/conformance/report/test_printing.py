import io

import pytest
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from conformance.report.printing import Terminal, put


def printed(part, **options):
    file = io.StringIO()
    put(Console(file=file, width=20, **options), part)
    return file.getvalue()


def test_lines_have_no_blanks_at_their_ends():
    assert printed(Padding(Text("one\ntwo   "), (1, 4, 0, 2))) == "\n  one\n  two\n"


@pytest.mark.parametrize(("columns", "width"), [("0", 40), ("1", 40), ("39", 40), ("41", 41)])
def test_a_terminal_is_never_too_narrow_to_say_anything(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert Terminal().width == width


def test_what_is_to_be_copied_is_not_broken():
    command = "conformance run seeds/basics::one"
    assert printed(Text(command, no_wrap=True)) == command + "\n"
    assert len(printed(Text(command)).splitlines()) == 2

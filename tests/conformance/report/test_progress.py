import io

from rich.console import Console

from conformance.compare.results import CaseResult, CellResult
from conformance.report.progress import Live


def result(verdict):
    return CaseResult("area/[/foo]::one", "engine", verdict, (), 0.0, (CellResult(1, verdict, "1"),))


def render(console):
    with Live(console, 3) as live:
        live.done(result("conforms"))
        live.done(result("diverges"))
    return console.file.getvalue()


def test_on_a_terminal_it_shows_how_far_and_what_went_wrong():
    shown = render(Console(file=io.StringIO(), force_terminal=True, width=100))
    assert "2/3" in shown
    assert "1 diverges  area/[/foo]::one" in shown


def test_elsewhere_it_shows_nothing():
    assert render(Console(file=io.StringIO(), width=100)) == ""

"""Programs drawn at random."""

import pytest

from conformance.cli import run_command_line
from conformance.known import Known
from conformance.run import Options, Run
from conformance.selection import select
from conformance.sources.fuzz import fuzz, parse, program
from conformance.sources.fuzz.drawing import MOST, SHAPES
from conformance.sources.fuzz.statements import STATEMENTS
from conformance.spec.errors import SpecError


def test_a_selector_is_read():
    assert parse("fuzz:") == (0, 100, 14, "")
    assert parse("fuzz:7?programs=1000&lines=3") == (7, 1000, 3, "?programs=1000&lines=3")


@pytest.mark.parametrize("selector", ["fuzz:one", "fuzz:-1", "fuzz:1?", "fuzz:1?programs=0", "fuzz:?seed=1"])
def test_what_cannot_be_asked_is_refused_with_what_can(selector, capsys):
    with pytest.raises(SpecError, match=r"fuzz:7|\?programs=1000"):
        parse(selector)
    assert run_command_line(["list", selector]) == 4
    assert selector in capsys.readouterr().err


def test_a_program_depends_on_its_seed_and_number_alone():
    few, many = fuzz("fuzz:3?programs=2"), fuzz("fuzz:3")
    assert few.cases == many.cases[:2]
    assert many.name == "fuzz:3"
    assert fuzz("fuzz:").name == "fuzz:0"
    assert len({tuple(cell.code for cell in case.cells) for case in (*many.cases, *fuzz("fuzz:4").cases)}) == 200


def test_programs_are_python_of_the_length_that_was_asked():
    for number in range(50):
        cells = program(0, number, 20)
        assert len(cells) == 21
        for cell in cells:
            compile(cell, "<cell>", "exec")


def test_every_statement_comes(monkeypatch):
    came = set()

    def noted(made):
        def made_and_noted(draw):
            code = made(draw)
            if code is not None:
                came.add(made.__name__)
            return code

        return made_and_noted

    monkeypatch.setattr("conformance.sources.fuzz.STATEMENTS", {noted(made): n for made, n in STATEMENTS.items()})
    for number in range(80):
        program(0, number, 20)
    assert came == {made.__name__ for made in STATEMENTS}


def test_no_leaf_is_too_large_to_be_used():
    for shape in SHAPES:
        size = 1
        for length in shape:
            size *= length
        assert size <= MOST


def run(target, selector):
    options = Options((target,), "torch:cpu", jobs=2, timeout=60, isolate="batch")
    with Run(dict(enumerate(select(None, [selector]))), options, Known()) as running:
        return list(running.results())


def number(result):
    return result.address.partition("::")[2]


OPEN: dict[str, str] = {}
"""Of the programs below those in which the engine is known to be wrong, and in what."""


def test_the_engine_does_what_torch_does():
    """But for what is open; what is no longer has to go from the list."""
    pytest.importorskip("torch")
    results = run("engine", "fuzz:0?programs=40")
    assert {number(each) for each in results if each.verdict != "conforms"} == OPEN.keys()
    raised = sum(check.name == "error" and check.torch != "no error" for each in results for check in each.checks)
    assert raised < sum(len(each.cells) for each in results) / 3  # most cells do something


def test_an_engine_that_is_subtly_wrong_is_found(capsys):
    """It loses one of two gradients that meet. A program that shows it becomes a few lines."""
    pytest.importorskip("torch")
    results = run("sabotaged:LOSES_A_GRADIENT", "fuzz:0?programs=12")
    wrong = [each for each in results if each.verdict == "diverges" and number(each) not in OPEN]
    assert wrong
    assert run_command_line(["reduce", wrong[0].address, "-t", "sabotaged:LOSES_A_GRADIENT"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("# %%\nimport torch\n")
    assert told.out.count("# %%") <= 6
    assert "is wrong: torch:cpu does otherwise" in told.err
    assert "run again" not in told.err

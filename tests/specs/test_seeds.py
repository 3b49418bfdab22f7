"""The specs of the two seed notebooks, as specs: the runner's tests are about whether anything conforms to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.sources.yaml import suites
from conformance.spec.code import runnable
from conformance.spec.model import Case, Cell, Suite, stated

SPECS = Path(__file__).parents[2] / "specs"
SEEDS = {suite.name: suite for suite in suites(SPECS, [SPECS / "seeds"])}
CASES = [pytest.param(suite, case, id=f"{suite.name}::{case.id}") for suite in SEEDS.values() for case in suite.cases]
CELLS = [
    pytest.param(case, cell, id=f"{suite.name}::{case.id}#{number}")
    for suite in SEEDS.values()
    for case in suite.cases
    for number, cell in enumerate(case.cells, 1)
]

NOTEBOOKS = {
    "seeds/autograd-basics": [2, 3, 4, 28, 5, 6, 7, 8, 9, 11, 23, 22, 25, 26, 31, 34],
    "seeds/autograd-variables": [30, 31, 32, 33, 34, 35, 36, 37, 38, 47, 49],
}
"""The execution counts of the documents' cells as the specs run them. In the second, 38 stands after 49 on the page."""


def documented(suite: Suite) -> list[Cell]:
    return [cell for case in suite.cases if "document" in case.tags for cell in case.cells]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_cell_of_the_notebook_is_there_in_order(name: str) -> None:
    assert [cell.from_ for cell in documented(SEEDS[name])] == [f"In [{count}]" for count in NOTEBOOKS[name]]


def test_there_are_no_other_seeds() -> None:
    assert SEEDS.keys() == NOTEBOOKS.keys()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_cell_of_the_notebook_states_what_the_page_shows(name: str) -> None:
    """Printed text or, where it is random, what holds; nothing printed is stated too."""
    for cell in documented(SEEDS[name]):
        assert cell.stdout is not None or cell.holds, cell.from_


def test_the_error_cells_of_the_notebooks() -> None:
    errors = {cell.from_: cell.raises for suite in SEEDS.values() for cell in documented(suite) if cell.raises}
    assert {place: (error.type, error.during) for place, error in errors.items()} == {
        "In [28]": ("NameError", "run"),
        "In [7]": ("RuntimeError", "run"),
        "In [22]": ("RuntimeError", "run"),
        "In [34]": ("ExecutableNotFound", "display"),
    }
    assert all(error.message for error in errors.values())


def test_the_shell_cell_keeps_its_line_and_its_output() -> None:
    (cell,) = (cell for suite in SEEDS.values() for cell in documented(suite) if cell.shell)
    assert runnable(cell.code).not_run == ("!pip install torchviz",)
    assert "[notice] A new release of pip is available" in (cell.shell or "")


@pytest.mark.parametrize(("case", "cell"), CELLS)
def test_every_cell_expects_something_or_prepares_the_next(case: Case, cell: Cell) -> None:
    expectations = stated(cell) - {"from_", "title", "code", "needs", "shell"}
    assert expectations or cell is not case.cells[-1]


@pytest.mark.parametrize(("case", "cell"), CELLS)
def test_what_prints_states_its_text(case: Case, cell: Cell) -> None:
    if re.search(r"^print\(", cell.code, re.MULTILINE):
        assert cell.stdout is not None or cell.holds


@pytest.mark.parametrize(("suite", "case"), CASES)
def test_every_case_says_what_it_is(suite: Suite, case: Case) -> None:
    assert case.title
    assert case.covers
    assert len({"document", "variation", "prose"}.intersection(case.tags)) == 1
    assert case.cells[0].from_


@pytest.mark.parametrize(("suite", "case"), CASES)
def test_a_case_stands_alone(suite: Suite, case: Case) -> None:
    """Its first cells import what it uses: no case leans on another."""
    assert "import torch" in case.cells[0].code


@pytest.mark.parametrize(("suite", "case"), CASES)
def test_expected_prints_look_like_torchs(suite: Suite, case: Case) -> None:
    for cell in case.cells:
        for opening in re.finditer(r"tensor\(", cell.stdout or ""):
            text = (cell.stdout or "")[opening.start() :]
            assert re.match(r"tensor\([^()]*(\)|, (requires_grad=True|grad_fn=<\w+>)\))", text), text

"""The catalogue of behaviours against the specs: what has a case, what states why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.coverage import CATALOGUE, coverage, load_catalogue, unknown_lines
from conformance.sources.yaml import suites
from conformance.spec.errors import SpecError

SPECS = Path(__file__).parents[2] / "specs"

CASE = """\
title: Two
source: {document: a page, kind: page}
cases:
- id: first
  covers: [B01.01]
  cells:
  - code: |
      1 + 1
"""
LINES = """\
- title: Leaves
  lines:
  - {id: B01.01, text: a leaf}
  - {id: B01.02, text: another}
  - {id: B01.03, text: a third, without: nobody asked}
- title: Later
  without: not there yet
  lines:
  - {id: B02.01, text: a node}
"""


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    (tmp_path / "behaviours").mkdir()
    (tmp_path / "behaviours" / "two.yaml").write_text(CASE)
    (tmp_path / CATALOGUE).write_text(LINES)
    return tmp_path


def test_what_is_covered(specs: Path):
    leaves, later = coverage(load_catalogue(specs / CATALOGUE), suites(specs))
    assert leaves.cases == {"B01.01": ("behaviours/two::first",), "B01.02": (), "B01.03": ()}
    assert [line.id for line in leaves.uncovered] == ["B01.02", "B01.03"]
    assert [line.id for line in leaves.unexplained] == ["B01.02"]
    assert later.unexplained == ()
    assert leaves.stale == later.stale == ()


def test_a_reason_beside_a_case_is_stale(specs: Path):
    text = LINES.replace("text: a leaf", "text: a leaf, without: nobody asked")
    (specs / CATALOGUE).write_text(text)
    leaves, _ = coverage(load_catalogue(specs / CATALOGUE), suites(specs))
    assert [line.id for line in leaves.stale] == ["B01.01"]


def test_a_case_may_not_cover_what_the_catalogue_lacks(specs: Path):
    (specs / "behaviours" / "two.yaml").write_text(CASE.replace("B01.01", "B09.99"))
    assert unknown_lines(load_catalogue(specs / CATALOGUE), suites(specs)) == (("B09.99", "behaviours/two::first"),)


def test_a_mistake_is_told_with_its_place(specs: Path):
    (specs / CATALOGUE).write_text(LINES.replace("B01.02", "B1.2"))
    with pytest.raises(SpecError, match=r"catalogue\.yaml:4:"):
        load_catalogue(specs / CATALOGUE)


def test_the_command_counts(specs: Path):
    result = CliRunner().invoke(main, ["coverage", "--specs", str(specs), "--run", str(specs / "none"), "--lines"])
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.output.splitlines()]
    assert ["Leaves", "3", "1"] in rows
    assert ["all", "4", "1"] in rows
    assert any(row[:1] == ["B01.03"] and "nobody" in row for row in rows)


def test_a_run_says_what_conforms(specs: Path, tmp_path: Path):
    runner = CliRunner()
    out = tmp_path / "run"
    arguments = ["run", "--specs", str(specs), "--target", "engine", "--out", str(out), "--jobs", "0"]
    assert runner.invoke(main, arguments).exit_code == 0
    result = runner.invoke(main, ["coverage", "--specs", str(specs), "--run", str(out)])
    rows = [line.split() for line in result.output.splitlines()]
    header = next(row for row in rows if row[:1] == ["Area"])
    assert ["Leaves", "3", "1", *["1"] * (len(header) - 5)] in rows


# The project's own catalogue.


def test_every_line_has_a_case_or_a_reason_and_every_case_a_line():
    catalogue, specs = load_catalogue(SPECS / CATALOGUE), suites(SPECS)
    areas = coverage(catalogue, specs)
    assert [line.id for area in areas for line in area.unexplained] == []
    assert [line.id for area in areas for line in area.stale] == []
    assert unknown_lines(catalogue, specs) == ()


def test_ids_are_unique():
    ids = [line.id for area in load_catalogue(SPECS / CATALOGUE) for line in area.lines]
    assert len(ids) == len(set(ids))

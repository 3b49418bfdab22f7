from datetime import date

import pytest
from observed import scalar, tensor

from conformance.compare.results import Comparison
from conformance.known import Known, KnownDivergence
from conformance.spec.model import Suite
from conformance.targets.protocol import CellObservation, Observation

SUITE = Suite.model_validate(
    {"title": "A suite", "cases": [{"id": "one", "cells": [{"code": "1", "from": "In [1]"}, {"code": "!ls\n2"}]}]}
).found("area/suite")
CASE = SUITE.cases[0]


def known(*entries) -> Known:
    made = (
        {"address": "area/suite::one", "target": "engine", "check": "stdout", "reason": "so", **each}
        for each in entries
    )
    return Known(tuple(KnownDivergence.model_validate(each) for each in made), date(2027, 1, 1))


def completed(*stdouts, **options) -> Observation:
    return Observation("completed", "", tuple(CellObservation(stdout=text, **options) for text in stdouts), 0.5)


def result(observation, torch=None, target="engine", accepted=None, only=None, on_cpu=("engine", "torch:cpu")):
    comparison = Comparison("torch:cpu", frozenset(on_cpu), accepted or Known())
    return comparison.case(SUITE, CASE, target, observation, torch, only=only)


def verdicts(found):
    return [cell.verdict for cell in found.cells]


def test_a_case_is_as_bad_as_its_worst_cell():
    found = result(completed("a", "b"), completed("a", "c"))
    assert (found.address, found.verdict, verdicts(found)) == ("area/suite::one", "diverges", ["conforms", "diverges"])
    assert [cell.label for cell in found.cells] == ["In [1]", ""]
    assert found.cells[1].not_run == ("!ls",)
    assert {check.cell for check in found.checks} == {1, 2}
    assert found.seconds == 0.5


def test_one_cell_can_be_asked_for():
    found = result(completed("a", "b"), completed("a", "c"), only=1)
    assert (found.address, found.verdict, verdicts(found)) == ("area/suite::one#1", "conforms", ["conforms"])


@pytest.mark.parametrize("status", ["timeout", "crashed", "no-result"])
def test_the_cell_that_ended_the_process_has_the_verdict_and_later_ones_no_result(status):
    found = result(Observation(status, "why"), completed("a", "b"))
    assert verdicts(found) == [status, "no-result"]
    assert [check.reason for check in found.checks] == ["why", "not reached: why"]


@pytest.mark.parametrize("status", ["skipped", "broken"])
def test_a_case_that_did_not_run_has_one_verdict_for_all(status):
    found = result(Observation(status, "why"))
    assert verdicts(found) == [status, status]
    assert {(check.name, check.reason) for check in found.checks} == {("outcome", "why")}


def test_a_skipped_cell_leaves_the_others():
    seen = Observation("completed", "", (CellObservation(skipped="no module x"), CellObservation(stdout="b")))
    found = result(seen, completed("a", "b"))
    assert verdicts(found) == ["skipped", "conforms"]
    # Where torch did not run a cell, the document alone counts.
    assert verdicts(result(completed("a", "b"), seen)) == ["conforms", "conforms"]


def test_an_accepted_divergence_is_known_and_says_why():
    found = result(completed("a", "b"), completed("a", "c"), accepted=known({"address": "area/suite::one#2"}))
    assert verdicts(found) == ["conforms", "known"]
    (check,) = (check for check in found.checks if check.verdict == "known")
    assert (check.was, check.reason) == ("diverges", "so")


def test_an_entry_about_something_else_accepts_nothing():
    for entry in ({"check": "result"}, {"target": "torch:cuda"}, {"address": "area/suite::two"}):
        assert result(completed("a", "b"), completed("a", "c"), accepted=known(entry)).verdict == "diverges"


def test_an_accepted_drift_of_torch_covers_who_agrees_with_it():
    spec = {"title": "A suite", "cases": [{"id": "one", "cells": [{"code": "1", "stdout": "old"}]}]}
    suite = Suite.model_validate(spec).found("area/suite")
    comparison = Comparison("torch:cpu", frozenset({"engine", "torch:cpu"}), known({"target": "torch:cpu"}))
    for target in ("engine", "torch:cpu"):
        found = comparison.case(suite, suite.cases[0], target, completed("new"), completed("new"))
        assert found.verdict == "known"
    found = comparison.case(suite, suite.cases[0], "engine", completed("newer"), completed("new"))
    assert found.verdict == "diverges"


def test_an_entry_that_accepts_nothing_any_more_is_fixed():
    found = result(completed("a", "b"), completed("a", "b"), accepted=known({"address": "area/suite::one#2"}))
    assert verdicts(found) == ["conforms", "fixed"]
    assert result(completed("a", "b"), completed("a", "b"), accepted=known({"target": "eng*"})).verdict == "conforms"
    # One entry for the whole case is needed as long as one of its cells diverges.
    assert verdicts(result(completed("a", "b"), completed("a", "c"), accepted=known({}))) == ["conforms", "known"]


def test_after_a_draw_on_another_device_digits_are_excused():
    def drawing(value):
        return Observation(
            "completed",
            "",
            (CellObservation(drew=True, names={"x": tensor([value])}), CellObservation(names={"n": scalar(value)})),
        )

    assert result(drawing(1.0), drawing(2.0), target="torch:cuda").verdict == "conforms"
    assert result(drawing(1.0), drawing(2.0)).verdict == "diverges"
    # Before the first draw nothing is.
    first = Observation("completed", "", (CellObservation(names={"x": tensor([1.0])}), CellObservation(drew=True)))
    other = Observation("completed", "", (CellObservation(names={"x": tensor([2.0])}), CellObservation(drew=True)))
    assert result(first, other, target="torch:cuda").verdict == "diverges"

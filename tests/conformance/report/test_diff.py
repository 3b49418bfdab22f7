"""What changed from one run to another."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import Check
from conformance.report.baseline import reduced
from conformance.report.changes import show
from conformance.report.diff import KINDS, MEANING, changes, count, left_out
from conformance.report.merge import write
from conformance.report.run import Record, counts, read

from .test_run import FOOTER, HEADER


def case(verdict="conforms", *, order=0, target="engine", text="1.0\n", check=None, seconds=0.01):
    checks = (Check("stdout", check or verdict, cell=1, target=text, who="who" if verdict == "diverges" else ""),)
    cells = (CellResult(1, verdict, "print(1)", seconds=seconds),)
    return CaseResult(f"area/suite::case-{order}", target, verdict, checks, seconds, cells, order=order)


def record(*results, **header):
    footer = replace(FOOTER, counts=counts(results))
    return Record(replace(HEADER, **header), results, footer)


def test_what_was_not_compared_is_told():
    one, two, other = case(), case(order=1), case(target="torch:cpu")
    assert left_out(record(one, two), record(one, two)) == []
    assert left_out(record(one, two), record(one)) == []  # the other is gone
    part = record(one, options={"selectors": ["x"]}, targets={"engine": HEADER.targets["engine"]})
    assert left_out(record(one, two, other), part) == [
        "AFTER is a part: 1 of the cells of BEFORE may have been left out",
        "torch:cpu did not run in AFTER",
    ]
    assert left_out(record(one), record(two)) == ["no cell is in both runs"]
    cut = replace(record(one), footer=None)
    assert left_out(cut, record(one)) == ["BEFORE is incomplete"]
    file = io.StringIO()
    show([], Console(file=file, width=80), left_out=left_out(cut, record(one)))
    assert file.getvalue() == "  Nothing changed.\n  Not compared: BEFORE is incomplete.\n"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (case(), case(), None),
        (case(text="1.2345678\n"), case(text="1.2345679\n"), None),  # within the tolerance
        (case(), case("diverges"), "new"),
        (None, case("diverges"), "new"),
        (case("skipped"), case("crashed"), "new"),
        (case("known"), case("fixed"), "new"),
        (case("diverges"), case(), "fixed"),
        (case("fixed"), case("known"), "fixed"),
        (case("diverges"), case("crashed"), "changed"),
        (case("diverges"), case("diverges", text="2.0\n"), "changed"),
        (case("known"), case(), "changed"),
        (case(), case(text="2.0\n"), "changed"),
        (None, case(), "added"),
        (case("skipped"), case(), "added"),
        (case(), None, "gone"),
        (case(), case("skipped"), "gone"),
        (case("skipped"), None, None),
        (case(), case(seconds=0.2), "slower"),
        (case(seconds=1.0), case(seconds=1.9), None),
    ],
)
def test_kinds_of_change(before, after, kind):
    found = changes(record(*([before] if before else [])), record(*([after] if after else [])))
    assert [change.kind for change in found] == ([kind] if kind else [])


def test_of_a_part_nothing_is_told_as_gone():
    before = record(case(), case(order=1))
    assert [change.address for change in changes(before, record(case()))] == ["area/suite::case-1#1"]
    assert changes(before, record(case(), shard="1/2")) == ()
    assert changes(before, record(case(), options={"selectors": ["area"]})) == ()


def test_a_reduced_run_is_the_same_for_the_gate(tmp_path):
    run = record(case(), case("diverges", order=1), case(order=2, target="torch:cpu"), case("skipped", order=3))
    path = tmp_path / "baseline.ndjson"
    write(reduced(run), path, brief=True)
    assert changes(read(path), run) == ()
    later = record(case("crashed"), case("diverges", order=1, text="2\n"), case("timeout", order=3))
    assert count(changes(read(path), later)) == {**dict.fromkeys(KINDS, 0), "new": 2, "changed": 1, "gone": 1}
    assert b"print(1)" not in path.read_bytes()
    assert b'"cells":[{"number":1,"verdict":"conforms"}]' in path.read_bytes()
    again = tmp_path / "again.ndjson"
    write(reduced(replace(run, header=replace(run.header, id="2", started="later"))), again, brief=True)
    assert again.read_bytes() == path.read_bytes()


def test_the_names_of_failures_are_enough_to_see_new_ones(tmp_path):
    run = record(case(), case("diverges", order=1), case("skipped", order=3))
    path = tmp_path / "failures.ndjson"
    write(reduced(run, failures=True), path, brief=True)
    assert [result.address for result in read(path).results] == ["area/suite::case-1"]
    assert b"1.0" not in path.read_bytes()
    later = record(case("crashed"), case("diverges", order=1), case("timeout", order=3))
    assert count(changes(read(path), later))["new"] == 2
    assert count(changes(read(path), record(case(), case(order=1))))["new"] == 0


def test_they_are_shown_by_kind():
    file = io.StringIO()
    found = changes(record(case(), case("diverges", order=1)), record(case("diverges"), case(order=1)))
    show(found, Console(file=file, width=100), fail_on=["new"])
    assert file.getvalue() == (
        f"new  {MEANING['new']}\n"
        "  area/suite::case-0#1  engine  conforms -> diverges\n"
        "      stdout: who\n\n"
        f"fixed  {MEANING['fixed']}\n"
        "  area/suite::case-1#1  engine  diverges -> conforms\n\n"
        "  1 new, 1 fixed: fails on new\n"
    )

import json
from dataclasses import replace

import pytest

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import Check
from conformance.report.run import (
    Footer,
    Header,
    Journal,
    JournalError,
    SuiteInfo,
    TargetInfo,
    counts,
    exit_code,
    journal_schema,
    read,
)

READY = TargetInfo("ready")
TARGETS = {"engine": READY, "torch:cpu": READY}
HEADER = Header(
    id="1",
    started="2027-01-02T03:04:05+00:00",
    specs="abc",
    suites=(SuiteInfo("area/suite", "A suite"),),
    cases=2,
    cells=2,
    targets=TARGETS,
    reference="torch:cpu",
    options={"jobs": 2, "targets": ["engine"]},
    platform="Linux",
    layers=("rlimits",),
    version="1",
)
FOOTER = Footer(complete=True, counts={"engine": {"conforms": 2}}, cases=2, cells=2, seconds=1.5, exit_code=0)


def result(verdict="conforms", target="engine", order=0):
    return CaseResult(
        address=f"area/suite::case-{order}",
        target=target,
        verdict=verdict,
        checks=(Check("stdout", verdict, cell=1, target="1\n", differences=("text is '1', not '2'",), ulp=0.5),),
        seconds=0.25,
        cells=(CellResult(1, verdict, "print(1)"),),
        order=order,
    )


def write(path, *lines):
    with Journal(path) as journal:
        for line in lines:
            journal.write(line)
    return path


def test_what_was_written_is_read_in_the_order_of_the_specs(tmp_path):
    lines = [result(order=1), result(target="torch:cpu"), result("diverges")]
    footer = replace(FOOTER, counts=counts(lines))
    record = read(write(tmp_path / "new" / "run.ndjson", HEADER, *lines, footer))
    assert (record.header, record.footer, record.complete) == (HEADER, footer, True)
    assert [(each.order, each.target) for each in record.results] == [(0, "engine"), (0, "torch:cpu"), (1, "engine")]
    assert record.results[0].checks == lines[2].checks


def test_every_line_is_an_object_with_a_kind(tmp_path):
    path = write(tmp_path / "run.ndjson", HEADER, result("diverges"), FOOTER)
    header, line, footer = map(json.loads, path.read_text().splitlines())
    assert [each["kind"] for each in (header, line, footer)] == ["header", "result", "footer"]
    assert {"address", "target", "verdict", "checks", "seconds"} <= set(line)
    assert {"complete", "counts", "cases", "cells", "seconds"} <= set(footer)
    assert footer["counts"] == {"engine": {"conforms": 2}}


def test_the_schema_accepts_what_is_written(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    path = write(tmp_path / "run.ndjson", HEADER, result("diverges"), FOOTER)
    validator = jsonschema.Draft202012Validator(journal_schema())
    jsonschema.Draft202012Validator.check_schema(journal_schema())
    for line in path.read_text().splitlines():
        validator.validate(json.loads(line))
    assert not validator.is_valid({"kind": "result"})


def test_a_run_that_was_killed_is_read_as_far_as_it_got(tmp_path):
    path = write(tmp_path / "run.ndjson", HEADER, result(), result(order=1))
    whole = path.read_bytes()
    for length in range(len(whole.splitlines()[0]) + 1, len(whole)):
        path.write_bytes(whole[:length])
        record = read(path)
        assert not record.complete
        assert len(record.results) in (0, 1, 2)


def test_a_run_that_was_stopped_says_so(tmp_path):
    assert not read(write(tmp_path / "run.ndjson", HEADER, replace(FOOTER, complete=False))).complete


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "run.ndjson is empty: the run was stopped before"),
        ('{"kind": "footer"}\n', "run.ndjson:1: this is no line of a journal"),
        ("not JSON\n{}\n", "run.ndjson:1: this is no line of a journal"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path, text, told):
    path = tmp_path / "run.ndjson"
    path.write_text(text)
    with pytest.raises(JournalError, match=told):
        read(path)


def test_a_damaged_line_in_the_middle_is_no_journal(tmp_path):
    path = write(tmp_path / "run.ndjson", HEADER, result(), FOOTER)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:50], lines[2]]) + "\n")
    with pytest.raises(JournalError, match=r"run\.ndjson:2"):
        read(path)


def test_no_file_is_no_journal(tmp_path):
    with pytest.raises(JournalError, match="there is no run at"):
        read(tmp_path / "run.ndjson")


def test_cells_are_counted_by_target_and_verdict():
    found = counts([result(), result("diverges", order=1), result(target="torch:cpu")])
    assert found == {"engine": {"conforms": 1, "diverges": 1}, "torch:cpu": {"conforms": 1}}


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 5),
        (["skipped"], 5),
        (["conforms", "known", "skipped"], 0),
        (["conforms", "diverges"], 1),
        (["drifted"], 1),
        (["fixed"], 1),
        (["timeout"], 1),
        (["crashed"], 1),
        (["no-result"], 1),
        (["broken", "diverges"], 3),
    ],
)
def test_exit_codes_follow_the_worst_verdict(verdicts, code):
    assert exit_code(map(result, verdicts), TARGETS) == code


def test_exit_code_of_targets_that_are_not_there():
    absent = {**TARGETS, "torch:cuda": TargetInfo("unavailable"), "own": TargetInfo("failed")}
    skipped = [result(), result("skipped", "torch:cuda")]
    assert exit_code(skipped, absent) == 0
    assert exit_code(skipped, absent, required=["torch:cuda"]) == 6
    assert exit_code(skipped, absent, required=["engine"]) == 0
    assert exit_code(skipped[1:], absent) == 6  # nothing ran at all
    assert exit_code([result(), result("broken", "own")], absent) == 6


def test_an_entry_that_accepts_nothing_fails_the_run():
    assert exit_code([result()], TARGETS, stale=True) == 1

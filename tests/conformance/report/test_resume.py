"""What stays of the journal of a run that was stopped, wherever that was."""

from dataclasses import replace

import pytest

from conformance.report.resume import Kept, unfinished
from conformance.report.run import Footer, Header, Journal, JournalError, TargetInfo, read

from .test_run import FOOTER, HEADER, result, write

TARGETS = ("engine", "torch:cpu")
RESULTS = [result(order=order, target=target) for order in (1, 0) for target in TARGETS]


def test_a_journal_cut_anywhere_keeps_the_cases_that_are_whole(tmp_path):
    path = write(tmp_path / "run.ndjson", HEADER, *RESULTS, FOOTER)
    whole = path.read_bytes()
    ends = [0]
    for line in whole.splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        kept = unfinished(path, HEADER, TARGETS)
        # a line that lacks its line feed alone is whole
        lines = sum(length >= end - 1 for end in ends[1:])
        assert kept.size == (ends[1 + (lines - 1) // 2 * 2 if lines < 6 else 5] if lines else 0), length
        assert len(kept.results) == (min(lines - 1, 4) // 2 * 2 if lines else 0)


def test_what_is_written_on_follows_what_was_kept(tmp_path):
    path = write(tmp_path / "run.ndjson", HEADER, *RESULTS[:3])
    path.write_bytes(path.read_bytes()[:-40])
    kept = unfinished(path, HEADER, TARGETS)
    with Journal(path, kept.size) as journal:
        for line in (*RESULTS[2:], FOOTER):
            journal.write(line)
    footer = replace(FOOTER, counts={target: {"conforms": 2} for target in TARGETS})
    write(tmp_path / "other.ndjson", HEADER, *RESULTS, footer)
    assert path.read_bytes().splitlines()[:5] == (tmp_path / "other.ndjson").read_bytes().splitlines()[:5]


def test_without_a_journal_everything_runs(tmp_path):
    assert unfinished(tmp_path / "run.ndjson", HEADER, TARGETS) == Kept()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"specs": "other"}, "the specs that were selected"),
        ({"known": "other"}, "the accepted divergences"),
        ({"targets": {"engine": TargetInfo("ready", versions={"engine": "2"})}}, "the targets, or their versions"),
        ({"options": {"jobs": 2, "targets": ["engine"], "timeout": 1.0}}, "the options"),
        ({"shard": "1/2", "version": "2"}, "the version of this project and the shard"),
    ],
)
def test_another_run_is_not_resumed(tmp_path, change, told):
    path = write(tmp_path / "run.ndjson", HEADER, *RESULTS)
    with pytest.raises(JournalError, match=f"is another run and cannot be resumed: {told} differ"):
        unfinished(path, replace(HEADER, **change), TARGETS)


def test_how_many_jobs_there_are_makes_no_other_run(tmp_path):
    path = write(tmp_path / "run.ndjson", HEADER, *RESULTS)
    header: Header = replace(HEADER, id="2", started="later", options={**HEADER.options, "jobs": 1, "shuffle": 7})
    assert len(unfinished(path, header, TARGETS).results) == 4


def test_a_footer_that_counts_other_cells_is_not_believed(tmp_path):
    footer: Footer = replace(FOOTER, counts={"engine": {"conforms": 3}})
    with pytest.raises(JournalError, match="its footer counts other cells than it holds"):
        read(write(tmp_path / "run.ndjson", HEADER, result(), footer))

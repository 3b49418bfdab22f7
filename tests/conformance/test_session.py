"""Runs that are killed, divided, shuffled: the report at the end is always the same."""

import contextlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.cli import run_command_line
from conformance.report.run import read

RIGHT, VALUES = "miniatures:TINY.right", "miniatures:TINY.prints_more_digits"
LATEST = Path("reports/latest/run.ndjson")
CASES = 12
KILLS = int(os.environ.get("CONFORMANCE_KILLS", "8"))
RUN = ["run", "-t", VALUES, "-t", RIGHT, "--reference", RIGHT, "--timeout", "20"]


def write_specs(folder):
    cases = "".join(
        f"- id: case-{number}\n  cells:\n  - code: |\n      import time, torch\n      time.sleep(0.01)\n"
        f"      print(torch.tensor([{number}.]))\n"
        for number in range(CASES)
    )
    (folder / "specs").mkdir()
    (folder / "specs" / "many.yaml").write_text(f"title: Many\ncases:\n{cases}")


@pytest.fixture
def project(tmp_path, monkeypatch):
    write_specs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(path=LATEST):
    """The report of a run, without times and without the day."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert run_command_line(["report", str(path), "--all"]) == 0
    text = re.sub(r"in \d+(\.\d+)? s", "in N s", printed.getvalue())
    return re.sub(r" +\d{4}-\d\d-\d\d \d\d:\d\d", "", text)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The report of the run when nothing befalls it."""
    folder = tmp_path_factory.mktemp("whole")
    write_specs(folder)
    with contextlib.chdir(folder):
        assert run_command_line([*RUN, "-j", "2"]) == 1
        return report()


def test_a_run_that_is_killed_anywhere_goes_on_to_the_same_report(whole, project):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    draw = random.Random(20)
    counted = set()
    for point in range(KILLS):
        LATEST.unlink(missing_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", *RUN, "-j", "2"], env=environment, stdout=subprocess.DEVNULL
        )
        lines = draw.randrange(0, 2 * CASES + 2)
        while process.poll() is None and (not LATEST.exists() or LATEST.read_bytes().count(b"\n") < lines):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if point % 4 == 1 and LATEST.exists():  # as if the machine had lost the end of it
            LATEST.write_bytes(LATEST.read_bytes()[: -draw.randrange(1, 200)])
        kept = LATEST.read_bytes().count(b"\n") if LATEST.exists() else 0
        counted.add(kept)
        assert run_command_line([*RUN, "-j", "2", "--resume"]) == 1
        assert report() == whole
    assert len(counted) > KILLS // 4


def test_what_a_resumed_run_has_is_not_run_again(project, capsys):
    assert run_command_line([*RUN, "-j", "1"]) == 1
    lines = LATEST.read_bytes().splitlines(keepends=True)
    LATEST.write_bytes(b"".join(lines[:9]))
    assert run_command_line([*RUN, "-j", "1", "--resume"]) == 1
    assert LATEST.read_bytes().splitlines(keepends=True)[:9] == lines[:9]
    assert len(read(LATEST).results) == 2 * CASES
    (project / "specs" / "many.yaml").write_text("title: Few\ncases: [{id: a, cells: [{code: '1'}]}]")
    kept = LATEST.read_bytes()
    assert run_command_line([*RUN, "--resume"]) == 4
    assert "is another run and cannot be resumed: the specs that were selected differ" in capsys.readouterr().err
    assert LATEST.read_bytes() == kept


@pytest.mark.parametrize("arguments", [["-j", "1"], ["-j", "4"], ["--shuffle", "3"], ["--shuffle", "4", "-j", "3"]])
def test_order_and_jobs_do_not_change_the_report(whole, project, arguments):
    assert run_command_line([*RUN, *arguments]) == 1
    assert report() == whole


def test_shards_make_the_same_report(whole, project, capsys):
    for number in (1, 2, 3):
        assert run_command_line([*RUN, "--shard", f"{number}/3", "--out", f"s{number}"]) == 1
    assert "Shard 3/3: 4 of 12 cells on 2 targets" in report(Path("s3"))
    assert run_command_line(["merge", "s3", "s1", "s2", "--out", "merged"]) == 1
    assert report(Path("merged")) == whole
    assert run_command_line(["merge", "s3", "s1"]) == 4
    assert "not all shards are here: 2/3 missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("shard", "told"), [("0/2", "is no shard"), ("3/2", "is no shard"), ("two", "is no shard"), ("1/99", "fewer cases")]
)
def test_what_is_no_shard_is_refused(project, capsys, shard, told):
    assert run_command_line([*RUN, "--shard", shard]) == 4
    assert told in " ".join(capsys.readouterr().err.split())
    assert not LATEST.exists()


def test_a_baseline_lets_old_failures_pass_and_no_new_ones(project, capsys):
    assert run_command_line([*RUN, "--out", "first"]) == 1
    assert run_command_line(["baseline", "--run", "first", "--out", "baseline.ndjson"]) == 0
    gate = ["--baseline", "baseline.ndjson"]
    assert run_command_line([*RUN, *gate]) == 0
    assert "Since baseline.ndjson:  Nothing changed." in capsys.readouterr().out
    assert run_command_line(["diff", "baseline.ndjson"]) == 0
    more = (
        "- id: more\n  cells: [{code: 'import torch; print(torch.tensor([1.]))'}]\n- id: good\n  cells: [{code: '1'}]\n"
    )
    spec = project / "specs" / "many.yaml"
    spec.write_text(spec.read_text() + more)
    assert run_command_line([*RUN, *gate]) == 1
    assert "1 new, 3 added: fails on new" in capsys.readouterr().out
    assert run_command_line([*RUN, *gate, "--fail-on", "gone,slower"]) == 0
    assert run_command_line([*RUN, *gate, "--fail-on", "added"]) == 1
    assert run_command_line([*RUN, *gate, "--fail-on", "many"]) == 4
    capsys.readouterr()
    assert run_command_line(["diff", "baseline.ndjson"]) == 1
    assert "many::more#1" in capsys.readouterr().out


def test_a_run_in_which_every_cell_was_skipped_is_no_pass(project):
    spec = "title: t\ncases: [{id: a, needs: {module: no_such_module}, cells: [{code: '1'}]}]"
    (project / "specs" / "many.yaml").write_text(spec)
    assert run_command_line(["run", "-t", RIGHT, "--reference", RIGHT]) == 5

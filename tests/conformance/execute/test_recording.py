"""What a target did, recorded with a torch that pretends to have a CUDA device, replayed with one that has none."""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import run_command_line
from conformance.execute.recording import (
    NOT_RECORDED,
    STALE,
    Head,
    RecordedCase,
    Recorder,
    Recording,
    RecordingError,
    Replay,
    hashes,
    read_recording,
)
from conformance.report.run import read
from conformance.targets.protocol import CellObservation, Description, Observation, Program, Task

from .test_pool_devices import SPEC, fake_cuda  # noqa: F401

RECORDING = Path("cuda.ndjson")
REFERENCE = ["--reference", "miniatures:TINY.right", "-j", "2", "--timeout", "20"]
RECORD = ["run", *REFERENCE, "-t", "torch:cuda", "--record", f"torch:cuda={RECORDING}"]
REPLAY = ["run", *REFERENCE, "-t", "miniatures:TINY.right", "--replay", str(RECORDING)]
LATEST = Path("reports/latest/run.ndjson")
CALLED = "torch:cuda (replayed)"


@pytest.fixture
def project(tmp_path, monkeypatch):
    specs = tmp_path / "project" / "specs"
    specs.mkdir(parents=True)
    (specs / "device.yaml").write_text(SPEC)
    monkeypatch.chdir(specs.parent)
    return specs.parent


@pytest.fixture
def recorded(project, fake_cuda, capsys):  # noqa: F811
    """The recording, and what the run said of torch:cuda; there is no CUDA device any more."""
    assert run_command_line(RECORD) == 1
    assert "recorded 5 cases of torch:cuda: cuda.ndjson" in capsys.readouterr().out
    found = {result.address: result for result in read(LATEST).results}
    fake = Path(fake_cuda, "torch", "__init__.py")
    fake.write_text(fake.read_text().replace("is_available=lambda: True", "is_available=lambda: False"))
    return found


@pytest.fixture
def written(project):
    """A recording of five cases that nothing was run for."""
    recorder = Recorder({"torch:cuda": RECORDING})
    for number in range(5):
        recorder.add("torch:cuda", replace(TASK, address=f"device::{number}"), [Observation("completed", "", CELLS)])
    recorder.write(replace(HEAD, target="torch:cuda"))


def form(capsys, name):
    capsys.readouterr()
    assert run_command_line(["report", "--as", name]) == 0
    return capsys.readouterr().out


def test_a_replay_has_the_verdicts_of_the_run(recorded):
    assert run_command_line(REPLAY) == 1
    replayed = {result.address: result for result in read(LATEST).results if result.target == "torch:cuda"}
    assert {each.verdict for each in replayed.values()} == {"conforms", "diverges", "skipped"}
    for address, result in replayed.items():
        assert result.replayed
        assert result.checks == recorded[address].checks


def test_every_form_says_that_it_is_a_replay(recorded, capsys):
    assert run_command_line(REPLAY) == 1
    info = read(LATEST).header.targets["torch:cuda"]
    assert info.state == "replayed"
    assert re.fullmatch(
        r"replayed, recorded \d{4}-\d\d-\d\d on Fake GPU 0, torch 2\.13\.0, numpy \S+, cuda 13\.0", info.told
    )
    terminal = " ".join(form(capsys, "terminal").split())
    assert info.told in terminal
    assert f"Documents miniatures:TINY.right {CALLED}" in terminal
    assert f"{CALLED} diverges" in terminal
    assert "torch:cuda did not run here: replayed" in terminal
    page = form(capsys, "html")
    assert info.told in page
    assert f'data-target="{CALLED}"' in page
    assert 'data-target="torch:cuda"' not in page
    suites = ElementTree.fromstring(form(capsys, "junit")).findall("testsuite")
    (suite,) = [each for each in suites if "cuda" in each.get("name")]
    assert suite.get("name") == f"device on {CALLED}"
    assert {each.get("name"): each.get("value") for each in suite.iter("property")} == {
        "target": CALLED, "replayed": info.told,
    }  # fmt: skip
    assert all(each.get("classname").startswith(CALLED) for each in suite.iter("testcase"))
    markdown = form(capsys, "markdown")
    assert f"| {CALLED} |" in markdown
    assert "torch:cuda did not run: replayed, recorded" in markdown
    assert "on torch%3Acuda (replayed)" in form(capsys, "annotations")
    assert json.loads(form(capsys, "badge"))["message"] == "9 of 10 cells, 5 replayed"
    assert run_command_line(["diff", str(LATEST.with_name("none.ndjson"))]) == 4


def test_a_replay_is_not_the_device(recorded):
    assert run_command_line([*REPLAY, "--require", "torch:cuda"]) == 6


def test_a_cell_with_another_text_is_not_replayed(recorded, project, capsys):
    spec = project / "specs" / "device.yaml"
    spec.write_text(spec.read_text().replace("print(x.sum())", "print(x.sum() * 2)").replace("id: looks", "id: sees"))
    assert run_command_line(REPLAY) == 1
    cells = {
        (result.address.partition("::")[2], cell.number): result.checks_of(cell)
        for result in read(LATEST).results
        for cell in result.cells
        if result.target == "torch:cuda"
    }
    told = {place: (check.verdict, check.reason) for place, (check, *_) in cells.items()}
    assert told["draws", 1][0] == "conforms"
    assert told["draws", 2] == ("skipped", STALE)
    assert told["sees", 1] == ("skipped", NOT_RECORDED)
    out = " ".join(capsys.readouterr().out.split())
    assert f"skipped: 1 cell on {CALLED}: {STALE}" in out
    assert f"skipped: 1 cell on {CALLED}: {NOT_RECORDED}" in out


def test_what_the_document_expects_is_no_part_of_the_recording(recorded, project):
    spec = project / "specs" / "device.yaml"
    spec.write_text(spec.read_text().replace("tensor([1.5000])", "tensor([2.5000])"))
    assert run_command_line(REPLAY) == 1
    (prints,) = [
        each for each in read(LATEST).results if each.target == "torch:cuda" and each.address.endswith("prints")
    ]
    assert prints.verdict == "drifted"


def test_what_is_not_there_is_not_recorded(project, capsys):
    record = ["run", *REFERENCE, "-t", "miniatures:TINY.right", "--record"]
    assert run_command_line([*record, "miniatures:TINY.is_not_there"]) == 6
    assert "nothing was recorded of miniatures:TINY.is_not_there" in capsys.readouterr().out
    assert not list(project.rglob("*.recording.ndjson"))
    assert run_command_line([*record, "miniatures:TINY.right"]) == 0
    assert list(project.rglob("*.recording.ndjson")) == [
        project / "reports/latest/miniatures-TINY.right.recording.ndjson"
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--replay", "none.ndjson"], "there is no recording at none.ndjson"),
        (["--replay", str(RECORDING), "--record", "torch:cuda"], "while a recording stands in for it"),
        (["--replay", str(RECORDING), "--reference", "torch:cuda"], "a recording does not arbitrate"),
        (["--replay", str(RECORDING), "--replay", str(RECORDING)], "is the second recording of torch:cuda"),
        (["--record", "engine", "--resume"], "--record needs the whole run"),
        (["--record", "engine="], "is nothing to record"),
    ],
)
def test_what_makes_no_sense_is_refused(written, capsys, arguments, told):
    assert run_command_line(["run", *arguments]) == 4
    assert told in " ".join(capsys.readouterr().err.split())
    assert not LATEST.exists()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: lines[:-1], "should hold 5 cases and holds 4"),
        (lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]], ":1: this is no line"),
        (lambda lines: lines[1:], ":1: this is no line"),
        (lambda lines: [*lines[:2], lines[2][:-9], *lines[3:]], ":3: this is no line"),
        (lambda lines: [], "it is empty"),
    ],
)
def test_a_damaged_recording_is_refused(written, spoil, told):
    RECORDING.write_text("".join(f"{line}\n" for line in spoil(RECORDING.read_text().splitlines())))
    with pytest.raises(RecordingError, match=told):
        read_recording(RECORDING)


def test_nothing_in_a_recording_reaches_a_terminal_as_an_escape(written):
    RECORDING.write_text(RECORDING.read_text().replace('"stdout":"0"', '"stdout":"\\u001b[2J0"'))
    case = read_recording(RECORDING).cases["device::3"]
    assert case.observations[0].cells[0].stdout == "\\x1b[2J0"


def test_the_recording_of_an_interrupted_run_stays_as_it_was(written, monkeypatch):
    before = RECORDING.read_bytes()

    def interrupted(self, without=()):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("conformance.run.Run.results", interrupted)
    target = "miniatures:TINY.right"
    assert run_command_line(["run", *REFERENCE, "-t", target, "--record", f"{target}={RECORDING}"]) == 2
    assert RECORDING.read_bytes() == before


# --- one case -------------------------------------------------------------------------------------

TASK = Task("a::b", (Program("x = 1"), Program("y = 2"), Program("z = 3")))
CELLS = tuple(CellObservation(stdout=f"{number}") for number in range(3))


HEAD = Head("t", "2026-01-01T00:00:00+00:00", Description({}), "fork", "", "", "", 1)


def replay(task, *observations):
    return Replay(Recording(HEAD, {"a::b": RecordedCase("a::b", hashes(task), observations)}, "digest"))


def changed(number, **fields):
    programs = list(TASK.programs)
    programs[number] = replace(programs[number], **fields)
    return replace(TASK, programs=tuple(programs))


@pytest.mark.parametrize(
    "other",
    [
        replace(TASK, seed=1),
        replace(TASK, bindings={"x": "1"}),
        replace(TASK, hidden=("dot",)),
        replace(TASK, modules=("numpy",)),
        changed(0, code="x = 2"),
        changed(0, questions=("x",)),
        changed(0, conditions=("x",)),
    ],
)
def test_all_that_decides_what_a_case_does_makes_it_another(other):
    seen = replay(TASK, Observation("completed", "", CELLS)).run(other, 1.0)
    assert [cell.skipped for cell in seen.cells] == [STALE] * 3


def test_what_depends_on_the_machine_makes_it_no_other():
    seen = replay(replace(TASK, path="/bin"), Observation("completed", "", CELLS)).run(replace(TASK, path="/opt"), 1.0)
    assert seen.cells == CELLS


def test_cells_that_came_or_went():
    (one, two, three), whole = TASK.programs, replay(TASK, Observation("completed", "", CELLS))
    more = whole.run(replace(TASK, programs=(one, two, three, three)), 1.0)
    assert more.cells == (*CELLS, CellObservation(skipped=STALE))
    fewer = whole.run(replace(TASK, programs=(one, two)), 1.0)
    assert fewer.cells == CELLS[:2]


def test_a_case_that_did_not_end_is_replayed_up_to_where_it_ended():
    hung = replay(TASK, Observation("timeout", "cell 2 was still running", CELLS[:1]))
    assert hung.run(TASK, 1.0) == Observation("timeout", "cell 2 was still running", CELLS[:1])
    assert hung.run(changed(2, code="0"), 1.0).status == "timeout"
    mended = hung.run(changed(1, code="0"), 1.0)
    assert mended == Observation("completed", "", (*CELLS[:1], *(CellObservation(skipped=STALE),) * 2))


def test_the_second_time_is_told_at_the_second_time():
    first, second = (Observation("completed", "", (CellObservation(stdout=each),)) for each in "ab")
    task = replace(TASK, programs=TASK.programs[:1])
    worker = replay(task, first, second)
    assert worker.batch([task], 1.0) == [first]
    assert [worker.run(task, 1.0) for _ in range(3)] == [first, second, second]


def test_the_longest_run_of_a_case_is_kept_and_none_that_the_harness_failed_at(tmp_path):
    recorder = Recorder({"t": tmp_path / "new" / "t.ndjson"})
    short = replace(TASK, programs=TASK.programs[:1])
    whole = Observation("completed", "", CELLS)
    recorder.add("t", TASK, [whole, whole])
    recorder.add("t", short, [Observation("completed", "", CELLS[:1])])
    recorder.add("t", replace(TASK, address="a::c"), [whole, Observation("broken", "lost")])
    recorder.add("other", TASK, [whole])
    recorder.write(HEAD)
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["t.ndjson"]
    read_back = read_recording(tmp_path / "new" / "t.ndjson")
    assert read_back.cases == {"a::b": RecordedCase("a::b", hashes(TASK), (whole,))}
    assert read_back.head == HEAD

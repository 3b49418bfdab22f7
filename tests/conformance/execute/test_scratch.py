"""What a supervisor leaves behind when it is killed, and who removes it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from conformance.execute import scratch

HOLD = (
    "import time; from conformance.execute import scratch; print(scratch.folder(), flush=True); time.sleep({seconds})"
)


def supervisor(tmp_path, seconds=60):
    """A process that has a folder, and the folder."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(seconds=seconds)], env=environment, stdout=subprocess.PIPE, text=True
    )
    return process, tmp_path / os.path.basename(process.stdout.readline().strip())


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_supervisor_left_is_removed_by_the_next(here):
    process, folder = supervisor(here)
    (folder / "0" / "work").mkdir(parents=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert folder.exists()
    other, _ = supervisor(here, seconds=0)
    with other:
        assert other.wait() == 0
    assert list(here.iterdir()) == []


def test_a_folder_in_use_stays(here):
    process, folder = supervisor(here)
    with process:
        scratch.sweep()
        assert folder.exists()
        process.kill()
    scratch.sweep()
    assert not folder.exists()


def test_nothing_else_is_removed(here):
    precious = here / "precious"
    precious.mkdir()
    (here / f"{scratch.PREFIX}link").symlink_to(precious)
    (here / f"{scratch.PREFIX}file").write_text("mine")
    (here / "conformance-other").mkdir()
    scratch.sweep()
    assert {each.name for each in here.iterdir()} == {
        "precious", f"{scratch.PREFIX}link", f"{scratch.PREFIX}file", "conformance-other",
    }  # fmt: skip


def test_a_run_that_is_killed_leaves_nothing_after_the_next(tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "s.yaml").write_text(
        "title: t\ncases: [{id: a, cells: [{code: 'import time; time.sleep(60)'}]}, {id: b, cells: [{code: '1'}]}]"
    )
    right = "miniatures:TINY.right"
    environment = {
        **os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }  # fmt: skip
    command = [sys.executable, "-m", "conformance", "run", "-t", right, "--reference", right]
    first = subprocess.Popen([*command, "s::a"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not list((tmp_path / "tmp").glob(f"{scratch.PREFIX}*/*/work")) and time.monotonic() < end:
        time.sleep(0.02)
    first.kill()
    first.wait()
    assert list((tmp_path / "tmp").iterdir())
    time.sleep(0.2)  # its worker goes with it
    subprocess.run([*command, "s::b"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert list((tmp_path / "tmp").iterdir()) == []

import os
import random
import sys
import tempfile
from pathlib import Path

from conformance.execute import state
from conformance.targets.protocol import Task


def test_a_case_begins_in_its_directory_with_its_path_and_seed(tmp_path):
    with state.restored():
        state.begin(Task("a::b", (), seed=5, path="/nowhere"), str(tmp_path))
        drawn = random.random()
        state.begin(Task("a::b", (), seed=5, path="/nowhere"), str(tmp_path))
        assert random.random() == drawn
        assert Path.cwd() == tmp_path
        assert {os.environ[name] for name in ("HOME", "TMPDIR")} == {str(tmp_path)}
        assert tempfile.gettempdir() == str(tmp_path)
        assert os.environ["PATH"] == "/nowhere"


def test_all_of_it_is_put_back_whatever_happens(tmp_path):
    before = Path.cwd(), dict(os.environ), list(sys.path), list(sys.argv), sys.getrecursionlimit(), sys.breakpointhook
    try:
        with state.restored():
            os.chdir(tmp_path)
            os.environ["LEFT"] = "behind"
            sys.path.append("x")
            sys.argv.append("x")
            sys.setrecursionlimit(400)
            sys.breakpointhook = print
            raise RuntimeError
    except RuntimeError:
        pass
    assert (
        Path.cwd(),
        dict(os.environ),
        list(sys.path),
        list(sys.argv),
        sys.getrecursionlimit(),
        sys.breakpointhook,
    ) == before

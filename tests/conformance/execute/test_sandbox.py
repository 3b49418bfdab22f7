import os
import resource
import subprocess
import sys

from conformance.execute import sandbox


def test_the_environment_of_a_worker(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    made = sandbox.environment()
    assert "SECRET_TOKEN" not in made
    assert made["CUDA_VISIBLE_DEVICES"] == "1"
    assert made["OMP_NUM_THREADS"] == made["OPENBLAS_NUM_THREADS"] == "1"
    assert made["PYTHONHASHSEED"] == "0"


def test_a_worker_imports_what_this_process_does(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    subprocess.run([sys.executable, "-c", "import only_here"], env=sandbox.environment(), cwd="/", check=True)


def in_a_process(code: str) -> str:
    command = [sys.executable, "-c", f"from conformance.execute import sandbox\n{code}"]
    return subprocess.run(command, env=sandbox.environment(), check=True, capture_output=True, text=True).stdout


def test_limits_are_set_for_good():
    code = """
from resource import *
sandbox.limit()
sandbox.limit_processor_time(8)
print(getrlimit(RLIMIT_NOFILE), getrlimit(RLIMIT_CPU))
"""
    assert in_a_process(code) == f"({sandbox.OPEN_FILES}, {sandbox.OPEN_FILES}) (8, 8)\n"


def test_a_limit_is_never_raised():
    code = """
from resource import *
setrlimit(RLIMIT_NOFILE, (64, 64))
sandbox.limit()
print(getrlimit(RLIMIT_NOFILE))
"""
    assert in_a_process(code) == "(64, 64)\n"
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64


def test_threads_and_children_are_counted():
    assert sandbox.threads() >= 1
    code = """
import threading
event = threading.Event()
threading.Thread(target=event.wait).start()
print(sandbox.threads())
event.set()
"""
    assert in_a_process(code) == "2\n"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert process.pid in sandbox.children()
        assert os.getpid() not in sandbox.children()
        process.communicate()
    assert process.pid not in sandbox.children()

"""Workers and what can befall them. The target is a tiny torch, so that a worker starts in the time NumPy needs."""

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.execute import sandbox
from conformance.execute.pool import Worker
from conformance.targets.protocol import Program, Task

TINY = "miniatures:TINY.right"


@pytest.fixture(scope="module")
def worker():
    with contextlib.closing(Worker(TINY)) as worker:
        yield worker


def case(*codes, **options) -> Task:
    return Task("area/suite::one", tuple(map(Program, codes)), path=os.defpath, **options)


def run(worker, *codes, timeout=20.0, **options):
    return worker.run(case(*codes, **options), timeout)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, within: float = 2.0) -> bool:
    end = time.monotonic() + within
    while alive(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.skipif(not hasattr(sandbox.LIBC, "mallopt"), reason="the C library cannot fill memory")
def test_memory_that_nothing_has_written_to_is_something_else_the_second_time(worker):
    code = "import numpy\nx = numpy.empty(1 << 12)\nprint(x.min() == x.max() > 1e50, numpy.zeros(1 << 12).any())"
    assert run(worker, code).cells[0].stdout == "False False\n"
    assert worker.run(case(code), 20.0, again=True).cells[0].stdout == "True False\n"


def test_a_worker_says_what_it_is(worker):
    availability = worker.availability()
    assert (availability.state, availability.isolation) == ("ready", "fork")
    assert availability.description.follows == "2.13.0"


def test_a_case_is_observed_cell_by_cell(worker):
    observation = run(worker, "import torch\nx = torch.tensor([1.])\nprint(x)", "1 / 0")
    assert observation.status == "completed"
    first, second = observation.cells
    assert first.stdout == "tensor([1.0000])\n"
    assert first.names["x"].dtype == "float32"
    assert second.error.type == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("import os; os._exit(0)", "no-result", "the process ended in cell 2, with exit status 0"),
        ("import os; os._exit(7)", "no-result", "the process ended in cell 2, with exit status 7"),
        ("import os; os.abort()", "crashed", 'SIGABRT in cell 2: File "<area/suite::one#2>", line 1 in <module>'),
        (
            "import ctypes; ctypes.string_at(0)",
            "crashed",
            'SIGSEGV in cell 2: File "<area/suite::one#2>", line 1 in <module>',
        ),
        ("import os; os.kill(os.getpid(), 9)", "crashed", "SIGKILL in cell 2"),
        ("while True: pass", "timeout", "cell 2 was still running after 0.4 s"),
        ("import time; time.sleep(600)", "timeout", "cell 2 was still running after 0.4 s"),
        (
            "import signal\nsignal.signal(15, lambda *_: None)\nwhile True: pass",
            "timeout",
            "cell 2 was still running after 0.4 s",
        ),
    ],
)
def test_a_case_that_does_not_end_is_told_by_how_it_did_not(worker, code, status, reason):
    observation = run(worker, "print('before')", code, "print('after')", timeout=0.4 if status == "timeout" else 20)
    assert (observation.status, observation.reason) == (status, reason)
    assert [each.stdout for each in observation.cells] == ["before\n"]
    assert run(worker, "print('next')").cells[0].stdout == "next\n"


def test_a_kill_comes_soon_after_the_time_is_over(worker):
    start = time.monotonic()
    run(worker, "while True: pass", timeout=0.3)
    assert time.monotonic() - start < 0.3 + 0.25


def test_an_end_that_the_cell_announces_itself_is_not_believed(worker):
    fake = '{"kind": "end", "mark": "0123456789abcdef"}'
    code = f"""
import os, struct
payload = {fake!r}.encode()
for fd in range(3, 64):
    try:
        os.write(fd, struct.pack("!Q", len(payload)) + payload)
    except OSError:
        pass
os._exit(0)
"""
    assert run(worker, code).status == "no-result"


def test_noise_on_the_pipe_is_no_result_of_a_cell(worker):
    code = "import os\nfor fd in range(3, 64):\n  try: os.write(fd, b'x' * 64)\n  except OSError: pass"
    observation = run(worker, code)
    assert observation.status == "broken"
    assert observation.reason.startswith("a frame that is none")
    assert run(worker, "1").status == "completed"


def test_nothing_that_a_case_starts_outlives_it(worker):
    children = """
import os, subprocess, sys
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
pids = [subprocess.Popen(sleeper).pid, subprocess.Popen(sleeper, start_new_session=True).pid]
if os.fork() == 0:
    os.setsid()
    pid = os.fork()
    if pid == 0:
        import time
        time.sleep(600)
    open("grandchild", "w").write(str(pid))
    os._exit(0)
os.wait()
print(*pids, open("grandchild").read())
"""
    for ending in ("", "os._exit(0)", "while True: pass"):
        observation = run(worker, children, f"import os\n{ending}", timeout=3)
        pids = [int(pid) for pid in observation.cells[0].stdout.split()]
        assert len(pids) == 3
        assert all(map(gone, pids))


def test_what_a_case_changes_no_other_case_sees(worker):
    change = """
import builtins, os, random, sys, torch, warnings
torch.set_default_dtype(torch.float64)
torch.Tensor.__repr__ = lambda self: "changed"
builtins.sorted = None
os.environ["LEFT"] = "behind"
os.chdir("/")
warnings.simplefilter("ignore")
sys.modules["json"] = None
sys.stdout = None
"""
    look = """
import os, sys, torch
print(torch.tensor([1.5]), sorted("ba"), os.environ.get("LEFT"), os.getcwd() != "/")
import json
print(json.dumps(1))
"""
    assert run(worker, change).status == "completed"
    assert run(worker, look).cells[0].stdout == "tensor([1.5000]) ['a', 'b'] None True\n1\n"


LISTED = "import os, tempfile\nprint(os.getcwd(), tempfile.gettempdir(), os.listdir(), os.listdir('..'))"


@pytest.mark.parametrize(
    "left",
    [
        "",
        "open('x', 'w')",
        "open('../x', 'w')",
        "os.mkdir('x')",
        "os.chmod('.', 0o755)",
        "os.chmod('..', 0o755)",
        "os.rmdir(os.getcwd())",
        "os.rmdir(work := os.getcwd()); os.symlink('/', work)",
    ],
)
def test_a_case_finds_an_empty_directory_whatever_the_last_one_left(worker, left):
    first = run(worker, LISTED, left).cells
    directory, temporary, listed = first[0].stdout.split(maxsplit=2)
    assert first[1].error is None
    assert (temporary, listed) == (directory, "[] ['work']\n")
    then = run(worker, LISTED, "print(os.stat('.').st_mode & 0o777, os.stat('..').st_mode & 0o777)").cells
    assert then[0].stdout.endswith(" [] ['work']\n")
    assert then[1].stdout == "448 448\n"
    assert (Path(directory) == Path(then[0].stdout.split()[0])) == (not left)
    assert left == "" or not Path(directory).exists()


def test_the_cases_of_a_batch_find_an_empty_directory(worker):
    tasks = [case(LISTED, left) for left in ("open('x', 'w')", "os.rmdir(os.getcwd())", "os.mkdir('x')", "pass")]
    found = worker.batch(tasks, 20.0)
    assert {each.cells[0].stdout.split(" ", 2)[2].split("]")[0] for each in found} == {"["}
    assert [each.cells[1].error for each in found] == [None] * 4


def test_a_case_sees_a_scrubbed_environment(monkeypatch, worker):
    monkeypatch.setenv("TOKEN", "secret")
    with contextlib.closing(Worker(TINY)) as fresh:
        observation = run(fresh, "import os\nprint(sorted(os.environ), os.environ['PATH'])")
    printed = observation.cells[0].stdout
    assert "TOKEN" not in printed
    assert "'OMP_NUM_THREADS'" in printed
    assert printed.strip().endswith(os.defpath)


def test_input_is_at_its_end(worker):
    assert run(worker, "input()").cells[0].error.type == "EOFError"


def test_every_case_has_its_own_seed(worker):
    drawn = [
        run(worker, "import torch, random\nprint(torch.rand(1), random.random())", seed=seed) for seed in (0, 0, 5, 5)
    ]
    first, second, third, fourth = (each.cells[0].stdout for each in drawn)
    assert first == second != third == fourth


def test_memory_files_and_output_are_limited(worker):
    assert run(worker, "x = bytearray(64 << 30)").cells[0].error.type == "MemoryError"
    large = run(worker, "with open('large', 'wb') as file:\n  for _ in range(100): file.write(bytes(1 << 20))")
    assert large.cells[0].error.type == "OSError"
    assert large.cells[0].error.message.endswith("File too large: what a cell prints or writes ends at 64 MiB")
    flood = run(worker, "for _ in range(10_000): print('x' * 1000)")
    assert flood.status == "completed"
    assert "more characters" in flood.cells[0].stdout
    assert len(flood.cells[0].stdout) < 100_000


def test_output_past_python_is_captured_in_its_place(worker):
    code = """
import ctypes, os, sys
print("one")
os.write(1, b"two\\n")
ctypes.CDLL(None).puts(b"three")
print("E", file=sys.stderr)
"""
    first, second = run(worker, code, "print('next')").cells
    assert first.stdout == "one\ntwo\nthree\n"
    assert first.stderr == "E\n"
    assert second.stdout == "next\n"


def test_a_closed_stdout_is_open_again_in_the_next_cell(worker):
    first, second = run(worker, "import os\nos.close(1)\nprint('lost')", "print('found')").cells
    assert first.error.type == "OSError"
    assert second.stdout == "found\n"


def test_bytes_that_are_no_text_and_lone_surrogates_are_made_visible(worker):
    (cell,) = run(worker, "import os\nos.write(1, b'\\xff\\n')\nprint('\\ud800')").cells
    assert cell.stdout == "\\xff\n\\xed\\xa0\\x80\n"


def test_a_library_that_a_cell_imports_gets_the_target_for_torch(worker):
    library = "import torch\nones = torch.tensor([1.])\n"
    write = f"import pathlib, sys\npathlib.Path('a_library.py').write_text({library!r})\nsys.path.append('.')"
    asked = "a_library.torch is torch is sys.modules['torch'], torch.__name__, a_library.ones"
    seen = f"import a_library, torch\nprint({asked})"
    observation = run(worker, write, seen)
    assert [cell.error for cell in observation.cells] == [None, None]
    assert observation.cells[1].stdout == "True torch tensor([1.0000])\n"


def test_a_missing_module_skips_the_case(worker):
    observation = run(worker, "1", modules=("no_such_module",))
    assert (observation.status, observation.reason) == ("skipped", "no module no_such_module")


def test_an_error_in_a_parameter_is_no_cells(worker):
    observation = run(worker, "1", bindings={"p": "1 / 0"})
    assert observation.status == "broken"
    assert observation.reason.startswith("ZeroDivisionError: division by zero")


def test_many_cases_at_once_do_not_mix(worker):
    with ThreadPoolExecutor(8) as threads:
        observations = list(threads.map(lambda n: run(worker, f"import time; time.sleep(0.02)\nprint({n})"), range(40)))
    assert [each.cells[0].stdout for each in observations] == [f"{n}\n" for n in range(40)]


def test_a_worker_that_is_killed_is_started_anew():
    with contextlib.closing(Worker(TINY)) as worker:
        # The first attempt kills the worker, the second finds another one.
        first = run(worker, "import os; print(os.getppid())").cells[0].stdout.strip()
        code = f"""
import os
if os.getppid() == {first}:
    os.kill(os.getppid(), 9)
print("alive")
"""
        assert run(worker, code).cells[0].stdout == "alive\n"
        observation = run(worker, "import os\nos.kill(os.getppid(), 9)")
        assert (observation.status, observation.reason) == ("broken", f"the worker of {TINY} ended with SIGKILL")
        assert run(worker, "1").status == "completed"


def test_a_case_that_kills_the_process_of_the_next_one_harms_itself_alone(worker):
    kill = """
import os, time
time.sleep(0.1)
worker = os.getppid()
for pid in map(int, open(f"/proc/{worker}/task/{worker}/children").read().split()):
    if pid != os.getpid():
        os.kill(pid, 9)
        print("killed")
"""
    assert run(worker, kill).cells[0].stdout == "killed\n"
    assert run(worker, "print('alive')").cells[0].stdout == "alive\n"


@pytest.mark.parametrize(
    ("target", "status", "reason"),
    [
        ("miniatures:TINY.is_not_there", "skipped", "no such hardware"),
        ("miniatures:TINY.fails_to_load", "broken", "RuntimeError: the kernels were not built"),
        (
            "miniatures:TINY.nothing_of_the_kind",
            "broken",
            "'miniatures:TINY.nothing_of_the_kind' is no target: miniatures.TINY has no 'nothing_of_the_kind'",
        ),
        ("miniatures:TINY.starts_a_thread", "broken", "loading it left 2 threads, which a fork would lose: set its"),
        ("miniatures:TINY.says_escapes", "broken", "RuntimeError: \\x1b[31mno (miniatures.py:"),
        ("miniatures:not_installed", "broken", "ModuleNotFoundError: No module named 'no_such_engine'"),
    ],
)
def test_a_target_that_cannot_run(target, status, reason):
    with contextlib.closing(Worker(target)) as worker:
        observation = run(worker, "1")
    assert observation.status == status
    assert observation.reason.startswith(reason)


def test_a_closed_worker_ends_what_runs_on_it():
    worker = Worker(TINY)
    worker.availability()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(run, worker, "import os\nprint(os.getpid())", "while True: pass")
        time.sleep(0.3)
        worker.close()
        observation = running.result(5)
    assert observation.status == "broken"


def batch(worker, *codes, timeout=20.0):
    return worker.batch([case("import os; print(os.getpid())", code, "print('end')") for code in codes], timeout)


def test_a_batch_shares_a_process_as_long_as_nothing_is_left_behind(worker):
    leaks = {
        "import builtins\nbuiltins.sorted = None": 1,
        "import sys\nsys.modules['json'] = None": 1,
        "import torch\ntorch.Tensor.__neg__ = None": 0,  # of a class whose dunders are set, not told apart
        "import torch\ntorch.Tensor.sum = None": 1,
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()": 1,
        "import subprocess\nsubprocess.Popen(['sleep', '9'])": 1,
        "import os; os.chdir('/'); os.environ['A'] = 'b'": 0,
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)": 0,
        "import torch; torch.manual_seed(7); torch.set_default_dtype(torch.float64)": 0,
        "import warnings; warnings.simplefilter('error')": 0,
    }
    for code, expected in leaks.items():
        first, second, third = batch(worker, "1", code, "2")
        pids = [each.cells[0].stdout for each in (first, second, third)]
        assert pids[0] == pids[1], code
        assert (pids[1] != pids[2]) == expected, code
        assert [each.cells[2].stdout for each in (first, second, third)] == ["end\n"] * 3


@pytest.mark.parametrize(
    ("code", "status"),
    [("import os; os._exit(0)", "no-result"), ("import os; os.abort()", "crashed"), ("while True: pass", "timeout")],
)
def test_a_case_that_ends_its_batch_ends_no_other_case(worker, code, status):
    observed = batch(worker, "1", code, "2", code, "3", timeout=0.5)
    assert [each.status for each in observed] == ["completed", status, "completed", status, "completed"]
    assert [each.cells[1].result for each in observed[::2]] == ["1", "2", "3"]
    assert observed[1].reason == observed[3].reason


def test_a_case_of_a_batch_is_as_it_is_alone(worker):
    codes = [
        "import torch, random\n(torch.rand(2), random.random())",
        "import torch\ntorch.tensor([1.], requires_grad=True) * 2",
        "import os\nos.listdir()",
        "1 / 0",
    ]
    together = worker.batch([case(code) for code in codes * 2], 20)
    for code, observed in zip(codes * 2, together, strict=True):
        alone = run(worker, code)
        assert [replace(each, seconds=0) for each in observed.cells] == [
            replace(each, seconds=0) for each in alone.cells
        ]


def test_without_fork_cases_share_a_spawned_process(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.platform = 'darwin'\n")
    monkeypatch.syspath_prepend(tmp_path)
    with contextlib.closing(Worker(TINY)) as worker:
        assert worker.availability().isolation == "process"
        first = run(worker, "import os; print(os.getpid())").cells[0].stdout
        assert run(worker, "import os; print(os.getpid())").cells[0].stdout == first
        assert run(worker, "import os; os._exit(0)").status == "no-result"
        assert [each.status for each in worker.batch([case("1"), case("2")], 20)] == ["completed"] * 2

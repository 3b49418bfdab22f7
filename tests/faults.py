"""The fault drill: cells that are hostile, and what must be said of each.

    python tests/faults.py engine torch:cpu

runs every fault between two witnesses and prints the table: fault, verdict, how long after its limit it was ended.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from conformance.execute import scratch
from conformance.execute.pool import Worker
from conformance.targets.protocol import Observation, Program, Task

LIMIT = 1.0
"""Seconds that a fault has."""
KILL = 0.25
"""Seconds after its limit within which it must be gone."""


class Fault(NamedTuple):
    name: str
    code: str
    status: str = "completed"
    error: str = ""
    """The class of the error that ends the cell, if the case is completed."""


MARK = f"time.sleep(60 + 0 * {os.getpid()})"
SLEEPER = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; {MARK}']"
FRAME = '{"kind": "end", "mark": "0123456789abcdef"}'

FAULTS = (
    # the process ends
    Fault("segfault", "import ctypes; ctypes.string_at(0)", "crashed"),
    Fault("abort", "import os; os.abort()", "crashed"),
    Fault("kills itself", "import os; os.kill(os.getpid(), 9)", "crashed"),
    Fault("os._exit(0)", "import os; os._exit(0)", "no-result"),
    Fault("os._exit(3)", "import os; os._exit(3)", "no-result"),
    Fault("closes every file", "import os; os.closerange(3, 256)", "no-result"),
    Fault("replaces itself", "import os; os.execv('/bin/true', ['true'])", "no-result"),
    Fault("sys.exit", "import sys; sys.exit(0)", error="SystemExit"),
    Fault("interrupts itself", "raise KeyboardInterrupt", error="KeyboardInterrupt"),
    # it does not end
    Fault("endless loop", "while True: pass", "timeout"),
    Fault("endless native operation", "9 ** 9 ** 9", "timeout"),
    Fault("sleeps", "import time; time.sleep(600)", "timeout"),
    Fault("stops itself", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
    Fault(
        "ignores signals",
        "import signal\nfor number in signal.valid_signals() - {9, 19}:\n"
        "  try: signal.signal(number, signal.SIG_IGN)\n  except OSError: pass\nwhile True: pass",
        "timeout",
    ),
    Fault("catches everything", "while True:\n  try: raise SystemExit\n  except BaseException: pass", "timeout"),
    Fault("waits in a repr", "class C:\n  def __repr__(self):\n    while True: pass\nC()", "timeout"),
    # it takes what there is
    Fault("memory bomb", "x = bytearray(64 << 30)", error="MemoryError"),
    Fault("growing memory", "x = []\nwhile True: x.append(bytes(64 << 20))", error="MemoryError"),
    Fault("recursion bomb", "def f(): f()\nf()", error="RecursionError"),
    Fault("deep data", "x = []\nfor _ in range(100_000): x = [x]"),
    Fault("a huge number", "x = 10 ** 10_000"),
    Fault("many files", "files = [open('/dev/null') for _ in range(10_000)]", error="OSError"),
    Fault("large file", "with open('x', 'wb') as f:\n  for _ in range(99): f.write(bytes(1 << 20))", error="OSError"),
    # A bomb that stops by itself: root has no limit of processes, and this may be run by root.
    Fault("fork bomb", "import os, time\nfor _ in range(5): os.fork()\ntime.sleep(600)", "timeout"),
    Fault("child left behind", f"{SLEEPER})"),
    Fault("escaped grandchild", f"{SLEEPER}, start_new_session=True)"),
    Fault(
        "daemon",
        "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(60)\n"
        "  os._exit(0)\nos.wait()",
    ),
    Fault("thread left behind", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"),
    # it floods or closes
    Fault("output flood", "for _ in range(20_000): print('x' * 1000)"),
    Fault("very long line", "print('x' * 5_000_000)"),
    Fault("closed stdout", "import os; os.close(1)\nprint('x')", error="OSError"),
    Fault("no stdout", "import sys; sys.stdout = None"),
    Fault("odd stdout", "import sys; sys.stdout = sys.stderr = 3"),
    # it lies
    Fault("faults in repr", "class C:\n  def __repr__(self): raise ValueError\nx = C()"),
    Fault(
        "faults in str of an error", "class E(Exception):\n  def __str__(self): raise ValueError\nraise E", error="E"
    ),
    Fault("faults in __del__", "class C:\n  def __del__(self): raise ValueError\nC()\nimport gc; gc.collect()"),
    Fault("claims every attribute", "class C:\n  def __getattr__(self, name): return self\nx = C()"),
    Fault(
        "faults in attributes",
        "class C:\n  requires_grad = is_leaf = dtype = detach = 1\n"
        "  @property\n  def grad_fn(self): raise SystemExit\nx = C()",
    ),
    Fault(
        "fake frames",
        f"import os, struct\ntext = {FRAME!r}.encode()\nfor fd in range(3, 64):\n"
        "  try: os.write(fd, struct.pack('!Q', len(text)) + text)\n  except OSError: pass\nos._exit(0)",
        "no-result",
    ),
    Fault(
        "noise for frames",
        "import os\nfor fd in range(3, 64):\n  try: os.write(fd, b'x' * 64)\n  except OSError: pass",
        "broken",
    ),
    # it prints what a terminal obeys
    Fault("markup", "print('[/foo] [bold]x[/bold] <script>alert(1)</script>')"),
    Fault("ANSI and OSC escapes", r"print('\x1b[31mred\x1b[2J \x1b]0;title\x07 \x9b1m')"),
    Fault("bidirectional overrides", r"print('a\u202eb\u2066c\u200f')"),
    Fault("lone surrogates", r"print('\ud800', '\udfff')"),
    Fault("NUL and controls", r"print('a\0b\rc\bd\x85')"),
    # it changes the world
    Fault("directory", "import os; os.chdir('/')"),
    Fault("environment", "import os; os.environ.clear()"),
    Fault("default dtype", "import torch; torch.set_default_dtype(torch.float64)"),
    Fault("seed", "import torch; torch.manual_seed(99)"),
    Fault("grad mode", "import torch; getattr(torch, 'set_grad_enabled', print)(False)"),
    Fault("print options", "import torch; getattr(torch, 'set_printoptions', print)(1)"),
    Fault("warnings filters", "import warnings; warnings.simplefilter('error')"),
    Fault("signal handlers", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
    Fault("recursion limit", "import sys; sys.setrecursionlimit(10**6)"),
    Fault("loaded modules", "import sys\nfor name in list(sys.modules): sys.modules[name] = None"),
    Fault("a builtin", "import builtins\nbuiltins.sorted = builtins.print = None"),
    Fault("every builtin", "import builtins\nvars(builtins).clear()", "no-result"),
    Fault("patched torch", "import torch\ntorch.Tensor.__repr__ = lambda self: 'hacked'\ntorch.tensor = None"),
    Fault("trace function", "import sys\nsys.settrace(lambda *_: 1 / 0)"),
    Fault("file outside", "open('/tmp/conformance-was-here', 'w')", error="PermissionError"),
    Fault("network", "import socket\nsocket.create_connection(('127.0.0.1', 9))", error="PermissionError"),
)

WITNESS = (
    "import torch, os, random\nx = torch.tensor([1., 2.], requires_grad=True)\n"
    "print(x, random.random(), torch.rand(1))",
    "x.sum().backward()\nprint(x.grad, sorted(os.environ), os.listdir())",
)


def task(*codes: str) -> Task:
    return Task("drill::fault", tuple(map(Program, codes)), path=os.defpath)


def timeless(observation: Observation) -> Observation:
    """`observation` without times."""
    return replace(observation, seconds=0, cells=tuple(replace(each, seconds=0) for each in observation.cells))


class Drill:
    """Faults on one worker, and what a witness saw before any of them."""

    def __init__(self, target: str) -> None:
        self.worker = Worker(target)
        self.clean = self.witness()

    def witness(self) -> Observation:
        return timeless(self.worker.run(task(*WITNESS), 20))

    def run(self, fault: Fault) -> tuple[Observation, float, list[str]]:
        """What became of it, how many seconds after its limit, and what is wrong with that."""
        limit = LIMIT if fault.status == "timeout" else 20
        start = time.monotonic()
        observed = self.worker.run(task("print('before')", fault.code), limit)
        late = time.monotonic() - start - limit
        wrong = []
        if observed.status != fault.status:
            wrong.append(f"{observed.status}, not {fault.status}: {observed.reason}")
        elif fault.status == "completed":
            error = observed.cells[1].error
            if (error.type if error else "") != fault.error:
                wrong.append(f"{error and error.traceback}, not {fault.error}")
        if fault.status != "broken" and (not observed.cells or observed.cells[0].stdout != "before\n"):
            wrong.append("the cell before it has another result")
        for cell in observed.cells:
            if any(ord(each) < 32 and each not in "\n\t" for each in cell.stdout):
                wrong.append("a control character in its output")
        if self.witness() != self.clean:
            wrong.append("the witness after it has another result")
        wrong += [f"left behind: {each}" for each in left_behind()]
        return observed, late, wrong


def left_behind() -> list[str]:
    """Files and processes of cases that are still there; their empty folders are there for the next."""
    files = Path(tempfile.gettempdir()).glob("conformance-*/*/*")
    return [*(str(path) for path in files if path.name != scratch.WORK or any(path.iterdir())), *sleepers()]


def sleepers() -> list[str]:
    """The processes that the faults of this drill started and nobody ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if MARK.encode() in path.read_bytes():
                found.append(f"process {path.parent.name}")
    return found


def main(targets: list[str]) -> int:
    failed = 0
    tempfile.tempdir = tempfile.mkdtemp(prefix="drill-")  # so that what is left in it is ours
    for target in targets:
        drill = Drill(target)
        print(f"\n{target}: {len(FAULTS)} faults")
        for fault in FAULTS:
            observed, late, wrong = drill.run(fault)
            wrong += [f"ended {late:.2f} s after its limit"] if late > KILL else []
            failed += bool(wrong)
            ended = f"{late * 1000:+.0f} ms" if fault.status == "timeout" else ""
            verdict = fault.error or observed.status
            print(f"  {fault.name:28} {verdict:18} {ended:8} {'; '.join(wrong) or 'ok'}")
        drill.worker.close()
    scratch.remove()
    os.rmdir(tempfile.tempdir)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

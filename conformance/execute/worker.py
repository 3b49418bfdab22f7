"""A worker process: one target, loaded once, and cases run on it at the supervisor's word.

    python -m conformance.execute.worker TARGET FD

FD is a socket to the supervisor. The worker says first what it is (`ready`, `unavailable` or `failed`). Then
the supervisor sends one request at a time, a byte and a frame:

- RUN, with the writing end of a pipe, two files for stdout and stderr and, as JSON, Tasks and a directory: the worker
  answers with the pid of a fork, which runs the cases: one frame per cell as it ends, then the end mark of the case. It
  ends after the last case, and after one that leaves something behind that no reset undoes. The fork has been made
  ahead, and waits with the same protocol. Under `process` isolation the worker runs the case itself.
- REAP, with a pid: the worker kills what is left of that case, waits for it, and answers with its exit
  status.

The worker stays a process of one thread that never runs a backward: a thread that a fork does not have would
hang it. A fork copies each page that it or the worker then writes to, so the worker does beforehand all that
is the same for every case, and little between two forks.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from conformance.execute import cell, frames, pages, sandbox, state
from conformance.execute.importing import Binding, cell_builtins, missing
from conformance.execute.scratch import WORK
from conformance.execute.streams import FileStreams, TextStreams
from conformance.targets.protocol import Program, Target, Task, Unavailable, dumps
from conformance.targets.registry import NoTarget, resolve

_OURS = str(Path(__file__).parents[1])

_WARM_UP = "import sys\nx = 1\nprint(x)\nx"
"""A cell of no consequence; a target may have a better one, its `rehearsal`. The worker runs it, so that what is made
at its first use is not made in each fork, and REHEARSALS times, since the interpreter writes into code until it has
seen it run often. Each fork runs it while it waits, so that the pages that every case writes to have been copied when
its own case comes."""
REHEARSALS = 20


def main(name: str, control: socket.socket) -> None:
    sandbox.adopt_orphans()
    try:
        target = resolve(name)
        if not sandbox.FORKS:
            target.isolation = "process"
        binding = Binding(target.imports)
        binding.install()
        description = target.load()
        binding.bind()
        worker = Worker(target, control)
        if worker.forks and (count := sandbox.threads()) > 1:
            raise NoTarget(f"loading it left {count} threads, which a fork would lose: set its isolation to 'process'")
    except Unavailable as reason:
        _send(control, {"state": "unavailable", "reason": str(reason)})
        return
    except NoTarget as error:
        _send(control, {"state": "failed", "reason": str(error)})
        return
    except BaseException as error:
        _send(control, {"state": "failed", "reason": _told(error)})
        return
    _send(control, {"state": "ready", "isolation": target.isolation, "description": description})
    worker.serve()


def _told(error: BaseException) -> str:
    """An error, and where in the target's own files it was raised."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    found = (each for each in frames if not each.filename.startswith(("<frozen", _OURS, importlib.__file__)))
    where = next(found, None)
    place = f" ({Path(where.filename).name}:{where.lineno})" if where else ""
    return f"{type(error).__name__}: {error}{place}"


def _scattered() -> list[bytes]:
    """Small objects, as many as chance says of each size, so that what follows lies elsewhere than it did, as in a
    process that was not forked: a cell that prints `id(x)` then says another number when it is run again."""
    return [bytes(16 * size) for size, count in enumerate(os.urandom(30)) for _ in range(1 + count % 63)]


class Worker:
    """Serves the requests of the supervisor."""

    def __init__(self, target: Target, control: socket.socket) -> None:
        self.target = target
        self.control = control
        self.cases: set[int] = set()
        self.rehearsal = Task("", (Program(getattr(target, "rehearsal", "") or _WARM_UP, ("x",)),))
        with TextStreams() as streams, state.restored():
            for _ in range(REHEARSALS if self.forks else 1):
                list(map(dumps, cell.run(self.rehearsal, target, streams)))
        target.reset(0)
        self.streams, self.nowhere = FileStreams(), os.open(os.devnull, os.O_RDWR)
        self.builtins, self.spare = cell_builtins(target.imports), cell_builtins(target.imports)
        faulthandler.enable(file=2)
        if self.forks:
            sandbox.layers()  # asks the kernel, which each fork would do again
            sandbox.limit()
        gc.collect()
        gc.freeze()  # no collection touches, and so copies, what every fork shares
        if self.forks:
            pages.collapse()

    @property
    def forks(self) -> bool:
        return self.target.isolation == "fork"

    def serve(self) -> None:
        self.fork_ahead()
        while True:
            what, fds, _, _ = socket.recv_fds(self.control, 1, 4)
            payload = frames.read(self.control.fileno()) if what else None
            if payload is None:
                return
            if what == frames.REAP:
                self.control.sendall(frames.pack(b'{"status":%d}' % self.reap(int(payload))))
            elif self.forks:
                self.start(payload, fds)
            else:
                _send(self.control, {"pid": os.getpid()})
                self.run(json.loads(payload.decode()), *fds)
            for fd in fds:
                os.close(fd)

    def fork_ahead(self) -> None:
        """Starts the process of the next case, while the supervisor is busy with the last one."""
        self.waiting: tuple[int, socket.socket] | None = None
        if not self.forks or sandbox.threads() > 1:
            return
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self.case(theirs)
        theirs.close()
        self.cases.add(pid)
        self.waiting = pid, ours

    def start(self, payload: bytes, fds: list[int]) -> None:
        """Gives a case to the process that waits for one, and answers with its pid."""
        if self.waiting and os.waitpid(self.waiting[0], os.WNOHANG)[0]:  # another case has killed it
            self.cases.discard(self.waiting[0])
            self.waiting[1].close()
            self.fork_ahead()
        if self.waiting is None:
            refused = f"the target's process has {sandbox.threads()} threads, which a fork would lose"
            _send(self.control, {"refused": refused})
            return
        pid, process = self.waiting
        with process, contextlib.suppress(OSError):  # if it has just been killed, the case ends without result
            socket.send_fds(process, [frames.RUN], fds)
            process.sendall(frames.pack(payload))
        self.control.sendall(frames.pack(b'{"pid":%d}' % pid))
        self.fork_ahead()

    def case(self, worker: socket.socket) -> NoReturn:
        """The life of a case's process, from the fork on."""
        try:
            os.setsid()
            sandbox.adopt_orphans()
            self.control.close()
            self.streams.open(self.nowhere, self.nowhere)
            list(
                cell.run(self.rehearsal, self.target, self.streams, self.spare)
            )  # copies now what every case writes to
            os.close(self.nowhere)
            what, fds, _, _ = socket.recv_fds(worker, 1, 3)
            if payload := frames.read(worker.fileno()) if what else None:
                worker.close()
                message = json.loads(payload.decode())
                sandbox.limit_processor_time(int(message["timeout"]) * len(message["tasks"]) + 5)
                if message["again"]:
                    scattered = _scattered()  # noqa: F841  kept for as long as the case runs
                    sandbox.fill_new_memory()
                sandbox.confine(message["directory"])
                self.run(message, *fds)
        except BaseException:
            traceback.print_exc()
            os._exit(70)
        os._exit(0)

    def run(self, message: dict[str, Any], pipe: int, stdout: int, stderr: int) -> None:
        """Runs cases and writes their frames, until one leaves behind what no reset undoes."""
        for fd in (pipe, stdout, stderr):
            os.set_inheritable(fd, False)
        tasks = [_task(each) for each in message["tasks"]]
        self.streams.open(stdout, stderr)
        work = f"{message['directory']}/{WORK}"
        before = state.Checkpoint(self.target) if len(tasks) > 1 else None
        for number, task in enumerate(tasks):
            left = ""
            try:
                if number:
                    _make_empty(work, aside=f"{message['directory']}/{number}")
                frame = self.run_one(task, work, pipe, fresh=number == 0)
                if before:
                    left = before.return_to()
            except Exception as error:
                frame, left = {"kind": "broken", "reason": _told(error)}, "an error of the harness"
            frames.write(pipe, dumps({**frame, "mark": message["mark"], "left": left}))
            if left:
                return

    def run_one(self, task: Task, directory: str, pipe: int, *, fresh: bool) -> dict[str, str]:
        """Runs one case, writes a frame for each of its cells, and gives the frame that ends it. What goes wrong here
        is raised: it is no cell's fault. `fresh`: no case has run in this fork."""
        self.streams.begin()
        state.begin(task, directory)
        if task.seed or not self.forks:
            self.target.reset(task.seed)  # a fork is reset with seed 0, and is so again after each case
        if reason := missing(task.modules, self.target.imports):
            return {"kind": "skipped", "reason": reason}
        builtins = self.builtins if self.forks and fresh else None
        for observation in cell.run(task, self.target, self.streams, builtins):
            frames.write(pipe, dumps({"kind": "cell", "cell": observation}))
        return {"kind": "end"}

    def reap(self, pid: int) -> int:
        """Kills the group of a case and what escaped from it, and gives the exit status of its process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # it may not lead its group yet
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.cases.discard(pid)
        # A case adopts its own orphans while it lives; those that come here are left of a case that has
        # ended.
        while orphans := sandbox.children() - self.cases:
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)
        return os.waitstatus_to_exitcode(status)


def _make_empty(folder: str, *, aside: str) -> None:
    """Makes an empty folder. What the last case left in it goes to another."""
    try:
        if not os.listdir(folder):
            return
        os.rename(folder, aside)
    except FileNotFoundError:
        pass
    os.mkdir(folder)


def _task(data: dict[str, Any]) -> Task:
    return Task(**{**data, "programs": tuple(Program(**program) for program in data["programs"])})


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(frames.pack(dumps(message)))


def _start() -> NoReturn:
    name, fd = sys.argv[1:]
    main(name, socket.socket(fileno=int(fd)))
    sys.exit(0)


if __name__ == "__main__":
    _start()

"""A worker process: one target, loaded once, and cases run on it at the supervisor's word.

    python -m conformance.execute.worker TARGET FD

FD is a socket to the supervisor. The worker says first what it is (`ready`, `unavailable` or `failed`). Then
the supervisor sends one request at a time:

- `run`, with a Task, a directory, and the writing end of a pipe: the worker forks, answers with the pid, and
  the fork runs the case: one frame per cell as it ends, then the end mark. Under `process` isolation it runs
  the case itself.
- `reap`, with a pid: the worker kills what is left of that case, waits for it, and answers with its exit
  status.

The worker stays a process of one thread that never runs a backward: a thread that a fork does not have would
hang it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from conformance.execute import cell, frames, sandbox, state
from conformance.execute.importing import Guard, missing
from conformance.execute.streams import FileStreams
from conformance.targets.protocol import Program, Target, Task, Unavailable, dumps
from conformance.targets.registry import resolve


def main(name: str, control: socket.socket) -> None:
    sandbox.adopt_orphans()
    try:
        target = resolve(name)
        Guard(target.imports).install()
        description = target.load()
    except Unavailable as reason:
        _send(control, {"state": "unavailable", "reason": str(reason)})
        return
    except BaseException as error:
        _send(control, {"state": "failed", "reason": _told(error)})
        return
    gc.collect()
    gc.freeze()  # no collection touches, and so copies, what every fork shares
    _send(control, {"state": "ready", "isolation": target.isolation, "description": description})
    Worker(target, control).serve()


def _told(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"


class Worker:
    def __init__(self, target: Target, control: socket.socket) -> None:
        self.target = target
        self.control = control
        self.running: set[int] = set()
        self.address_space = sandbox.address_space()

    def serve(self) -> None:
        while request := _receive(self.control):
            message, fds = request
            if message["do"] == "reap":
                _send(self.control, {"status": self.reap(message["pid"])})
            elif self.target.isolation == "process":
                _send(self.control, {"pid": os.getpid()})
                self.run(message, *fds)
            elif (count := sandbox.threads()) > 1:
                _send(self.control, {"refused": f"the target's process has {count} threads, which a fork would lose"})
            else:
                self.fork(message, *fds)
            for fd in fds:
                os.close(fd)

    def fork(self, message: dict[str, Any], pipe: int) -> None:
        pid = os.fork()
        if pid:
            self.running.add(pid)
            _send(self.control, {"pid": pid})
            return
        try:
            self.control.close()
            os.setsid()
            sandbox.adopt_orphans()
            sandbox.limit(message["timeout"], self.address_space)
            self.run(message, pipe)
        except BaseException:
            traceback.print_exc()
            os._exit(70)
        os._exit(0)

    def run(self, message: dict[str, Any], pipe: int) -> None:
        """Runs one case and writes its frames. What goes wrong here is told in a frame: it is no cell's
        fault."""
        task, directory = _task(message["task"]), Path(message["directory"])
        streams = FileStreams(directory / "stdout", directory / "stderr")
        faulthandler.enable(file=2)
        try:
            state.begin(task, directory / "work")
            if task.seed or self.target.isolation == "process":
                self.target.reset(task.seed)  # a fork is as `load` has left it: reset, with seed 0
            if reason := missing(task.modules, self.target.imports):
                frames.write(pipe, dumps({"kind": "skipped", "reason": reason}))
                return
            for observation in cell.run(task, self.target, streams):
                frames.write(pipe, dumps({"kind": "cell", "cell": observation}))
        except Exception as error:
            frames.write(pipe, dumps({"kind": "broken", "reason": _told(error)}))
        else:
            frames.write(pipe, dumps({"kind": "end", "mark": message["mark"]}))
        finally:
            streams.close()

    def reap(self, pid: int) -> int:
        """Kills the group of a case and what escaped from it, and gives the exit status of its process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # it may not lead its group yet
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.running.discard(pid)
        # A case adopts its own orphans while it lives; those that come here are left of a case that has
        # ended.
        while orphans := sandbox.children() - self.running:
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)
        return os.waitstatus_to_exitcode(status)


def _task(data: dict[str, Any]) -> Task:
    return Task(**{**data, "programs": tuple(Program(**program) for program in data["programs"])})


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(frames.pack(dumps(message)))


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    first, fds, _, _ = socket.recv_fds(control, 1, 4)  # a byte that carries the file descriptors
    if not first:
        return None
    payload = frames.read(control.fileno())
    return None if payload is None else (json.loads(payload), fds)


def _start() -> NoReturn:
    name, fd = sys.argv[1:]
    main(name, socket.socket(fileno=int(fd)))
    sys.exit(0)


if __name__ == "__main__":
    _start()

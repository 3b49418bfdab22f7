"""The supervisor's side of the workers. It imports no target, runs no cell, and takes from a worker only what
the model of a frame admits."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from conformance.execute import frames, sandbox, scratch
from conformance.execute.case import Reading, signal_name
from conformance.targets.protocol import Description, Isolation, Observation, Task, dumps
from conformance.targets.sanitise import sanitise

T = TypeVar("T")

START = 180.0
"""Seconds that a target has to load."""
ANSWER = 30.0
"""Seconds that a worker has to answer: it only forks, or waits for what it has killed."""
ATTEMPTS = 2
"""How often a case is tried when the worker, not the case, is lost."""


@dataclasses.dataclass(frozen=True)
class Availability:
    """Whether a target can run here, and what it is."""

    state: Literal["ready", "replayed", "unavailable", "failed"]
    """`replayed`: a recording stands in for it."""
    reason: str = ""
    """Why it is not ready."""
    description: Description | None = None
    isolation: Isolation = "fork"
    recorded: str = ""
    """When it was recorded, if it is replayed,"""
    recording: str = ""
    """and a hash of the recording."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """A worker's answer to a request."""

    pid: int | None = None
    status: int | None = None
    refused: str = ""


class Lost(Exception):
    """The worker ended, stopped answering, or refused to go on."""


class Worker:
    """A target in a process of its own, started anew when it is lost. `run` may be called from several
    threads."""

    def __init__(self, name: str, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        """`environment` is what is set besides what each worker has."""
        self.name = name
        self._environment = environment
        self._changing = threading.Lock()
        self._alone = threading.Lock()
        self._closed = False
        scratch.folder()  # what others have left is removed now, and in no case's time
        self._process = Process(name, environment)

    def availability(self) -> Availability:
        """What the worker said when it started; waits for it."""
        return self._process.availability()

    def run(self, task: Task, timeout: float, *, again: bool = False) -> Observation:
        """Runs one case, for at most `timeout` seconds; `again`, with something else in new memory. Raises nothing for
        what a cell or a worker does."""
        lost = Lost()
        for _ in range(ATTEMPTS):
            process = self._process
            availability = process.availability()
            if availability.state != "ready":
                skipped = availability.state == "unavailable"
                return Observation("skipped" if skipped else "broken", availability.reason)
            try:
                if availability.isolation == "fork":
                    return _run(process, [task], timeout, "fork", again=again)[0]
                with self._alone:
                    process = self._process
                    (observation,) = _run(process, [task], timeout, "process")
                if observation.status != "completed":
                    self.recycle(process)
                return observation
            except Lost as caught:
                lost = caught
                self.recycle(process)
        return Observation("broken", sanitise(str(lost)))

    def batch(self, tasks: Sequence[Task], timeout: float) -> list[Observation]:
        """Runs cases one after the other in one process, as long as none of them spoils it for the next; then in a new
        one. Each may take `timeout` seconds."""
        observations: list[Observation] = []
        while rest := tasks[len(observations) :]:
            process = self._process
            try:
                if process.availability().isolation != "fork" or process.availability().state != "ready":
                    raise Lost
                observations += _run(process, rest, timeout, "fork")
            except Lost:
                observations.append(self.run(rest[0], timeout))
        return observations

    def recycle(self, process: Process | None = None) -> None:
        """Starts the process anew, unless somebody did since `process` was the one. For a target whose cases
        share a process this is due after whatever does not conform."""
        with self._changing:
            if not self._closed and process in (None, self._process):
                self._process.kill()
                self._process = Process(self.name, self._environment)

    def close(self) -> None:
        """Ends the process, and with it every case that runs."""
        with self._changing:
            self._closed = True
            self._process.kill()


def _run(
    process: Process, tasks: Sequence[Task], timeout: float, isolation: Isolation, *, again: bool = False
) -> list[Observation]:
    """The observations of the first of `tasks`, at least of one: as many as one process was fit for."""
    with contextlib.ExitStack() as stack:
        mark, directory = secrets.token_hex(8), stack.enter_context(scratch.case_folder())
        stdout, stderr = _unnamed_file(stack), _unnamed_file(stack)
        request = {"tasks": tasks, "directory": directory, "mark": mark, "timeout": timeout, "again": again}
        readings: list[Reading] = []
        with contextlib.ExitStack() as running:
            reading, writing = os.pipe()
            running.callback(os.close, reading)
            try:
                reply = process.ask(frames.RUN, dumps(request), writing, stdout, stderr)
            finally:
                os.close(writing)
            if reply.pid is None:
                raise Lost(reply.refused)
            stream = frames.Frames(reading, _watched(reply.pid, running))
            for _ in tasks:
                readings.append(Reading(stream, mark, timeout))
                readings[-1].read()
                if not readings[-1].goes_on:
                    break
        if isolation == "fork":
            status = process.ask(frames.REAP, str(reply.pid).encode()).status
        else:
            status = None if readings[-1].ended else process.kill()
        return [case.observation(status, stderr) for case in readings]


def _unnamed_file(stack: contextlib.ExitStack) -> int:
    """A file open for appending, in memory where the system has such, that is gone with `stack`."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("conformance")
    else:
        with tempfile.TemporaryFile(dir=scratch.folder()) as made:
            file = os.dup(made.fileno())
    stack.callback(os.close, file)
    fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
    return file


def _watched(pid: int, stack: contextlib.ExitStack) -> int | None:
    """A pidfd of the process, closed with `stack`; None where the system has none."""
    if not hasattr(os, "pidfd_open"):
        return None
    watched = os.pidfd_open(pid)
    stack.callback(os.close, watched)
    return watched


class Process:
    """One worker process and the socket to it."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._availability: Availability | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "conformance.execute.worker", name, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env={**sandbox.environment(), **environment},
                start_new_session=True,
            )

    def availability(self) -> Availability:
        with self._lock:
            if self._availability is None:
                try:
                    self._availability = self._receive(_AVAILABILITY, START)
                except Lost as lost:
                    self._availability = Availability("failed", sanitise(str(lost)))
            return self._availability

    def ask(self, what: bytes, payload: bytes, *fds: int) -> Reply:
        """Sends a request with file descriptors and waits for the answer. Raises Lost."""
        with self._lock:
            try:
                socket.send_fds(self._control, [what], fds)
                self._control.sendall(frames.pack(payload))
            except OSError:
                raise Lost(self._last_words()) from None
            return self._receive(_REPLY, ANSWER)

    def _receive(self, adapter: TypeAdapter[T], seconds: float) -> T:
        self._control.settimeout(seconds)
        try:
            head = self._control.recv(8, socket.MSG_WAITALL)
            payload = self._control.recv(int.from_bytes(head), socket.MSG_WAITALL)
            return adapter.validate_json(payload)
        except TimeoutError:
            raise Lost(f"the worker of {self._name} did not answer within {seconds:g} s") from None
        except (OSError, ValidationError):
            raise Lost(self._last_words()) from None

    def _last_words(self) -> str:
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return f"the worker of {self._name} no longer understands"
        if self._log.closed:
            return f"the worker of {self._name} was ended"
        how = signal_name(-status) if status < 0 else f"exit status {status}"
        self._log.seek(0)
        words = self._log.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        return f"the worker of {self._name} ended with {how}" + (f": {words[-1]}" if words else "")

    def kill(self) -> int:
        """Ends the process and gives its exit status."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        with self._lock:  # whoever waits for an answer has been told by now that there is none
            self._control.close()
            self._log.close()
        return status


def _safe(data: object) -> object:
    """What a target says of itself, with every text made safe to show."""
    match data:
        case str():
            return sanitise(data)
        case dict():
            return {_safe(key): _safe(value) for key, value in data.items()}
    return data


_AVAILABILITY: TypeAdapter[Availability] = TypeAdapter(Annotated[Availability, BeforeValidator(_safe)])
_REPLY = TypeAdapter(Reply)

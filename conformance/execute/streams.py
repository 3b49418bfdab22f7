"""What a cell writes: to `sys.stdout`, or past it to the file descriptor, in the order in which it came."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Protocol, Self, TextIO

from conformance.execute import sandbox
from conformance.targets.sanitise import sanitise

CAP = 1 << 20
"""How many bytes of a cell's output are read."""


class Streams(Protocol):
    def take(self) -> tuple[str, str]:
        """What was written to stdout and stderr since the last call, sanitised."""


class FileStreams:
    """Points file descriptors 1 and 2 at files, which the supervisor can read after a crash. Made once in a process,
    and pointed at others in each fork of it."""

    def __init__(self) -> None:
        self._files: tuple[int, ...] = ()
        self._read = [0, 0]
        # As in a notebook, printing a lone surrogate does not fail; it is made visible when it is read.
        sys.stdout, sys.stderr = self._writers = _writer(1), _writer(2)

    def open(self, stdout: int, stderr: int) -> None:
        """Sends what is written from now on to these files, which are open for appending, and stay so."""
        self._files = stdout, stderr
        self._read = [0, 0]
        self._point()

    def begin(self) -> None:
        """Forgets what was written until now, and undoes what a case did to `sys.stdout` and `sys.stderr`."""
        for file in self._files:
            os.ftruncate(file, 0)
        self._read = [0, 0]
        sys.stdout, sys.stderr = self._writers
        self._point()

    def _point(self) -> None:
        for fd, file in zip((1, 2), self._files, strict=True):
            os.dup2(file, fd)

    def take(self) -> tuple[str, str]:
        for name in ("stdout", "stderr"):
            with contextlib.suppress(Exception):  # a cell may have put anything in the place of a stream
                getattr(sys, name).flush()
        sandbox.flush_native(None)  # what native code has buffered
        self._point()  # a cell may have closed them
        return self._next(0), self._next(1)

    def _next(self, which: int) -> str:
        file, start = self._files[which], self._read[which]
        self._read[which] = end = os.fstat(file).st_size
        if start == end:
            return ""
        return sanitise(os.pread(file, min(end - start, CAP), start).decode("utf-8", "backslashreplace"))


class TextStreams:
    """Replaces `sys.stdout` and `sys.stderr` alone, for a run inside a process that goes on to live."""

    def __init__(self) -> None:
        self._kept: tuple[TextIO, TextIO] = (sys.stdout, sys.stderr)
        self._texts = (io.StringIO(), io.StringIO())
        sys.stdout, sys.stderr = self._texts

    def take(self) -> tuple[str, str]:
        texts = tuple(sanitise(text.getvalue()) for text in self._texts)
        for text in self._texts:
            text.seek(0)
            text.truncate()
        return texts[0], texts[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout, sys.stderr = self._kept


def _writer(fd: int) -> TextIO:
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", "surrogatepass", newline="\n", write_through=True)

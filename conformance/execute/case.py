"""One case on one worker, seen from outside: its frames, its deadline, and what is concluded from how it
ended."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from conformance.execute import frames
from conformance.targets.protocol import CellObservation, Observation
from conformance.targets.sanitise import sanitise


@dataclasses.dataclass(frozen=True)
class Frame:
    """What a case says: that a cell has ended, or how the case did."""

    kind: Literal["cell", "end", "skipped", "broken"]
    cell: CellObservation | None = None
    reason: str = ""
    mark: str = ""
    left: str = ""
    """What the case has left behind that no reset undoes; then no other case may follow it."""


_FRAME = TypeAdapter(Frame)


class Reading:
    """Reads the frames of a case until it ends, or its process does, or its time is over."""

    def __init__(self, stream: frames.Frames, mark: str, timeout: float) -> None:
        self._stream, self._mark, self._timeout = stream, mark, timeout
        self._cells: list[CellObservation] = []
        self._seconds = 0.0
        self._last: Frame | None = None
        self._fault = ""
        self._late = False

    @property
    def ended(self) -> bool:
        """Whether the case itself said how it ended."""
        return self._last is not None

    @property
    def goes_on(self) -> bool:
        """Whether the process that ran the case is fit to run another."""
        return self._last is not None and not self._last.left

    def read(self) -> None:
        start = time.monotonic()
        try:
            while (payload := self._stream.next(start + self._timeout)) is not None:
                frame = _FRAME.validate_json(payload)
                if frame.kind == "cell" and frame.cell:
                    self._cells.append(frame.cell)
                elif frame.kind != "end" or frame.mark == self._mark:
                    self._last = frame
                    break
        except TimeoutError:
            self._late = True
        except (ValueError, ValidationError) as error:
            self._fault = f"a frame that is none: {str(error).splitlines()[0]}"
        finally:
            self._seconds = time.monotonic() - start

    def observation(self, status: int | None, stderr: int) -> Observation:
        """What is to be said of the case, whose process ended with `status` and wrote to the file `stderr`."""
        cells, seconds = tuple(self._cells), self._seconds
        where = f"cell {len(cells) + 1}"
        if self._last and self._last.kind == "end":
            return Observation("completed", "", cells, seconds)
        if self._last:
            kind: Literal["skipped", "broken"] = "skipped" if self._last.kind == "skipped" else "broken"
            return Observation(kind, sanitise(self._last.reason), cells, seconds)
        if self._late:
            late = f"{where} was still running after {self._timeout:g} s"
            return Observation("timeout", late, cells, seconds)
        words = _last_words(stderr)
        if self._fault:
            return Observation("broken", sanitise(self._fault), cells, seconds)
        if status is not None and status < 0:
            return Observation("crashed", f"{signal_name(-status)} in {where}{words}", cells, seconds)
        return Observation(
            "no-result", f"the process ended in {where}, with exit status {status}{words}", cells, seconds
        )


def signal_name(number: int) -> str:
    """`SIGSEGV` for 11; `signal 99` for what has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_words(file: int) -> str:
    """The line of the cell that Python's fault handler saw, if it saw one."""
    tail = os.pread(file, 8192, max(0, os.fstat(file).st_size - 8192))
    lines = tail.decode("utf-8", "replace").splitlines()
    fatal = [index for index, line in enumerate(lines) if line.startswith("Fatal Python error")]
    place = [line.strip() for line in lines[fatal[-1] :] if line.strip().startswith('File "<')] if fatal else []
    return sanitise(f": {place[0]}") if place else ""

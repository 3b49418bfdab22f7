"""A target in this very process, for a debugger: no timeout, no isolation, state put back between cases."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence

from conformance.execute import cell, scratch, state
from conformance.execute.importing import missing
from conformance.execute.pool import Availability
from conformance.execute.streams import TextStreams
from conformance.targets.protocol import Observation, Task, Unavailable
from conformance.targets.registry import resolve


class InProcess:
    """Stands in for a `pool.Worker`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._target = resolve(name)
        try:
            self._availability = Availability("ready", description=self._target.load())
        except Unavailable as reason:
            self._availability = Availability("unavailable", str(reason))

    def availability(self) -> Availability:
        return self._availability

    def run(self, task: Task, timeout: float, *, again: bool = False) -> Observation:
        """Runs the case here; neither `timeout` nor `again` says anything. Raises KeyboardInterrupt if a cell was
        interrupted."""
        if self._availability.state != "ready":
            return Observation("skipped", self._availability.reason)
        if reason := missing(task.modules, self._target.imports):
            return Observation("skipped", reason)
        with tempfile.TemporaryDirectory(dir=scratch.folder()) as directory, state.restored():
            state.begin(task, directory)
            self._target.reset(task.seed)
            sys.breakpointhook = _debugger
            with TextStreams() as streams:
                cells = tuple(cell.run(task, self._target, streams))
        if any(each.error and each.error.type == "KeyboardInterrupt" for each in cells):
            raise KeyboardInterrupt
        return Observation("completed", "", cells, sum(each.seconds for each in cells))

    def batch(self, tasks: Sequence[Task], timeout: float) -> list[Observation]:
        """Runs the cases one after the other."""
        return [self.run(task, timeout) for task in tasks]

    def recycle(self) -> None:
        """Nothing to do: the next case resets what it can."""

    def close(self) -> None:
        """Nothing to do: the process goes on."""


def _debugger() -> None:
    """`breakpoint()` in a cell talks to the terminal, not into the cell's captured output."""
    import pdb

    pdb.Pdb(stdin=sys.__stdin__, stdout=sys.__stdout__).set_trace(sys._getframe(1))

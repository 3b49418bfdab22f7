"""What a target did, in a file: recorded where it can run, replayed where it cannot.

One JSON object a line: what the target was, then a case each with what it did. A case names what it ran by a hash per
cell, of all that decides what the cell does: its seed and bindings, and the code and the questions of this cell and of
those before it. A cell that has another hash now is not replayed, whatever was recorded for it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from conformance.execute.pool import Availability
from conformance.targets.protocol import CellObservation, Description, Isolation, Observation, Task, dumps
from conformance.targets.sanitise import sanitise

NOT_RECORDED = "the recording does not have this case"
STALE = "the recording is of another text of this cell, or of one before it: record it again"


class RecordingError(Exception):
    """A file that is no recording."""


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """What was recorded, where and when."""

    target: str
    recorded: str
    """When, in ISO 8601 with the zone."""
    description: Description
    isolation: Isolation
    specs: str
    """The hash of what the run had selected, as its journal has it."""
    platform: str
    version: str
    """Of this project."""
    cases: int
    kind: Literal["recording"] = "recording"
    format: Literal[1] = 1


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedCase:
    """A case as it went."""

    address: str
    cells: tuple[str, ...]
    """The hash of each cell."""
    observations: tuple[Observation, ...]
    """What it did; twice where the run asked twice."""
    kind: Literal["case"] = "case"


_HEAD = TypeAdapter(Head)
_CASE = TypeAdapter(RecordedCase)


@dataclasses.dataclass(frozen=True)
class Recording:
    """A file that was read."""

    head: Head
    cases: Mapping[str, RecordedCase]
    digest: str
    """A hash of the file."""


def hashes(task: Task) -> tuple[str, ...]:
    """For each cell a hash of all that decides what it does, whatever target it runs on."""
    found = hashlib.sha256(dumps([task.seed, sorted(task.bindings.items()), task.modules, task.hidden]))
    cells = []
    for program in task.programs:
        found.update(dumps([program.code, program.questions, program.conditions, program.modules]))
        cells.append(found.hexdigest()[:16])
    return tuple(cells)


# --- recording ------------------------------------------------------------------------------------


class Recorder:
    """Keeps what some targets of a run do, until the run is over. `add` may be called from several threads."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files` has the file of each target that is recorded."""
        self.files = files
        self.written: dict[str, int] = {}
        """How many cases are in the file of each target; only of those that were there to be recorded."""
        self._lock = threading.Lock()
        self._cases: dict[str, dict[str, RecordedCase]] = {name: {} for name in files}

    def add(self, name: str, task: Task, observations: Sequence[Observation]) -> None:
        """Keeps what a case did. Of one that was run up to several of its cells, the longest counts; one that the
        harness failed at is not kept."""
        if name not in self.files or any(each.status == "broken" for each in observations):
            return
        with self._lock:
            before = self._cases[name].get(task.address)
            if before is None or len(before.cells) <= len(task.programs):
                kept = tuple({id(each): each for each in observations}.values())
                self._cases[name][task.address] = RecordedCase(task.address, hashes(task), kept)

    def write(self, head: Head) -> None:
        """Writes the recording of `head.target`, whole or not at all: what was in the file stays until then."""
        cases = self._cases[head.target]
        lines = (dataclasses.replace(head, cases=len(cases)), *(cases[address] for address in sorted(cases)))
        path = self.files[head.target]
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, b"".join(dumps(line) + b"\n" for line in lines))
        self.written[head.target] = len(cases)


def replace_file(path: Path, data: bytes) -> None:
    """Puts `data` in the place of what `path` holds, at once."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


# --- replaying ------------------------------------------------------------------------------------


def read_recording(path: Path) -> Recording:
    """The recording in `path`. Raises RecordingError, with the line, for anything else, and for one that is cut."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"there is no recording at {path}: {error.strerror}") from None
    head: Head | None = None
    cases: dict[str, RecordedCase] = {}
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            parsed = _visible(json.loads(line))
            if head is None:
                head = _HEAD.validate_python(parsed)
            else:
                case = _CASE.validate_python(parsed)
                cases[case.address] = case
        except (ValueError, ValidationError, RecursionError) as error:
            what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise RecordingError(f"{path}:{number}: this is no line of a recording: {what}") from None
    if head is None:
        raise RecordingError(f"{path} is no recording: it is empty")
    if len(cases) != head.cases:
        raise RecordingError(f"{path} is damaged: it should hold {head.cases} cases and holds {len(cases)}")
    return Recording(head, cases, hashlib.sha256(data).hexdigest()[:16])


def _visible(data: Any) -> Any:
    """Every text made safe to show, as it is where it is captured: a file may come from anywhere."""
    match data:
        case str():
            return sanitise(data, len(data))
        case list():
            return [_visible(each) for each in data]
        case dict():
            return {sanitise(key, len(key)): _visible(value) for key, value in data.items()}
    return data


class Replay:
    """Stands in for a `pool.Worker`: it answers with what was recorded, and starts nothing."""

    def __init__(self, recording: Recording) -> None:
        self.name = recording.head.target
        self._recording = recording
        self._asked: Counter[str] = Counter()

    def availability(self) -> Availability:
        head = self._recording.head
        return Availability(
            "replayed",
            description=head.description,
            isolation=head.isolation,
            recorded=head.recorded,
            recording=self._recording.digest,
        )

    def run(self, task: Task, timeout: float, *, again: bool = False) -> Observation:
        """What the case did when it was recorded: at the second time what it did at the second time."""
        self._asked[task.address] += 1
        return self._observation(task, self._asked[task.address] - 1)

    def batch(self, tasks: Sequence[Task], timeout: float) -> list[Observation]:
        """What each case did at the first time."""
        return [self._observation(task, 0) for task in tasks]

    def recycle(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def _observation(self, task: Task, turn: int) -> Observation:
        case = self._recording.cases.get(task.address)
        if case is None or not case.observations:
            return Observation("skipped", NOT_RECORDED)
        fresh = sum(1 for _ in _same(case.cells, hashes(task)))
        recorded = case.observations[min(turn, len(case.observations) - 1)]
        reached = len(recorded.cells) + (recorded.status != "completed")
        if fresh < len(task.programs) and (fresh == 0 or fresh < reached or recorded.status == "completed"):
            cells = recorded.cells[:fresh] + (CellObservation(skipped=STALE),) * (len(task.programs) - fresh)
            return Observation("completed", "", cells, recorded.seconds)
        cells = tuple(
            dataclasses.replace(cell, skipped=cell.skipped or program.skip)
            for cell, program in zip(recorded.cells, task.programs, strict=False)
        )
        return dataclasses.replace(recorded, cells=cells)


def _same(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    """The cells that are the same, up to the first that is not."""
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            return
        yield ours

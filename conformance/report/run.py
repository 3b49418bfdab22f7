"""`run.ndjson`: the journal of a run, from which everything else is rendered.

One JSON object a line: a `header`, a `result` per case and target in the order in which they came, a
`footer`. Each line is written at once, so that a run that was killed leaves a readable file; without a footer
that says `complete` it is incomplete, and every reader says so. Its JSON Schema is `journal_schema()`.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from conformance.compare.results import CaseResult
from conformance.compare.verdict import EXPECTED, VERDICTS, Verdict, worst

JOURNAL = "run.ndjson"
"""What the file of a run is called in its folder."""

R = TypeVar("R", bound=CaseResult)


@dataclasses.dataclass(frozen=True, slots=True)
class TargetInfo:
    """A target as the run had it."""

    state: Literal["ready", "replayed", "unavailable", "failed"]
    """`replayed`: it did not run, a recording stands in for it."""
    reason: str = ""
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    follows: str = ""
    device: str = ""
    hardware: str = ""
    isolation: str = ""
    recorded: str = ""
    """When it was recorded, if it is replayed,"""
    recording: str = ""
    """and a hash of the recording."""

    @property
    def told(self) -> str:
        """What it is, or why it did not run, in a few words."""
        if self.state == "unavailable":
            return f"skipped: {self.reason}"
        if self.state == "failed":
            return f"could not be started: {self.reason}"
        versions = [f"{name} {version}" for name, version in self.versions.items() if name != "python"]
        follows = [f"follows torch {self.follows}"] if self.follows else []
        made = ", ".join([self.hardware or self.device.upper(), *versions, *follows])
        return f"replayed, recorded {self.recorded[:10]} on {made}" if self.state == "replayed" else made


@dataclasses.dataclass(frozen=True, slots=True)
class SuiteInfo:
    """A suite of the run."""

    name: str
    title: str
    file: str = ""
    document: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """What ran on what. Written before the first case runs."""

    id: str
    started: str
    """When, in ISO 8601 with the zone."""
    specs: str
    """A hash of all that was selected: two runs with the same one ran the same cells."""
    suites: tuple[SuiteInfo, ...]
    cases: int
    cells: int
    targets: Mapping[str, TargetInfo]
    reference: str
    """The target that arbitrates; empty if none was asked for."""
    options: Mapping[str, str | int | float | list[str]]
    platform: str
    layers: tuple[str, ...]
    """What stood between a case and the machine."""
    version: str
    known: str = ""
    """A hash of the accepted divergences."""
    shard: str = ""
    """Which part of the selection ran, `2/4`; empty for all of it. `cases` and `cells` count the whole."""
    kind: Literal["header"] = "header"
    format: Literal[1] = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Result(CaseResult):
    """A case on a target."""

    kind: Literal["result"] = "result"


@dataclasses.dataclass(frozen=True, slots=True)
class Stale:
    """An entry of the list of known divergences that accepted nothing of what ran."""

    address: str
    target: str
    check: str
    reason: str
    place: str
    expired: str = ""
    """The last day on which it accepted anything, if that is over."""


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """How a run was held against an earlier one."""

    baseline: str
    """The file of the earlier run."""
    fail_on: tuple[str, ...]
    """The kinds of change that fail the run."""
    counts: Mapping[str, int]
    """By kind of change, the number of cells."""
    failed: tuple[str, ...] = ()
    """The first of the cells that fail it, each with its address, its target and what it was and is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Footer:
    """How the run ended."""

    complete: bool
    counts: Mapping[str, Mapping[Verdict, int]]
    """By target and verdict, the number of cells."""
    cases: int
    cells: int
    seconds: float
    exit_code: int
    stale: tuple[Stale, ...] = ()
    gate: Gate | None = None
    """None where every cell had to be as expected."""
    kind: Literal["footer"] = "footer"


Line: TypeAlias = Annotated[Header | Result | Footer, Field(discriminator="kind")]

_LINE: TypeAdapter[Header | Result | Footer] = TypeAdapter(Line)


def journal_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line of the journal."""
    schema = _LINE.json_schema(mode="serialization")
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "A line of run.ndjson"}


class Journal:
    """Writes the journal into `path`, of which the first `keep` bytes stay. A `brief` one leaves out what a reader
    fills in by itself. Raises OSError where it cannot be written, and where another process writes it."""

    def __init__(self, path: Path, keep: int = 0, *, brief: bool = False) -> None:
        self._brief = brief
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise OSError(error.errno, "another run writes to it", str(path)) from None
        except OSError:
            pass  # a file system without locks
        self._file.truncate(keep)
        self._file.seek(keep)

    def write(self, line: Header | CaseResult | Footer) -> None:
        """Appends a line, and hands it to the system at once."""
        if not isinstance(line, Header | Result | Footer):
            line = Result(**{field.name: getattr(line, field.name) for field in dataclasses.fields(line)})
        text = _LINE.dump_json(line, exclude_defaults=self._brief)
        if self._brief:  # its kind is a default too, but tells a reader which defaults
            text = b'{"kind":"%s",' % line.kind.encode() + text[1:]
        self._file.write(text + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class JournalError(Exception):
    """A file that is no journal."""


@dataclasses.dataclass(frozen=True)
class Record:
    """A run as it was written down."""

    header: Header
    results: tuple[CaseResult, ...]
    """In the order of the specs, whatever the order in which they came."""
    footer: Footer | None
    """None for a run that was killed."""

    @property
    def complete(self) -> bool:
        return self.footer is not None and self.footer.complete


def read(path: Path) -> Record:
    """The journal in `path`; a last line that was cut off is left out.

    Raises JournalError, with the line, for anything else that is no journal, and for one whose footer counts other
    cells than it holds.
    """
    parsed = [line for line, _ in read_lines(path)]
    if not parsed:
        raise JournalError(f"{path} is empty: the run was stopped before its targets had started")
    if not isinstance(parsed[0], Header):
        raise JournalError(f"{path} is no journal of a run: its first line is no header")
    results = in_order(parsed[0], (line for line in parsed if isinstance(line, Result)))
    footers = [line for line in parsed if isinstance(line, Footer)]
    if footers and footers[-1].complete and footers[-1].counts != counts(results):
        raise JournalError(f"{path} is damaged: its footer counts other cells than it holds")
    return Record(parsed[0], results, footers[-1] if footers else None)


def read_lines(path: Path) -> list[tuple[Header | Result | Footer, int]]:
    """Each whole line of the file, and how many bytes the file has up to its end. Raises JournalError."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(f"there is no run at {path}: {error.strerror}") from None
    if cut := lines.pop():  # a whole line ends with a line feed
        lines += [cut] if _is_line(cut) else []
    ends = itertools.accumulate(len(line) + 1 for line in lines)
    return [
        (_parse(path, number, line), end) for number, (line, end) in enumerate(zip(lines, ends, strict=True), start=1)
    ]


def in_order(header: Header, results: Iterable[R]) -> tuple[R, ...]:
    """Results in the order of the specs, and of the targets."""
    targets = list(header.targets)
    return tuple(sorted(results, key=lambda result: (result.order, targets.index(result.target))))


def _is_line(text: bytes) -> bool:
    try:
        _LINE.validate_json(text)
    except ValidationError:
        return False
    return True


def _parse(path: Path, number: int, line: bytes) -> Header | Result | Footer:
    try:
        return _LINE.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        raise JournalError(f"{path}:{number}: this is no line of a journal: {first['msg']}") from None


# --- counting -------------------------------------------------------------------------------------


def counts(results: Iterable[CaseResult]) -> dict[str, dict[Verdict, int]]:
    """By target and verdict, the number of cells."""
    found: dict[str, Counter[Verdict]] = {}
    for result in results:
        found.setdefault(result.target, Counter()).update(cell.verdict for cell in result.cells)
    return {target: {verdict: each[verdict] for verdict in VERDICTS if each[verdict]} for target, each in found.items()}


def exit_code(
    results: Iterable[CaseResult],
    targets: Mapping[str, TargetInfo],
    *,
    required: Iterable[str] = (),
    stale: bool = False,
    part: bool = False,
) -> int:
    """0 all as expected, 1 a divergence, 3 the harness failed, 5 no cell ran, 6 a target that had to be there was not.

    A run in which no target was available is no pass: 6. In `part` of a run it may be that no cell runs.
    """
    results = tuple(results)
    ran = {result.target for result in results}
    states = {name: targets[name].state for name in ran}
    if any(targets[name].state != "ready" for name in required) or "failed" in states.values():
        return 6
    if states and not {"ready", "replayed"} & set(states.values()):
        return 6
    verdict = worst(result.verdict for result in results)
    if verdict == "broken":
        return 3
    if not part and all(cell.verdict == "skipped" for result in results for cell in result.cells):
        return 5
    return 0 if verdict in EXPECTED and not stale else 1


def digest(texts: Iterable[bytes]) -> str:
    """A hash of what was selected."""
    found = hashlib.sha256()
    for text in texts:
        found.update(hashlib.sha256(text).digest())
    return found.hexdigest()[:16]

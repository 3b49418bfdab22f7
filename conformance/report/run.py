"""`run.ndjson`: the journal of a run, from which everything else is rendered.

One JSON object a line: a `header`, a `result` per case and target in the order in which they came, a
`footer`. Each line is written at once, so that a run that was killed leaves a readable file; without a footer
that says `complete` it is incomplete, and every reader says so. Its JSON Schema is `journal_schema()`.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from conformance.compare.results import CaseResult
from conformance.compare.verdict import EXPECTED, VERDICTS, Verdict, worst


@dataclasses.dataclass(frozen=True, slots=True)
class TargetInfo:
    """A target as the run had it."""

    state: Literal["ready", "unavailable", "failed"]
    reason: str = ""
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    follows: str = ""
    device: str = ""
    hardware: str = ""
    isolation: str = ""


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
    kind: Literal["footer"] = "footer"


Line: TypeAlias = Annotated[Header | Result | Footer, Field(discriminator="kind")]

_LINE: TypeAdapter[Header | Result | Footer] = TypeAdapter(Line)


def journal_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line of the journal."""
    schema = _LINE.json_schema(mode="serialization")
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "A line of run.ndjson"}


class Journal:
    """Writes the journal into `path`, which it replaces."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("wb")

    def write(self, line: Header | CaseResult | Footer) -> None:
        """Appends a line, and hands it to the system at once."""
        if isinstance(line, CaseResult) and not isinstance(line, Result):
            line = Result(**{field.name: getattr(line, field.name) for field in dataclasses.fields(line)})
        self._file.write(_LINE.dump_json(line) + b"\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


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

    Raises JournalError, with the line, for anything else that is no journal.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(f"there is no run at {path}: {error.strerror}") from None
    if cut := lines.pop():  # a whole line ends with a line feed
        lines += [cut] if _is_line(cut) else []
    parsed = [_parse(path, number, line) for number, line in enumerate(lines, start=1)]
    if not parsed or not isinstance(parsed[0], Header):
        raise JournalError(f"{path} is no journal of a run: its first line is no header")
    results = [line for line in parsed if isinstance(line, Result)]
    footers = [line for line in parsed if isinstance(line, Footer)]
    targets = list(parsed[0].targets)
    results.sort(key=lambda result: (result.order, targets.index(result.target)))
    return Record(parsed[0], tuple(results), footers[-1] if footers else None)


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
) -> int:
    """0 all as expected, 1 a divergence, 3 the harness failed, 6 a target that had to be there was not.

    A run in which no target was available is no pass: 6.
    """
    results = tuple(results)
    ran = {result.target for result in results}
    states = {name: targets[name].state for name in ran}
    if any(targets[name].state != "ready" for name in required) or "failed" in states.values():
        return 6
    if states and "ready" not in states.values():
        return 6
    verdict = worst(result.verdict for result in results)
    if verdict == "broken":
        return 3
    return 0 if verdict in EXPECTED and not stale else 1


def digest(texts: Iterable[bytes]) -> str:
    """A hash of what was selected."""
    found = hashlib.sha256()
    for text in texts:
        found.update(hashlib.sha256(text).digest())
    return found.hexdigest()[:16]

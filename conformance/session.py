"""A run from its options to its journal: everything is checked before anything is written, and everything
that happened is written before it is told."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import platform
import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from conformance.compare.results import CaseResult
from conformance.compare.verdict import CHECKS
from conformance.execute import sandbox
from conformance.execute.pool import Availability, Worker
from conformance.execute.recording import Head, Recorder, Recording, RecordingError, read_recording
from conformance.known import Entries, Known, load_known
from conformance.report.diff import Kind, changes, count
from conformance.report.resume import Kept, unfinished
from conformance.report.run import (
    Footer,
    Gate,
    Header,
    Journal,
    Record,
    Stale,
    SuiteInfo,
    TargetInfo,
    counts,
    digest,
    exit_code,
    in_order,
)
from conformance.run import Options, Run
from conformance.selection import Selected
from conformance.spec.loader import load
from conformance.spec.model import Suite, case_address
from conformance.targets import registry
from conformance.version import project_version

DIVERGENCE, INTERRUPTED, INTERNAL = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Session:
    """A run that has been checked and can start."""

    selected: tuple[Selected, ...]
    options: Options
    known: Known
    words: Mapping[str, str | int | float | list[str]]
    """What was asked for, for the header."""
    required: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None
    """Which part of the selection runs, from 1, and of how many."""
    shuffle: int | None = None
    """The seed of a random order in which the cases run."""
    baseline: Baseline | None = None

    @property
    def cases(self) -> dict[int, Selected]:
        """What runs, by its place in the selection, in the order in which it runs."""
        number, total = self.shard or (1, 1)
        places = list(range(number - 1, len(self.selected), total))
        if self.shuffle is not None:
            random.Random(self.shuffle).shuffle(places)
        return {place: self.selected[place] for place in places}


class Baseline(NamedTuple):
    """An earlier run that this one is held against."""

    record: Record
    path: Path
    fail_on: tuple[Kind, ...]


def accepted_divergences(specs: Path, targets: Iterable[str], selected: Iterable[Selected] = ()) -> Known:
    """The list of known divergences beside the specs; an empty one where there is none. Raises SpecError, also for an
    entry that names no case of a suite that is `selected`, or of which a part is."""
    path = specs / "known.yaml"
    if not path.exists():
        return Known()
    entries, _, _ = load(path, Entries)
    elsewhere = {entry.target for entry in entries if _can_be_a_target(entry.target)}
    suites = {item.suite.name: item.suite for item in selected} if entries else {}
    return load_known(
        path, {*targets, *elsewhere}, CHECKS, cells={name: list(_places(suite)) for name, suite in suites.items()}
    )


def _places(suite: Suite) -> Iterator[str]:
    """The addresses of all cases of a suite, and of their cells."""
    for case in (variant for each in suite.cases for variant in each.variants()):
        address = case_address(suite, case)
        yield str(address)
        yield from (str(address._replace(cell=number)) for number, _ in enumerate(case.cells, start=1))


def _can_be_a_target(name: str) -> bool:
    try:
        registry.check(name)
    except ValueError:
        return False
    return True


def replays(paths: Iterable[Path]) -> dict[str, Recording]:
    """The recordings in `paths`, by the target that each stands in for. Raises RecordingError."""
    found: dict[str, Recording] = {}
    for path in paths:
        recording = read_recording(path)
        if found.setdefault(recording.head.target, recording) is not recording:
            raise RecordingError(f"{path} is the second recording of {recording.head.target}")
    return found


def run(
    session: Session,
    journal: Path,
    done: Callable[[CaseResult], None],
    *,
    resume: bool = False,
    recorder: Recorder | None = None,
) -> int:
    """Runs it, calls `done` for each case on each target, and gives the exit code.

    Whatever was at `journal` is replaced; with `resume` the cases that it holds stay and are not run again. The journal
    ends with a footer, also after an interrupt, unless this process is killed. A run that was not interrupted leaves
    the files of the `recorder`.

    Raises JournalError if what is to be resumed is another run.
    """
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        if not resume:
            Journal(journal).close()  # what was there is the last run no longer, even if this one is killed now
        running = stack.enter_context(Run(session.cases, session.options, session.known, recorder))
        available = running.availability()
        targets = {name: _info(each) for name, each in available.items()}
        header = _header(session, targets)
        kept = unfinished(journal, header, session.options.targets) if resume else Kept()
        lines = stack.enter_context(Journal(journal, kept.size))
        if not kept.size:
            lines.write(header)
        results = list(kept.results)
        for result in results:
            done(result)
        ending = _Ending(session, header)
        try:
            for result in running.results(without={result.order for result in results}):
                lines.write(result)
                results.append(result)
                done(result)
            ending.judge(results)
            if recorder is not None:
                _write(recorder, header, available)
        except KeyboardInterrupt:
            ending.code = INTERRUPTED
        finally:
            lines.write(ending.footer(results, time.monotonic() - start))
    return ending.code


def _write(recorder: Recorder, header: Header, available: Mapping[str, Availability]) -> None:
    """Writes what was recorded of the targets that ran."""
    for name in recorder.files:
        if available[name].state == "ready" and (described := available[name].description):
            isolation = available[name].isolation
            recorder.write(
                Head(name, header.started, described, isolation, header.specs, header.platform, header.version, 0)
            )


class _Ending:
    """How a run ends: until it is judged, as a failure of the harness."""

    def __init__(self, session: Session, header: Header) -> None:
        self._session, self._header = session, header
        self.code, self._complete = INTERNAL, False
        self._stale: tuple[Stale, ...] = ()
        self._gate: Gate | None = None

    def judge(self, results: Sequence[CaseResult]) -> None:
        """Says what has come of all results. Only a whole run can say that an entry accepted nothing."""
        session, header = self._session, self._header
        self._stale = _stale(session, results)
        self.code = exit_code(
            results,
            header.targets,
            required=session.required,
            stale=bool(self._stale) and session.shard is None,
            part=session.shard is not None,
        )
        self._complete = True
        if session.baseline is not None:
            record = Record(header, in_order(header, results), self.footer(results, 0.0))
            self._gate = held_against(session.baseline, record)
            if self.code == DIVERGENCE and not self._stale and not failing(self._gate):
                self.code = 0
            elif self.code == 0 and failing(self._gate):
                self.code = DIVERGENCE

    def footer(self, results: Sequence[CaseResult], seconds: float) -> Footer:
        return Footer(
            complete=self._complete,
            counts=counts(results),
            cases=len({result.address for result in results}),
            cells=sum({result.address: len(result.cells) for result in results}.values()),
            seconds=round(seconds, 3),
            exit_code=self.code,
            stale=self._stale,
            gate=self._gate,
        )


NAMED = 40
"""How many of the cells that fail a run against its baseline the report names."""


def held_against(baseline: Baseline, record: Record) -> Gate:
    """How many cells changed since the baseline, by kind, and which of them fail the run."""
    found = changes(baseline.record, record)
    failed = (
        f"{each.kind}  {each.address}  {each.target}  {each.how}" for each in found if each.kind in baseline.fail_on
    )
    return Gate(str(baseline.path), baseline.fail_on, count(found), tuple(itertools.islice(failed, NAMED)))


def failing(gate: Gate) -> bool:
    """Whether anything changed that must not."""
    return any(gate.counts[kind] for kind in gate.fail_on)


def _header(session: Session, targets: Mapping[str, TargetInfo]) -> Header:
    suites = {item.suite.name: item.suite for item in session.selected}
    return Header(
        id=secrets.token_hex(6),
        started=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        specs=digest(
            [
                *(suite.model_dump_json().encode() for suite in suites.values()),
                *(str(item.address).encode() for item in session.selected),
            ]
        ),
        known=digest(entry.model_dump_json().encode() for entry in session.known.entries),
        suites=tuple(
            SuiteInfo(
                name=suite.name,
                title=suite.title,
                file=str(suite.path or ""),
                document=suite.source.document if suite.source else "",
            )
            for suite in suites.values()
        ),
        cases=len(session.selected),
        cells=sum(len(item.case.cells) if item.cell is None else 1 for item in session.selected),
        targets=targets,
        reference=session.options.reference or "",
        options=session.words,
        platform=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        layers=sandbox.layers() if session.options.jobs else (),
        version=project_version(),
        shard="/".join(map(str, session.shard or ())),
    )


def _info(availability: Availability) -> TargetInfo:
    described = availability.description
    if described is None:
        return TargetInfo(availability.state, availability.reason)
    return TargetInfo(
        state=availability.state,
        versions=described.versions,
        recorded=availability.recorded,
        recording=availability.recording,
        follows=described.follows,
        device=described.device,
        hardware=described.hardware,
        isolation=availability.isolation,
    )


def _stale(session: Session, results: Sequence[CaseResult]) -> tuple[Stale, ...]:
    """The entries that accepted nothing, among those about a check that was made."""
    seen = [
        (f"{result.address.partition('#')[0]}#{check.cell}", result.target, check)
        for result in results
        for check in result.checks
        if check.verdict != "skipped"
    ]
    reference = session.options.reference or ""
    diverged = {
        (address, place, check.name)
        for address, target, check in seen
        if check.verdict == "known"
        for place in ((target, reference) if check.was == "drifted" else (target,))
    }
    entries = session.known.stale({(address, target) for address, target, _ in seen}, diverged)
    return tuple(
        Stale(
            address=entry.address,
            target=entry.target,
            check=entry.check,
            reason=entry.reason,
            place=f"known.yaml:{entry.line}",
            expired=str(entry.expires) if session.known.is_over(entry) else "",
        )
        for entry in entries
    )


def targets(names: Sequence[str]) -> dict[str, TargetInfo]:
    """Starts each target and says what it is."""
    workers = {name: Worker(name) for name in names}
    try:
        return {name: _info(worker.availability()) for name, worker in workers.items()}
    finally:
        for worker in workers.values():
            worker.close()


def named(first: Sequence[str]) -> tuple[str, ...]:
    """The targets that have a name: `first`, and those of which none is among them."""
    shown = {name.partition(":")[0] for name in first}
    return (*first, *(name for name in registry.registered() if name not in shown))


def refuse_unknown(names: Iterable[str]) -> None:
    """Raises ValueError for a name that cannot be a target."""
    for name in names:
        registry.check(name)

"""A run from its options to its journal: everything is checked before anything is written, and everything
that happened is written before it is told."""

from __future__ import annotations

import contextlib
import datetime
import platform
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from conformance.compare.results import CaseResult
from conformance.compare.verdict import CHECKS
from conformance.execute import sandbox
from conformance.execute.pool import Availability, Worker
from conformance.known import Entries, Known, load_known
from conformance.report.run import (
    Footer,
    Header,
    Journal,
    Stale,
    SuiteInfo,
    TargetInfo,
    counts,
    digest,
    exit_code,
)
from conformance.run import Options, Run
from conformance.selection import Selected
from conformance.spec.loader import load
from conformance.targets import registry

JOURNAL = "run.ndjson"

INTERRUPTED, INTERNAL = 2, 3


@dataclass(frozen=True, slots=True)
class Session:
    """A run that has been checked and can start."""

    selected: tuple[Selected, ...]
    options: Options
    known: Known
    words: Mapping[str, str | int | float | list[str]]
    """What was asked for, for the header."""
    required: tuple[str, ...] = ()


def accepted_divergences(specs: Path, targets: Iterable[str]) -> Known:
    """The list of known divergences beside the specs; an empty one where there is none. Raises SpecError."""
    path = specs / "known.yaml"
    if not path.exists():
        return Known()
    entries, _, _ = load(path, Entries)
    elsewhere = {entry.target for entry in entries if _can_be_a_target(entry.target)}
    return load_known(path, {*targets, *elsewhere}, CHECKS)


def _can_be_a_target(name: str) -> bool:
    try:
        registry.check(name)
    except ValueError:
        return False
    return True


def run(session: Session, journal: Path, done: Callable[[CaseResult], None]) -> int:
    """Runs it, calls `done` after each case on each target, and gives the exit code.

    Whatever was at `journal` is replaced once every target has said what it is. The journal then ends with a footer,
    also after an interrupt, unless this process is killed.
    """
    start = time.monotonic()
    with Run(session.selected, session.options, session.known) as running:
        targets = {name: _info(each) for name, each in running.availability().items()}
        with Journal(journal) as lines:
            lines.write(_header(session, targets))
            results: list[CaseResult] = []
            stale: tuple[Stale, ...] = ()
            code, complete = INTERNAL, False
            try:
                for result in running.results():
                    lines.write(result)
                    results.append(result)
                    done(result)
                stale = _stale(session, results)
                code = exit_code(results, targets, required=session.required, stale=bool(stale))
                complete = True
            except KeyboardInterrupt:
                code = INTERRUPTED
            finally:
                lines.write(_footer(results, complete, code, stale, time.monotonic() - start))
    return code


def _footer(
    results: Sequence[CaseResult], complete: bool, code: int, stale: tuple[Stale, ...], seconds: float
) -> Footer:
    return Footer(
        complete=complete,
        counts=counts(results),
        cases=len({result.address for result in results}),
        cells=sum({result.address: len(result.cells) for result in results}.values()),
        seconds=round(seconds, 3),
        exit_code=code,
        stale=stale,
    )


def _header(session: Session, targets: Mapping[str, TargetInfo]) -> Header:
    suites = {item.suite.name: item.suite for item in session.selected}
    return Header(
        id=secrets.token_hex(6),
        started=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        specs=digest(suite.model_dump_json().encode() for suite in suites.values()),
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
    )


def project_version() -> str:
    """The version of this project as it is installed."""
    with contextlib.suppress(PackageNotFoundError):
        return version("autograd-conformance")
    return "not installed"


def _info(availability: Availability) -> TargetInfo:
    described = availability.description
    if described is None:
        return TargetInfo(availability.state, availability.reason)
    return TargetInfo(
        state=availability.state,
        versions=described.versions,
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
        Stale(entry.address, entry.target, entry.check, entry.reason, f"known.yaml:{entry.line}") for entry in entries
    )


def targets(names: Sequence[str]) -> dict[str, TargetInfo]:
    """Starts each target and says what it is."""
    workers = {name: Worker(name) for name in names}
    try:
        return {name: _info(worker.availability()) for name, worker in workers.items()}
    finally:
        for worker in workers.values():
            worker.close()


def refuse_unknown(names: Iterable[str]) -> None:
    """Raises ValueError for a name that cannot be a target."""
    for name in names:
        registry.check(name)

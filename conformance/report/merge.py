"""The shards of one run as one run again: the same report as if it had never been divided."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.known import KnownDivergence
from conformance.report.resume import differences
from conformance.report.run import Footer, Journal, JournalError, Record, Stale, counts, exit_code, in_order, read


def merge(paths: Sequence[Path]) -> Record:
    """The one run whose shards the journals in `paths` are, in any order.

    Raises JournalError, with the reason, for a shard that is missing, there twice, of another run, or not complete.
    """
    records = {path: read(path) for path in paths}
    first, *others = records.items()
    for path, record in records.items():
        _check(path, record)
    for path, record in others:
        if different := differences(first[1].header, record.header, but=("shard",)):
            raise JournalError(f"{path} is of another run than {first[0]}: {' and '.join(different)} differ")
    _check_parts(records)
    header = first[1].header
    shards = sorted(records.values(), key=lambda record: _part(record)[0])
    results = in_order(header, (result for record in shards for result in record.results))
    required = header.options.get("require", [])
    stale = _stale(shards)
    header = replace(
        header,
        id=hashlib.sha256("".join(record.header.id for record in shards).encode()).hexdigest()[:12],
        started=min(record.header.started for record in shards),
        shard="",
    )
    footer = Footer(
        complete=True,
        counts=counts(results),
        cases=header.cases,
        cells=header.cells,
        seconds=max(record.footer.seconds for record in shards if record.footer),
        exit_code=exit_code(
            results, header.targets, required=required if isinstance(required, list) else (), stale=bool(stale)
        ),
        stale=stale,
    )
    return Record(header, results, footer)


def write(record: Record, path: Path, *, brief: bool = False) -> None:
    """Writes a run that is over as its journal, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(record, draft, brief)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(record: Record, path: Path, brief: bool) -> None:
    with Journal(path, brief=brief) as journal:
        for line in (record.header, *record.results, *([record.footer] if record.footer else ())):
            journal.write(line)


def _part(record: Record) -> tuple[int, int]:
    """Which shard it is, from 1, and of how many."""
    number, _, total = record.header.shard.partition("/")
    return int(number), int(total)


def _check(path: Path, record: Record) -> None:
    if not record.header.shard:
        raise JournalError(f"{path} is no shard: it was run without --shard")
    if not record.complete:
        raise JournalError(f"{path} is incomplete: run its shard again with --resume")
    number, total = _part(record)
    targets = record.header.options.get("targets", ())
    expected = {
        (order, target)
        for order in range(number - 1, record.header.cases, total)
        for target in (targets if isinstance(targets, list) else ())
    }
    held = [(result.order, result.target) for result in record.results]
    if sorted(held) != sorted(expected):
        raise JournalError(f"{path} does not hold what shard {record.header.shard} has to: {_lack(held, expected)}")


def _lack(held: list[tuple[int, str]], expected: set[tuple[int, str]]) -> str:
    missing, foreign = len(expected - set(held)), len(set(held) - expected)
    twice = len(held) - len(set(held))
    parts = ((missing, "are missing"), (foreign, "belong to another shard"), (twice, "are there twice"))
    return ", ".join(f"{number} of its results {words}" for number, words in parts if number)


def _check_parts(records: Mapping[Path, Record]) -> None:
    found: dict[int, Path] = {}
    (_, total), *rest = map(_part, records.values())
    if any(each != total for _, each in rest):
        totals = sorted({each for _, each in map(_part, records.values())})
        raise JournalError(f"the shards are of different numbers: {', '.join(f'1/{each}' for each in totals)}")
    for path, record in records.items():
        number, _ = _part(record)
        if number in found:
            raise JournalError(f"shard {number}/{total} is there twice: {found[number]} and {path}")
        found[number] = path
    if missing := [f"{number}/{total}" for number in range(1, total + 1) if number not in found]:
        raise JournalError(f"not all shards are here: {', '.join(missing)} missing")


def _stale(shards: Sequence[Record]) -> tuple[Stale, ...]:
    """What is stale in the whole run: an entry that accepted nothing in one shard may have done so in another."""
    candidates = {entry.place: entry for record in shards if record.footer for entry in record.footer.stale}
    accepted = [
        (f"{result.address.partition('#')[0]}#{check.cell}", target, check.name)
        for record in shards
        for result in record.results
        for check in result.checks
        if check.verdict == "known"
        for target in ((result.target, record.header.reference) if check.was == "drifted" else (result.target,))
    ]
    return tuple(
        entry
        for _, entry in sorted(candidates.items(), key=lambda item: int(item[0].rpartition(":")[2]))
        if entry.expired or not any(_entry(entry).accepts(*place) for place in accepted)
    )


def _entry(stale: Stale) -> KnownDivergence:
    return KnownDivergence(address=stale.address, target=stale.target, check=stale.check, reason=stale.reason)

"""What changed from one run to another, cell by cell: after an upgrade, on another machine, since the baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.values import Rules, texts
from conformance.compare.verdict import EXPECTED, Check, Verdict
from conformance.report.run import Record

Kind: TypeAlias = Literal["new", "gone", "changed", "slower", "fixed", "added"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SLOWER = 2.0
"""How many times as long a cell must take to be told as slower,"""
AT_LEAST = 0.1
"""and how many seconds longer."""

MEANING: Mapping[Kind, str] = {
    "new": "not as expected, and it was before, or was not there",
    "gone": "not run any more: removed, or skipped",
    "changed": "another verdict, other failing checks, or the target does something else",
    "slower": f"takes more than {SLOWER:g} times as long, and {AT_LEAST:g} s longer",
    "fixed": "as expected, and it was not before",
    "added": "as expected, and it was not there before, or skipped",
}
"""What each kind says of a cell. A cell has the first that fits."""


@dataclass(frozen=True, slots=True)
class Change:
    """A cell on a target that is not as it was."""

    kind: Kind
    address: str
    target: str
    was: Verdict | None
    """None where it was not there."""
    now: Verdict | None
    details: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """`conforms -> diverges`."""
        was, now = (verdict or "not there" for verdict in (self.was, self.now))
        return was if was == now else f"{was} -> {now}"


@dataclass(frozen=True, slots=True)
class _Seen:
    result: CaseResult
    cell: CellResult

    @property
    def verdict(self) -> Verdict:
        return self.cell.verdict

    @property
    def checks(self) -> dict[tuple[str, str], Check]:
        return {(check.name, check.subject): check for check in self.result.checks_of(self.cell)}

    @property
    def failing(self) -> dict[tuple[str, str], Check]:
        return {place: check for place, check in self.checks.items() if check.verdict not in EXPECTED}


def changes(before: Record, after: Record) -> tuple[Change, ...]:
    """Every cell that differs, in the order of KINDS. Of a part of a run nothing is told as gone that it may have left
    out."""
    was, now = _cells(before), _cells(after)
    whole = _whole(after)
    targets = set(after.header.targets)
    found = [
        change
        for place in {**now, **was}
        if (place in now or (whole and place[1] in targets))
        and (change := _change(*place, was.get(place), now.get(place)))
    ]
    return tuple(sorted(found, key=lambda change: KINDS.index(change.kind)))


def left_out(before: Record, after: Record) -> list[str]:
    """What of two runs could not be held against each other, in sentences."""
    was, now = _cells(before), _cells(after)
    told = [f"{which} is incomplete" for which, one in (("BEFORE", before), ("AFTER", after)) if not one.complete]
    if not was.keys() & now.keys():
        told.append("no cell is in both runs")
    elif missing := sum(place not in now and place[1] in after.header.targets for place in was) * (not _whole(after)):
        told.append(f"AFTER is a part: {missing:,} of the cells of BEFORE may have been left out")
    if absent := [target for target in before.header.targets if target not in after.header.targets]:
        told.append(f"{', '.join(absent)} did not run in AFTER")
    return told


def count(found: Iterable[Change]) -> dict[str, int]:
    """By kind, the number of cells; every kind is there."""
    counted = Counter(change.kind for change in found)
    return {kind: counted[kind] for kind in KINDS}


def _whole(record: Record) -> bool:
    """Whether what is not in it is not there."""
    selective = record.header.options.get("selectors") or record.header.options.get("expression")
    return record.complete and not (record.header.shard or selective)


def _cells(record: Record) -> dict[tuple[str, str], _Seen]:
    return {
        (f"{result.address.partition('#')[0]}#{cell.number}", result.target): _Seen(result, cell)
        for result in record.results
        for cell in result.cells
    }


def _change(address: str, target: str, was: _Seen | None, now: _Seen | None) -> Change | None:
    kind, details = _kind(was, now)
    if kind is None:
        return None
    if seen := now or was:
        target = seen.result.called
    return Change(kind, address, target, was.verdict if was else None, now.verdict if now else None, tuple(details))


def _kind(was: _Seen | None, now: _Seen | None) -> tuple[Kind | None, list[str]]:
    before = None if was is None or was.verdict == "skipped" else was
    after = None if now is None or now.verdict == "skipped" else now
    if after is None:
        return ("gone", [check.reason for check in now.checks.values()] if now else []) if before else (None, [])
    if before is None:
        if after.failing:
            return "new", _told(after.failing)
        return ("added", []) if after.verdict in EXPECTED else ("new", [])
    if after.verdict not in EXPECTED and before.verdict in EXPECTED:
        return "new", [*_told(after.failing), *_now_other(before, after, after.failing)]
    if after.verdict in EXPECTED and before.verdict not in EXPECTED:
        return "fixed", []
    if differences := list(_differences(before, after)):
        return "changed", differences
    if after.verdict != before.verdict:
        return "changed", []
    seconds, seconds_before = after.cell.seconds, before.cell.seconds
    if before.cell.seconds and seconds > SLOWER * seconds_before and seconds - seconds_before > AT_LEAST:
        return "slower", [f"{seconds:.2f} s, {seconds_before:.2f} s before"]
    return None, []


def _told(checks: Mapping[tuple[str, str], Check]) -> list[str]:
    return [f"{_name(place)}: {check.who or check.reason}" for place, check in checks.items()]


def _name(place: tuple[str, str]) -> str:
    return " ".join(filter(None, place))


def _differences(before: _Seen, after: _Seen) -> Iterator[str]:
    ours, theirs = after.checks, before.checks
    for place in after.failing.keys() - before.failing.keys():
        yield f"{_name(place)}: {ours[place].verdict}, was as expected"
    for place in before.failing.keys() - after.failing.keys():
        yield f"{_name(place)}: as expected, was {theirs[place].verdict}"
    yield from _now_other(before, after, ours)


def _now_other(before: _Seen, after: _Seen, places: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What the target does otherwise than before."""
    for place in places:
        now, was = after.checks[place].target, before.checks[place].target if place in before.checks else None
        if now is not None and was is not None:
            for difference in texts(now, was, Rules()):
                yield f"{_name(place)}: {difference}"

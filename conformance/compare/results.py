"""All cells of a case on one target, with the divergences that are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from conformance.compare.cells import Compared
from conformance.compare.values import Rules
from conformance.compare.verdict import EXPECTED, Check, CheckName, Names, Verdict, worst
from conformance.known import Known
from conformance.spec.address import Address
from conformance.spec.code import runnable
from conformance.spec.model import Case, Cell, Suite, case_address
from conformance.targets.protocol import CellObservation, Observation, Value

_OUTCOMES: dict[str, Verdict] = {
    "timeout": "timeout",
    "crashed": "crashed",
    "no-result": "no-result",
    "skipped": "skipped",
    "broken": "broken",
    "completed": "no-result",
}
"""The verdict on a cell that left no observation, by what became of its case."""
NOT_REACHED = "not reached"
"""How the reason starts for a cell after one that ended its process."""


Place: TypeAlias = tuple[int, CheckName, str]
"""The cell, the name and the subject of a check."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """A cell on a target; its checks stand in the case."""

    number: int
    verdict: Verdict
    code: str = ""
    label: str = ""
    """Where in the document."""
    title: str = ""
    line: int = 0
    """Where in the case's file."""
    not_run: tuple[str, ...] = ()
    """Its lines for the shell."""
    stderr: str = ""
    traceback: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case on a target."""

    address: str
    target: str
    verdict: Verdict
    checks: tuple[Check, ...]
    seconds: float
    cells: tuple[CellResult, ...]
    title: str = ""
    order: int = 0
    """The place of the case in the selection, from 0."""
    file: str = ""
    replayed: bool = False
    """Whether it comes from a recording: the target did not run."""

    @property
    def called(self) -> str:
        """The target, as a report calls it."""
        return f"{self.target} (replayed)" if self.replayed else self.target

    def checks_of(self, cell: CellResult) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.cell == cell.number)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares the cases of a run."""

    reference: str
    on_cpu: frozenset[str]
    """The targets whose device is the CPU."""
    known: Known
    replayed: frozenset[str] = frozenset()
    """The targets that a recording stands in for."""
    lacks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By target, what it has not at all: the aspects of comparisons, each with the reason."""

    def case(
        self,
        suite: Suite,
        case: Case,
        target: str,
        observation: Observation,
        torch: Observation | None,
        *,
        order: int = 0,
        only: int | None = None,
        elsewhere: Sequence[Observation] = (),
    ) -> CaseResult:
        """The result of `case` on `target`; `torch` is what the reference did, None where it is not there, and
        `elsewhere` what it did on other processors. With `only` it is that of one cell."""
        address = case_address(suite, case)
        checks = [
            check
            for number, found in enumerate(self._checks(case, target, observation, torch, elsewhere), start=1)
            for check in self._accepted(str(address._replace(cell=number)), target, number, found)
            if only in (None, number)
        ]
        checks = self._fixed(address, target, checks)
        cells = tuple(
            _cell(number, cell, observation, [check for check in checks if check.cell == number])
            for number, cell in enumerate(case.cells, start=1)
            if only in (None, number)
        )
        return CaseResult(
            address=str(address._replace(cell=only)),
            target=target,
            verdict=worst(cell.verdict for cell in cells),
            checks=tuple(checks),
            seconds=observation.seconds,
            cells=cells,
            title=case.title or "",
            order=order,
            file=str(suite.path or ""),
            replayed=target in self.replayed,
        )

    def unsteady(self, case: Case, first: Observation, again: Observation) -> Mapping[Place, frozenset[str]]:
        """Where the reference itself did something else the second time, and in which aspects: time, addresses, what
        no seed decides."""
        others = replace(self, reference="")._checks(case, self.reference, again, first)
        found = ((number, check) for number, checks in enumerate(others, start=1) for check in checks)
        return {
            _place(replace(check, cell=number)): frozenset(check.aspects)
            for number, check in found
            if check.verdict == "diverges"
        }

    def _checks(
        self,
        case: Case,
        target: str,
        observation: Observation,
        torch: Observation | None,
        elsewhere: Sequence[Observation] = (),
    ) -> Iterator[tuple[Check, ...]]:
        lacks, held = self.lacks.get(target, {}), dict[str, Value]()
        rules, names = Rules(on_cpu=target in self.on_cpu), Names(target, self.reference)
        for number, cell in enumerate(case.cells, start=1):
            ours, theirs = _at(observation, number), _at(torch, number)
            if ours is None or ours.skipped:
                yield (_unseen(observation, number, ours),)
                continue
            # Two devices draw other numbers from the same seed, and what follows from them is other too.
            rules = replace(rules, any_digits=rules.any_digits or (ours.drew and not rules.on_cpu))
            theirs = None if theirs and theirs.skipped else theirs
            if lacks and theirs:  # a new tensor may look like the old one where its graph cannot be seen
                held |= ours.names
                ours = replace(ours, names={name: held[name] for name in (*ours.names, *theirs.names) if name in held})
            others = tuple(seen for seen in (_at(each, number) for each in elsewhere) if seen and not seen.skipped)
            try:
                yield Compared(cell, ours, theirs, names, rules, lacks, others).checks()
            except Exception as error:
                yield (Check("outcome", "broken", reason=f"comparing raised {type(error).__name__}: {error}"),)

    def _accepted(self, address: str, target: str, number: int, checks: Iterable[Check]) -> Iterator[Check]:
        """The checks, the accepted ones as `known`. An entry for the reference covers every target that
        agrees with it."""
        for check in checks:
            places = (target, self.reference) if check.verdict == "drifted" else (target,)
            entries = (self.known.accepting(address, place, check.name) for place in places)
            entry = None if check.verdict in _UNACCEPTABLE else next(filter(None, entries), None)
            if entry is None:
                yield replace(check, cell=number)
            else:
                yield replace(check, cell=number, verdict="known", was=check.verdict, reason=entry.reason)

    def _fixed(self, address: Address, target: str, checks: list[Check]) -> list[Check]:
        """The checks, those as `fixed` that an entry for just this case accepts although all of them
        conform."""

        def place(check: Check) -> tuple[str, str, str]:
            return str(address._replace(cell=check.cell)), target, check.name

        diverged = [place(check) for check in checks if check.verdict == "known"]
        stale = self.known.stale([place(check)[:2] for check in checks], diverged)
        exact = [entry for entry in stale if "*" not in entry.address + entry.target]
        return [
            replace(check, verdict="fixed", reason=entry.reason)
            if check.verdict == "conforms"
            and (entry := next((each for each in exact if each.accepts(*place(check))), None))
            else check
            for check in checks
        ]


def confirmed(
    first: CaseResult, again: CaseResult, unsteady: Mapping[Place, frozenset[str]] = MappingProxyType({})
) -> CaseResult:
    """`first`, where a second run gave other verdicts as `flaky`, and where nothing differs but that in which the
    reference is `unsteady`: a random number may still be of the wrong dtype."""
    second = {_place(check): check for check in again.checks}
    checks = [_confirmed(check, second.pop(_place(check), None), unsteady) for check in first.checks]
    checks += [
        _flaky(check, f"not compared, then {check.verdict}")
        for check in again.checks
        if _place(check) in second and check.verdict not in EXPECTED
    ]
    cells = tuple(
        replace(cell, verdict=worst(check.verdict for check in checks if check.cell == cell.number))
        for cell in first.cells
    )
    return replace(first, checks=tuple(checks), cells=cells, verdict=worst(cell.verdict for cell in cells))


def _place(check: Check) -> Place:
    return check.cell, check.name, check.subject


def _confirmed(check: Check, again: Check | None, unsteady: Mapping[Place, frozenset[str]]) -> Check:
    if again is None:
        return check if check.verdict in EXPECTED else _flaky(check, f"{check.verdict}, then not compared")
    if check.verdict != again.verdict:
        return _flaky(check, f"{check.verdict}, then {again.verdict}")
    if check.verdict not in ("diverges", "drifted") or _place(check) not in unsteady:
        return check
    steady = frozenset(again.aspects) - unsteady[_place(check)]
    told = [each for each in zip(check.differences, check.aspects, strict=True) if each[1] in steady]
    if not told:
        return _flaky(check, "it is not on the reference either")
    differences, aspects = zip(*told, strict=True)
    return replace(check, differences=differences, aspects=aspects)


def _flaky(check: Check, how: str) -> Check:
    return replace(check, verdict="flaky", who="", reason=f"not the same twice: {how}")


_UNACCEPTABLE = ("conforms", "skipped", "broken")


def _at(observation: Observation | None, number: int) -> CellObservation | None:
    if observation is None or number > len(observation.cells):
        return None
    return observation.cells[number - 1]


def _unseen(observation: Observation, number: int, seen: CellObservation | None) -> Check:
    """The check of a cell that was not run, or did not end."""
    if seen is not None:
        return Check("outcome", "skipped", reason=seen.skipped)
    if observation.status in ("timeout", "crashed", "no-result") and number > len(observation.cells) + 1:
        return Check("outcome", "no-result", reason=f"{NOT_REACHED}: {observation.reason}")
    return Check("outcome", _OUTCOMES[observation.status], reason=observation.reason)


def _cell(number: int, cell: Cell, observation: Observation, checks: Iterable[Check]) -> CellResult:
    seen = _at(observation, number) or CellObservation()
    return CellResult(
        number=number,
        verdict=worst(check.verdict for check in checks),
        code=cell.code,
        label=cell.from_ or "",
        title=cell.title or "",
        line=cell.line,
        not_run=runnable(cell.code).not_run,
        stderr=seen.stderr,
        traceback=seen.error.traceback if seen.error else "",
        seconds=seen.seconds,
    )

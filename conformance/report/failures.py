"""The cells of a run one by one, for reports that are no terminal's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import EXPECTED, Check
from conformance.report.run import Record


class Seen(NamedTuple):
    """A cell on a target."""

    result: CaseResult
    cell: CellResult

    @property
    def address(self) -> str:
        return f"{self.result.address.partition('#')[0]}#{self.cell.number}"

    @property
    def suite(self) -> str:
        return self.result.address.partition("::")[0]

    @property
    def title(self) -> str:
        return self.cell.title or self.result.title

    @property
    def failing(self) -> list[Check]:
        """The checks that are not as expected."""
        return [check for check in self.result.checks_of(self.cell) if check.verdict not in EXPECTED]

    @property
    def reasons(self) -> list[str]:
        """Why the cell was skipped, or what accepts it."""
        return list(dict.fromkeys(check.reason for check in self.result.checks_of(self.cell) if check.reason))


def cells(record: Record) -> Iterator[Seen]:
    """Every cell on every target, in the order of the specs."""
    return (Seen(result, cell) for result in record.results for cell in result.cells)


def failures(record: Record) -> list[Seen]:
    """Those that are not as expected."""
    return [seen for seen in cells(record) if seen.cell.verdict not in EXPECTED]


def sentence(check: Check) -> str:
    """`stdout: engine is wrong: ...`"""
    name = f"{check.name} {check.subject}" if check.subject else check.name
    return f"{name}: {check.who or check.reason or check.verdict}"


def told(check: Check) -> str:
    """A check with what each of the three did, as plain text."""
    sides = (("document", check.document), ("torch", check.torch), ("target", check.target))
    parts = [f"--- {name}\n{text}" for name, text in sides if text is not None]
    return "\n".join([sentence(check), *check.differences, *parts])

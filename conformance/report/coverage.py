"""Which documented behaviours have a cell, as a table, and what a run says of those cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.coverage import AreaCoverage
from conformance.report.printing import put
from conformance.report.run import Record


def show(areas: Sequence[AreaCoverage], record: Record | None, console: Console, *, lines: bool = False) -> None:
    """Print the catalogue's areas: how many of their lines have a case, and how many of these conform.

    Args:
        areas: of the catalogue.
        record: the run whose verdicts count; None shows none.
        console: where to print.
        lines: show also each line that no case covers, with the reason.
    """
    verdicts = _verdicts(record)
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=False)
    for _ in range(2 + len(verdicts)):
        table.add_column(justify="right", no_wrap=True)
    table.add_row(*(Text(name, "dim") for name in ("Area", "lines", "with a case", *verdicts)))
    totals = [0] * (2 + len(verdicts))
    for area in areas:
        numbers = _numbers(area, verdicts)
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        table.add_row(Text(area.area.title), *map(str, numbers))
    table.add_row(Text("all", "bold"), *(Text(str(total), "bold") for total in totals))
    put(console, Padding(table, (0, 0, 0, 2)))
    if lines:
        for area in areas:
            _uncovered(area, console)


def _verdicts(record: Record | None) -> Mapping[str, Mapping[str, bool]]:
    """For each target, whether each case (all its variants) conforms."""
    found: dict[str, dict[str, bool]] = {}
    for result in record.results if record is not None else ():
        case = result.address.partition("[")[0]
        cases = found.setdefault(result.called, {})
        cases[case] = cases.get(case, True) and result.verdict == "conforms"
    return found


def _numbers(area: AreaCoverage, verdicts: Mapping[str, Mapping[str, bool]]) -> list[int]:
    covered = [cases for cases in area.cases.values() if cases]
    conforming = [
        sum(all(cases_of.get(case, False) for case in cases) for cases in covered) for cases_of in verdicts.values()
    ]
    return [len(area.cases), len(covered), *conforming]


def _uncovered(area: AreaCoverage, console: Console) -> None:
    rows: Iterable[tuple[str, str, str]] = (
        (line.id, line.text, line.without or area.area.without or "") for line in area.uncovered
    )
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, text, reason in rows:
        table.add_row(Text(name, "bold"), Text(text), Text(reason, "dim"))
    if table.row_count:
        console.print()
        put(console, Text(area.area.title, "bold"))
        put(console, Padding(table, (0, 0, 0, 2)))

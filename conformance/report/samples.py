"""What torch's samples (`opinfo:`, `moduleinfo:`, `optiminfo:`) say of a target: which operators, modules and
optimizers it has, and what of each is as in torch, by dtype."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.compare.results import CaseResult, CellResult
from conformance.report.run import Record

TABLES = {"opinfo": "operators", "moduleinfo": "modules", "optiminfo": "optimizers"}
"""What the entries of a table are, by the kind of selector that takes them."""
ASPECTS = (
    "constructor", "forward", "layout", "backward", "double backward", "in-place", "out", "method", "alias", "copies",
    "functional", "hooks", "channels last", "steps", "state", "resumed", "groups", "implementations", "schedulers",
    "errors", "unsupported dtype",
)  # fmt: skip
"""What the cells of a sample are about, as their labels say."""
ANY_DTYPE = "any"
"""The row of what is asked of an entry once, not for each dtype."""


@dataclass(slots=True)
class Entry:
    """An operator, a module or an optimizer on a target."""

    name: str
    passed: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether all cells of a dtype and an aspect conform."""
    lacking: bool = True
    """Whether the target has no such thing: no call of it got further than its name."""

    @property
    def family(self) -> str:
        """The namespace that it is in, `torch` for torch's own."""
        head, _, tail = self.name.partition(".")
        return (
            "nn.functional"
            if self.name.startswith("nn.functional.")
            else head
            if tail and head in _FAMILIES
            else "torch"
        )

    @property
    def passes(self) -> bool:
        return not self.lacking and all(self.passed.values())

    def failing(self) -> list[str]:
        """The aspects in which it is not as in torch, in any dtype."""
        return [aspect for aspect in ASPECTS if any(not ok for (_, of), ok in self.passed.items() if of == aspect)]


_FAMILIES = frozenset({"linalg", "fft", "special", "masked", "signal", "ops", "sparse", "nn"})


def table_of(address: str) -> str:
    """Of which table of torch's samples a case or a suite is; empty if it is of none."""
    kind, colon, _ = address.partition(":")
    return kind if colon and kind in TABLES else ""


def entries(results: Iterable[CaseResult], target: str, table: str) -> dict[str, Entry]:
    """The entries of a table in a run, as they are on a target."""
    found: dict[str, Entry] = {}
    for result in results:
        if result.target != target or table_of(result.address) != table:
            continue
        suite, _, case = result.address.partition("::")
        name = suite.removeprefix(f"{table}:").partition("?")[0]
        entry = found.setdefault(name, Entry(name))
        dtype = case.partition("-")[0] if not case.startswith(("error-", "schedulers-")) else ANY_DTYPE
        for cell in result.cells:
            if cell.label in ASPECTS and cell.verdict != "skipped":
                key = (dtype, cell.label)
                entry.passed[key] = entry.passed.get(key, True) and cell.verdict == "conforms"
                if cell.label in ("constructor", "forward", "errors", "unsupported dtype"):
                    entry.lacking = entry.lacking and _is_lacking(result, cell)
    return found


def _is_lacking(result: CaseResult, cell: CellResult) -> bool:
    said = next((check.target or "" for check in result.checks_of(cell) if check.name == "error"), "")
    return said.startswith("AttributeError") and "has no attribute" in said


def parts(record: Record) -> Iterator[RenderableType]:
    """For each target but the reference, and each table: what is as in torch by aspects and dtypes, and which entries
    lack or differ."""
    of = dict.fromkeys((result.target, table_of(result.address)) for result in record.results)
    for target, table in of:
        if table and target != record.header.reference:
            found = entries(record.results, target, table)
            if any(each.passed for each in found.values()):
                yield from _of_target(target, TABLES[table], found)


def _of_target(target: str, what: str, found: Mapping[str, Entry]) -> Iterator[RenderableType]:
    passing = sum(each.passes for each in found.values())
    lacking = [each for each in found.values() if each.lacking and each.passed]
    heading = Text("  ").append(target, "bold").append(f"  {passing:,} of {len(found):,} {what} as in torch throughout")
    yield heading.append(f", {len(lacking):,} missing" if lacking else "")
    yield Text()
    yield Padding(_table(what, found), (0, 0, 0, 2))
    yield Text()
    yield from _listed("missing", _by_family(lacking))
    differing = [each for each in found.values() if not each.lacking and not each.passes]
    by_aspect = {aspect: [each.name for each in differing if aspect in each.failing()] for aspect in ASPECTS}
    yield from _listed("differs in", {aspect: names for aspect, names in by_aspect.items() if names})


def _table(what: str, found: Mapping[str, Entry]) -> Table:
    """Aspects by dtypes: how many of the entries that have such cells pass all of them."""
    keys = [key for each in found.values() for key in each.passed]
    dtypes = [dtype for dtype in dict.fromkeys(dtype for dtype, _ in keys) if dtype != ANY_DTYPE]
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    for _ in dtypes:
        table.add_column(justify="right", no_wrap=True)
    table.add_row(Text(f"{what} that pass", "dim"), *(Text(dtype, "dim") for dtype in dtypes))
    for aspect in ASPECTS:
        if any(of == aspect for _, of in keys):
            columns = [ANY_DTYPE] if (ANY_DTYPE, aspect) in keys else dtypes
            outcomes = [[each.passed.get((dtype, aspect)) for each in found.values()] for dtype in columns]
            table.add_row(Text(aspect), *map(_ratio, outcomes))
    return table


def _ratio(outcomes: Iterable[bool | None]) -> Text:
    counted = [each for each in outcomes if each is not None]
    return Text(f"{sum(counted):,}/{len(counted):,}", "green" if all(counted) else "") if counted else Text("")


def _by_family(lacking: Iterable[Entry]) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for each in lacking:
        families.setdefault(each.family, []).append(each.name.removeprefix(f"{each.family}."))
    return families


def _listed(what: str, groups: Mapping[str, list[str]]) -> Iterator[RenderableType]:
    for name, members in groups.items():
        text = Text(f"{what} ", "dim").append(name, "bold").append(f" ({len(members):,})  ", "dim")
        yield Padding(text.append(", ".join(members)), (0, 0, 0, 2))
    if groups:
        yield Text()

"""What torch's samples of its operators (`opinfo:`) say of a target: which operators it has, and what of each is as in
torch, by dtype."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.compare.results import CaseResult, CellResult
from conformance.report.run import Record

PREFIX = "opinfo:"
ASPECTS = (
    "forward", "layout", "backward", "double backward", "in-place", "out", "method", "alias", "errors",
    "unsupported dtype",
)  # fmt: skip
"""What the cells of a sample are about, as their labels say."""
ANY_DTYPE = "any"
"""The row of what is asked of an operator once, not for each dtype."""


@dataclass(slots=True)
class Operator:
    """An operator on a target."""

    name: str
    passed: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether all cells of a dtype and an aspect conform."""
    lacking: bool = True
    """Whether the target has no such function: no call of it got further than its name."""

    @property
    def family(self) -> str:
        """The namespace that it is in, `torch` for torch's own."""
        head, _, tail = self.name.partition(".")
        return "nn.functional" if head == "nn" else head if tail and head in _FAMILIES else "torch"

    @property
    def passes(self) -> bool:
        return not self.lacking and all(self.passed.values())

    def failing(self) -> list[str]:
        """The aspects in which it is not as in torch, in any dtype."""
        return [aspect for aspect in ASPECTS if any(not ok for (_, of), ok in self.passed.items() if of == aspect)]


_FAMILIES = frozenset({"linalg", "fft", "special", "masked", "signal", "ops", "sparse", "nn"})


def is_operator(address: str) -> bool:
    """Whether a case or a suite is of torch's samples."""
    return address.startswith(PREFIX)


def operators(results: Iterable[CaseResult], target: str) -> dict[str, Operator]:
    """The operators in a run, as they are on a target."""
    found: dict[str, Operator] = {}
    for result in results:
        if result.target != target or not is_operator(result.address):
            continue
        suite, _, case = result.address.partition("::")
        name = suite.removeprefix(PREFIX).partition("?")[0]
        operator = found.setdefault(name, Operator(name))
        dtype = case.partition("-")[0] if not case.startswith("error-") else ANY_DTYPE
        for cell in result.cells:
            if cell.label in ASPECTS and cell.verdict != "skipped":
                key = (dtype, cell.label)
                operator.passed[key] = operator.passed.get(key, True) and cell.verdict == "conforms"
                if cell.label in ("forward", "errors", "unsupported dtype"):
                    operator.lacking = operator.lacking and _is_lacking(result, cell)
    return found


def _is_lacking(result: CaseResult, cell: CellResult) -> bool:
    said = next((check.target or "" for check in result.checks_of(cell) if check.name == "error"), "")
    return said.startswith("AttributeError") and "has no attribute" in said


def parts(record: Record) -> Iterator[RenderableType]:
    """For each target but the reference: a table of aspects and dtypes, and the operators that lack or differ."""
    targets = dict.fromkeys(result.target for result in record.results if is_operator(result.address))
    for target in targets:
        if target != record.header.reference:
            found = operators(record.results, target)
            if any(each.passed for each in found.values()):
                yield from _of_target(target, found)


def _of_target(target: str, found: Mapping[str, Operator]) -> Iterator[RenderableType]:
    passing = sum(each.passes for each in found.values())
    lacking = [each for each in found.values() if each.lacking and each.passed]
    heading = (
        Text("  ").append(target, "bold").append(f"  {passing:,} of {len(found):,} operators as in torch throughout")
    )
    yield heading.append(f", {len(lacking):,} missing" if lacking else "")
    yield Text()
    yield Padding(_table(found), (0, 0, 0, 2))
    yield Text()
    yield from _listed("missing", _by_family(lacking))
    differing = [each for each in found.values() if not each.lacking and not each.passes]
    by_aspect = {aspect: [each.name for each in differing if aspect in each.failing()] for aspect in ASPECTS}
    yield from _listed("differs in", {aspect: names for aspect, names in by_aspect.items() if names})


def _table(found: Mapping[str, Operator]) -> Table:
    """Aspects by dtypes: how many of the operators that have such cells pass all of them."""
    keys = [key for each in found.values() for key in each.passed]
    dtypes = [dtype for dtype in dict.fromkeys(dtype for dtype, _ in keys) if dtype != ANY_DTYPE]
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    for _ in dtypes:
        table.add_column(justify="right", no_wrap=True)
    table.add_row(Text("operators that pass", "dim"), *(Text(dtype, "dim") for dtype in dtypes))
    for aspect in ASPECTS:
        if any(of == aspect for _, of in keys):
            columns = [ANY_DTYPE] if (ANY_DTYPE, aspect) in keys else dtypes
            outcomes = [[each.passed.get((dtype, aspect)) for each in found.values()] for dtype in columns]
            table.add_row(Text(aspect), *map(_ratio, outcomes))
    return table


def _ratio(outcomes: Iterable[bool | None]) -> Text:
    counted = [each for each in outcomes if each is not None]
    return Text(f"{sum(counted):,}/{len(counted):,}", "green" if all(counted) else "") if counted else Text("")


def _by_family(lacking: Iterable[Operator]) -> dict[str, list[str]]:
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

"""The report in a terminal or in a log file: what ran on what, a matrix, every divergence, and the sum of
it."""

from __future__ import annotations

import datetime
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from conformance.compare.results import NOT_REACHED, CaseResult, CellResult
from conformance.compare.verdict import EXPECTED, VERDICTS, Verdict
from conformance.report import samples
from conformance.report.blocks import Block
from conformance.report.changes import summary
from conformance.report.printing import put
from conformance.report.run import Record, TargetInfo
from conformance.report.why import is_live, why
from conformance.report.words import LOOKS, count, duration

SHOWN = 20
"""How many divergent cells are shown, unless all are asked for; of the others the addresses."""
INCOMPLETE = "Incomplete: the run was stopped before every cell had run."
GOES_ON = "The same command with --resume goes on."
WIDTH = 120
"""No line is longer, however wide the terminal."""

_TROUBLE: tuple[Verdict, ...] = ("diverges", "no-result", "timeout", "crashed", "flaky", "fixed")


def report(record: Record, console: Console, *, whole: bool = False, brief: bool = False) -> None:
    """Prints the report of a run; with `whole` every divergence, and each in full, with `brief` only the numbers."""
    for part in Report(record, console, whole, brief).parts():
        put(console, part)


def show(record: Record, address: str, console: Console) -> bool:
    """Prints all that is known of the cell or the case at `address`, on every target. False if it was not in
    the run."""
    found = False
    view = Report(record, console, whole=True)
    for result, cell in view.cells():
        block = view.block(result, cell)
        if address in (block.address, result.address):
            found = True
            for part in block.render(view.width, whole=True):
                put(console, part)
    return found


def targets_table(targets: Mapping[str, TargetInfo], reference: str = "") -> RenderableType:
    """What each target is, or why it cannot run."""
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, info in targets.items():
        mark = Text("  reference", "dim") if name == reference else Text()
        table.add_row(Text(name, "bold"), _described(info).append_text(mark))
    return Padding(table, (0, 0, 0, 2))


def _described(info: TargetInfo) -> Text:
    styles = {"failed": "bold red", "unavailable": "yellow", "replayed": "yellow"}
    return Text(info.told, styles.get(info.state, ""))


def _other_release(target: TargetInfo, reference: TargetInfo) -> bool:
    """Whether a target follows, or is, another minor version of torch than the reference."""
    mine, theirs = target.follows or target.versions.get("torch", ""), reference.versions.get("torch", "")
    return bool(mine and theirs) and mine.split(".")[:2] != theirs.split(".")[:2]


class Report:
    """What a record says, part by part."""

    def __init__(self, record: Record, console: Console, whole: bool, brief: bool = False) -> None:
        self.record = record
        self.width = min(console.width, WIDTH)
        self._whole, self._brief = whole, brief
        self._ascii = not console.encoding.lower().startswith("utf")

    def cells(self, *verdicts: Verdict) -> list[tuple[CaseResult, CellResult]]:
        """Each cell of each result, in the order of the specs; only those of `verdicts` if any are given."""
        every = ((result, cell) for result in self.record.results for cell in result.cells)
        return [(result, cell) for result, cell in every if not verdicts or cell.verdict in verdicts]

    def block(self, result: CaseResult, cell: CellResult, alike: Sequence[CaseResult] = ()) -> Block:
        options = self.record.header.options
        given = {name: str(options[name]) for name in ("specs", "reference") if options.get(name, "specs") != "specs"}
        arguments = "".join(f" --{name} {shlex.quote(value)}" for name, value in given.items())
        return Block(result, cell, self.record.header.reference, arguments, alike=tuple(alike))

    def parts(self) -> Iterator[RenderableType]:
        yield Text()
        yield from self._head()
        yield Text()
        if not self.record.complete:
            yield _indented(INCOMPLETE, "bold yellow")
            yield Text()
        yield self.matrix()
        yield self._legend()
        yield Text()
        yield from samples.parts(self.record)
        yield from self._section("Divergences", [each for each in self.cells(*_TROUBLE) if not self._unreached(*each)])
        yield from self._broken()
        yield from self._section("Drifted: the document is out of date", self._drifted())
        yield from self._known()
        yield from self._skipped()
        yield from self._why()
        yield self._summary()

    # --- what ran on what ---

    def _head(self) -> Iterator[RenderableType]:
        header = self.record.header
        started = datetime.datetime.fromisoformat(header.started)
        heading = Text().append("autograd-conformance", "bold").append(f" {header.version}", "dim")
        when = Text(f"{started:%Y-%m-%d %H:%M}", "dim")
        yield heading.append(" " * max(2, self.width - heading.cell_len - when.cell_len)).append_text(when)
        yield Text(header.platform, "dim")
        yield Text()
        yield targets_table(header.targets, header.reference)
        reference = header.targets.get(header.reference)
        if reference is None or reference.state != "ready":
            yield Text()
            yield _indented("No reference ran: the cells are compared with the document alone.", "yellow")
        elif behind := [name for name, one in header.targets.items() if _other_release(one, reference)]:
            version = reference.versions["torch"]
            yield Text()
            yield _indented(
                f"{', '.join(behind)}: another torch than the reference, which is {version}; where the two differ, "
                "nobody need be wrong.", "yellow",
            )  # fmt: skip
        if header.layers:
            yield Text()
            yield Padding(Text(f"isolation: {', '.join(header.layers)}", "dim"), (0, 0, 0, 2))

    # --- the matrix ---

    def matrix(self) -> RenderableType:
        """How many cells of each document have which verdict, by target."""
        targets = list(dict.fromkeys(result.target for result in self.record.results))
        called = {result.target: result.called for result in self.record.results}
        rows: dict[str, dict[str, Counter[Verdict]]] = {
            suite.name: {target: Counter() for target in targets} for suite in self.record.header.suites
        }
        for result, cell in self.cells():
            rows[result.address.partition("::")[0]][result.target][cell.verdict] += 1
        for kind, what in samples.TABLES.items():
            if found := [rows.pop(name) for name in [*rows] if samples.table_of(name) == kind]:
                rows[f"{what} ({len(found):,})"] = {
                    target: sum((row[target] for row in found), Counter()) for target in targets
                }
        if self.record.header.shard:
            rows = {name: row for name, row in rows.items() if any(row.values())}
        lines = [(Text(name), [self._counted(row[target]) for target in targets]) for name, row in rows.items()]
        if len(rows) > 1:
            sums = [sum((row[target] for row in rows.values()), Counter()) for target in targets]
            lines.append((Text("all", "dim"), [*map(self._counted, sums)]))
        heads = [Text(called[target], "bold") for target in targets]
        return Padding(self._beside(heads, lines) or self._below(heads, lines), (0, 0, 0, 2))

    def _beside(self, heads: Sequence[Text], lines: Sequence[tuple[Text, Sequence[list[Text]]]]) -> Table | None:
        """The matrix with a column for each target; None where that is wider than the terminal."""
        rows = [[name, *map(Text("  ").join, counted)] for name, counted in lines]
        rows = [[Text("Documents", "bold"), *heads], *rows]
        widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
        if sum(widths) + 3 * len(heads) + 2 > self.width:
            return None
        table = Table.grid(padding=(0, 3, 0, 0))
        for row in rows:
            table.add_row(*row)
        return table

    def _below(self, heads: Sequence[Text], lines: Sequence[tuple[Text, Sequence[list[Text]]]]) -> RenderableType:
        """The matrix with a line for each target, below its document."""
        first = max(head.cell_len for head in heads) + 5
        parts = [Text("Documents", "bold")]
        for name, counted in lines:
            parts.append(name)
            for head, counts in zip(heads, counted, strict=True):
                for number, line in enumerate(packed(counts, "  ", self.width - first - 2) or [Text()]):
                    label = Text("  ").append_text(head) if number == 0 else Text()
                    parts.append(label.append(" " * (first - label.cell_len)).append_text(line))
        return Text("\n").join(parts)

    def _legend(self) -> RenderableType:
        present = {cell.verdict for _, cell in self.cells()}
        parts = [Text(f"{self._glyph(each)} {each}", "dim") for each in VERDICTS if each in present]
        return Padding(Text("\n").join(packed(parts, "   ", self.width - 2)), (0, 0, 0, 2))

    def _counted(self, counted: Counter[Verdict]) -> list[Text]:
        """Every verdict of some cells with their number."""
        return [
            Text(f"{self._glyph(verdict)} {counted[verdict]:,}", LOOKS[verdict].style)
            for verdict in VERDICTS
            if counted[verdict]
        ]

    def _glyph(self, verdict: Verdict) -> str:
        look = LOOKS[verdict]
        return look.plain if self._ascii else look.glyph

    # --- what went wrong ---

    def _section(self, title: str, cells: list[tuple[CaseResult, CellResult]]) -> Iterator[RenderableType]:
        if not cells or self._brief:
            return
        yield self._rule(title)
        yield Text()
        blocks = [self.block(result, cell, alike) for (result, cell), *alike in self._alike(cells)]
        shown = blocks if self._whole else blocks[:SHOWN]
        for block in shown:
            yield from block.render(self.width, whole=False)
        if rest := blocks[len(shown) :]:
            yield Text(f"  and {count(len(rest), 'more cell')}; `conformance show ADDRESS` shows each:")
            for block in rest:
                yield Text(f"    {block.address}  {block.where} {block.cell.verdict}", "dim")
            yield Text()

    @staticmethod
    def _alike(cells: Iterable[tuple[CaseResult, CellResult]]) -> Iterator[tuple[Any, ...]]:
        """Each cell with its result, and with the results on other targets on which it came to the same bad end: nobody
        wants to read thrice that a loop has none."""
        found: dict[object, list[Any]] = {}
        for result, cell in cells:
            failing = [check for check in result.checks_of(cell) if check.verdict not in EXPECTED]
            ended = all(check.name == "outcome" for check in failing)
            reasons = tuple(check.reason for check in failing)
            place = result.address.partition("#")[0], cell.number, cell.verdict, *reasons
            key = place if ended else (*place, result.target)
            found.setdefault(key, [(result, cell)]).append(result)
        return ((first, *results[1:]) for first, *results in found.values())

    def _drifted(self) -> list[tuple[CaseResult, CellResult]]:
        """The drifted cells, each once: what drifted is torch, and the targets agree with it."""
        first: dict[tuple[str, int], tuple[CaseResult, CellResult]] = {}
        for result, cell in self.cells("drifted"):
            place = result.address.partition("#")[0], cell.number
            if place not in first or first[place][0].target == self.record.header.reference:
                first[place] = result, cell
        return list(first.values())

    @staticmethod
    def _unreached(result: CaseResult, cell: CellResult) -> bool:
        """Whether an earlier cell ended the process; that one is shown."""
        return any(check.reason.startswith(NOT_REACHED) for check in result.checks_of(cell))

    def _broken(self) -> Iterator[RenderableType]:
        """What the harness itself failed at, each reason once."""
        reasons = Counter(
            (result.target, check.reason) for result, cell in self.cells("broken") for check in result.checks_of(cell)
        )
        if reasons:
            own = all(target in self._failed for target, _ in reasons)
            yield self._rule(f"Not run: {'a target failed to load' if own else 'the harness or a worker failed'}")
            for (target, reason), number in reasons.items():
                yield _indented(f"{count(number, 'cell')} on {target}: {reason}", LOOKS["broken"].style)
            yield Text()

    def _rule(self, title: str) -> RenderableType:
        return Rule(Text(title, "bold"), align="left", style="dim", characters="-" if self._ascii else "─")

    def _known(self) -> Iterator[RenderableType]:
        found = {
            (result.called, check.name, check.reason): self.block(result, cell).address
            for result, cell in reversed(self.cells())
            for check in result.checks_of(cell)
            if check.verdict == "known"
        }
        stale = self.record.footer.stale if self.record.footer else ()
        for entry in stale:
            why = f"expired after {entry.expired}" if entry.expired else "nothing diverges here any more"
            todo = "mend what diverges, or give the entry another day" if entry.expired else "remove the entry"
            yield _indented(f"{entry.place}: {why}, {todo}", "bold yellow")
            yield _indented(f"{entry.address} on {entry.target}, {entry.check}: {entry.reason}", "dim", 4)
        for (target, name, reason), address in sorted(found.items(), key=lambda item: item[1]):
            yield _indented(f"known: {address} on {target}, {name}: {reason}", LOOKS["known"].style)
        if stale or found:
            yield Text()

    def _skipped(self) -> Iterator[RenderableType]:
        """The reasons for which cells were skipped on a target that ran."""
        reasons: Counter[tuple[str, str]] = Counter(
            (result.called, check.reason)
            for result, cell in self.cells("skipped")
            if self.record.header.targets[result.target].state in ("ready", "replayed")
            for check in result.checks_of(cell)
        )
        alike: dict[tuple[str, int], list[str]] = {}
        for (target, reason), number in reasons.items():
            alike.setdefault((reason, number), []).append(target)
        for (reason, number), targets in alike.items():
            yield _indented(f"skipped: {count(number, 'cell')} on {', '.join(targets)}: {reason}", "dim")
        if reasons:
            yield Text()

    def _why(self) -> Iterator[RenderableType]:
        """Why documents that were read as they are were not reproduced."""
        live = [(result, cell) for result, cell in self.cells(*_TROUBLE, "drifted") if is_live(result.address)]
        reasons = Counter((result.called, why(result, cell)) for result, cell in live)
        for target in dict.fromkeys(target for target, _ in reasons):
            counted = [f"{number:,} {reason}" for (each, reason), number in reasons.most_common() if each == target]
            yield _indented(f"not reproduced on {target}: {', '.join(counted)}", LOOKS["drifted"].style)
        if live:
            yield Text()

    # --- the sum ---

    @property
    def _failed(self) -> list[str]:
        """The targets that could not be loaded."""
        ran = {result.target for result in self.record.results}
        return [name for name, info in self.record.header.targets.items() if info.state == "failed" and name in ran]

    def _summary(self) -> RenderableType:
        footer, header = self.record.footer, self.record.header
        ran = [(result, cell) for result, cell in self.cells() if result.target not in self._failed]
        counted = Counter(cell.verdict for _, cell in ran)
        worst_first = sorted(VERDICTS, key=lambda verdict: (verdict in EXPECTED, VERDICTS.index(verdict)))
        every = {result.target for result, _ in ran}
        words = []
        for verdict in filter(counted.__getitem__, worst_first):
            words.append(Text(LOOKS[verdict].counted(counted[verdict]), LOOKS[verdict].style))
            where = dict.fromkeys(result.called for result, cell in ran if cell.verdict == verdict)
            if verdict not in EXPECTED and len(where) < len(every):
                words[-1].append(f" on {' and '.join(where)}")
        for target in self._failed:
            words.insert(0, Text(f"none on {target}, which failed to load", LOOKS["broken"].style))
        targets = count(len({result.target for result in self.record.results}), "target")
        cells = count(header.cells, "cell")
        if header.shard:
            own = {(result.address, cell.number) for result, cell in self.cells()}
            cells = f"Shard {header.shard}: {len(own):,} of {cells}"
        if replayed := [name for name, info in header.targets.items() if info.state == "replayed"]:
            targets += f" ({', '.join(replayed)} did not run here: replayed)"
        line = Text(f"{cells} on {targets}: ").append_text(Text(", ").join(words))
        if footer:
            line.append(f", in {duration(footer.seconds)}", "dim")
        if self.record.complete and footer and footer.gate:
            gate = footer.gate
            line.append(f"\nSince {gate.baseline}:").append_text(summary(gate.counts, gate.fail_on))
            for failed in gate.failed:
                line.append(f"\n  {failed}", LOOKS["diverges"].style)
            if more := sum(gate.counts[kind] for kind in gate.fail_on) - len(gate.failed):
                line.append(f"\n  and {more:,} more; `conformance diff {gate.baseline} RUN` names all", "dim")
        elif self.record.complete and footer and footer.exit_code == 0:
            line.append("\nAll as expected.", "bold green")
        if not self.record.complete:
            line.append(f"\n{INCOMPLETE} {GOES_ON}", "bold yellow")
        return Padding(line, (0, 0, 0, 2))


def packed(parts: Sequence[Text], gap: str, width: int) -> list[Text]:
    """Lines of at most `width` cells, none of the parts broken."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(gap) + part.cell_len <= width:
            lines[-1].append(gap).append_text(part)
        else:
            lines.append(part.copy())
    return lines


def _indented(text: str, style: str = "", by: int = 2) -> RenderableType:
    return Padding(Text(text, style), (0, 0, 0, by))

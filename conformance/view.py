"""A run in the terminal, to walk through: its documents as a tree, the matrix, each cell with what everyone did."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import ClassVar

from rich.console import Console, Group, RenderableType
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Input, Static, Tree

from conformance.compare.results import CaseResult
from conformance.compare.verdict import EXPECTED, VERDICTS, Verdict, worst
from conformance.report.failures import Seen, cells
from conformance.report.run import JOURNAL, JournalError, Record, read
from conformance.report.terminal import Report
from conformance.report.words import LOOKS, count

ALL, WRONG = "all", "not as expected"


class View(App[None]):
    """The app. It reads the journal of a run, and asks the runner to run a cell again."""

    TITLE = "autograd-conformance"
    CSS = """
    #search { dock: top; height: 3; }
    #matrix { height: auto; max-height: 40%; padding: 1 1; display: none; }
    #matrix.shown { display: block; }
    #tree { width: 40%; max-width: 56; }
    #side { width: 1fr; padding: 0 1; }
    #status { height: 1; padding: 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search"),
        Binding("v", "verdict", "Next verdict"),
        Binding("m", "matrix", "Matrix"),
        Binding("r", "rerun", "Run again"),
        Binding("escape", "tree", "Tree", show=False),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record
        self.verdict: str = WRONG if any(seen.cell.verdict not in EXPECTED for seen in cells(record)) else ALL
        self.again: dict[tuple[str, str], CaseResult] = {}
        """What came of cells that were run again, by address and target."""
        self._seen: dict[str, list[Seen]] = {}
        """The cells on each target, by address."""
        for seen in cells(record):
            self._seen.setdefault(seen.address, []).append(seen)
        self._texts = {address: _searched(found) for address, found in self._seen.items()}

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Search addresses, titles, code and differences", id="search")
        with VerticalScroll(id="matrix"):
            yield Static(Report(self.record, Console(), whole=False).matrix())
        with Horizontal():
            yield Tree[str]("documents", id="tree")
            with VerticalScroll(id="side"):
                yield Static(id="detail")
        yield Static(id="status")
        yield Footer()

    def on_mount(self) -> None:
        self.tree.show_root = False
        self.fill()
        self.tree.focus()

    @property
    def tree(self) -> Tree[str]:  # type: ignore[override]
        return self.query_one("#tree", Tree)

    # --- the tree ---

    @property
    def shown(self) -> list[str]:
        """The addresses of the cells that fit the search and the verdict."""
        words = self.query_one("#search", Input).value.lower().split()
        return [
            address
            for address, found in self._seen.items()
            if all(word in self._texts[address] for word in words) and any(map(self._fits, found))
        ]

    def _fits(self, seen: Seen) -> bool:
        verdict = self.verdict_of(seen)
        return self.verdict in (ALL, verdict) or (self.verdict == WRONG and verdict not in EXPECTED)

    def verdict_of(self, seen: Seen) -> Verdict:
        """The verdict on a cell, that of the last time it ran."""
        again = self.again.get((seen.address, seen.result.target))
        return again.verdict if again else seen.cell.verdict

    def fill(self) -> None:
        """Puts the cells that are shown into the tree."""
        shown = self.shown
        self.tree.clear()
        suites: dict[str, dict[str, list[str]]] = {}
        for address in shown:
            suite, _, rest = address.partition("::")
            suites.setdefault(suite, {}).setdefault(rest.partition("#")[0], []).append(address)
        for suite, cases in suites.items():
            every = [address for addresses in cases.values() for address in addresses]
            branch = self.tree.root.add(self._label(suite, every), expand=len(suites) == 1)
            for case, addresses in cases.items():
                leaves = branch.add(self._label(case, addresses), data=addresses[0], expand=len(suites) == 1)
                for address in addresses:
                    leaves.add_leaf(self._label(f"#{address.rpartition('#')[2]}", [address]), data=address)
        if not shown:
            self.query_one("#detail", Static).update("")
        total = Counter(self.verdict_of(seen) for address in shown for seen in self._seen[address])
        counted = ", ".join(LOOKS[each].counted(total[each]) for each in VERDICTS if total[each])
        self._status(f"{count(len(shown), 'cell')} of {len(self._seen):,}, {self.verdict}: {counted or 'none'}")

    def _label(self, name: str, addresses: list[str]) -> Text:
        look = LOOKS[worst(self.verdict_of(seen) for address in addresses for seen in self._seen[address])]
        return Text().append(f"{look.glyph} ", look.style).append(name)

    def _status(self, text: str) -> None:
        marks = "" if self.record.complete else "incomplete run: "
        self.query_one("#status", Static).update(Text(marks + text, no_wrap=True, overflow="ellipsis"))

    # --- a cell ---

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[str]) -> None:
        if event.node.data:
            self.show_cell(event.node.data)

    def show_cell(self, address: str) -> None:
        """Shows a cell on every target, with the document's, torch's and its own text side by side."""
        side = self.query_one("#side", VerticalScroll)
        width = max(40, (side.size.width or 80) - 3)
        report = Report(self.record, Console(width=width), whole=True)
        parts: list[RenderableType] = []
        for seen in sorted(self._seen[address], key=lambda seen: -VERDICTS.index(self.verdict_of(seen))):
            again = self.again.get((address, seen.result.target))
            result, cell = (again, again.cells[0]) if again else seen
            if again:
                parts.append(Text("run again", "cyan"))
            parts += report.block(result, cell).render(width, whole=True)
        self.query_one("#detail", Static).update(Group(*parts))
        side.scroll_home(animate=False)

    @property
    def current(self) -> str | None:
        """The address of the cell that is shown."""
        node = self.tree.cursor_node
        return node.data if node else None

    # --- keys ---

    def on_input_changed(self) -> None:
        self.fill()

    def on_input_submitted(self) -> None:
        self.tree.focus()

    def action_search(self) -> None:
        self.query_one("#search", Input).focus()

    def action_tree(self) -> None:
        self.tree.focus()

    def action_matrix(self) -> None:
        self.query_one("#matrix").toggle_class("shown")

    def action_verdict(self) -> None:
        present = {self.verdict_of(seen) for found in self._seen.values() for seen in found}
        choices = [ALL, WRONG, *(verdict for verdict in VERDICTS if verdict in present)]
        self.verdict = choices[(choices.index(self.verdict) + 1) % len(choices)] if self.verdict in choices else ALL
        self.fill()

    def action_rerun(self) -> None:
        if address := self.current:
            self._status(f"running {address} again")
            self.run_worker(lambda: self._rerun(address), thread=True, exclusive=True)

    def _rerun(self, address: str) -> None:
        targets = [seen.result.target for seen in self._seen[address] if not seen.result.replayed]
        found = rerun(address, targets, self.record)
        self.call_from_thread(self._done, address, found)

    def _done(self, address: str, found: Record | str) -> None:
        if isinstance(found, str):
            self._status(f"{address} could not be run again: {found}")
            return
        self.again |= {(address, result.target): result for result in found.results}
        self.fill()
        self.show_cell(address)


def rerun(address: str, targets: list[str], record: Record) -> Record | str:
    """The run of one cell, as the runner does it; or what it said instead."""
    header = record.header
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        command = [sys.executable, "-m", "conformance", "run", address, "--out", folder]
        command += ["--specs", str(header.options["specs"])] if "specs" in header.options else []
        command += ["--reference", header.reference or "none"]
        command += [word for target in targets for word in ("--target", target)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        try:
            return read(Path(folder, JOURNAL))
        except JournalError:
            return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]


def _searched(found: list[Seen]) -> str:
    """What of a cell is searched, in lower case."""
    texts = [found[0].address, found[0].title, found[0].cell.code]
    texts += [each for seen in found for check in seen.failing for each in (check.who, *check.differences)]
    return "\n".join(texts).lower()

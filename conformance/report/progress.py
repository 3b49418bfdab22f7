"""What a run shows of itself while it runs, on a terminal only."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.compare.results import CaseResult
from conformance.compare.verdict import EXPECTED, Verdict
from conformance.report.words import LOOKS


class Live:
    """A line with the current case, how many are done, and what went wrong so far. It leaves nothing behind,
    and on what is no terminal it shows nothing at all."""

    def __init__(self, console: Console, total: int) -> None:
        columns = (
            SpinnerColumn(),
            BarColumn(24, complete_style="cyan", finished_style="cyan"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(
            *columns,
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("starting the targets", total=total)
        self._wrong: Counter[Verdict] = Counter()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def done(self, result: CaseResult) -> None:
        """Counts a case on a target."""
        self._wrong.update(cell.verdict for cell in result.cells if cell.verdict not in EXPECTED)
        wrong = (LOOKS[verdict].counted(number) for verdict, number in self._wrong.items())
        self._progress.update(self._task, advance=1, description=str(Text("  ".join([*wrong, result.address]))))

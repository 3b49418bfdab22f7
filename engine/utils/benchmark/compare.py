"""Tables of measurements: a column for each description, a row for each variant, a block for each number of threads.

Source: ``torch.utils.benchmark.utils.compare``.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from typing import Any

from .measurement import NOISE, Measurement, ordered_unique, select_unit, trim_sigfig, unit_to_english

_RESET = "\033[0m\033[0m"
_STYLES = ((1.01, "\033[92m\033[1m"), (1.1, "\033[34m\033[1m"))
"""From the best on, in relation to it: up to where, and how it is shown."""
_BAD, _WORST = (2, "\033[2m\033[91m"), (5, "\033[31m\033[1m")
Row = tuple[int, Any, str]


class Colorize(enum.Enum):
    """What the colours compare."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


Colorize.__module__ = "torch.utils.benchmark.utils.compare"


class Compare:
    """A table of measurements."""

    __module__ = "torch.utils.benchmark.utils.compare"

    def __init__(self, results: Sequence[Measurement]) -> None:
        self._results: list[Measurement] = []
        self.extend_results(results)
        self._trim_significant_figures = False
        self._colorize = Colorize.NONE
        self._highlight_warnings = False

    def __str__(self) -> str:
        return "\n".join(self._render())

    def extend_results(self, results: Sequence[Measurement]) -> None:
        """Add measurements.

        Raises:
            ValueError: for anything else.
        """
        for one in results:
            if not isinstance(one, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(one)} instead.")
        self._results.extend(results)

    def trim_significant_figures(self) -> None:
        """Show the digits that mean something."""
        self._trim_significant_figures = True

    def colorize(self, rowwise: bool = False) -> None:
        """Show by colours which times are best and worst, in each column, or in each row."""
        self._colorize = Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE

    def highlight_warnings(self) -> None:
        """Show by how much the times spread where they do."""
        self._highlight_warnings = True

    def print(self) -> None:
        """Print the table."""
        print(str(self))

    def _render(self) -> list[str]:
        merged = Measurement.merge(self._results)
        labels = ordered_unique(one.task_spec.label for one in merged)
        return [self._table([one for one in merged if one.task_spec.label == label]) for label in labels]

    def _table(self, results: list[Measurement]) -> str:
        unit, scale = select_unit(min(one.median for one in results))
        rows = ordered_unique(_row(one) for one in results)
        rows.sort(key=lambda row: row[:2])
        columns = ordered_unique(one.task_spec.description for one in results)
        cells = {(_row(one), one.task_spec.description): one for one in results}
        names = _row_names(rows)
        grid: list[list[str]] = [["" for _ in columns] for _ in rows]
        heads: list[str] = []
        for at, column in enumerate(columns):
            found = [cells.get((row, column)) for row in rows]
            texts = self._column(found, scale)
            width = max(len(column), *map(len, texts))
            heads.append(column.center(width))
            for line, text in enumerate(texts):
                grid[line][at] = text.center(width)
        whole = len("  |  ".join([names[0], *heads]))
        label = results[0].task_spec.label or ""
        lines = [f"[{f' {label} '.center(whole - 2, '-')}]", "  |  ".join([" " * len(names[0]), *heads])]
        threads = None
        for place, row in enumerate(rows):
            if row[0] != threads:
                threads = row[0]
                lines.append(f"{threads} threads: ".ljust(whole, "-"))
            painted = [
                self._painted(text, cells.get((row, column)), self._rivals(cells, row, column))
                for text, column in zip(grid[place], columns, strict=True)
            ]
            lines.append("  |  ".join([names[place], *painted]))
        lines += ["", f"Times are in {unit_to_english(unit)}s ({unit})."]
        if self._highlight_warnings and any(one.has_warnings for one in results):
            lines.append("(! XX%) Measurement has high variance, where XX is the IQR / median * 100.")
        return "\n".join(lines) + "\n"

    def _column(self, found: Sequence[Measurement | None], scale: float) -> list[str]:
        present = [one for one in found if one is not None]
        whole = [math.ceil(math.log10(one.median / scale)) for one in present]
        decimals = 1
        if self._trim_significant_figures:
            decimals = min(max(one.significant_figures - digits, 0) for one, digits in zip(present, whole, strict=True))
        width = max(whole) + decimals + (1 if decimals else 0)
        texts = []
        noted = 7 if self._highlight_warnings and any(one.iqr / one.median > NOISE for one in present) else 0
        for one in found:
            if one is None:
                texts.append(" " * width)
                continue
            value, spread = one.median / scale, one.iqr / one.median
            if self._trim_significant_figures:
                value = trim_sigfig(value, one.significant_figures)
            note = f" (! {spread * 100:.0f}%)" if noted and spread > NOISE else ""
            texts.append(f"{value:>{width}.{decimals}f}{note:>{noted}}")
        return texts

    def _rivals(self, cells: dict[tuple[Row, Any], Measurement], row: Row, column: Any) -> list[float]:
        """The times that the colour of one is about."""
        if self._colorize is Colorize.COLUMNWISE:
            return [one.median for (r, c), one in cells.items() if c == column and r[0] == row[0]]
        return [one.median for (r, _), one in cells.items() if r == row]

    def _painted(self, text: str, one: Measurement | None, rivals: Sequence[float]) -> str:
        if one is None or self._colorize is Colorize.NONE:
            return text
        ratio = one.median / min(rivals)
        style = next((found for limit, found in _STYLES if ratio <= limit), "")
        for limit, found in (_BAD, _WORST):
            style = found if ratio >= limit else style
        return f"{style}{text}{_RESET}" if style else text


def _row(one: Measurement) -> Row:
    return one.task_spec.num_threads, one.task_spec.env, one.as_row_name


def _row_names(rows: Sequence[Row]) -> list[str]:
    """What stands before each row: the environment, if any has one, and its name."""
    environments = [f"({env})" if env is not None else "" for _, env, _ in rows]
    width = max(2, *map(len, environments))
    names = [f"  {env:<{width}}  {name}" for env, (_, _, name) in zip(environments, rows, strict=True)]
    return [name.ljust(max(map(len, names))) for name in names]

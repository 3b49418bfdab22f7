"""What was measured, how often, and what it says.

Source: ``torch.utils.benchmark.utils.common``.
"""

from __future__ import annotations

import contextlib
import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...execution import get_num_threads, set_num_threads

_MODULE = "torch.utils.benchmark.utils.common"
NOISE = 0.1
"""The interquartile range, in relation to the median, from which on a measurement is called noisy."""
_GROSS = 0.25
_CONFIDENCE = 1.645  # standard errors on either side of the mean: 90%
_RESOLUTION = 25e-9  # seconds, of a clock
_UNITS = (("ns", 1e-9, "nanosecond"), ("us", 1e-6, "microsecond"), ("ms", 1e-3, "millisecond"), ("s", 1, "second"))


def select_unit(t: float) -> tuple[str, float]:
    """The unit in which a time is best read, and its length in seconds."""
    power = int(math.log10(t) // 3)
    return next(((name, scale) for (name, scale, _), at in zip(_UNITS, (-3, -2, -1, 0), strict=True) if at == power),
                ("s", 1))  # fmt: skip


def unit_to_english(u: str) -> str:
    """``"us"`` is a microsecond."""
    return {name: word for name, _, word in _UNITS}[u]


def trim_sigfig(x: float, n: int) -> float:
    """A number rounded to `n` significant digits, in single precision.

    Raises:
        OverflowError: for 0.
    """
    single = np.float32(x)
    magnitude = math.ceil(math.log10(abs(single)) if single else -math.inf)
    scale = np.float32(10.0 ** (magnitude - n))
    return float(np.round(single / scale) * scale)


def ordered_unique(elements: Iterable[Any]) -> list[Any]:
    """The elements, each where it came first."""
    return [*dict.fromkeys(elements)]


@contextlib.contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """While the block runs, compute on `n` threads."""
    before = get_num_threads()
    try:
        set_num_threads(n)
        yield
    finally:
        set_num_threads(before)


@dataclass(init=True, repr=False, eq=True, frozen=True)
class TaskSpec:
    """What was timed, in words and in code."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """Its name, or else its code."""
        if self.label is not None:
            return self.label + (f": {self.sub_label}" if self.sub_label else "")
        if "\n" not in self.stmt:
            return self.stmt + (f": {self.sub_label}" if self.sub_label else "")
        return f"stmt:{f' ({self.sub_label})' if self.sub_label else ''}\n{textwrap.indent(self.stmt, '  ')}"

    def setup_str(self) -> str:
        """What ran before it, if anything did."""
        if self.setup == "pass" or not self.setup:
            return ""
        return f"setup:\n{textwrap.indent(self.setup, '  ')}" if "\n" in self.setup else f"setup: {self.setup}"

    def summarize(self) -> str:
        """Title, description and setup, each on its lines."""
        parts = (self.title, self.description or "", self.setup_str())
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts if part)


@dataclass(init=True, repr=False)
class Measurement:
    """Times of one task.

    Args:
        number_per_run: how often the statement ran in each.
        raw_times: seconds of each.
        task_spec: what was timed.
        metadata: anything else.
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in TaskSpec.__dataclass_fields__ or name in ("setup_str", "summarize"):
            return getattr(self.task_spec, name)
        return super().__getattribute__(name)

    def __reduce__(self) -> Any:
        return _made, (self.number_per_run, self.raw_times, asdict(self.task_spec), self.metadata)

    @property
    def times(self) -> list[float]:
        """Seconds of one run of the statement."""
        return [one / self.number_per_run for one in self.raw_times]

    @property
    def median(self) -> float:
        """Seconds."""
        return float(np.median(self.times)) if self.raw_times else math.nan

    @property
    def mean(self) -> float:
        """Seconds."""
        return float(np.mean(self.raw_times)) / self.number_per_run if self.raw_times else math.nan

    @property
    def _quartiles(self) -> tuple[float, float]:
        low, high = np.quantile(self.times, (0.25, 0.75)).tolist() if self.raw_times else (math.nan, math.nan)
        return low, high

    @property
    def iqr(self) -> float:
        """The interquartile range, seconds."""
        low, high = self._quartiles
        return high - low

    @property
    def significant_figures(self) -> int:
        """How many digits of the median mean something, 1 to 4: as many as the standard error of the middle half of
        the times, at 90% confidence, leaves."""
        count = len(self.raw_times)
        middle = sorted(self.times)[int(count // 4) : math.ceil(3 * count / 4)]
        error = max(_CONFIDENCE * float(np.std(middle)) / math.sqrt(len(middle)), _RESOLUTION)
        return min(max(math.floor(math.log10(self.median / error)), 1), 4)

    @property
    def has_warnings(self) -> bool:
        """Whether the times spread."""
        return not self.meets_confidence()

    def meets_confidence(self, threshold: float = NOISE) -> bool:
        """Whether the interquartile range is small in relation to the median."""
        return self.iqr / self.median < threshold

    @property
    def title(self) -> str:
        """The task's."""
        return self.task_spec.title

    @property
    def as_row_name(self) -> str:
        """What a row of a table is called after it."""
        return self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]"

    def __repr__(self) -> str:
        count = len(self.raw_times)
        unit, scale = select_unit(self.median)
        low, high = self._quartiles
        threads = self.task_spec.num_threads
        lines = [f"{'Median: ' if count > 1 else ''}{self.median / scale:.2f} {unit}"]
        if count >= 4:
            lines.append(f"IQR:    {self.iqr / scale:.2f} {unit} ({low / scale:.2f} to {high / scale:.2f})")
        lines.append(
            f"{count} measurement{'s' if count > 1 else ''}, {self.number_per_run} runs "
            f"{'per measurement' if count > 1 else ''}, {threads} thread{'s' if threads > 1 else ''}"
        )
        if self.has_warnings:
            spread = self.iqr / self.median
            lines += [
                f"WARNING: Interquartile range is {spread * 100:.1f}% of the median measurement.",
                "         This "
                + ("suggests significant environmental influence." if spread > _GROSS
                   else "could indicate system fluctuation."),
            ]  # fmt: skip
        return "\n".join([object.__repr__(self), self.task_spec.summarize(), *(f"  {line}" for line in lines)])

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """One measurement for each task, with the times of all of its."""
        grouped: dict[TaskSpec, list[float]] = {}
        for one in measurements:
            grouped.setdefault(one.task_spec, []).extend(one.times)
        return [Measurement(1, times, spec) for spec, times in grouped.items()]


def _made(number: int, times: list[float], spec: dict[str, Any], metadata: Any) -> Measurement:
    return Measurement(number, times, TaskSpec(**spec), metadata)


for _shown in (TaskSpec, Measurement):
    _shown.__module__ = _MODULE

"""A statement that is run as often as it takes to time it.

Source: ``torch.utils.benchmark.utils.timer``.
"""

from __future__ import annotations

import enum
import textwrap
import timeit
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

import numpy as np

from .measurement import Measurement, TaskSpec, set_torch_threads

timer = timeit.default_timer


class Language(enum.Enum):
    """What a statement is written in."""

    PYTHON = 0
    CPP = 1


Language.__module__ = "torch.utils.benchmark.utils.timer"


class Timer:
    """A statement to be timed.

    Args:
        stmt: the code.
        setup: runs before each measurement.
        global_setup: for other languages than Python.
        timer: gives the time in seconds.
        globals: what the code sees; ``torch`` is always there.
        label: the table that it belongs to.
        sub_label: its row.
        description: its column.
        env: where it ran.
        num_threads: on how many threads it runs.
        language: ``"python"``.

    Raises:
        ValueError: for code that is no text, or an unknown language.
        NotImplementedError: for C++.
    """

    __module__ = "torch.utils.benchmark.utils.timer"

    _timer_cls = timeit.Timer

    def __init__(
        self, stmt: str = "pass", setup: str = "pass", global_setup: str = "", timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None, label: str | None = None, sub_label: str | None = None,
        description: str | None = None, env: str | None = None, num_threads: int = 1,
        language: Language | str = Language.PYTHON,
    ) -> None:  # fmt: skip
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language in (Language.CPP, "cpp", "c++"):
            raise NotImplementedError("torch.utils.benchmark.Timer: C++ is not compiled here")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"Invalid language `{language}`.")
        if global_setup:
            raise ValueError(
                "global_setup is C++ only, got `{global_setup}`. Most likely this code can simply be moved to `setup`."
            )
        stmt, setup = textwrap.dedent(stmt).strip(), textwrap.dedent(setup).strip()
        names = dict(globals or {})
        names.setdefault("torch", import_module(__name__.partition(".")[0]))
        self._globals, self._language = names, Language.PYTHON
        self._timer = self._timer_cls(stmt=stmt, setup=setup, timer=timer, globals=names)
        self._task_spec = TaskSpec(stmt, setup, "", label, sub_label, description, env, num_threads)

    def _timeit(self, number: int) -> float:
        return max(self._timer.timeit(number), 1e-9)

    def timeit(self, number: int = 1000000) -> Measurement:
        """One measurement of `number` runs, after a hundredth of them to warm up."""
        with set_torch_threads(self._task_spec.num_threads):
            self._timeit(max(int(number // 100), 2))
            return self._measured(number, [self._timeit(number)])

    def repeat(self, repeat: int = -1, number: int = -1) -> NoReturn:
        """Refused, as torch does.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Callable[[int, float], NoReturn] | None = None) -> NoReturn:
        """Refused, as torch does.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def blocked_autorange(
        self, callback: Callable[[int, float], None] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Measurements for as long as `min_run_time`, each of so many runs that what the timer takes does not show.

        Args:
            callback: gets the number of runs and the seconds of each measurement.
            min_run_time: seconds.
        """
        number = self._block_size(min_run_time)
        return self._until(number, min_run_time, np.inf, callback, lambda times: True)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
        callback: Callable[[int, float], None] | None = None,
    ) -> Measurement:  # fmt: skip
        """Measurements until they are steady.

        Args:
            threshold: of the interquartile range in relation to the median.
            min_run_time: seconds that it takes at least.
            max_run_time: seconds after which it ends anyway.
            callback: gets the number of runs and the seconds of each measurement.
        """
        number = self._block_size(0.05)

        def steady(times: list[float]) -> bool:
            return len(times) > 3 and self._measured(number, times).meets_confidence(threshold)

        return self._until(number, min_run_time, max_run_time, callback, steady)

    def collect_callgrind(self, *_: Any, **__: Any) -> NoReturn:
        """Refused.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("Timer.collect_callgrind: instructions are not counted here")

    def _until(
        self, number: int, least: float, most: float, callback: Callable[[int, float], None] | None,
        done: Callable[[list[float]], bool],
    ) -> Measurement:  # fmt: skip
        times: list[float] = []
        with set_torch_threads(self._task_spec.num_threads):
            while sum(times) < least or not (done(times) or sum(times) > most):
                times.append(self._timeit(number))
                if callback is not None:
                    callback(number, times[-1])
        return self._measured(number, times)

    def _block_size(self, min_run_time: float) -> int:
        """So many runs that the timer's own time is a ten-thousandth of theirs."""
        with set_torch_threads(self._task_spec.num_threads):
            overhead = float(np.median([self._timeit(0) for _ in range(5)]))
            number = 1
            while True:
                taken = self._timeit(number)
                if taken > min_run_time or (overhead / taken <= 1e-4 and taken >= min_run_time / 1000):
                    return number
                if number * 10 > 2**31 - 1:
                    return number
                number *= 10

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number_per_run=number, raw_times=times, task_spec=self._task_spec)

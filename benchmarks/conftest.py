"""How speed is claimed here: as a ratio within one run, on one thread, of medians over interleaved rounds.

A clock on a busy machine says little; two callables that take turns meet the same machine, so their ratio says more.
"""

import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch is imported

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest

ROUNDS = 25
ROUND = 0.02
"""Seconds that a round takes at least, by repeating what is quicker."""


class Row(NamedTuple):
    what: str
    measured: str
    budget: str
    ok: bool


ROWS = pytest.StashKey[list[Row]]()


def pytest_configure(config):
    config.stash[ROWS] = []


def pytest_collection_modifyitems(items):
    for item in items:
        if "ratio" in item.fixturenames:
            item.add_marker(pytest.mark.benchmark(timer=time.process_time))


@pytest.fixture
def report(request):
    """`report(what, measured, budget, ok)` adds a row to the table at the end."""
    return lambda *row: request.config.stash[ROWS].append(Row(*row))


@pytest.fixture
def ratio(benchmark, report):
    """`ratio(what, ours, theirs, at_most=1.0)` measures how many times the CPU time of `theirs` is that of `ours`."""

    def measure(
        what: str, ours: Callable[[], object], theirs: Callable[[], object], *, at_most: float, rounds: int = ROUNDS
    ) -> None:
        repeated, times = repeat(ours)
        base, base_times = repeat(theirs)
        base_seconds: list[float] = []

        def before_each_round() -> None:
            start = time.process_time()
            base()
            base_seconds.append(time.process_time() - start)

        gc.collect()
        gc.freeze()  # what the test runner holds is not what is measured
        benchmark.pedantic(repeated, setup=before_each_round, rounds=rounds)
        gc.unfreeze()
        ours_median = benchmark.stats.stats.median / times
        base_median = statistics.median(base_seconds) / base_times
        found = ours_median / base_median
        benchmark.extra_info.update(what=what, ratio=found, budget=at_most, ours=ours_median, theirs=base_median)
        measured = f"{found:.2f}x ({duration(ours_median)} / {duration(base_median)})"
        report(what, measured, f"<= {at_most:.2f}x", found <= at_most)

    return measure


@pytest.fixture
def seconds(benchmark, report):
    """`seconds(what, function, at_most=0.3, rounds=9, each=1)` measures the time on the wall that `function` takes for
    each of the `each` things it does."""

    def measure(what: str, function: Callable[[], object], *, at_most: float, rounds: int = 9, each: int = 1) -> None:
        benchmark.pedantic(function, rounds=rounds, warmup_rounds=min(1, rounds - 1))
        found = benchmark.stats.stats.median / each
        benchmark.extra_info.update(what=what, seconds=found, budget=at_most)
        report(what, duration(found), f"<= {duration(at_most)}", found <= at_most)

    return measure


def repeat(function: Callable[[], object]) -> tuple[Callable[[], None], int]:
    """`function` as often as fills a round, and how often that is. It has been run, so it is warm."""
    times = 1

    def repeated() -> None:
        for _ in range(times):
            function()

    while True:
        start = time.process_time()
        repeated()
        if time.process_time() - start >= ROUND:
            return repeated, times
        times *= 2


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[ROWS]
    if not rows:
        return
    table = [("what", "measured", "budget", "ok"), *((*row[:3], "ok" if row.ok else "OVER") for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    terminalreporter.section("budgets")
    for line in table:
        terminalreporter.line("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

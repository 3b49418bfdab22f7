"""Timers: what they run and refuse, beside torch's; and that they time."""

import time

import pytest
from bothways import agree

from engine.utils import benchmark

MADE = "import torch.utils.benchmark\nB = torch.utils.benchmark\n"


@pytest.mark.parametrize(
    "code",
    [
        "print(B.Timer('y', globals={'y': 1}).timeit(3).number_per_run)",
        "print(B.Timer('    a = 1\\n    b = a\\n    ').timeit(1).task_spec.stmt)",
        "r = B.Timer('y + z', setup='z = 2', globals={'y': 1}, label='L').blocked_autorange(min_run_time=0.001)\n"
        "print(type(r), len(r.times) > 0, r.title, r.task_spec.summarize(), r.task_spec.setup_str())",
        "B.Timer('torch.ones(2)').timeit(1)",
        "B.Timer('x +').timeit(1)",
        "B.Timer(lambda: 1)",
        "B.Timer('nope').timeit(1)",
        "B.Timer('1').repeat(3, 2)",
        "B.Timer('1').autorange()",
        "B.Timer('1', language='xx')",
        "B.Timer('1', num_threads=0).timeit(1)",
        "print(B.Timer('1').adaptive_autorange(max_run_time=0.01).number_per_run > 0)",
    ],
)
def test_timers(code):
    agree(MADE + code)


def test_the_time_is_that_of_one_run():
    measured = benchmark.Timer("sleep(0.002)", globals={"sleep": time.sleep}).timeit(3)
    assert 0.002 <= measured.median < 0.1


def test_blocks_go_on_for_the_time_asked_and_are_told_of():
    told = []
    timer = benchmark.Timer("sleep(0.001)", globals={"sleep": time.sleep})
    measured = timer.blocked_autorange(lambda number, seconds: told.append(number), min_run_time=0.01)
    assert sum(measured.raw_times) >= 0.01
    assert told == [measured.number_per_run] * len(measured.raw_times)


def test_what_needs_a_compiler_is_refused():
    with pytest.raises(NotImplementedError, match="C\\+\\+ is not compiled here"):
        benchmark.Timer("1", language="c++")
    with pytest.raises(NotImplementedError, match="instructions are not counted"):
        benchmark.Timer("1").collect_callgrind()

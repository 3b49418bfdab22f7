"""Tables of measurements, beside torch's, to the last blank."""

import pytest
from bothways import agree

MADE = """
import torch.utils.benchmark
B = torch.utils.benchmark
def M(times, n=1, stmt="f(x)", **k): return B.Measurement(n, times, B.TaskSpec(stmt, "", **k))
"""
GRID = """
c = B.Compare([M([1e-5 * n * (i + 1) / threads * k for k in (1, 1.01, .99)], 10, label="Batched dot",
                 sub_label=f"[{n}, {n}]", description=d, num_threads=threads)
               for threads in (1, 4) for n in (64, 1024) for i, d in enumerate(("mul/sum", "bmm"))])
"""


@pytest.mark.parametrize(
    "code",
    [
        GRID + "c.print(); print(c)",
        GRID + "c.trim_significant_figures(); c.print()",
        GRID + "c.colorize(); print(repr(str(c))); c.colorize(rowwise=True); print(repr(str(c)))",
        GRID + "c.highlight_warnings(); c.print()",
        "B.Compare([M([1e-9], label='A', description='x'), M([3e-3], label='A', description='y'),"
        " M([100.], label='B', description='d', env='one'), M([2.], label='B', description='d', env='two')]).print()",
        "B.Compare([M([1e-4], label='A', description='x', sub_label='r1'), M([3e-3], label='A', description='y',"
        " sub_label='r2'), M([3e-3, 4e-3], label='A', description='y', sub_label='r1', num_threads=2)]).print()",
        "c = B.Compare([M([1e-4, 1.5e-4, 2e-4, 3e-4], label='A', description='x', sub_label='r1'),"
        " M([3e-3] * 5, label='A', description='y', sub_label='r1')]); c.highlight_warnings(); c.print()",
        "B.Compare([M([1e-4], description='x')]).print()",
        "B.Compare([M([1e-4])]).print()",
        "B.Compare([M([1e-4], label='A', description='x', env='e'), M([2e-4], label='A', description='x')]).print()",
        "B.Compare([M([1e-4], label='A label that is wider than the table by far', description='x')]).print()",
        "for k in (1.01, 1.011, 1.1, 1.11, 1.99, 2, 4.9, 5):\n"
        "  c = B.Compare([M([1e-4 * s], label='A', description='c', sub_label=f'r{s}') for s in (1, k)])\n"
        "  c.colorize(); print(repr(str(c)))",
        "B.Compare([1])",
    ],
)
def test_tables(code):
    agree(MADE + code)

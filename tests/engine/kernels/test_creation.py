"""What is made against torch, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import engine  # noqa: E402
from tests.bothways import agree  # noqa: E402

DTYPES = ["float32", "float64", "float16", "bfloat16", "complex64", "complex128", "int32", "int64"]


@pytest.mark.parametrize("name", ["linspace", "logspace"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_spaced_numbers_are_torch_s(name, dtype):
    draw = np.random.default_rng(0)
    for steps in (1, 2, 3, 7, 8, 11, 64, 101, 1001):
        for start, end in [*draw.uniform(-4, 4, (8, 2)).tolist(), *draw.integers(-4, 4, (4, 2)).tolist()]:
            ours, theirs = (
                getattr(module, name)(start, end, steps, dtype=getattr(module, dtype)) for module in (engine, torch)
            )
            assert ours.tolist() == theirs.tolist(), (start, end, steps)


@pytest.mark.parametrize("dtype", [one for one in DTYPES if "complex" not in one])
def test_ranges_are_torch_s(dtype):
    draw = np.random.default_rng(0)
    for count in (0, 1, 7, 8, 16, 33, 101, 1001, 9001):
        for start, step in draw.uniform(-4, 4, (8, 2)) if "int" not in dtype else draw.integers(1, 9, (8, 2)):
            end = start + step * count
            ours, theirs = (module.arange(start, end, step, dtype=getattr(module, dtype)) for module in (engine, torch))
            assert ours.tolist() == theirs.tolist(), (start, end, step)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_spaced_complex_numbers_are_torch_s(dtype):
    draw = np.random.default_rng(0)
    for steps in (2, 7, 64, 101):
        for start, end in draw.uniform(-4, 4, (8, 2, 2)).view(complex)[..., 0].tolist():
            ours, theirs = (
                module.linspace(start, end, steps, dtype=getattr(module, dtype)) for module in (engine, torch)
            )
            assert ours.tolist() == theirs.tolist(), (start, end, steps)


@pytest.mark.parametrize(
    "code",
    [
        "torch.logspace(-400, 400, 5), torch.logspace(math.nan, 2, 3), torch.logspace(0, 3, 4, base=0)",
        "torch.logspace(1, 2, 3, base=-2.0), torch.logspace(0, 1.5, 4, base=-2.0), torch.logspace(1 + 2j, 3, 1)",
        "torch.linspace(0, math.inf, 4), torch.linspace(-math.inf, math.inf, 4), torch.linspace(math.nan, 1, 3)",
        "torch.linspace(-1e308, 1e308, 4, dtype=torch.float64), torch.linspace(-3e38, 3e38, 4)",
        "torch.arange(0, 1e6, 3e5, dtype=torch.float16), torch.linspace(6e4, -6e4, 4, dtype=torch.float16)",
    ],
)
def test_without_warnings(code):
    agree(f"import math\nprint({code})")

"""Sums are those of torch to the last bit, since elements are added up in its order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import engine  # noqa: E402
from engine.kernels.sums import add_up  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

RNG = np.random.default_rng(0)
LENGTHS = [*range(1, 40), 63, 64, 65, 100, 255, 256, 257, 1000, 4095, 4096, 5000, 70000]
SHAPES = [
    (2, 3),
    (5, 7),
    (10, 33),
    (40, 100),
    (3, 300),
    (300, 3),
    (1, 50),
    (50, 1),
    (8, 9, 10),
    (20, 3, 50),
    (1, 9, 1),
    (6, 8, 7, 9),
]


def _same(mine: np.ndarray, theirs: np.ndarray) -> None:
    assert theirs.shape == mine.shape
    np.testing.assert_array_equal(theirs, mine)
    np.testing.assert_array_equal(np.signbit(theirs), np.signbit(mine))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_all(dtype: type):
    for n in LENGTHS:
        given = RNG.standard_normal(n).astype(dtype)
        _same(torch.from_numpy(given).sum().numpy(), add_up(given, None))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_over_dimensions(shape: tuple[int, ...], dtype: type):
    given = RNG.standard_normal(shape).astype(dtype)
    for count in range(1, len(shape) + 1):
        for dims in itertools.combinations(range(len(shape)), count):
            for keepdim in (False, True):
                _same(torch.from_numpy(given).sum(dims, keepdim).numpy(), add_up(given, dims, keepdim))


@pytest.mark.parametrize("dims", [(0,), (1,), (0, 1)])
def test_of_what_lies_otherwise(dims: tuple[int, ...]):
    given = RNG.standard_normal((30, 70)).astype(np.float32)
    _same(torch.from_numpy(given).T.sum(dims).numpy(), add_up(given.T, dims))
    np.testing.assert_allclose(add_up(given[:, ::3], dims), given[:, ::3].sum(dims), rtol=1e-4)


@pytest.mark.parametrize("shape", [(3,), (20,), (4, 50), (50, 4)])
def test_of_negative_zeros(shape: tuple[int, ...]):
    given = np.full(shape, -0.0, np.float32)
    _same(torch.from_numpy(given).sum(0).numpy(), add_up(given, (0,)))


REDUCED = ["sum", "mean", "var", "std", "cumsum", "cumprod", "logsumexp"]


@pytest.mark.parametrize("name", REDUCED)
@pytest.mark.parametrize("dim", [0, 1])
def test_functions(name: str, dim: int):
    given = RNG.uniform(0.5, 1.5, (60, 90)).astype(np.float32)
    mine, theirs = (getattr(module, name)(module.from_numpy(given), dim).numpy() for module in (torch, engine))
    if name == "logsumexp":  # whose exponentials differ in the last bit
        np.testing.assert_allclose(theirs, mine, rtol=3e-7)
    else:
        _same(mine, theirs)

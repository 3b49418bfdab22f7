"""Moments, and what is normalised with them, are those of torch to the last bit where float32 decides it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import engine  # noqa: E402
from engine.kernels import moments  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

LENGTHS = [1, 2, 7, 8, 9, 16, 17, 100, 128, 129, 300, 1024, 2048]
GIVEN = [(False, False), (True, False), (False, True), (True, True)]


def _numbers(*shape: int) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(shape) * 2 + 1).astype(np.float32)


def _both(name: str, *given: object) -> list[list[np.ndarray]]:
    """What the native operation returns, in torch and here."""
    found = []
    for module in (torch, engine):
        values = [module.from_numpy(one.copy()) if isinstance(one, np.ndarray) else one for one in given]
        found.append([one.numpy() for one in getattr(module.ops.aten, name)(*values)])
    return found


@pytest.mark.parametrize("weighted, shifted", GIVEN)
@pytest.mark.parametrize("n", LENGTHS)
def test_of_rows(n: int, weighted: bool, shifted: bool):
    weight, bias = (_numbers(2, n)[row] if given else None for row, given in enumerate((weighted, shifted)))
    theirs, mine = _both("native_layer_norm", _numbers(max(2, 2000 // n), n), [n], weight, bias, 1e-5)
    np.testing.assert_array_equal(mine[1], theirs[1])
    np.testing.assert_array_max_ulp(mine[2], theirs[2], 1)  # a product that float64 rounds twice
    alike = mine[2] == theirs[2]
    assert alike.mean() >= 0.5
    np.testing.assert_array_equal(np.where(alike, mine[0], 0), np.where(alike, theirs[0], 0))


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("n", [3, 8, 20, 300])
def test_rows_of_one_number_have_it_as_their_mean(n: int, dtype: str):
    for number in (0.1, 0.7, 1 / 3, -5.3):
        found = []
        for module in (torch, engine):
            rows = module.full((2, n), number, dtype=getattr(module, dtype))
            functional = module.nn.functional
            found.append([functional.layer_norm(rows, (n,)), functional.group_norm(rows[..., None], 1)])
        for theirs, mine in zip(*found, strict=True):
            assert mine.tolist() == theirs.tolist()


@pytest.mark.parametrize("weighted, shifted", GIVEN)
@pytest.mark.parametrize("channels, group, n", [(4, 2, 5), (4, 4, 3), (8, 2, 100), (6, 3, 7), (2, 1, 1)])
def test_of_groups(channels: int, group: int, n: int, weighted: bool, shifted: bool):
    weight, bias = (_numbers(2, channels)[row] if given else None for row, given in enumerate((weighted, shifted)))
    theirs, mine = _both(
        "native_group_norm", _numbers(5, channels, n), weight, bias, 5, channels, n, channels // group, 1e-5
    )
    np.testing.assert_array_equal(mine[1], theirs[1])
    alike = mine[2] == theirs[2]
    assert alike.mean() >= 0.9
    alike = np.repeat(alike, group, 1)[..., None]
    np.testing.assert_array_equal(np.where(alike, mine[0], 0), np.where(alike, theirs[0], 0))


@pytest.mark.parametrize("weighted, shifted", GIVEN)
@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 6), (2, 3, 4, 4, 4)], ids=str)
def test_of_channels(shape: tuple[int, ...], weighted: bool, shifted: bool):
    weight, bias = (_numbers(2, 3)[row] if given else None for row, given in enumerate((weighted, shifted)))
    found = []
    for module in (torch, engine):
        running = [module.zeros(3), module.ones(3)]
        given = [None if one is None else module.tensor(one) for one in (weight, bias)]
        for values in (module.tensor(_numbers(*shape)), module.tensor(_numbers(*shape)).flip(0).mT.mT):
            trained = module.ops.aten.native_batch_norm(values, *given, *running, True, 0.1, 1e-5)
            fixed = module.ops.aten.native_batch_norm(values, *given, *running, False, 0.1, 1e-5)
        found.append([one.numpy() for one in (*trained, *running, fixed[0])])
    for theirs, mine in zip(*found, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_of_channels_of_a_view():
    found = []
    for module in (torch, engine):
        values = module.tensor(_numbers(2, 30, 5, 6)).transpose(2, 3)
        found.append([one.numpy() for one in module.ops.aten.native_batch_norm(values, *[None] * 4, True, 0.1, 1e-5)])
    for theirs, mine in zip(*found, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_long_rows_are_joined_as_a_cascade():
    """More than what small arrays are taken through elsewhere, so that only the order is at work."""
    rows = _numbers(1, 40 * moments.CHUNK * 8 + 5)
    mean, variance = moments.of_rows(rows)
    np.testing.assert_allclose(mean[0], rows.mean(1, dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(variance[0], rows.var(1, dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("shape", [(0, 3), (2, 3, 0)], ids=str)
def test_channels_without_elements_are_refused_in_training(shape: tuple[int, ...]):
    for module in (torch, engine):
        with pytest.raises(RuntimeError, match="must have at least one element, but got input_sizes = "):
            module.ops.aten.native_batch_norm(module.zeros(shape), *[None] * 4, True, 0.1, 1e-5)

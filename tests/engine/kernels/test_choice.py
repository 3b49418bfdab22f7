"""The choice by bits gives what ``np.where`` gives, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernels import choice

RNG = np.random.default_rng(0)
SHAPE = (90, 60)
ODD = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45], np.float32)
MASK = RNG.random(SHAPE) < 0.5


def _numbers(dtype: type) -> np.ndarray:
    return np.where(RNG.random(SHAPE) < 0.2, RNG.choice(ODD, SHAPE), RNG.standard_normal(SHAPE)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("first", ["array", "scalar", "0-d", "transposed", "row"])
@pytest.mark.parametrize("second", ["array", "scalar", "0-d", "transposed", "row"])
@pytest.mark.parametrize(
    "mask", [MASK, MASK[:3], MASK[:, :1], np.asfortranarray(MASK)], ids=["full", "few", "column", "F"]
)
def test_where(mask: np.ndarray, first: str, second: str, dtype: type):
    def operand(kind: str) -> np.ndarray:
        whole = _numbers(dtype)[: len(mask)]
        forms = {"array": whole, "scalar": whole[0, 0], "0-d": np.asarray(whole[0, 0]), "row": whole[0]}
        return np.asfortranarray(whole) if kind == "transposed" else forms[kind]

    given = operand(first), operand(second)
    found, expected = choice.where(mask, *given), np.where(mask, *given)
    assert found.dtype == expected.dtype
    assert found.strides == expected.strides
    assert found.tobytes() == expected.tobytes()

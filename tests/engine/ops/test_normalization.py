"""Normalisations against torch's."""

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("columns", [1, 3, 8, 13, 20, 100])
def test_gradients_of_layer_norm_are_rounded_as_those_of_torch(columns):
    rng = np.random.default_rng(columns)
    grad, values, scale = (rng.standard_normal((n, columns)).astype(np.float32) for n in (9, 9, 1))
    mean, rstd = (3 * rng.standard_normal((9, 1)).astype(np.float32) for _ in range(2))
    for weight in (scale[0], None):
        found = []
        for module in (torch, engine):
            given = [None if one is None else module.from_numpy(one) for one in (grad, values, mean, rstd, weight)]
            mask = (True, weight is not None, False)
            backward = module.ops.aten.native_layer_norm_backward
            found.append(backward(*given[:2], [columns], *given[2:], None, mask)[0].numpy())
        np.testing.assert_array_equal(*found)

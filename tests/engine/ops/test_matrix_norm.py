"""``torch.norm``, which stands for norms of vectors and of matrices."""

import numpy as np
import pytest
import torch

import engine

CALLS = [
    lambda lib, x: x.norm("nuc"),
    lambda lib, x: lib.norm(x, "nuc", dim=(0, 1), keepdim=True),
    lambda lib, x: lib.norm(x, "nuc", dim=1),
    lambda lib, x: lib.norm(x, "zz"),
    lambda lib, x: lib.norm(x, "fro", dim=(0, 1)),
    lambda lib, x: lib.norm(x, "fro", dim=(0, 1, 2)),
    lambda lib, x: lib.norm(x[0], "nuc"),
    lambda lib, x: lib.norm(x, 3, dim=1),
    lambda lib, x: lib.norm(x.reshape(1, 2, 3), "nuc"),
]


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_norms_are_torchs(call):
    said = []
    for lib in (engine, torch):
        try:
            said.append(repr(call(lib, lib.arange(6.0).reshape(2, 3))))
        except Exception as error:
            said.append(f"{type(error).__name__}: {error}")
    assert said[0] == said[1]


@pytest.mark.parametrize("n", [1, 2, 5, 7, 8, 9, 12, 15, 31, 64, 1000])
def test_norms_of_float32_are_rounded_as_torch_rounds(n):
    rows = np.random.default_rng(n).normal(size=(200, n)).astype(np.float32)
    mine, theirs = (np.array([lib.from_numpy(row).norm().item() for row in rows]) for lib in (engine, torch))
    np.testing.assert_array_equal(mine, theirs)

"""Running reductions."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def cumsum(self: Array, dim: int, dtype: np.dtype | None) -> Array:
    """Running sums; integral elements add up in int64."""
    return _run(np.add, self, dim, dtype)


def cumprod(self: Array, dim: int, dtype: np.dtype | None) -> Array:
    """Running products; integral elements multiply in int64."""
    return _run(np.multiply, self, dim, dtype)


def _run(ufunc: np.ufunc, self: Array, dim: int, dtype: np.dtype | None) -> Array:
    wide = dtype or (np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype)
    if self.ndim == 0:
        return self.astype(wide)
    return ufunc.accumulate(self, axis=dim, dtype=wide)

"""Running reductions."""

from __future__ import annotations

import numpy as np

from . import complex as of_complex

Array = np.ndarray


def cumsum(self: Array, dim: int, dtype: np.dtype | None) -> Array:
    """Running sums; integral elements add up in int64."""
    found = _run(np.add, self, dim, dtype)
    if self.ndim and found.dtype.kind in "fc":
        found += found.dtype.type(0)  # as a sum that begins with zero: that of zeros has no sign
    return found


def cumprod(self: Array, dim: int, dtype: np.dtype | None) -> Array:
    """Running products; integral elements multiply in int64."""
    d = dtype or self.dtype
    if d.kind != "c" or not self.ndim:
        return _run(np.multiply, self, dim, dtype)
    wide = self.astype(np.complex128)
    if self.size:
        np.moveaxis(wide, dim, 0)[0] *= 1  # as a product that begins with one: of infinities that makes NaN
    return np.multiply.accumulate(wide, axis=dim).astype(d)


def _run(ufunc: np.ufunc, self: Array, dim: int, dtype: np.dtype | None) -> Array:
    wide = dtype or (np.dtype(np.int64) if self.dtype.kind in "iub" else self.dtype)
    if self.ndim == 0:
        return self.astype(wide)
    if wide == np.float32:  # torch keeps what has run up so far in float64
        return ufunc.accumulate(self, axis=dim, dtype=np.float64).astype(wide)
    return ufunc.accumulate(self, axis=dim, dtype=wide)


def cummax(self: Array, dim: int) -> tuple[Array, Array]:
    """Running maxima, and where each was last; NaN from the first one on."""
    return _run_with_indices(np.maximum, self, dim)


def cummin(self: Array, dim: int) -> tuple[Array, Array]:
    """Running minima, and where each was last; NaN from the first one on."""
    return _run_with_indices(np.minimum, self, dim)


def _run_with_indices(ufunc: np.ufunc, self: Array, dim: int) -> tuple[Array, Array]:
    if self.ndim == 0:
        return self.copy(), np.asarray(0, np.int64)
    values = ufunc.accumulate(self, axis=dim)
    places = np.arange(self.shape[dim]).reshape([-1 if d == dim % self.ndim else 1 for d in range(self.ndim)])
    taken = np.where((self == values) | (self != self), places, 0)
    return values, np.maximum.accumulate(taken, axis=dim)


def logcumsumexp(self: Array, dim: int) -> Array:
    """``log(cumsum(exp(self)))``, without overflow."""
    if self.ndim == 0:
        return self.copy()
    if self.dtype.kind != "c":
        found = np.logaddexp.accumulate(self, axis=dim, dtype=np.float64) + 0.0  # no -0.0: to each something was added
        return found.astype(self.dtype)
    found = self.astype(np.complex128)
    lanes = np.moveaxis(found, dim, 0)
    total: Array = np.asarray(complex(-np.inf))
    for lane in lanes:
        total = lane[...] = log_add_exp(lane, total)
    return found.astype(self.dtype)


def log_add_exp(a: Array, b: Array) -> Array:
    """``log(exp(a) + exp(b))``, without overflow."""
    return of_complex.log_add_exp(a, b) if a.dtype.kind == "c" else np.logaddexp(a, b)

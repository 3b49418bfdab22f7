"""Variances and deviations, which torch computes in float64 of all dtypes, in the order that it has.

Where there is one result it takes two passes, around the mean in the dtype; else it follows the numbers one by one.

Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and products" (1962); the order
observed, and equal to the last bit on one thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .reduction import axes, in_order, kept_shape, mean
from .rounding import Rounding
from .sums import one_by_one

Array = np.ndarray
Dims = tuple[int, ...] | None

STEPS = {8: 1024, 4: 64}
"""So many numbers to a result, of as many bytes, are followed one by one, since of few the order leaves a trace."""

_sum: Callable[..., Array] = np.add.reduce  # with types that NumPy's stubs do not have for an axis that may be a tuple


def variance(self: Array, dim: Dims, correction: float | None, keepdim: bool, rounded: Rounding | None = None) -> Array:
    """The mean squared distance from the mean, over ``n - correction``; of a complex number, of both its parts.

    ``rounded`` is given for half precision, of which torch takes no two passes.
    """
    return _spread(self, dim, correction, keepdim, in_passes=rounded is None)[0]


def deviation(
    self: Array, dim: Dims, correction: float | None, keepdim: bool, rounded: Rounding | None = None
) -> Array:
    """The square root of the variance."""
    return _spread(self, dim, correction, keepdim, root=True, in_passes=rounded is None)[0]


def variance_and_mean(self: Array, dim: Dims, correction: float | None, keepdim: bool) -> tuple[Array, Array]:
    """The variance, and the mean around which it was found."""
    return _spread(self, dim, correction, keepdim)


def deviation_and_mean(self: Array, dim: Dims, correction: float | None, keepdim: bool) -> tuple[Array, Array]:
    """The square root of the variance, and the mean around which that was found."""
    return _spread(self, dim, correction, keepdim, root=True)


def _spread(
    self: Array, dim: Dims, correction: float | None, keepdim: bool, *, root: bool = False, in_passes: bool = False
) -> tuple[Array, Array]:
    if self.dtype.kind == "c":
        parts = [_spread(part, dim, correction, keepdim, in_passes=in_passes) for part in (self.real, self.imag)]
        (of_real, real), (of_imag, imag) = parts
        centre = np.empty(real.shape, self.dtype)
        centre.real, centre.imag = real, imag
        return np.sqrt(of_real + of_imag) if root else of_real + of_imag, centre
    where = axes(self, dim)
    shape = kept_shape(self, dim, keepdim)
    results = math.prod(shape)
    n = self.size // max(results, 1)
    if in_passes and results == 1 and self.size:
        centre = np.asarray(mean(self, None, False, None), np.float64).reshape(shape)
        squares = np.square(np.subtract(self, centre.reshape(()), dtype=np.float64))
        rows = in_order(squares, dim, keepdim)[0].T
        squares = (one_by_one(rows) if self.dtype == np.float64 else np.add.reduce(rows, 1)).reshape(shape)
    elif n <= STEPS.get(self.itemsize, 0) and self.size:
        numbers = in_order(self, dim, keepdim)[0].astype(np.float64, copy=False)
        squares, centre = (one.reshape(shape) for one in _followed(numbers))
    else:
        centre = _sum(self, where, np.float64, None, True) / np.float64(n)
        squares = _sum(np.square(self - centre), where, None, None, keepdim)
        centre = centre.reshape(shape)
    found = np.true_divide(squares, np.float64(max(n - (1 if correction is None else correction), 0)))
    found = np.asarray(np.sqrt(found) if root else found)
    return found.astype(self.dtype, copy=False), np.asarray(centre).astype(self.dtype, copy=False)


def _followed(numbers: Array) -> tuple[Array, Array]:
    centre, squares = np.zeros((2, numbers.shape[1]))
    for count, row in enumerate(numbers, 1):
        delta = row - centre
        centre = centre + delta / count
        squares = squares + delta * (row - centre)
    return squares, centre

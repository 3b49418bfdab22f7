"""Variances and deviations, which torch computes in float64 of all dtypes, in the order that it has.

Where there is one result it takes two passes, around the mean in the dtype; else it follows the numbers one by one.

Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and products" (1962); the order
observed, and equal to the last bit on one thread.
"""

from __future__ import annotations

import math

import numpy as np

from .reduction import in_order, mean, one_by_one
from .rounding import Rounding

Array = np.ndarray
Dims = tuple[int, ...] | None

STEPS = 1024
"""More float64 numbers to a result are not followed one by one, which would cost too much."""


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
    numbers, shape = in_order(self.astype(np.float64, copy=False), dim, keepdim)
    is_one = self.size > 0 and math.prod(shape) == 1
    squares, centre = _in_passes(numbers, self) if in_passes and is_one else _followed(numbers)
    freedom = max(len(numbers) - (1 if correction is None else correction), 0)
    found = np.true_divide(squares, np.float64(freedom))
    found = np.sqrt(found) if root else found
    return found.reshape(shape).astype(self.dtype, copy=False), centre.reshape(shape).astype(self.dtype, copy=False)


def _in_passes(numbers: Array, self: Array) -> tuple[Array, Array]:
    centre = np.asarray(mean(self, None, False, None), np.float64)
    return one_by_one(np.square(numbers - centre)), centre


def _followed(numbers: Array) -> tuple[Array, Array]:
    n = len(numbers)
    if n > STEPS or not numbers.size:
        centre = np.add.reduce(numbers) / np.float64(n)
        return np.add.reduce(np.square(numbers - centre)), centre
    centre, squares = np.zeros((2, numbers.shape[1]))
    for count, row in enumerate(numbers, 1):
        delta = row - centre
        centre = centre + delta / count
        squares = squares + delta * (row - centre)
    return squares, centre

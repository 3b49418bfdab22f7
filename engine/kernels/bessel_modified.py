"""Modified Bessel functions of the first kind, of orders zero and one.

Those of float32 are sums of Chebyshev polynomials in float32, up to 8 in ``x / 2 - 2`` and beyond it in ``32 / x - 2``:
at zero one of them is not quite one.

Source: C. W. Clenshaw, "Chebyshev series for mathematical functions" (1962); Moshier, "Methods and Programs for
Mathematical Functions" (1989), whose intervals these are; the numbers of terms and the order of the steps observed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .rounding import fma
from .special import scipy
from .transcendental import exp

Array = np.ndarray
Terms = tuple[int, int]
"""How many of the series up to 8, and of that beyond."""

ALL: Terms = (30, 25)
FEWER: Terms = (17, 7)


def _in_float32(name: str) -> Callable[[Callable[[Array], Array]], Callable[[Array], Array]]:
    """SciPy's function of this name for other dtypes."""

    def of_all(kernel: Callable[[Array], Array]) -> Callable[[Array], Array]:
        other = scipy(name)

        @functools.wraps(kernel)
        def of_one(self: Array) -> Array:
            return kernel(self) if self.dtype == np.float32 else other(self)

        return of_one

    return of_all


@_in_float32("i0")
def i0(self: Array) -> Array:
    """Of order zero."""
    size, small, near, far = _series(0, ALL, self)
    return np.where(small, exp(size) * near, exp(size) * far / np.sqrt(size))


@_in_float32("i0e")
def i0e(self: Array) -> Array:
    """Of order zero, times ``exp(-abs(self))``."""
    size, small, near, far = _series(0, ALL, self)
    return np.where(small, near, far / np.sqrt(size))


@_in_float32("i1")
def i1(self: Array) -> Array:
    """Of order one."""
    size, small, near, far = _series(1, FEWER, self)
    return _odd(np.where(small, exp(size) * size * near, exp(size) * far / np.sqrt(size)), self)


@_in_float32("i1e")
def i1e(self: Array) -> Array:
    """Of order one, times ``exp(-abs(self))``."""
    size, small, near, far = _series(1, FEWER, self)
    return _odd(np.where(small, near * size, far / np.sqrt(size)), self)


@_in_float32("i1")
def modified_bessel_i1(self: Array) -> Array:
    """Of order one, by all terms."""
    size, small, near, far = _series(1, ALL, self)
    return _odd(np.where(small, exp(size) * (size * near), exp(size) * far / np.sqrt(size)), self)


def _odd(found: Array, self: Array) -> Array:
    return np.where(self < 0, -found, found)


def _series(order: int, terms: Terms, self: Array) -> tuple[Array, Array, Array, Array]:
    """Sizes, which of them are up to 8, and the sums of both series."""
    size = np.abs(self)
    near, far = _coefficients(order)
    small = size <= 8
    two = np.float32(2)
    inner, outer = size / two - two, np.float32(32) / np.where(small, np.float32(32), size) - two
    return size, small, _sum(near[-terms[0] :], inner), _sum(far[-terms[1] :], outer)


def _sum(coefficients: Array, x: Array) -> Array:
    """Clenshaw's sum, of which one product and difference are fused."""
    one = np.full_like(x, coefficients[0])
    other = before = np.zeros_like(x)
    for coefficient in coefficients[1:]:
        before, other = other, one
        one = fma(x, other, -before) + coefficient
    return np.float32(0.5) * (one - before)


@functools.cache
def _coefficients(order: int) -> tuple[Array, Array]:
    """Of both series, in float32, that of the highest polynomial first, and the last doubled."""
    from scipy import special

    scaled = (special.i0e, special.i1e)[order]

    def near(t: Array) -> Array:
        x = 4 * (t + 1)
        return scaled(x) / x**order

    def far(t: Array) -> Array:
        x = 16 / (t + 1)
        return scaled(x) * np.sqrt(x)

    found = []
    parts: list[tuple[Any, int]] = [(near, ALL[0]), (far, ALL[1])]
    for part, count in parts:
        coefficients = np.polynomial.chebyshev.chebinterpolate(part, count - 1)[::-1].copy()
        coefficients[-1] *= 2
        found.append(coefficients.astype(np.float32))
    return found[0], found[1]

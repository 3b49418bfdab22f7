"""Rounding once, as by the processors that have an instruction for product and sum, and more often than arrays show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray
FEW = 8192
"""So many float32 elements are taken through float64."""

HALVES = 32
"""So many elements of 16 bits torch takes at once, in float32; what is left over it rounds after each step."""

Rounding = Callable[[Array], Array]
"""Rounds what a kernel has computed; kernels get the one to 16 bits from operations that are declared ``stepwise``."""


def wide(array: Array) -> Array:
    """In float32, if it is of half precision."""
    return array.astype(np.float32) if array.dtype.itemsize == 2 and array.dtype.kind not in "iu" else array


def rounding_to(d: np.dtype) -> Rounding:
    """Rounds to a dtype; what then has 16 bits is wide again, for the next step."""
    return lambda found: wide(np.asarray(found).astype(d))


def fused(x: Array, factor: Array, term: Array, out: Array | None = None) -> Array:
    """``x * factor + term``, of a few float32 elements rounded once: torch has one instruction for both.

    Unlike ``fma`` it rounds twice what float64 cannot tell from a tie, which is one product in some 2**29.
    """
    found = x.dtype.char == factor.dtype.char == term.dtype.char == "f"
    if found and max(x.size, factor.size, term.size) <= FEW:
        return (np.multiply(x, factor, dtype=np.float64) + term).astype(np.float32)
    product = x * factor
    if out is None and product.ndim and product.strides == term.strides and product.dtype == term.dtype:
        out = product  # large enough for its memory to cost more than the sum
    return np.add(product, term, out)


def fma(x: Array, factor: Array | np.floating, term: Array | np.floating) -> Array:
    """``x * factor + term``, rounded once, in the dtype of all three: float16, float32 or float64.

    Shapes: ``x`` any; a factor and a term that are arrays the same.
    """
    if not x.ndim:  # of which NumPy would make numbers
        return fma(x[None], factor, term)[0, ...]
    if x.size <= FEW:
        return _fma(x, factor, term)
    found = np.empty(x.shape, x.dtype)
    parts = [np.broadcast_to(one, x.shape).reshape(-1) for one in (x, factor, term)]
    flat = found.reshape(-1)
    for start in range(0, x.size, FEW):  # what a processor's cache holds
        flat[start : start + FEW] = _fma(*(one[start : start + FEW] for one in parts))
    return found


def _fma(x: Array, factor: Array | np.floating, term: Array | np.floating) -> Array:
    if x.dtype == np.float16:
        return (x.astype(np.float64) * factor + term).astype(x.dtype)
    if x.dtype == np.float32:
        product = x.astype(np.float64) * factor  # exact
        total = product + term
        tie = total.view(np.int64) & (1 << 29) - 1 == 1 << 28  # between two float32 numbers, as far as float64 can say
        if tie.any():
            total[tie] = _add_to_odd(product[tie], np.broadcast_to(term, x.shape)[tie].astype(np.float64))
        return total.astype(np.float32)
    if not (np.isfinite(factor).all() and np.isfinite(term).all()):
        return x * factor + term
    if np.max(np.abs(factor), initial=0) >= 2.0**960:  # beyond which the splitting of a product overflows
        return _fma(x, factor * 2.0**-128, term * 2.0**-128) * 2.0**128
    # S. Boldo, G. Melquiond: Emulation of FMA and correctly rounded sums (2008), figure 1.
    product, product_tail = _two_product(x, factor)
    low, low_tail = _two_sum(term, product_tail)
    high, high_tail = _two_sum(product, low)
    return high + _add_to_odd(high_tail, low_tail)


def _two_sum(a: Any, b: Any) -> tuple[Array, Array]:
    """The rounded sum, and what rounding left."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _two_product(a: Array, b: Array | np.floating) -> tuple[Array, Array]:
    """The rounded product, and what rounding left; below 2**996, where Dekker's splitting overflows."""
    a_high, b_high = ((2**27 + 1.0) * v - ((2**27 + 1.0) * v - v) for v in (a, b))
    a_low, b_low = a - a_high, b - b_high
    product = a * b
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _add_to_odd(a: Array, b: Any) -> Array:
    """The sum of float64 numbers; if inexact, that one of its two neighbours whose last bit is 1.

    Rounding this to fewer bits, or adding it to a much larger number, rounds the exact sum only once.
    """
    total, tail = _two_sum(a, b)
    even = total.view(np.int64) & 1 == 0
    return np.where((tail != 0) & even, np.nextafter(total, np.copysign(np.inf, tail)), total)

"""Arithmetic on arrays of one dtype.

Source of the rules for zeros and signs: torch 2.13, observed.
"""

from __future__ import annotations

import numpy as np

from ..dtypes import default_dtype
from ..processor import vector_bytes
from . import complex as of_complex
from .rounding import HALVES, Rounding, fused
from .transcendental import power as power_of

Array = np.ndarray


def add(self: Array, other: Array, alpha: complex, out: Array | None = None, rounded: Rounding | None = None) -> Array:
    """``self + alpha * other``; complex numbers are multiplied even by one, which makes NaN of an infinity's other part
    and may turn the sign of a zero."""
    if self.dtype.kind == "c":
        return np.add(self, np.multiply(other, self.dtype.type(alpha)), out)
    if alpha != 1:
        return _scaled_sum(self, other, _like(alpha, other), out, rounded)
    return np.add(self, other, out)


def sub(self: Array, other: Array, alpha: complex, out: Array | None = None, rounded: Rounding | None = None) -> Array:
    """``self - alpha * other``: of complex numbers the sum with ``-alpha``."""
    if self.dtype.kind == "c":
        return add(self, other, -alpha, out)
    if alpha != 1 and other.dtype.kind == "f":
        return _scaled_sum(self, other, _like(-alpha, other), out, rounded)
    return np.subtract(self, other if alpha == 1 else np.multiply(other, _like(alpha, other)), out)


def rsub(self: Array, other: Array, alpha: complex, rounded: Rounding | None = None) -> Array:
    """``other - alpha * self``."""
    return sub(np.asarray(other, self.dtype), self, alpha, rounded=rounded)


def _scaled_sum(self: Array, other: Array, factor: Array, out: Array | None, rounded: Rounding | None) -> Array:
    """``self + factor * other``; of 16 bits, where torch does not take vectors of it, rounded twice."""
    found = fused(other, factor, self, out)
    if rounded is None:
        return found
    alike = self.shape == other.shape or 1 in (self.size, other.size)
    whole = found.size // HALVES * HALVES if alike and all(one.flags.c_contiguous for one in (self, other)) else 0
    if not whole:
        return self + rounded(other * factor)
    left = [one if one.size == 1 else one.reshape(-1)[whole:] for one in (self, other)]
    found.reshape(-1)[whole:] = left[0] + rounded(left[1] * factor)
    return found


def _like(number: Array | complex, array: Array) -> Array:
    return np.asarray(number).astype(array.dtype)


def div(self: Array, other: Array, rounding_mode: str | None) -> Array:
    """Division, rounded toward zero (``"trunc"``) or down (``"floor"``)."""
    if rounding_mode is None:
        return np.true_divide(self, other, dtype=default_dtype().numpy if self.dtype.kind in "iub" else None)
    if rounding_mode == "floor":
        return floor_divide(self, other)
    if self.dtype.kind in "iu":
        quotient = floor_divide(self, other)
        return (quotient + ((np.multiply(quotient, other) != self) & (quotient < 0))).astype(self.dtype)
    return np.trunc(np.true_divide(self, other))


def floor_divide(self: Array, other: Array) -> Array:
    """Division rounded down.

    Raises:
        RuntimeError: if an integer is divided by zero.
    """
    if self.dtype.kind in "iu":
        _forbid_zero(other)
        return np.floor_divide(self, other)
    # NumPy gives nan for x // 0, torch the quotient's infinity.
    return np.where(other == 0, np.true_divide(self, other), np.floor_divide(self, other))


def remainder(self: Array, other: Array) -> Array:
    """Python's modulus: the result has the sign of the divisor, but for a zero, which has that of the dividend.

    Raises:
        RuntimeError: if an integer is divided by zero.
    """
    if self.dtype.kind in "iu":
        _forbid_zero(other)
        return np.remainder(self, other)
    found = np.fmod(self, other)
    return np.where((found != 0) & ((found < 0) != (np.less(other, 0))), found + other, found)


def remainder_of_scalar(self: complex, other: Array) -> Array:
    """``self % other`` for a number ``self``."""
    return remainder(np.asarray(self).astype(other.dtype), other)


def fmod(self: Array, other: Array) -> Array:
    """C's modulus: the result has the sign of the dividend.

    Raises:
        RuntimeError: if an integer is divided by zero.
    """
    if self.dtype.kind in "iu":
        _forbid_zero(other)
    return np.fmod(self, other)


def _forbid_zero(divisor: Array) -> None:
    if not np.all(divisor):
        raise RuntimeError("ZeroDivisionError")


def power(self: Array, exponent: Array) -> Array:
    """``self ** exponent``; whole powers are products, as torch computes them."""
    if self.dtype.kind in "iu" and np.any(exponent < 0):
        return _integer_power(self, exponent)
    if exponent.ndim == 0 and self.ndim and exponent.dtype.kind != "c":
        return power_scalar(self, exponent.item())
    return _power(self, exponent)


def power_scalar(self: Array, exponent: complex) -> Array:
    """``self ** exponent`` for a number, in the dtype of ``self``."""
    if exponent in (0, 1):
        return self.copy() if exponent else np.ones_like(self)
    if exponent in (2, 3) and self.dtype.kind == "c":
        square = of_complex.multiply(self, self, vector_bytes())
        return square if exponent == 2 else of_complex.multiply(square, self, vector_bytes())
    if exponent == 2:
        return np.square(self)
    if exponent == 3:
        return self * self * self
    if exponent == 0.5:
        return np.sqrt(self)
    if self.dtype.kind == "c" and exponent in (-0.5, -1, -2):
        return self.dtype.type(1) / (self if exponent == -1 else power_scalar(self, -exponent))  # no copy by rows
    return _power(self, np.asarray(exponent).astype(self.dtype))


def power_of_scalar(self: complex, exponent: Array) -> Array:
    """``self ** exponent`` for a number ``self``, in the dtype of ``exponent``."""
    base = np.asarray(self).astype(exponent.dtype)
    if self == 1:
        return np.ones_like(exponent)
    if exponent.dtype.kind in "iu" and np.any(exponent < 0):
        return _integer_power(base, exponent)
    return _power(base, exponent)


def _power(base: Array, exponent: Array) -> Array:
    return of_complex.power(base, exponent) if base.dtype.kind == "c" else power_of(base, exponent)


def _integer_power(self: Array, exponent: Array) -> Array:
    """Integer powers; a negative exponent gives 1, -1 or 0, as in C++ torch."""
    positive = np.power(self, np.maximum(exponent, 0))
    odd = np.where(exponent % 2 == 0, 1, -1)
    negative = np.where(self == 1, 1, np.where(self == -1, odd, 0))
    return np.where(exponent < 0, negative, positive).astype(positive.dtype)


def addcmul(self: Array, tensor1: Array, tensor2: Array, value: complex) -> Array:
    """``self + value * tensor1 * tensor2``."""
    return fused(_like(value, self) * tensor1, tensor2, self)


def addcdiv(self: Array, tensor1: Array, tensor2: Array, value: complex) -> Array:
    """``self + value * tensor1 / tensor2``."""
    if self.dtype.kind == "c":
        return self + _like(value, self) * tensor1 / tensor2
    return self + _like(value, self) * (tensor1 / tensor2)


def lerp(self: Array, end: Array, weight: Array | complex) -> Array:
    """From ``self`` to ``end``, from the nearer side: exact at both."""
    if self.dtype.kind == "c":
        return of_complex.lerp(self, end, weight)
    weight, way = _like(weight, self), end - self
    return np.where(np.abs(weight) < 0.5, fused(way, weight, self), fused(-way, 1 - weight, end))

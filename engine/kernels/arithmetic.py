"""Arithmetic on arrays of one dtype."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def add(self: Array, other: Array, alpha: complex) -> Array:
    """``self + alpha * other``."""
    return np.add(self, other if alpha == 1 else np.multiply(other, _like(alpha, other)))


def sub(self: Array, other: Array, alpha: complex) -> Array:
    """``self - alpha * other``."""
    return np.subtract(self, other if alpha == 1 else np.multiply(other, _like(alpha, other)))


def rsub(self: Array, other: Array, alpha: complex) -> Array:
    """``other - alpha * self``."""
    return sub(other, self, alpha)


def _like(number: complex, array: Array) -> Array:
    return np.asarray(number, array.dtype)


def true_divide(self: Array, other: Array) -> Array:
    """``self / other``, in the dtype of floating operands."""
    return np.true_divide(self, other)


def div(self: Array, other: Array, rounding_mode: str | None) -> Array:
    """Division, rounded toward zero (``"trunc"``) or down (``"floor"``)."""
    if rounding_mode is None:
        return np.true_divide(self, other)
    if rounding_mode == "floor":
        return floor_divide(self, other)
    if self.dtype.kind in "iu":
        quotient = floor_divide(self, other)
        inexact = (np.multiply(quotient, other) != self) & (quotient < 0)
        return (quotient + inexact).astype(self.dtype)
    return np.trunc(np.true_divide(self, other))


def floor_divide(self: Array, other: Array) -> Array:
    """Division rounded down.

    Raises:
        RuntimeError: if an integer is divided by zero.
    """
    if self.dtype.kind in "iu":
        if np.any(other == 0):
            raise RuntimeError("ZeroDivisionError")
        return np.floor_divide(self, other)
    # NumPy gives nan for x // 0, torch the quotient's infinity.
    quotient = np.floor_divide(self, other)
    return np.where(other == 0, np.true_divide(self, other), quotient).astype(self.dtype)


def remainder(self: Array, other: Array) -> Array:
    """Python's modulus: the result has the sign of the divisor.

    Raises:
        RuntimeError: if an integer is divided by zero.
    """
    if self.dtype.kind in "iu" and np.any(other == 0):
        raise RuntimeError("ZeroDivisionError")
    return np.remainder(self, other)


def fmod(self: Array, other: Array) -> Array:
    """C's modulus: the result has the sign of the dividend.

    Raises:
        RuntimeError: if an integer is divided by zero.
    """
    if self.dtype.kind in "iu" and np.any(other == 0):
        raise RuntimeError("ZeroDivisionError")
    return np.fmod(self, other)


def power(self: Array, exponent: Array) -> Array:
    """``self ** exponent``."""
    return np.power(self, exponent)


def power_scalar(self: Array, exponent: complex) -> Array:
    """``self ** exponent`` for a Python number, in the dtype of ``self`` for floating ``self``."""
    if exponent == 2:
        return np.square(self)
    if exponent == 0.5 and self.dtype.kind == "f":
        return np.sqrt(self)
    if exponent == 3:
        return self * self * self
    return np.power(self, np.asarray(exponent, self.dtype))

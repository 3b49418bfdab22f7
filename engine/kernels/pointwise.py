"""Functions of one element, on arrays of one dtype."""

from __future__ import annotations

import numpy as np

from ..dtypes import FROM_NUM, result_dtype
from .rounding import FEW, HALVES, Rounding
from .transcendental import arctan2, exp, log

Array = np.ndarray


def promoted(self: Array, other: Array) -> tuple[Array, Array]:
    """The arrays in their common dtype, promoted as operands are."""
    if self.dtype == other.dtype:
        return self, other
    dimensioned = [FROM_NUM[one.dtype.num] for one in (self, other) if one.ndim]
    zero_dim = [FROM_NUM[one.dtype.num] for one in (self, other) if not one.ndim]
    common = result_dtype(dimensioned, zero_dim, []).numpy
    return self.astype(common), other.astype(common)


def sigmoid(self: Array) -> Array:
    """``1 / (1 + exp(-self))``."""
    found = np.asarray(exp(np.negative(self)))
    if found.dtype.kind == "c":  # the sum with a complex one would lose the sign of an imaginary zero
        found.real += 1
        return reciprocal(found)
    return np.reciprocal(np.add(found, self.dtype.type(1)))


def tanh_backward(grad_output: Array, output: Array) -> Array:
    """``grad_output * (1 - output**2)``, of a few float32 elements with one rounding less, as torch's."""
    if output.dtype.char == "f" and output.size <= FEW:
        wide = output.astype(np.float64)
        return grad_output * (1 - wide * wide).astype(np.float32)
    return grad_output * (1 - output * output).conj()


def reciprocal(self: Array) -> Array:
    """``1 / self``; that of a real number is real without a sign."""
    return np.reciprocal(self) if self.dtype.kind != "c" else np.true_divide(self.dtype.type(1), self)


def erf(self: Array) -> Array:
    """The error function."""
    from scipy import special  # importing it costs more than the rest of the engine

    return special.erf(self)


def erfc(self: Array) -> Array:
    """One minus the error function, without cancellation."""
    from scipy import special

    return special.erfc(self)


def relu(self: Array) -> Array:
    """``max(self, 0)``; NaN and negative zeros stay."""
    return np.maximum(self.dtype.type(0), self)  # of two zeros NumPy gives the second


def rsqrt(self: Array, rounded: Rounding | None = None) -> Array:
    """``1 / sqrt(self)``."""
    root = np.asarray(np.sqrt(self))
    if rounded is not None:
        left = root.reshape(-1)[root.size - root.size % HALVES :]
        left[...] = rounded(left)
    return reciprocal(root)


def sgn(self: Array) -> Array:
    """The sign of a real number, 0 for NaN."""
    if self.dtype == bool:
        return self.copy()
    found = np.sign(self)
    return np.where(np.isnan(self), self.dtype.type(0), found) if self.dtype.kind == "f" else found


def absolute(self: Array) -> Array:
    """The magnitude; real for complex arrays, and rounded once."""
    return np.hypot(self.real, self.imag) if self.dtype.kind == "c" else np.absolute(self)


def angle(self: Array) -> Array:
    """That of a complex number with the positive axis; of a real one 0, or pi if it is below zero."""
    if self.dtype.kind == "c":
        return arctan2(self.imag, self.real)
    return np.where(np.isnan(self), self, np.where(self < 0, self.dtype.type(np.pi), self.dtype.type(0)))


def frac(self: Array) -> Array:
    """The part behind the point, with the sign of the number."""
    return self - np.trunc(self)


def round_decimals(self: Array, decimals: int) -> Array:
    """Rounded to a number of decimals, halves to even."""
    return np.round(self, decimals)


def clamp(self: Array, low: float | None, high: float | None) -> Array:
    """Bounded below and above; NaN and the signs of zeros stay, and a low bound above the high one yields to it."""
    found = self if low is None else np.maximum(np.asarray(low).astype(self.dtype), self)
    found = found if high is None else np.minimum(np.asarray(high).astype(self.dtype), found)
    return found if found is not self else self.copy()


def clamp_tensors(self: Array, low: Array | None, high: Array | None) -> Array:
    """Bounded elementwise; NaN stays NaN.

    Raises:
        TypeError: for bools with two bounds.
    """
    if self.dtype == bool and low is not None and high is not None:
        raise TypeError("bools have no clamp")
    found = self if low is None else np.maximum(self, low)
    return found if high is None else np.minimum(found, high)


def logit(self: Array, eps: float | None) -> Array:
    """The inverse of the sigmoid; ``eps`` keeps the argument away from 0 and 1."""
    if eps is not None:
        low, high = self.dtype.type(eps), self.dtype.type(1 - eps)
        self = np.where(self < low, low, np.where(self > high, high, self)).astype(self.dtype, copy=False)
    return log(self / (self.dtype.type(1) - self)).astype(self.dtype, copy=False)


def nan_to_num(self: Array, nan: float | None, posinf: float | None, neginf: float | None) -> Array:
    """NaN and the infinities replaced; by default with 0 and the largest finite numbers."""
    return np.nan_to_num(self, nan=nan or 0.0, posinf=posinf, neginf=neginf)


def of_parts(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    """Complex numbers of these parts, whose zeros keep their signs."""
    shape = np.broadcast_shapes(real.shape, imag.shape)
    found = np.empty(shape, np.complex64 if real.dtype == np.float32 else np.complex128)
    found.real, found.imag = real, imag
    return found

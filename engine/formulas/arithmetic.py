"""Derivatives of arithmetic that are too long for a lambda."""

from __future__ import annotations

import cmath
import math

import numpy as np

from ..autograd.modes import FORMULA, GRAD
from ..tensor import Tensor, wrap


def constant(value: float, like: Tensor) -> Tensor:
    """A number before an operator, which torch's C++ makes a tensor."""
    return wrap(np.asarray(value, like._dtype.numpy), like._dtype)


def times(grad: Tensor, factor: complex) -> Tensor:
    """``grad * conj(factor)``, without an operation for a factor of one."""
    return grad if factor == 1 else grad * factor.conjugate()


def div_backward_other(grad: Tensor, self: Tensor, other: Tensor) -> Tensor:
    """With respect to the divisor."""
    slope = ((self / other) / other).conj()  # first: C++ computes the right operand before the left
    return -grad * slope


def reciprocal_backward(grad: Tensor, result: Tensor) -> Tensor:
    """From the result; its square first, as above."""
    square = (result * result).conj()
    return -grad * square


def pow_backward(grad: Tensor, self: Tensor, exponent: complex) -> Tensor:
    """With respect to the base; zero for a zero exponent, also at a base of zero."""
    if exponent == 0:
        return grad.new_zeros(grad.shape)
    exponent = exponent if isinstance(exponent, complex) else float(exponent)
    power = self if exponent == 2 and not (GRAD.get() or FORMULA.get()) else self.pow(exponent - 1)
    return grad * (power * exponent).conj()


def pow_backward_self(grad: Tensor, self: Tensor, exponent: Tensor) -> Tensor:
    """With respect to the base; zero where the exponent is zero."""
    return grad.new_zeros(()).where(exponent == 0, grad * (exponent * self.pow(exponent - 1)).conj())


def pow_backward_exponent(grad: Tensor, self: Tensor, exponent: Tensor, result: Tensor) -> Tensor:
    """With respect to the exponent; zero where a base of zero meets a non-negative exponent."""
    flat = (self == 0).logical_and(_is_not_negative(exponent))
    base = self.to(exponent.dtype) if exponent.is_complex() and not self.is_complex() else self
    return grad * result.new_zeros(()).where(flat, (result * base.log()).conj())


def _is_not_negative(exponent: Tensor) -> Tensor:
    if not exponent.is_complex():
        return exponent >= 0
    return (exponent.imag == 0).logical_and(exponent.real >= 0)


def pow_backward_scalar_base(grad: Tensor, self: complex, exponent: Tensor, result: Tensor) -> Tensor:
    """With respect to the exponent, for a base that is a Python number."""
    if self == 0:
        return (grad * (result * -math.inf).conj()).masked_fill(_is_not_negative(exponent), 0)
    if isinstance(self, complex) or exponent.is_complex():
        return grad * (result * cmath.log(self)).conj()
    return grad * (result * (math.log(self) if self > 0 else math.nan))


def scaled(tangent: Tensor, factor: complex) -> Tensor:
    """``tangent * factor``, without an operation for a factor of one."""
    return tangent if factor == 1 else tangent * factor

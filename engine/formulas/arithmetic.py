"""Derivatives of arithmetic that are too long for a lambda."""

from __future__ import annotations

from ..tensor import Tensor


def times(grad: Tensor, factor: complex) -> Tensor:
    """``grad * factor``, without an operation for a factor of one."""
    return grad if factor == 1 else grad * factor


def pow_backward(grad: Tensor, self: Tensor, exponent: complex) -> Tensor:
    """With respect to the base; zero for a zero exponent, also at a base of zero."""
    if exponent == 0:
        return grad.new_zeros(grad.shape)
    factor = exponent * self.pow(exponent - 1)
    return grad * factor.conj()


def pow_backward_self(grad: Tensor, self: Tensor, exponent: Tensor) -> Tensor:
    """With respect to the base; zero where the exponent is zero."""
    factor = exponent * self.pow(exponent - 1)
    return (exponent == 0).where_(grad.new_zeros(()), grad * factor.conj())


def pow_backward_exponent(grad: Tensor, self: Tensor, exponent: Tensor, result: Tensor) -> Tensor:
    """With respect to the exponent; zero where a base of zero meets a non-negative exponent."""
    real = exponent.real if exponent.is_complex() else exponent
    flat = (self == 0).logical_and(real >= 0)
    return flat.where_(grad.new_zeros(()), grad * (result * self.log()).conj())


def pow_backward_scalar_base(grad: Tensor, self: complex, exponent: Tensor, result: Tensor) -> Tensor:
    """With respect to the exponent, for a base that is a Python number."""
    import cmath
    import math

    if self == 0:
        real = exponent.real if exponent.is_complex() else exponent
        return (real >= 0).where_(grad.new_zeros(()), grad * (result * -math.inf).conj())
    log = cmath.log(self) if isinstance(self, complex) or exponent.is_complex() else (
        math.log(self) if self > 0 else math.nan
    )  # fmt: skip
    return grad * (result * log).conj()

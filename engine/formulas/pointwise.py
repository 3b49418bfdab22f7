"""Derivatives of elementwise functions that are too long for a lambda."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..autograd.levels import written
from ..tensor import Tensor, unallocated_zeros
from .arithmetic import constant


def abs_backward(grad: Tensor, self: Tensor) -> Tensor:
    """Zero at zero; for complex input, along its direction."""
    return grad * self.sgn()


def acosh_backward(grad: Tensor, self: Tensor) -> Tensor:
    """One root where there is one branch: infinite at -1, too."""
    if self.is_complex():
        return grad * ((self + 1).rsqrt() * (self - 1).rsqrt()).conj()
    return grad * (self * self - 1).rsqrt()


def rsqrt_backward(grad: Tensor, result: Tensor) -> Tensor:
    """From the result; its cube first: C++ computes the right operand before the left."""
    cube = result.pow(3).conj()
    return -0.5 * grad * cube


def sgn_backward(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    """Zero for real input, of which torch allocates nothing; for complex input, across its direction."""
    if not self.is_complex():
        return grad.new_zeros(grad.shape) if grad.is_meta else unallocated_zeros(grad.shape, grad.dtype)
    magnitude = self.abs()
    found = (grad - result * result * grad.conj()) / (magnitude * 2)
    return written(found, "masked_fill", magnitude == 0, 0)


def angle_backward(grad: Tensor, self: Tensor) -> Tensor:
    """Zero for real input, and at zero."""
    if not self.is_complex():
        return grad.new_zeros(grad.shape)
    found = grad * self / self.abs().pow(2) * 1j
    return grad.new_zeros(()).where(self == 0.0, found)


def clamp_backward(grad: Tensor, self: Tensor, min: complex | None, max: complex | None) -> Tensor:
    """One on the closed interval, zero outside; NaN lies outside."""
    inside = _between(self, min, max)
    return grad if inside is None else grad.where(inside, grad.new_zeros(()))


def clamp_tensors_backward(
    grad: Tensor, self: Tensor, min: Tensor | None, max: Tensor | None, needs: list[bool]
) -> list[Tensor | None]:
    """The gradient goes to whichever of the three was the result."""
    below = None if min is None else self < min
    above = None if max is None else self > max
    if min is not None and max is not None:
        below = below.logical_and(min < max)  # type: ignore[union-attr]
        above = above.logical_or(max < min)  # type: ignore[union-attr]
    masks = (_between(self, min, max), below, above)
    zero = grad.new_zeros(())
    return [
        grad.where(mask, zero) if need and mask is not None else None for need, mask in zip(needs, masks, strict=True)
    ]


def _between(self: Tensor, min: Any, max: Any) -> Tensor | None:
    """Where elements lie within the bounds; None if there is no bound."""
    inside = None if min is None else self >= min
    if max is None:
        return inside
    return self <= max if inside is None else inside.logical_and(self <= max)


def logit_backward(grad: Tensor, self: Tensor, eps: float | None) -> Tensor:
    """NaN outside (0, 1); zero outside of what ``eps`` leaves."""
    least, outside = (0, math.nan) if eps is None else (eps, 0)
    inside = (self >= least).logical_and(self <= 1 - least)
    return (grad / (self * (constant(1, self) - self))).where(inside, self.new_full((), outside))


def atan2_backward(grad: Tensor, self: Tensor, other: Tensor, needs: Sequence[bool]) -> list[Tensor | None]:
    """Over the square of the distance; zero where that is."""
    square = self * self + other * other
    share = square.reciprocal().masked_fill(square == 0, 0)
    return [grad * other * share if needs[0] else None, grad * -self * share if needs[1] else None]


def clamp_tangent(
    self_t: Tensor, min_t: Any, max_t: Any, self: Tensor, min: Tensor | None, max: Tensor | None
) -> Tensor:
    """The tangent of whichever of the three was the result; where the input meets a bound, that of the bound."""
    if min is None:
        return self_t.where(self < max, max_t)
    if max is None:
        return self_t.where(self > min, min_t)
    return max_t.where(min > max, min_t.where(self < min, max_t.where(self > max, self_t)))


def share_of(chosen: Tensor, tied: Tensor, result: Tensor) -> Tensor:
    """The part of the first operand in what was chosen of two, half where they tie."""
    return result.new_full((), 0.5).where(tied, chosen.to(result.dtype))

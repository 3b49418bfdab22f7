"""Derivatives of normalisations."""

from __future__ import annotations

from collections.abc import Sequence

from ..autograd.forward_ad import is_differentiated_again
from ..tensor import Tensor

Dims = tuple[int, ...]


def normalized_backward(
    grad: Tensor, input: Tensor, mean: Tensor, rstd: Tensor, scale: Tensor | None, dims: Dims, affine: Dims,
    needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    """The gradients of the input, of the scale and of the shift.

    Args:
        grad: of the result.
        input: what was normalised.
        mean, rstd: mean and inverse deviation of the input along ``dims``, which are kept.
        scale: by what the result was multiplied; of a shape that broadcasts.
        dims: over which it was normalised.
        affine: the dimensions in which scale and shift are constant.
        needs: which of the three are needed.
    """
    if is_differentiated_again():  # then these are functions of the input
        mean = input.mean(dims, keepdim=True)
        variance = ((input - mean) ** 2).mean(dims, keepdim=True)
        # The node does not keep what was added to the variance: the inverse deviation has it.
        rstd = (variance - variance._detached() + rstd._detached() ** -2).rsqrt()
    else:
        mean, rstd = mean._detached(), rstd._detached()
    normalized = (input - mean) * rstd
    found: list[Tensor | None] = [None, None, None]
    if needs[0]:
        outer = grad if scale is None else grad * scale
        along = (outer * normalized).mean(dims, keepdim=True)
        found[0] = (outer - outer.mean(dims, keepdim=True) - normalized * along) * rstd
    if needs[1]:
        found[1] = (grad * normalized).sum(affine) if affine else grad * normalized
    if needs[2]:
        found[2] = grad.sum(affine) if affine else grad
    return found


def fixed_backward(
    grad: Tensor, input: Tensor, mean: Tensor, rstd: Tensor, scale: Tensor | None, affine: Dims, needs: Sequence[bool]
) -> list[Tensor | None]:
    """The same where mean and deviation do not depend on the input."""
    found: list[Tensor | None] = [None, None, None]
    if needs[0]:
        found[0] = grad * rstd if scale is None else grad * scale * rstd
    if needs[1]:
        found[1] = (grad * (input - mean) * rstd).sum(affine)
    if needs[2]:
        found[2] = grad.sum(affine)
    return found

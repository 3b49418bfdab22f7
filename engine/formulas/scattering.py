"""Derivatives of reductions into places that an index says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor


def scatter_reduce_backward(
    grad: Tensor,
    self: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    include_self: bool,
    result: Tensor,
    needs: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None]:
    """To what went into each place: all of a sum's, shares of a mean's or extreme's, a product's times the others."""
    if reduce == "sum":
        for_self, for_src = grad, grad.gather(dim, index)
    elif reduce == "mean":
        counts = grad.new_full(grad.shape, float(include_self)).scatter_add(dim, index, grad.new_ones(src.shape))
        share = grad / counts.masked_fill(counts == 0, 1)
        for_self, for_src = share, share.gather(dim, index)
    elif reduce in ("amax", "amin"):
        in_self: Any = (self == result).to(grad.dtype)
        in_src: Any = (src == result.gather(dim, index)).to(grad.dtype)
        share = grad / in_self.scatter_add(dim, index, in_src)
        for_self, for_src = in_self * share, in_src * share.gather(dim, index)
    else:
        for_self, for_src = _product_backward(grad, self, dim, index, src, include_self, result)
    if not include_self:
        for_self = for_self.scatter(dim, index, 0)
    return for_self if needs[0] else None, for_src if needs[1] else None


def _product_backward(
    grad: Tensor, self: Tensor, dim: int, index: Tensor, src: Tensor, include_self: bool, result: Tensor
) -> tuple[Tensor, Tensor]:
    """Where a place got one zero, only that gets a gradient; where it got two, none does."""
    nonzero_self = self.masked_fill(self == 0, 1)
    without_self = nonzero_self.scatter_reduce(dim, index, src, "prod", include_self=include_self)
    is_zero = src == 0
    zeros = self.new_zeros(self.shape).scatter_add(dim, index, is_zero.to(self.dtype)).gather(dim, index)
    single = is_zero.logical_and(zeros == 1)
    others = self.scatter_reduce(dim, index, src.masked_fill(single, 1), "prod", include_self=include_self)
    of_others = (grad * others).gather(dim, index)
    of_result = (grad * result).gather(dim, index) / src.masked_fill(is_zero, 1)
    return grad * without_self / nonzero_self, of_others.where(single, of_result)

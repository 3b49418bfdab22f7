"""Derivatives of reductions into places that an index says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..tensor import Tensor


class Places(NamedTuple):
    """Where elements go: one by one as a scatter has them, or slice by slice as ``index_reduce`` has them."""

    take: Callable[[Tensor], Tensor]
    """What lies at the places."""
    add: Callable[[Tensor, Tensor], Tensor]
    multiply: Callable[[Tensor, Tensor], Tensor]
    clear: Callable[[Tensor], Tensor]


def scattered(dim: int, index: Tensor, include_self: bool) -> Places:
    """Places of a scatter."""
    return Places(
        lambda self: self.gather(dim, index), lambda self, src: self.scatter_add(dim, index, src),
        lambda self, src: self.scatter_reduce(dim, index, src, "prod", include_self=include_self),
        lambda self: self.scatter(dim, index, 0),
    )  # fmt: skip


def by_slices(dim: int, index: Tensor, include_self: bool) -> Places:
    """Places along one dimension."""
    return Places(
        lambda self: self.index_select(dim, index), lambda self, src: self.index_add(dim, index, src),
        lambda self, src: self.index_reduce(dim, index, src, "prod", include_self=include_self),
        lambda self: self.index_fill(dim, index, 0),
    )  # fmt: skip


def reduce_backward(
    grad: Tensor, self: Tensor, src: Tensor, reduce: str, include_self: bool, result: Tensor, places: Places,
    needs: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None]:  # fmt: skip
    """To what went into each place: all of a sum's, shares of a mean's or extreme's, a product's times the others."""
    take, add, *_ = places
    if reduce == "sum":
        for_self, for_src = grad, take(grad)
    elif reduce == "mean":
        counts = add(grad.new_full(grad.shape, float(include_self)), grad.new_ones(src.shape))
        share = grad / counts.masked_fill(counts == 0, 1)
        for_self, for_src = share, take(share)
    elif reduce in ("amax", "amin"):
        in_self: Any = (self == result).to(grad.dtype)
        in_src: Any = (src == take(result)).to(grad.dtype)
        share = grad / add(in_self, in_src)
        for_self, for_src = in_self * share, in_src * take(share)
    elif reduce == "prod":
        for_self, for_src = _product_backward(grad, self, src, result, places)
    else:
        raise RuntimeError(f"Expected 'reduce' to be one of 'sum', 'prod', 'mean', 'amax', 'amin' but got {reduce}.")
    if not include_self:
        for_self = places.clear(for_self)
    return for_self if needs[0] else None, for_src if needs[1] else None


def _product_backward(grad: Tensor, self: Tensor, src: Tensor, result: Tensor, places: Places) -> tuple[Tensor, Tensor]:
    """Where a place got one zero, only that gets a gradient; where it got two, none does."""
    nonzero_self = self.masked_fill(self == 0, 1)
    without_self = places.multiply(nonzero_self, src)
    is_zero = src == 0
    zeros = places.take(places.add(self.new_zeros(self.shape), is_zero.to(self.dtype)))
    single = is_zero.logical_and(zeros == 1)
    others = places.multiply(self, src.masked_fill(single, 1))
    of_others = places.take(grad * others)
    of_result = places.take(grad * result) / src.masked_fill(is_zero, 1)
    return grad * without_self / nonzero_self, of_others.where(single, of_result)

"""Partial results of an associative function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor
from ..utils.pytree import tree_flatten, tree_map
from .scan import stacked


def associative_scan(
    combine_fn: Callable[[Any, Any], Any], xs: Any, dim: int, reverse: bool = False, combine_mode: str = "pointwise"
) -> Any:
    """All partial results of an associative function along a dimension.

    Args:
        combine_fn: gets two slices, gives one.
        xs: tensors of one size along ``dim``.
        dim: the dimension.
        reverse: begin at the end.
        combine_mode: ``pointwise`` or ``generic``.

    Raises:
        ValueError: for what is no function, another mode, or no tensors.

    Source: ``torch._higher_order_ops.associative_scan``.
    """
    if not callable(combine_fn):
        raise ValueError(f"Combine_fn must be a callable, but got {combine_fn}")
    if not isinstance(dim, int):
        raise ValueError(f"Dim must be an int, but got {type(dim)}")
    if combine_mode not in ("pointwise", "generic"):
        raise ValueError(f"Combine_mode must either 'pointwise' or 'generic', but got {combine_mode}")
    leaves = tree_flatten(xs)[0]
    if not leaves:
        raise ValueError("Expected at least 1 xs leaf")
    if not all(isinstance(leaf, Tensor) for leaf in leaves):
        raise ValueError("xs leaves must be a Tensor")
    slices = [tree_map(lambda x, at=at: x.select(dim, at), xs) for at in range(leaves[0].shape[dim])]
    found: list[Any] = []
    for one in reversed(slices) if reverse else slices:
        found.append(combine_fn(found[-1], one) if found else one)
    return stacked(found[::-1] if reverse else found, dim)

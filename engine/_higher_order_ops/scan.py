"""A function from slice to slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.joining import stack
from ..tensor import Tensor
from ..utils.pytree import tree_flatten, tree_map, tree_unflatten


def stacked(results: list[Any], dim: int) -> Any:
    """Containers of tensors as one container of stacked tensors."""
    spec = tree_flatten(results[0])[1]
    columns = zip(*(tree_flatten(one)[0] for one in results), strict=True)
    return tree_unflatten([stack(list(column), dim) for column in columns], spec)


def scan(
    combine_fn: Callable[[Any, Any], Any], init: Any, xs: Any, *, dim: int = 0, reverse: bool = False
) -> tuple[Any, Any]:
    """A function from slice to slice, with a value that it hands on.

    Args:
        combine_fn: gets the value and a slice; gives the next value, and what is kept of the slice.
        init: the first value.
        xs: tensors.
        dim: the dimension that is sliced, which is the first of what is kept.
        reverse: begin at the end.

    Returns:
        The last value, and what was kept, stacked.

    Raises:
        RuntimeError: for what is no function, or no tensors.

    Source: ``torch._higher_order_ops.scan``.
    """
    if not callable(combine_fn):
        raise RuntimeError(f"Combine_fn must be a callable, but got {combine_fn}")
    leaves = tree_flatten(xs)[0]
    if not leaves or not all(isinstance(leaf, Tensor) for leaf in leaves):
        raise RuntimeError(f"All xs leaves must be a Tensor but got {leaves}")
    places = range(leaves[0].shape[dim])
    carry, kept = init, []
    for at in reversed(places) if reverse else places:
        carry, one = combine_fn(carry, tree_map(lambda x, at=at: x.select(dim, at), xs))
        kept.append(one)
    return carry, stacked(kept[::-1] if reverse else kept, 0)

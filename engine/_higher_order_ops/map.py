"""A function of each slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor
from ..utils.pytree import tree_flatten, tree_map
from .scan import stacked


def map(f: Callable[..., Any], xs: Any, *args: Any) -> Any:
    """A function of each slice along the first dimension, stacked.

    Args:
        f: gets a slice, and the rest.
        xs: tensors.
        args: the rest.

    Raises:
        RuntimeError: for no tensors, or some that have no slices.

    Source: ``torch._higher_order_ops.map``.
    """
    leaves = tree_flatten(xs)[0]
    if not all(isinstance(leaf, Tensor) for leaf in leaves):
        raise RuntimeError(f"Mapped xs can only consist of tensors. Got xs {leaves}.")
    if any(leaf.dim() == 0 or leaf.shape[0] == 0 for leaf in leaves):
        raise RuntimeError("Leading dimensions of mapped xs cannot be 0.")
    results = [f(tree_map(lambda x, at=at: x[at], xs), *args) for at in range(leaves[0].shape[0])]
    return stacked(results, 0)

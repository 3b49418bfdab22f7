"""A function again and again, while a condition holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor
from ..utils.pytree import tree_flatten


def while_loop(cond_fn: Callable[..., Any], body_fn: Callable[..., Any], carried_inputs: Any) -> Any:
    """What a function gives, done again with its own values while a condition holds.

    Args:
        cond_fn: gets the values; gives a bool or a tensor of one element.
        body_fn: gets the values; gives as many of the same shapes.
        carried_inputs: the first values.

    Raises:
        RuntimeError: for what is no function, or values that are no tensors or numbers.

    Source: ``torch._higher_order_ops.while_loop``.
    """
    if not callable(cond_fn) or not callable(body_fn):
        raise RuntimeError("Expect cond_fn and body_fn to be callable.")
    leaves = tree_flatten(carried_inputs)[0]
    if not isinstance(carried_inputs, (tuple, list)) or not all(isinstance(x, (Tensor, int, float)) for x in leaves):
        raise RuntimeError(
            "Expect carried_inputs to be a tuple of possibly nested dict/list/tuple that only consists of tensor or "
            f"int leaves, but got {carried_inputs}."
        )
    values = tuple(carried_inputs)
    while cond_fn(*values):
        found = body_fn(*values)
        values = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    return values

"""What a graph is made of, by the attributes that torch's objects and the engine's share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SAVED = "_saved_"


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor, of torch or of the engine."""
    return hasattr(type(value), "grad_fn")


def node_name(node: Any) -> str:
    """The name that a node is drawn with."""
    return type(node).__name__


def inputs(node: Any) -> list[Any]:
    """The nodes that a node passes gradients on to."""
    return [following for following, _ in getattr(node, "next_functions", ()) if following is not None]


def saved(node: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of what an operation kept for its backward.

    Raises:
        RuntimeError: if it has been freed already.
    """
    for attribute in dir(node):
        if attribute.startswith(SAVED):
            yield attribute.removeprefix(SAVED), getattr(node, attribute)


def shape_text(tensor: Any) -> str:
    """``(2, 3)``; of one dimension ``(2)``."""
    return f"({', '.join(map(str, tensor.size()))})"

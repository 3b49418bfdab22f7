"""What nodes save for backward, and how it is read back.

An input is saved as the tensor itself, with its version at that time.  An output is saved as its array and
version counter only (an output that held itself through its node would never be freed) and becomes a tensor
again when it is read.  A Python number stays a number.  Reading checks the version; after backward has freed
a node, reading fails.

Source: "Saved tensors" in torch's autograd notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .. import dtypes
from ..dtypes import dtype
from ..tensor import Tensor, wrap
from .node import Node

FREED: Final = type("Freed", (), {"__repr__": lambda self: "<freed>"})()
"""Stands where a saved tensor was before backward freed it."""

TWICE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
    "if you need to access saved tensors after calling backward."
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a node class saves: its name in torch, what it is, and the attribute that holds it."""

    name: str
    kind: str  # "input", "inputs" (a list of tensors), "result", "value"
    index: int  # of the input or output; of the slot for values
    attribute: str


class SavedResult:
    """An output as its node keeps it: everything but the node."""

    __slots__ = ("array", "counter", "dtype", "nr")

    def __init__(self, array: np.ndarray, d: dtype, counter: list[int], nr: int) -> None:
        self.array, self.dtype, self.counter, self.nr = array, d, counter, nr


def restore(saved: SavedResult, node: Node) -> Tensor:
    """The output that this was."""
    tensor = wrap(saved.array, saved.dtype)
    tensor._counter = saved.counter
    tensor._requires_grad = True
    tensor._grad_fn, tensor._output_nr = node, saved.nr
    return tensor


def number(value: complex, like: dtype) -> Tensor:
    """A Python number as a 0-d tensor that does not change the dtype of what it meets."""
    d = dtypes.of_scalar(value)
    return wrap(np.asarray(value, (like if d.category <= like.category else d).numpy))


def unpack(node: Node, value: Any, version: int, like: dtype | None = None) -> Any:
    """Read what a slot holds.

    Args:
        node: the node that saved it.
        value: the slot's content.
        version: the tensor's version when it was saved.
        like: the dtype that numbers take; None gives them the dtype of a Python number.

    Raises:
        RuntimeError: if it has been freed, or modified in place since it was saved.
    """
    if value is FREED:
        raise RuntimeError(TWICE)
    if value.__class__ is SavedResult:
        if value.counter[0] != version:
            raise RuntimeError(modified(value.array.shape, value.dtype, value.counter[0], version, node, value.nr))
        return restore(value, node)
    if isinstance(value, Tensor):
        if value._version != version:
            fn = value._grad_fn
            raise RuntimeError(modified(value.shape, value._dtype, value._version, version, fn, value._output_nr))
        return value
    if isinstance(value, (bool, int, float, complex)):
        return wrap(np.asarray(value, dtypes.of_scalar(value).numpy)) if like is None else number(value, like)
    return value  # a SavedTensor with hooks, or None


def modified(shape: tuple[int, ...], d: dtype, version: int, expected: int, node: Node | None, nr: int) -> str:
    """torch's text for a saved tensor that was modified in place."""
    is_output = ""
    if node is not None:
        name = node.name().removesuffix("Backward0")
        is_output = f", which is output {nr} of {name},"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{d.scalar_type}Tensor {list(shape)}]{is_output} is at version {version}; expected version "
        f"{expected} instead. Hint: enable anomaly detection to find the operation that failed to compute its "
        "gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )

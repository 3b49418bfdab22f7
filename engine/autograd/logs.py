"""The log of backward: with the logger ``torch.autograd.graph`` at DEBUG, a line for every node that runs.

Source: the logging section of torch's autograd tutorial.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextvars import ContextVar

from ..tensor import Tensor
from .node import Node, RemovableHandle

log = logging.getLogger("torch.autograd.graph")

ABBREVIATIONS = {
    "bfloat16": "bf16", "float64": "f64", "float32": "f32", "float16": "f16", "complex64": "c64", "complex128": "c128",
    "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64", "bool": "b8", "uint8": "u8", "uint16": "u16",
    "uint32": "u32", "uint64": "u64",
}  # fmt: skip


NODE_OBSERVERS: ContextVar[tuple[Callable[[Node], Iterable[RemovableHandle]], ...]] = ContextVar(
    "node_observers", default=()
)
"""What else wants to register hooks on the nodes of each pass, which are removed after it."""


def is_logging() -> bool:
    """Whether somebody wants to see the lines, or to be told of the nodes."""
    return bool(NODE_OBSERVERS.get()) or log.getEffectiveLevel() <= logging.DEBUG


def log_nodes(nodes: Iterable[Node]) -> list[RemovableHandle]:
    """Write a line before each of these runs, and tell the observers of it, until the handles are removed."""
    nodes = [*nodes]
    handles = [handle for observe in NODE_OBSERVERS.get() for node in nodes for handle in observe(node)]
    if log.getEffectiveLevel() <= logging.DEBUG:
        handles += [node.register_prehook(_writer(node)) for node in nodes]
    return handles


def _writer(node: Node) -> Callable[..., None]:
    def write(grad_outputs: tuple[Tensor | None, ...]) -> None:
        log.debug("Executing: %s with grad_outputs: [%s]", node, ",".join(map(_shown, grad_outputs)))

    return write


def _shown(gradient: Tensor | None) -> str:
    if gradient is None:
        return "None"
    abbreviation = ABBREVIATIONS[str(gradient.dtype).removeprefix("torch.")]
    return f"{abbreviation}[{', '.join(map(str, gradient.shape))}]"

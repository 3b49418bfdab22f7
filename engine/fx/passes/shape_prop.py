"""Shapes and dtypes of all values of a graph, noted as it runs.  Source: ``torch.fx.passes.shape_prop``."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...dtypes import dtype
from ...layout import Size, channels_last, contiguous_format
from ...tensor import Tensor
from ..interpreter import Interpreter
from ..node import Node, map_aggregate


class TensorMetadata(NamedTuple):
    """What is known of a tensor without its elements."""

    shape: Size
    dtype: dtype
    requires_grad: bool
    stride: Any
    memory_format: Any
    is_quantized: bool
    qparams: dict[str, Any]


TensorMetadata.__module__ = "torch.fx.passes.shape_prop"


def _metadata(value: Tensor) -> TensorMetadata:
    formats = (contiguous_format, channels_last) if value.dim() == 4 else (contiguous_format,)
    found = next((one for one in formats if value.is_contiguous(memory_format=one)), None)
    return TensorMetadata(value.shape, value.dtype, value.requires_grad, value.stride(), found, False, {})


class ShapeProp(Interpreter):
    """Runs a graph, and notes in ``meta["tensor_meta"]`` of each node the shape and dtype of its value."""

    __module__ = "torch.fx.passes.shape_prop"

    def run_node(self, n: Node) -> Any:
        """The value of a node, of which it notes shape, dtype and type."""
        result = super().run_node(n)
        found: list[Tensor] = []

        def note(value: Any) -> Any:
            if isinstance(value, Tensor):
                found.append(value)
                return _metadata(value)
            return value

        meta = map_aggregate(result, note)
        if found:
            n.meta["tensor_meta"] = meta
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args: Any) -> Any:
        """The result for these inputs."""
        return super().run(*args)

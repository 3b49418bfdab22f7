"""What programs ask of ``torch._dynamo`` where nothing is compiled: to forget, and to be told otherwise.

Source: ``torch._dynamo``.
"""

from __future__ import annotations

from typing import Any

from .compiler import InvalidBackend as InvalidBackend
from .compiler import OptimizedModule as OptimizedModule
from .compiler import allow_in_graph as allow_in_graph
from .compiler import disable as disable
from .compiler import is_compiling as is_compiling
from .compiler import list_backends as list_backends
from .compiler import reset as reset


class _Config:
    """Options, which are kept and have no effect."""

    suppress_errors = verbose = capture_scalar_outputs = capture_dynamic_output_shape_ops = False
    cache_size_limit = recompile_limit = 8
    dynamic_shapes = True


config = _Config()


def graph_break(msg: str = "") -> None:
    """No effect: there are no graphs."""


def mark_dynamic(t: Any, index: Any, **_: Any) -> None:
    """No effect: all sizes are what they are."""


mark_static = maybe_mark_dynamic = mark_dynamic

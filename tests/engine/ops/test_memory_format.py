"""The layout in memory that copies get, against torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine

torch = pytest.importorskip("torch")

CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "contiguous": lambda m, x, f: x.contiguous(memory_format=f),
    "to": lambda m, x, f: x.to(memory_format=f),
    "to float64": lambda m, x, f: x.to(m.float64, memory_format=f),
    "clone": lambda m, x, f: x.clone(memory_format=f),
    "zeros_like": lambda m, x, f: m.zeros_like(x, memory_format=f),
}
SOURCES: dict[str, Callable[[Any], Any]] = {
    "row-major": lambda m: m.arange(16.0).reshape(2, 2, 2, 2),
    "permuted": lambda m: m.arange(16.0).reshape(2, 2, 2, 2).permute(1, 0, 2, 3),
    "channels last": lambda m: m.arange(16.0).reshape(2, 2, 2, 2).permute(0, 3, 1, 2),
    "one channel": lambda m: m.arange(8.0).reshape(2, 1, 2, 2),
    "matrix": lambda m: m.arange(6.0).reshape(2, 3).t(),
}


def outcome(m: Any, call: str, source: str, form: str) -> Any:
    """Strides, elements, and whether it is the source itself; or the error."""
    x = SOURCES[source](m)
    try:
        found = CALLS[call](m, x, getattr(m, form))
    except RuntimeError as error:
        return str(error)
    return found.stride(), found.tolist(), found is x


@pytest.mark.parametrize("form", ["contiguous_format", "preserve_format", "channels_last"])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("call", CALLS)
def test_layout(call: str, source: str, form: str):
    assert outcome(engine, call, source, form) == outcome(torch, call, source, form)

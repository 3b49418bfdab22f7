"""The layout in memory that copies get, against torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bothways import agree

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


NORMALISED = """
F = torch.nn.functional
x = torch.arange(120.).reshape(2, 4, 3, 5).requires_grad_()
last, deep = (x.to(memory_format=torch.channels_last), x[..., None].to(memory_format=torch.channels_last_3d))
wide = x[:, :1].expand(2, 4, 3, 5)
for y in (x, x.mT, last, x.transpose(0, 1), x[..., ::2], x[:, :, 0].mT, wide, deep, x[:, :, 0, 0]):
    for z in (F.group_norm(y, y.shape[1]), F.layer_norm(y, y.shape[-1:]), F.batch_norm(y, None, None, training=True)):
        print(z.stride(), z.grad_fn.next_functions[0][0].name())
    z = F.rms_norm(y, (5,)) if y.shape[-1] == 5 else y
    print(z.stride(), z.grad_fn and z.grad_fn.name())
"""


def test_normalisations_keep_channels_last_and_nothing_else():
    agree(NORMALISED)

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


@pytest.mark.parametrize(
    "call",
    [
        "x[[1, 2]]", "x.mT[[1, 0]]", "x[:, [0, 1]]", "x[..., [0, 1]]", "x[:, [0, 1], [1, 0]]", "x[[0, 1], :, [1, 0]]",
        "x[:, i.T]", "x[i.T]", "y[i.T]", "y[:, i.T]", "x[x[..., 0] > 0]", "x[x > 0]",
        "wide[[0, 1]]", "torch.index_select(x, 0, i[0])", "x.put(i, torch.ones(2, 3))", "x.mT.mvlgamma(1)",
        "x.slice_scatter(x[:1], 0, 0, 1)", "x[::2].slice_scatter(x[:1], 0, 0, 1)", "wide.slice_scatter(wide)",
        "x[1:].select_scatter(x[0], 0, 0)", "x[..., 1:].diagonal_scatter(x[..., 1:].diagonal())",
        "wide.to(torch.float64)", "wide.to(torch.float64, memory_format=torch.contiguous_format)",
        "torch.linalg.matrix_power(torch.ones(3, 3).T, 0)", "torch.linalg.matrix_power(torch.ones(1, 2)[:, ::2], 0)",
        "x[::2].as_strided_scatter(torch.ones(2), (2,), (1,))", "torch.linalg.cross(x.mT, x.mT, dim=1)",
        "torch.linalg.solve_triangular(torch.eye(3), torch.ones(3, 1), upper=True, out=torch.empty(0))",
        "torch.cholesky(torch.eye(3), out=torch.empty(0))", "torch.linalg.cholesky(torch.eye(3), out=torch.empty(0))",
        "torch.fft.rfft(y.mT, dim=1, out=torch.empty(0).cfloat())",
        "torch.fft.ihfft(y.mT, dim=1, out=torch.empty(0).cfloat())",
        "torch.nn.functional.conv1d(y, torch.ones(3, 4, 3).permute(2, 1, 0))",
        "torch.nn.functional.conv1d(y, torch.ones(4, 3, 3).mT.permute(1, 2, 0))",
    ],
)  # fmt: skip
def test_results_of_what_does_not_lie_in_rows(call):
    agree(f"""
x = torch.arange(24.).reshape(2, 3, 4).permute(2, 1, 0) + 4
y, wide, i = torch.arange(24.).reshape(2, 3, 4), x[:1].expand(4, 3, 2), torch.tensor([[0, 1, 1], [1, 0, 0]])
found = {call}
print(found.stride(), found.storage_offset(), found.shape)
""")

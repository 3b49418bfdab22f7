"""Dtypes whose numbers are only stored: what torch computes with them, and how it refuses the rest."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bothways import agree  # noqa: E402

import engine  # noqa: E402

FLOATS = ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]
WHOLE = ["uint16", "uint32", "uint64"]
EXPRESSIONS = [
    "x + x", "x - 1", "2 - x", "x * x", "x * 2", "x / 2", "x // 2", "x % 2", "x ** 2", "-x", "abs(x)", "x == x",
    "x < 2", "x >= x", "x != 1", "~x", "x & x", "x | 1", "x << 1", "x + 0.5", "x + x.to(torch.int64)", "x.sum()",
    "x.prod()", "x.mean()", "x.max()", "x.min(0)", "x.amax()", "x.argmax()", "x.sort()", "x.topk(1)", "x.median()",
    "x.unique()", "x.cumsum(0)", "x.cummax(0)", "x.any()", "x.all()", "x.sin()", "x.exp()", "x.sqrt()", "x.floor()",
    "x.round()", "x.sign()", "x.relu()", "x.clamp(0, 2)", "torch.maximum(x, x)", "x.isnan()",
    "x.logical_not()", "x.logical_and(x)", "x.flip(0)", "x.roll(1)", "torch.stack([x, x])", "torch.cat([x, x])",
    "x[1:]",
    "x[torch.tensor([0, 2])]", "x[x != 1]", "x.nonzero()", "x.dot(x)", "x.outer(x)",
    "x.masked_fill(x == 1, 2)", "torch.where(x == 1, x, x)", "x.index_add(0, torch.tensor([0]), x[:1])", "x.float()",
    "x.bool()", "x.to(torch.int32)", "x.tolist()", "x.view(3, 1)", "x.repeat(2)", "x.clone()", "torch.zeros_like(x)",
    "torch.full_like(x, 3)", "x.type()", "x.element_size()", "torch.promote_types(x.dtype, torch.float32)",
    "torch.result_type(x, 1.0)", "torch.can_cast(x.dtype, torch.float32)", "x.reshape(3, 1).expand(3, 2).contiguous()",
    "torch.nn.functional.softmax(x, 0)", "torch.nn.functional.gelu(x)", "torch.nn.functional.pad(x, (1, 1))",
]  # fmt: skip


@pytest.mark.parametrize("dtype", [*WHOLE, "float8_e4m3fn", "float8_e5m2"])
def test_expressions(dtype: str):
    lines = [f"x = torch.tensor([1., 2., 3.]).to(torch.{dtype})", "def tried(make):"]
    lines += ["  try: print(make())", "  except Exception as error: print(type(error).__name__, error)"]
    agree("\n".join([*lines, *(f"tried(lambda: {each})" for each in EXPRESSIONS)]))


@pytest.mark.parametrize("dtype", [*WHOLE, "float8_e4m3fn"])
def test_in_place(dtype: str):
    for change in ("x += 1", "x *= 2", "x.fill_(3)", "x[0] = 5", "x.copy_(torch.ones(3))", "x.zero_()", "x.neg_()"):
        agree(f"x = torch.tensor([1., 2., 3.]).to(torch.{dtype})\n{change}\nprint(x, x._version)")


@pytest.mark.parametrize("dtype", FLOATS)
def test_conversions(dtype: str):
    """Every number of sixteen bits to eight, and every one of eight bits back."""
    bits = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
    mine = torch.from_numpy(bits).view(torch.bfloat16).to(getattr(torch, dtype))
    theirs = engine.from_numpy(bits).view(engine.bfloat16).to(getattr(engine, dtype))
    expected, found = mine.view(torch.uint8).numpy(), theirs.view(engine.uint8).numpy()
    numbers = ~np.isnan(mine.float().numpy())
    np.testing.assert_array_equal(found[numbers], expected[numbers])
    assert np.isnan(theirs.float().numpy()[~numbers]).all()
    np.testing.assert_array_equal(theirs.float().numpy(), mine.float().numpy())


@pytest.mark.parametrize("dtype", FLOATS)
def test_what_is_said_of_them(dtype: str):
    d = f"torch.{dtype}"
    agree(f"print({d}, {d}.itemsize, {d}.is_floating_point, torch.finfo({d}), torch.ones(2, dtype={d}), {d}.abbr)")
    agree(f"torch.set_default_dtype({d})")
    agree(f"torch.ones(2, dtype={d}).numpy()")
    agree(f"torch.ones(2, dtype={d}).float() + torch.ones(2, dtype={d})")


def test_gradients_pass_a_cast():
    agree(
        "x = torch.tensor([1., -0.3], requires_grad=True)\ny = x.to(torch.float8_e4m3fn)\n"
        "(y.float() * torch.tensor([2., 3.])).sum().backward()\nprint(y, x.grad)"
    )
    agree("torch.full((2,), 1000., dtype=torch.float8_e4m3fn)")
    agree("print(torch.tensor([1000., 2.], dtype=torch.float8_e4m3fn))")

"""Laws of differentiation that hold for every program: broadcasting, linearity, finite differences.

Programs are built at random from the engine's elementwise operations, reductions and views, in float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import engine
from engine.autograd import grad
from engine.tensor import Tensor

FINITE = st.floats(-2, 2, allow_nan=False).map(lambda v: round(v, 3))
SHAPES = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)


def arrays(shape: tuple[int, ...]) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, shape, elements=FINITE)


def leaf(array: np.ndarray) -> Tensor:
    return engine.from_numpy(array.copy()).requires_grad_()


BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / (y * y + 1),
    "pow": lambda x, y: (x * x + 1) ** y,
    "atan2": lambda x, y: engine.atan2(x, y * y + 1),
    "where": lambda x, y: engine.where(x.detach() > 0, x * y, x - y),
}


def _slice_in_place(x: Tensor) -> Tensor:
    y = x * 3
    if y.dim() and y.shape[0]:
        y[:1].mul_(x[:1])
    return y


UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "sin": lambda x: x.sin(),
    "exp": lambda x: x.exp(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "square": lambda x: x**2,
    "sqrt": lambda x: (x * x + 1).sqrt(),
    "log": lambda x: (x * x + 1).log(),
    "reciprocal": lambda x: 1 / (x * x + 2),
    "sum of rows": lambda x: x.sum(-1, keepdim=True) + x if x.dim() else x,
    "mean": lambda x: x - x.mean(),
    "flip": lambda x: x.flip(0) * x if x.dim() else x,
    "norm": lambda x: x * (x * x + 1).norm(),
    "transpose": lambda x: (x.transpose(0, -1).contiguous().reshape(x.shape) if x.dim() else x) * x,
    "slice": lambda x: x[:1] * x if x.dim() and x.shape[0] else x,
    "cumsum": lambda x: x.cumsum(0) if x.dim() else x,
    "prod": lambda x: x * (x.cos() / 4 + 1).prod(),
    "in place": lambda x: (x * 2).mul_(x).add_(1),
    "slice in place": _slice_in_place,
}


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_gradient_has_the_shape_of_its_input(name: str, data: st.DataObject):
    """And is the sum, over what was broadcast, of the gradient of the broadcast input."""
    shapes = data.draw(SHAPES).input_shapes
    x, y = (leaf(data.draw(arrays(shape))) for shape in shapes)
    out = BINARY[name](x, y)
    cotangent = engine.from_numpy(data.draw(arrays(tuple(out.shape))))
    grads = grad(out, (x, y), cotangent)
    wide = [leaf(np.broadcast_to(t.detach().numpy(), out.shape)) for t in (x, y)]
    expected = grad(BINARY[name](*wide), wide, cotangent)
    for t, found, full in zip((x, y), grads, expected, strict=True):
        assert found.shape == t.shape
        assert found.dtype is t.dtype
        np.testing.assert_allclose(found.numpy(), full.sum_to_size(t.shape).numpy(), rtol=1e-9, atol=1e-12)


def programs() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(UNARY)), min_size=1, max_size=4)


def run(program: list[str], x: Tensor) -> Tensor:
    for name in program:
        x = UNARY[name](x).tanh()  # so that nothing grows beyond what finite differences can resolve
    return x


@given(data=st.data(), program=programs())
@settings(max_examples=150, deadline=None)
def test_first_and_second_derivatives_match_finite_differences(data: st.DataObject, program: list[str]):
    array = data.draw(arrays(data.draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))))
    direction, other = (data.draw(arrays(array.shape)) for _ in range(2))
    x = leaf(array)
    u, v = engine.from_numpy(direction), engine.from_numpy(other)

    def value(at: np.ndarray) -> float:
        return run(program, engine.tensor(at)).sum().item()

    def slope(at: np.ndarray) -> float:
        here = leaf(np.asarray(at))
        return (grad(run(program, here).sum(), here)[0] * u).sum().item()

    (first,) = grad(run(program, x).sum(), x, create_graph=True)
    step = 1e-6
    expected = (value(array + step * direction) - value(array - step * direction)) / (2 * step)
    directional = (first * u).sum()
    assert directional.item() == pytest.approx(expected, rel=1e-4, abs=1e-6)
    if not directional.requires_grad:
        return  # the program is linear
    (second,) = grad(directional, x, allow_unused=True, materialize_grads=True)
    expected = (slope(array + step * other) - slope(array - step * other)) / (2 * step)
    assert (second * v).sum().item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


@given(data=st.data(), program=programs(), a=FINITE, b=FINITE)
@settings(max_examples=60, deadline=None)
def test_backward_is_linear_in_the_cotangent(data: st.DataObject, program: list[str], a: float, b: float):
    array = data.draw(arrays((2, 3)))
    u, v = (engine.from_numpy(data.draw(arrays((2, 3)))) for _ in range(2))
    x = leaf(array)
    out = run(program, x)

    def pull(cotangent: Tensor) -> np.ndarray:
        return grad(out, x, cotangent, retain_graph=True)[0].numpy()

    np.testing.assert_allclose(pull(a * u + b * v), a * pull(u) + b * pull(v), rtol=1e-7, atol=1e-9)


@given(data=st.data(), program=programs())
@settings(max_examples=60, deadline=None)
def test_backward_accumulates_what_grad_returns(data: st.DataObject, program: list[str]):
    array = data.draw(arrays((2, 3)))
    x = leaf(array)
    run(program, x).sum().backward()
    run(program, x).sum().backward()
    (once,) = grad(run(program, x).sum(), x)
    np.testing.assert_allclose(x.grad.numpy(), 2 * once.numpy(), rtol=1e-12, atol=1e-300)

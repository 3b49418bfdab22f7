"""The transforms of ``torch.func``: against loops, against ``torch.autograd``, and against torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import engine  # noqa: E402
from engine import func  # noqa: E402
from engine.autograd import forward_ad as fwAD  # noqa: E402
from engine.tensor import Tensor  # noqa: E402
from engine.utils.pytree import tree_flatten, tree_unflatten  # noqa: E402
from tests import samples  # noqa: E402
from tests.bothways import agree  # noqa: E402
from tests.engine.autograd.test_laws import BINARY, UNARY, arrays  # noqa: E402

# Entries that cannot be mapped, here and in torch: what they return depends on the elements, or on where these lie.
UNMAPPED = {
    "allclose", "argwhere", "as_strided", "as_strided.partial_views", "as_strided_copy", "bfloat16", "equal", "item",
    "linspace.tensor_overload", "logspace.tensor_overload", "masked_select", "narrow", "nn.functional.ctc_loss",
    "nn.functional.embedding_bag", "nn.functional.gaussian_nll_loss", "nn.functional.instance_norm", "nonzero",
    "resize_", "tensor_split", "to_sparse", "unique", "unique_consecutive",
}  # fmt: skip

DISTRIBUTIONS = {"bernoulli", "multinomial", "normal"}
"""Entries that draw for each element, which cannot be the same for all examples."""


def tensors_in(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [one for part in value for one in tensors_in(part)] if isinstance(value, (list, tuple)) else []


def mapped_and_looped(entry: Any, sample: Any) -> tuple[list[Tensor], list[Tensor]] | None:
    """What ``vmap`` gives for two examples, and a loop; None where the loop gives nothing to stack."""
    args, kwargs = samples.Pair([])((sample.input, *sample.args))[1], samples.Pair([])(sample.kwargs)[1]
    function: Any = samples.counterpart(entry)
    leaves, spec = tree_flatten(args)
    if not any(isinstance(one, Tensor) for one in leaves):
        return None
    others = [one * 1.01 if isinstance(one, Tensor) and one.is_floating_point() else one for one in leaves]
    try:
        rows = []
        for example in (leaves, others):
            engine.manual_seed(0)
            rows.append(tensors_in(function(*tree_unflatten(example, spec), **kwargs)))
        looped = [engine.stack(pair) for pair in zip(*rows, strict=True)]
    except Exception:
        return None
    stacked = [
        engine.stack(pair) if isinstance(pair[0], Tensor) else pair[0] for pair in zip(leaves, others, strict=True)
    ]
    dims = [0 if isinstance(one, Tensor) else None for one in leaves]
    if entry.name in DISTRIBUTIONS:
        return None
    mapped = func.vmap(
        lambda *args: tuple(tensors_in(function(*args, **kwargs))), tree_unflatten(dims, spec), randomness="same"
    )
    engine.manual_seed(0)
    return list(mapped(*tree_unflatten(stacked, spec))), looped


ENTRIES = samples.entries()


@pytest.mark.parametrize("name", samples.chosen(set(ENTRIES) - UNMAPPED))
@pytest.mark.filterwarnings("ignore")
def test_vmap_is_a_loop(name: str):
    entry = ENTRIES[name]
    if torch.float64 not in entry.supported_dtypes("cpu"):
        return
    for sample in samples._spread(samples.samples_of(entry, torch.float64, requires_grad=False), 2):
        found = mapped_and_looped(entry, sample)
        for one, other in zip(*found, strict=True) if found is not None else ():
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-9, atol=1e-9)


def operands(name: str, data: st.DataObject) -> list[Tensor]:
    return [engine.from_numpy(data.draw(arrays((2, 3)))) for _ in range(1 if name in UNARY else 2)]


PROGRAMS: dict[str, Any] = UNARY | BINARY


@pytest.mark.parametrize("name", PROGRAMS)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_derivatives_are_those_of_autograd(name: str, data: st.DataObject):
    """``vjp`` and ``jvp`` against graphs and dual tensors; and the Jacobian both ways."""
    function, inputs = PROGRAMS[name], operands(name, data)
    output, pull = func.vjp(function, *inputs)
    cotangent = engine.from_numpy(data.draw(arrays(tuple(output.shape))))
    leaves = [one.clone().requires_grad_() for one in inputs]
    expected = engine.autograd.grad(function(*leaves), leaves, cotangent, allow_unused=True, materialize_grads=True)
    for one, other in zip(pull(cotangent), expected, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-9, atol=1e-9)
    directions = [engine.from_numpy(data.draw(arrays((2, 3)))) for _ in inputs]
    with fwAD.dual_level():
        tangent = fwAD.unpack_dual(function(*map(fwAD.make_dual, inputs, directions))).tangent
    _, found = func.jvp(function, tuple(inputs), tuple(directions))
    np.testing.assert_allclose(found.numpy(), 0 if tangent is None else tangent.numpy(), rtol=1e-9, atol=1e-9)
    rows, columns = func.jacrev(function)(*inputs), func.jacfwd(function)(*inputs)
    np.testing.assert_allclose(rows.numpy(), columns.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", PROGRAMS)
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_transforms_nest(name: str, data: st.DataObject):
    """Gradients of each example are those of a loop; a mapped function has the gradient of the loop."""
    function, inputs = PROGRAMS[name], operands(name, data)

    def scalar(*args: Tensor) -> Tensor:
        return function(*args).sum()

    each = func.vmap(func.grad(scalar))(*inputs)
    loop = engine.stack([func.grad(scalar)(*example) for example in zip(*inputs, strict=True)])
    np.testing.assert_allclose(each.numpy(), loop.numpy(), rtol=1e-9, atol=1e-9)
    whole = func.grad(lambda *args: func.vmap(scalar)(*args).sum())(*inputs)
    np.testing.assert_allclose(whole.numpy(), loop.numpy(), rtol=1e-9, atol=1e-9)
    hessians = [func.hessian(scalar)(*inputs), func.jacrev(func.grad(scalar))(*inputs)]
    np.testing.assert_allclose(hessians[0].numpy(), hessians[1].numpy(), rtol=1e-8, atol=1e-8)


CODE = {
    "modes": """
x = torch.tensor([1.0, 2.0])
def f(x):
    print(x.requires_grad, torch.is_grad_enabled(), x.detach().requires_grad, (x > 1).any().item())
    with torch.no_grad():
        print((x * 2).requires_grad)
    return x.sum()
with torch.no_grad():
    torch.func.grad(f)(x)
torch.vmap(lambda x: print(torch.is_grad_enabled()) or x)(x)
print(torch.is_grad_enabled())
""",
    "leaked": """
kept = []
torch.func.vjp(lambda x: kept.append(x * 2) or x, torch.ones(2))
print(kept[0], kept[0] * 3, kept[0].sum().item())
torch.vmap(lambda x: kept.append(x) or x)(torch.ones(2, 2))
print(kept[1], kept[1].shape)
kept[1] + 1
""",
    "third order": """
def f(x):
    return x**5
for k in range(4):
    print(f(torch.tensor(2.0)))
    f = torch.func.grad(f)
print(torch.func.jvp(lambda x: torch.func.jvp(lambda x: x**3, (x,), (torch.tensor(1.0),))[1],
                     (torch.tensor(2.0),), (torch.tensor(1.0),)))
""",
    "no confusion of levels": """
D = lambda f: lambda x: torch.func.jvp(f, (x,), (torch.ones_like(x),))[1]
print(D(lambda x: x * D(lambda y: x + y)(torch.tensor(1.0)))(torch.tensor(1.0)))
print(torch.func.grad(lambda x: x * torch.func.grad(lambda y: x + y)(torch.tensor(1.0)))(torch.tensor(1.0)))
print(D(lambda x: x * torch.func.grad(lambda y: x * y)(torch.tensor(1.0)))(torch.tensor(3.0)))
""",
    "tangents are not shared": """
fw = torch.autograd.forward_ad
with fw.dual_level():
    x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]))
    for y in (x.clone(), x + 1, x.reshape(2, 1).clone(), x.to(torch.float64)):
        print(y.mul_(2), x)
    print(x.view(2).mul_(3), x)
def f(x):
    y = x * 1
    y[0] = x[1] * 2
    y[1:].mul_(x[0])
    return y.prod()
print(torch.func.hessian(f)(torch.tensor([1.0, 2.0, 3.0])))
def f(x):
    y = x.clone()
    y[:1].mul_(x[:1])
    return (y**2).sum()
for outer in (torch.func.jacfwd, torch.func.jacrev):
    for inner in (torch.func.jacfwd, torch.func.jacrev):
        print(outer(inner(f))(torch.tensor([1.0, 2.0])))
""",
    "what comes out of vmap": """
x = torch.arange(6.0).reshape(2, 3)
print(torch.vmap(lambda x: x.max(0))(x))
print(torch.vmap(lambda x, i: x[i])(x, torch.tensor([0, 1])))
print(torch.vmap(lambda x: F.one_hot(x, 3))(torch.tensor([0, 2])))
print(torch.vmap(lambda x: {"a": x, "b": [x.sum(), x * 2]}, out_dims=-1)(x))
print(torch.func.vmap(torch.func.vjp(lambda x: x**2, torch.ones(3))[1])(torch.eye(3)))
""",
    "random numbers": """
x = torch.zeros(3, 20)
print(torch.vmap(lambda x: x + torch.rand(20), randomness="different")(x))
print(torch.vmap(lambda x: x + torch.randn(()), randomness="same")(x)[:, 0])
print(torch.vmap(lambda x: torch.randn_like(x), randomness="different")(x).shape)
print(torch.vmap(lambda x: x.clone().uniform_(), randomness="different")(x)[:, :3])
""",
}


@pytest.mark.parametrize("name", CODE)
def test_programs(name: str):
    agree("import warnings; warnings.simplefilter('ignore')\n" + CODE[name])


def test_nothing_is_left_open():
    """After transforms, and errors in them, calls take the fast path again."""
    from engine.autograd.levels import LEVELS
    from engine.autograd.modes import STATE

    before = STATE.unusual
    for wrong in (lambda x: x.nothing, lambda x: x.sum().item() / 0, lambda x: 3):
        for transform in (func.grad, func.vmap, func.jacfwd, func.jacrev):
            with pytest.raises(Exception):  # noqa: B017  (whichever)
                transform(wrong)(engine.ones(2))
    func.hessian(lambda x: (x**3).sum())(engine.ones(2))
    assert (STATE.unusual, LEVELS.get()) == (before, ())


TREE = """
def tree(node):
    if node is None:
        return None
    return [node.name().rpartition('::')[2], *(tree(following) for following, _ in node.next_functions)]
x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
o = torch.ones_like(x)
"""


@pytest.mark.parametrize(
    "made",
    [
        "jvp(lambda t: t * t, (x,), (o,))[1]", "jvp(lambda t: t.exp() * t, (x,), (o,))[1]",
        "jvp(lambda t: t, (x.sin(),), (x,))[0]", "jacfwd(lambda t: t.sin())(x)", "hessian(lambda t: t.sin().sum())(x)",
        "hessian(lambda t: (2 * t).sum())(x)", "jvp(grad(lambda t: t.sin().sum()), (x,), (o,))[1]",
        "jvp(lambda s: jvp(lambda t: t.sin(), (s,), (s,))[1], (x,), (x,))[1]",
        "jacfwd(grad(lambda t: (t * t * t).sum()))(x)",
    ],
)  # fmt: skip
def test_the_graph_below_a_level_of_forward_mode(made):
    """There the primals are aliases."""
    agree(f"from torch.func import *\n{TREE}\nfound = {made}\nprint(found.requires_grad, tree(found.grad_fn))")

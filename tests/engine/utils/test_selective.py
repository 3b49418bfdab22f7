"""Selective checkpoints, logs of runs, and the operations of ``torch.ops.aten``, beside torch's."""

import functools

import pytest
from bothways import agree

import engine
from engine.autograd.modes import watching
from engine.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts


def test_what_is_kept_is_not_computed_again():
    runs = []

    def count(op, values, proceed):
        runs.append(op.schema.name)
        return proceed()

    x = engine.eye(2, requires_grad=True)
    kept = functools.partial(create_selective_checkpoint_contexts, [engine.ops.aten.mm.default])
    with watching(count):
        out = checkpoint(lambda x: engine.mm(x.sin(), x).cos(), x, use_reentrant=False, context_fn=kept)
        assert runs == ["sin", "mm", "cos"]
        runs.clear()
        engine.autograd.grad(out.sum(), x)
    assert runs.count("mm") == 2  # both of them in the formula of mm itself
    assert "sin" in runs


def test_the_innermost_watcher_decides():
    seen = []
    ones, zeros = engine.ones(2), engine.zeros(2)

    def outer(op, values, proceed):
        seen.append("outer")
        return proceed()

    def inner(op, values, proceed):
        seen.append("inner")
        return [zeros]

    with watching(outer), watching(inner):
        assert ones.sin().tolist() == [0, 0]
    assert seen == ["inner"]
    assert engine.ones(()).neg().item() == -1


@pytest.mark.parametrize(
    "code",
    [
        "a = torch.ops.aten\nprint(a.mm, a.mm.default, repr(a.add.Tensor), repr(a.mm))",
        "a = torch.ops.aten\nx = torch.eye(2)\nprint(a.mm(x, x), a.mm.default(x, x), a.add.Tensor(x, x, alpha=2))",
        "a = torch.ops.aten\nprint(a.mm.default is torch.ops.aten.mm.default, type(a.mm), type(a.mm.default))",
        "torch.ops.aten.mm.other",
        "torch.ops.aten.no_such_operation",
        "print(torch.ops.aten)",
    ],
)
def test_aten_is_torchs(code):
    agree(code)


FAKE = """
def f(x: torch.Tensor) -> torch.Tensor:
    print("real")
    return x * 2
f = torch.library.custom_op("selective::f", f, mutates_args=())
m = torch.ones(2, device="meta", requires_grad=True)
"""


@pytest.mark.parametrize(
    "code",
    [
        "f(m)",
        "f.register_fake(lambda x: torch.empty_like(x))\nprint(f(m.detach()), f(torch.ones(2)))",
        "torch.library.register_fake('selective::f', lambda x: x.new_empty(3))\nprint(f(m.detach()))",
        "f.register_fake(lambda x: torch.empty_like(x))\nf.register_autograd(lambda ctx, grad: grad * 2)\n"
        "f(m).sum().backward()\nprint(m.grad)",
    ],
)
def test_a_custom_operator_on_meta_calls_its_fake(code):
    agree(FAKE + code)

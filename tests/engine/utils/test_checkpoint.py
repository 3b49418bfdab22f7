"""Recomputing instead of saving, beside torch and beside saving."""

import gc
import weakref

import numpy as np
import pytest
from bothways import agree
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.utils.checkpoint import checkpoint

FUNCTIONS = {
    "elementwise": lambda x, w: (x * w).sin().exp(),
    "product": lambda x, w: (x.outer(w) @ w).tanh(),
    "random": lambda x, w: engine.nn.functional.dropout(x * w * w, 0.5),
    "nothing saved": lambda x, w: x + w,
}


@given(st.sampled_from(sorted(FUNCTIONS)), st.booleans(), st.integers(0, 99))
def test_gradients_are_those_without_it(name, reentrant, seed):
    found = []
    for wrapped in (False, True):
        random = np.random.default_rng(seed)
        x, w = (engine.from_numpy(random.standard_normal(3)).requires_grad_() for _ in range(2))
        engine.manual_seed(seed)
        f = FUNCTIONS[name]
        result = checkpoint(f, x, w, use_reentrant=reentrant) if wrapped else f(x, w)
        after = engine.rand(1)
        (result**2).sum().backward()
        found.append([result.detach().numpy(), x.grad.numpy(), w.grad.numpy(), after.numpy(), engine.rand(1).numpy()])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_kept_between_the_runs():
    kept = []

    def f(x):
        y = x.exp()
        kept.append(weakref.ref(y))
        return y.sin().sum()

    x = engine.ones(3, requires_grad=True)
    result = checkpoint(f, x, use_reentrant=False)
    assert kept[0]() is None
    result.backward()
    gc.collect()
    assert [one() for one in kept] == [None, None]


HEAD = "checkpoint = torch.utils.checkpoint.checkpoint\nx = torch.tensor([1., 2.], requires_grad=True)\n"


@pytest.mark.parametrize(
    "code",
    [
        "y = checkpoint(lambda x: (x * 2, x.detach(), 3), x, use_reentrant=False)\nprint(y)",
        "y = checkpoint(lambda x: (x * x, x + 1), x, use_reentrant=True)\nprint(y)\n(y[0] + y[1]).sum().backward()\n"
        "print(x.grad)",
        "y = checkpoint(lambda x: 1 / 0, x, use_reentrant=False)",
        "y = checkpoint(torch.sin, x, use_reentrant=False)\nprint(y.grad_fn._saved_self)\nprint(y.grad_fn._saved_self)",
        "y = checkpoint(torch.sin, x, use_reentrant=False)\ny.sum().backward()\ny.sum().backward()",
        "f = lambda a: (a[:, None] @ a[None]).float()\n"
        "with torch.autocast('cpu'):\n  y = checkpoint(f, x, use_reentrant=False)\n"
        "y.sum().backward()\nprint(y, x.grad)",
        "y = x.clone()\nz = checkpoint(torch.sin, y, use_reentrant=False)\ny.mul_(2)\nz.sum().backward()",
        "h = x.register_hook(lambda g: print('hook', g))\n"
        "checkpoint(lambda x: x * x, x, use_reentrant=True).sum().backward()",
        "checkpoint(torch.sin, x, use_reentrant=False, context_fn=3)",
        "torch.utils.checkpoint.check_backward_validity([1, torch.ones(1)])",
    ],
)
def test_odd_calls_do_what_torchs_do(code):
    agree(HEAD + code)

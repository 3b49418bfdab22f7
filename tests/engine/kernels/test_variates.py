"""Draws by rejection are torch's bit for bit, and leave the generator where torch leaves it."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from tests.bothways import agree, torch

SHAPES = np.logspace(-2, 2.5, 400)
DRAWS = {
    "gamma": lambda m, d: m._standard_gamma(_given(m, SHAPES, d)),
    "dirichlet": lambda m, d: m._sample_dirichlet(_given(m, SHAPES.reshape(100, 4), d)),
    "poisson": lambda m, d: m.poisson(_given(m, SHAPES, d)),
    "binomial": lambda m, d: m.binomial(
        _given(m, np.broadcast_to(np.arange(60)[:, None], (60, 21)), d),
        _given(m, np.broadcast_to(np.linspace(0, 1, 21), (60, 21)), d),
    ),
}


def _given(module, values, dtype):
    return module.from_numpy(np.ascontiguousarray(values, dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_torchs(name, dtype):
    found = []
    for module in (torch, engine):
        module.manual_seed(3)
        found.append((DRAWS[name](module, dtype).numpy(), module.get_rng_state().numpy()))
    for mine, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-9)])
def test_movement_with_the_parameters(dtype, tolerance):
    a, x = np.broadcast_arrays(np.logspace(-2, 2, 60)[:, None], np.logspace(-3, 2.5, 80))
    b, c, y = np.broadcast_arrays(
        np.logspace(-2, 2, 12)[:, None, None], np.logspace(-2, 2, 12)[:, None], np.linspace(0.001, 0.999, 31)
    )
    total = b.astype(dtype) + c.astype(dtype)
    for name, given in {"_standard_gamma_grad": (a, x), "_dirichlet_grad": (y, b, total)}.items():
        mine, theirs = (getattr(m, name)(*(_given(m, one, dtype) for one in given)).numpy() for m in (engine, torch))
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "call",
    [
        "torch.poisson(torch.tensor([-1.]))", "torch.poisson(torch.tensor([1]))",
        "torch.poisson(torch.tensor([float('nan')]))", "torch.poisson(torch.full((3, 4), 5.).t())",
        "torch.binomial(torch.tensor([10]), torch.tensor([.5]))",
        "torch.binomial(torch.tensor([1.]), torch.tensor([1]))",
        "torch.binomial(torch.tensor([10.]), torch.tensor([.5]).double())",
        "torch.binomial(torch.tensor([-1., 2.]), torch.tensor([.5, 1.5]))",
        "torch._standard_gamma(torch.tensor([1]))", "torch._standard_gamma(torch.tensor([1.]).half())",
        "torch._standard_gamma(torch.tensor([])).shape", "torch._standard_gamma(torch.tensor(2.))",
        "torch._sample_dirichlet(torch.tensor([1, 2]))",
        "torch.poisson(torch.tensor([3.], requires_grad=True)).grad_fn",
        "torch._standard_gamma(torch.tensor([3.], requires_grad=True)).grad_fn",
    ],
)  # fmt: skip
def test_odd_arguments(call):
    agree(f"print({call})")

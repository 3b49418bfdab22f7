"""Of float32, functions of a few elements are torch's to the last bit, but for a few in a hundred."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bothways import VECTORS  # noqa: E402

import engine  # noqa: E402

pytestmark = VECTORS

RNG = np.random.default_rng(0)
REAL = (RNG.standard_normal(2000) * 3).astype(np.float32)
POSITIVE = np.abs(REAL) + np.float32(1e-3)
UNIT = RNG.uniform(-1, 1, 2000).astype(np.float32)


def _share(code: str, given: np.ndarray) -> float:
    """How many of the results are equal."""
    found = []
    for module in (torch, engine):
        names: dict[str, Any] = {"x": module.from_numpy(given), "F": module.nn.functional, "torch": module}
        found.append(eval(code, names).numpy())
    return float(np.mean(found[0].view(np.int32) == found[1].view(np.int32)))


FUNCTIONS = {
    "exp": REAL, "exp2": REAL, "expm1": REAL, "tanh": REAL, "sinh": REAL, "cosh": REAL, "tan": REAL, "atan": REAL,
    "log": POSITIVE, "log2": POSITIVE, "log10": POSITIVE, "log1p": POSITIVE, "asin": UNIT, "acos": UNIT, "erfinv": UNIT,
    "sigmoid": REAL,
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str):
    assert _share(f"torch.{name}(x)", FUNCTIONS[name]) > 0.85


@pytest.mark.parametrize(
    "code",
    [
        "F.silu(x)", "F.softplus(x)", "F.elu(x)", "F.selu(x)", "F.mish(x)", "F.logsigmoid(x)",
        "F.gelu(x, approximate='tanh')", "x.abs() ** 2.5", "2 ** x", "x.abs() ** x.flip(0)",
        "torch.atan2(x, x.flip(0))", "torch.logit(x.sigmoid())", "torch.add(x, x.flip(0), alpha=0.3)",
        "torch.sub(x, x.flip(0), alpha=0.3)", "torch.addcmul(x, x, x.flip(0), value=0.3)",
        "torch.lerp(x, x.flip(0), 0.3)", "torch.lerp(x, x.flip(0), 0.7)", "torch.log_softmax(x.reshape(-1, 10), 1)",
        "torch.logsumexp(x.reshape(-1, 50), 1)", "torch.softmax(x.reshape(10, -1), 0)",
        "torch.ops.aten._log_softmax_backward_data(x.reshape(5, -1), -x.abs().reshape(5, -1), 0, torch.float32)",
        "torch.ops.aten.tanh_backward(x, x.flip(0))", "torch.ops.aten.sigmoid_backward(x, x.flip(0))",
    ],
)  # fmt: skip
def test_what_is_made_of_them(code: str):
    assert _share(code, REAL) > 0.85


@pytest.mark.parametrize("columns", [3, 10, 16, 100])
def test_softmax(columns: int):
    given = REAL[: len(REAL) // columns * columns].reshape(-1, columns)
    assert _share("torch.softmax(x, 1)", given) > 0.85


def test_many_elements_agree_within_a_few_units():
    given = np.tile(REAL, 5)
    np.testing.assert_allclose(engine.from_numpy(given).exp().numpy(), torch.from_numpy(given).exp().numpy(), rtol=3e-7)


@pytest.mark.parametrize("n", [1, 5, 17, 40, 300, 1000])
def test_losses_of_classes(n: int):
    given = RNG.standard_normal((n, 3)).astype(np.float32)
    found = [
        module.nn.functional.nll_loss(module.from_numpy(given), module.zeros(n, dtype=module.int64)).item()
        for module in (torch, engine)
    ]
    assert found[1] == found[0]

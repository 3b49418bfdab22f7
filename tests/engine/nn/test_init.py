"""Initial values against torch's, bit by bit."""

from __future__ import annotations

import pytest

import engine
from tests.bothways import agree, torch

INITIALISERS = {
    "uniform_": "init.uniform_({}, -1, 2)",
    "normal_": "init.normal_({}, 1, 2)",
    "trunc_normal_": "init.trunc_normal_({})",
    "trunc_normal_, narrow": "init.trunc_normal_({}, 0, 1, 0.1, 0.2)",
    "trunc_normal_, far": "init.trunc_normal_({}, 0, 1, 2, 5)",
    "constant_": "init.constant_({}, 0.3)",
    "ones_": "init.ones_({})",
    "zeros_": "init.zeros_({})",
    "xavier_uniform_": "init.xavier_uniform_({}, 2.0)",
    "xavier_normal_": "init.xavier_normal_({})",
    "kaiming_uniform_": "init.kaiming_uniform_({}, mode='fan_out', nonlinearity='relu')",
    "kaiming_normal_": "init.kaiming_normal_({}, a=0.1)",
    "generator": "init.normal_({}, generator=torch.Generator().manual_seed(5))",
}
TENSORS = ("torch.empty(5, 7)", "torch.empty(3, 2, 4, 4)", "torch.empty(40, 30)", "torch.empty(6, 5).double()",
           "nn.Parameter(torch.empty(7, 5))", "torch.empty(7, 5).t()")  # fmt: skip


def bits(module, expression: str, seed: int) -> list:
    module.manual_seed(seed)
    found = eval(expression, {"torch": module, "init": module.nn.init, "nn": module.nn})
    return found.detach().flatten().tolist()


@pytest.mark.parametrize("tensor", TENSORS)
@pytest.mark.parametrize("name", INITIALISERS)
def test_values(name: str, tensor: str):
    expression = INITIALISERS[name].format(tensor)
    for seed in (0, 1, 1234):
        assert bits(engine, expression, seed) == bits(torch, expression, seed)


@pytest.mark.parametrize(
    "expression",
    ["init.eye_(torch.empty(3, 4))", "init.dirac_(torch.empty(4, 2, 3))", "init.dirac_(torch.empty(4, 2, 3, 3), 2)",
     "init.dirac_(torch.empty(2, 2, 3, 3, 3))", "init.sparse_(torch.empty(6, 4), 0.4)"],
)  # fmt: skip
def test_patterns(expression: str):
    assert bits(engine, expression, 3) == bits(torch, expression, 3)


@pytest.mark.parametrize("shape", ["5, 3", "3, 5", "4, 2, 3"])
def test_orthogonal(shape: str):
    """The product of a decomposition, so equal within rounding."""
    expression = f"init.orthogonal_(torch.empty({shape}), 2)"
    assert bits(engine, expression, 0) == pytest.approx(bits(torch, expression, 0), abs=1e-5)


@pytest.mark.parametrize("layer", ["Linear(7, 5)", "Linear(3, 4, bias=False)", "Bilinear(3, 4, 2)",
                                   "Sequential(nn.Linear(30, 20), nn.Linear(20, 10))"])  # fmt: skip
def test_default_initialisation(layer: str):
    for seed in range(20):
        both = []
        for module in (engine, torch):
            module.manual_seed(seed)
            made = eval(f"nn.{layer}", {"nn": module.nn})
            both.append([one.detach().flatten().tolist() for one in made.state_dict().values()])
        assert both[0] == both[1]


def test_errors_and_gains():
    agree("""
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "gelu"):
    attempt(init.calculate_gain, name)
attempt(init.calculate_gain, "leaky_relu", 0.2); attempt(init.calculate_gain, "leaky_relu", True)
attempt(init.calculate_gain, "leaky_relu", "a"); attempt(init.eye_, torch.ones(2)); attempt(init.sparse_, torch.ones(2), 0.1)
attempt(init.dirac_, torch.ones(2)); attempt(init.dirac_, torch.ones(3, 1, 1), 2); attempt(init.orthogonal_, torch.ones(2))
attempt(init.xavier_normal_, torch.ones(2)); attempt(init.kaiming_normal_, torch.ones(2, 2), mode="x")
attempt(init.kaiming_uniform_, torch.ones(0, 2)); attempt(init.orthogonal_, torch.ones(0, 2))
attempt(init.trunc_normal_, torch.ones(2), 10.0); attempt(init.uniform, torch.ones(2), 1, 1); attempt(init.eye, torch.ones(2, 2))
w = nn.Parameter(torch.ones(2, 2)); init.zeros_(w); print(w, w._version); init.constant_(w, 2); print(w._version)
print(init.eye_(w)._version, init.uniform_(w, 1, 1)._version)
""")

"""Recurrent networks against torch: initial weights, outputs, states and gradients under the same seed."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from tests.bothways import agree, torch

NETWORKS = (
    "RNN(3, 4)", "RNN(3, 4, nonlinearity='relu', bias=False)", "RNN(3, 4, 2, bidirectional=True)", "LSTM(3, 4)",
    "LSTM(3, 4, num_layers=2, batch_first=True)", "LSTM(3, 4, bidirectional=True)", "GRU(3, 4)",
    "GRU(3, 4, 2, bidirectional=True, batch_first=True)", "RNNCell(3, 4)", "RNNCell(3, 4, nonlinearity='relu')",
    "LSTMCell(3, 4)", "GRUCell(3, 4, bias=False)",
)  # fmt: skip


def flat(result) -> list:
    if isinstance(result, tuple):
        return [one for part in result for one in flat(part)]
    return [result]


def on_both(network: str, drawn: np.ndarray) -> list[list]:
    found = []
    for module in (engine, torch):
        module.manual_seed(3)
        built = eval(f"nn.{network}", {"nn": module.nn})
        weights = [p.detach().numpy().copy() for p in built.parameters()]
        built.double()
        x = module.from_numpy(drawn.copy()).requires_grad_()
        results = flat(built(x))
        sum((one * one).sum() for one in results).backward()
        numbers = [*results, x.grad, *[p.grad for p in built.parameters()]]
        found.append([repr(built), weights, [one.detach().numpy() for one in numbers]])
    return found


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("batched", [True, False])
def test_as_in_torch(network: str, batched: bool):
    shape = ((5, 3) if batched else (3,)) if "Cell" in network else ((5, 2, 3) if batched else (5, 3))
    mine, theirs = on_both(network, np.random.default_rng(0).standard_normal(shape))
    assert mine[0] == theirs[0]
    assert all(np.array_equal(a, b) for a, b in zip(mine[1], theirs[1], strict=True))
    for one, other in zip(mine[2], theirs[2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_errors_and_state():
    agree("""
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
attempt(nn.RNN, 3, 0); attempt(nn.RNN, 3, 4, 0); attempt(nn.RNN, 3, 4, nonlinearity="x")
attempt(nn.RNN(3, 4), torch.ones(2, 2, 2)); attempt(nn.LSTM(3, 4), torch.ones(3))
m = nn.LSTM(3, 4, 2)
print(list(m.state_dict()), len(m.all_weights))
""")

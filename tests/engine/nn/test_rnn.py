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


LSTM_NODES = """
m = nn.LSTM({0})
x = torch.ones(4, 1, 2)
output, (h, c) = m(x)
print(output.grad_fn, h.grad_fn, c.grad_fn)
def show(node, depth):
    if node is not None and depth:
        print(node.name()); [show(inner, depth - 1) for inner, _ in node.next_functions]
show(output.grad_fn, 4); show(c.grad_fn, 4)
"""


@pytest.mark.parametrize("options", ["2, 3", "2, 3, 2, batch_first=True", "2, 3, bidirectional=True, bias=False"])
def test_layers_of_an_lstm_are_one_node_each(options: str):
    agree(LSTM_NODES.format(options))


@pytest.mark.parametrize("options", ["2, 3, 2, dtype=torch.float64", "2, 4, proj_size=2"])
def test_where_it_is_recorded_step_by_step(options: str):
    agree(LSTM_NODES.format(options).replace("torch.ones(4, 1, 2)", "torch.ones(4, 1, 2, dtype=m.weight_ih_l0.dtype)"))


@pytest.mark.parametrize("network", ["GRU(2, 3, 2, bidirectional=True)", "RNN(2, 3, batch_first=True)"])
def test_graph_of_others(network: str):
    agree(f"""
m = nn.{network}
output, h = m(torch.ones(3, 2, 2))
def show(node, depth):
    if node is not None and depth:
        print(node.name()); [show(inner, depth - 1) for inner, _ in node.next_functions]
show(output.grad_fn, 7); show(h.grad_fn, 7)
""")


@pytest.mark.parametrize("options", ["3, 4", "3, 4, 2, bidirectional=True", "3, 4, bias=False, batch_first=True"])
@pytest.mark.parametrize("ends", ["output", "h", "c", "all"])
def test_fused_lstm_has_the_gradients_of_its_steps(options: str, ends: str):
    drawn = np.random.default_rng(1).standard_normal((5, 2, 3))
    found = []
    for module in (engine, torch):
        module.manual_seed(3)
        m = eval(f"nn.LSTM({options})", {"nn": module.nn})
        x = module.from_numpy(drawn.astype("f")).requires_grad_()
        output, (h, c) = m(x)
        loss = {"output": (output**2).sum(), "h": h.sum(), "c": (c * c).sum(), "all": output.sum() + (h * c).sum()}[
            ends
        ]
        first = module.autograd.grad(loss, [x, *m.parameters()], create_graph=True)
        (second,) = module.autograd.grad(sum((one**2).sum() for one in first), x)
        found.append([output, h, c, *first, second])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=2e-4, atol=1e-6)


PACKED = (
    "RNN(3, 4, 2)",
    "LSTM(3, 4, 2, bidirectional=True)",
    "GRU(3, 4, bias=False, bidirectional=True)",
    "LSTM(3, 4, proj_size=2)",
)


@pytest.mark.parametrize("network", PACKED)
@pytest.mark.parametrize("lengths", [[5, 3, 1], [2, 5, 5], [4, 4, 4]])
def test_packed_sequences(network: str, lengths: list[int]):
    drawn = np.random.default_rng(0).standard_normal((3, 5, 3))
    found = []
    for module in (engine, torch):
        module.manual_seed(1)
        rnn = module.nn.utils.rnn
        m = eval(f"nn.{network}", {"nn": module.nn}).double()
        x = module.from_numpy(drawn.copy()).requires_grad_()
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, state = m(packed)
        padded, back = rnn.pad_packed_sequence(output, batch_first=True, padding_value=-2.0)
        (padded.sum() + sum((one * one).sum() for one in flat(state))).backward()
        numbers = [packed.data, output.data, padded, back, *flat(state), x.grad, *[p.grad for p in m.parameters()]]
        again, _ = m(packed, state)
        found.append([repr(output.batch_sizes), repr(output.unsorted_indices), [*numbers, again.data]])
    mine, theirs = found
    assert mine[:2] == theirs[:2]
    for one, other in zip(mine[2], theirs[2], strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_dropout_between_layers_draws_as_in_torch():
    agree("""
from torch.nn.utils.rnn import pack_sequence
m = nn.LSTM(2, 3, 3, dropout=0.5)
print((m(torch.ones(4, 1, 2))[0] != 0).sum())
torch.manual_seed(0)
output, _ = m(pack_sequence([torch.ones(3, 2), torch.ones(1, 2)]))
print(output.batch_sizes, torch.rand(2))
""")


ATTEMPT = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_what_networks_and_cells_refuse():
    agree(
        ATTEMPT
        + """
for options in ((2, 3, 1, False, False, 2), (2, 3, 0), (2, 0), (2.0, 3), (2, 3, 1, 1), (2, 3, 1, True, 1), ("x", 3), (0, 3)):
    attempt(nn.LSTM, *options)
attempt(nn.GRU, 2, 3, proj_size=1); attempt(nn.LSTM, 2, 3, proj_size=3); attempt(nn.LSTM, 2, 3, proj_size=-1)
attempt(nn.LSTM, 2, 3, dropout=True); attempt(nn.LSTM, 2, 3, dropout=0.5); attempt(nn.RNN, 2, 3, 2, "relu", False)
m, x = nn.LSTM(2, 3, 2), torch.ones(4, 3, 2)
z = torch.zeros
attempt(m, x, (z(2, 3, 3), z(2, 3, 4))); attempt(m, x, (z(2, 3, 1), z(2, 3, 3))); attempt(m, x, (z(2, 3), z(2, 3, 3)))
attempt(m, x[:, 0], (z(2, 3, 3), z(2, 3, 3))); attempt(m, x.double()); attempt(m, z(4, 3, 5)); attempt(m, z(0, 3, 2))
g = nn.GRU(2, 3)
attempt(g, x, z(1, 4, 3)); attempt(g, x, z(1, 3)); attempt(g, x[0], z(1, 3, 3))
c = nn.LSTMCell(2, 3)
attempt(c, z(1, 2), (z(2, 3), z(1, 3))); attempt(c, z(1, 2), (z(1, 3), z(1, 4))); attempt(c, z(1, 1, 2)); attempt(c, z(1, 5))
attempt(c, z(1, 2), (z(1, 1, 3), z(1, 3))); attempt(nn.GRUCell(2, 3), z(1, 2), z(1, 1, 3)); attempt(nn.RNNCell(2, 3), z(2), z(1, 3))
attempt(nn.RNNCell(2, 3, nonlinearity="x"), z(2))
"""
    )


@pytest.mark.parametrize("network", ["LSTM", "GRU", "RNN"])
def test_what_turns_the_batch_to_the_front(network):
    agree(f"""
m = torch.nn.{network}(2, 3, batch_first=True).double()
o = m(torch.ones(4, 5, 2).double())[0]
print(o._version, o.grad_fn.name(), o.stride())
""")

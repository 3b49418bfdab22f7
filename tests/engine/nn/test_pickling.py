"""Modules through pickle and deepcopy."""

import copy
import pickle

import engine as torch
from engine import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.BatchNorm1d(3), nn.LSTM(3, 2))


def test_a_pickled_module_comes_back():
    for module in (nn.Linear(2, 3), Net().layers):
        for found in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
            assert type(found) is type(module) and repr(found) == repr(module)
            assert repr(found.state_dict()) == repr(module.state_dict())


def test_the_copy_is_trained_alone():
    layer = nn.Linear(2, 1)
    other = pickle.loads(pickle.dumps(layer))
    other(torch.ones(1, 2)).sum().backward()
    assert layer.weight.grad is None and other.weight.grad.tolist() == [[1.0, 1.0]]

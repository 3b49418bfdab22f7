import importlib.util
from types import SimpleNamespace

import pytest

from conformance.targets.protocol import Unavailable
from conformance.targets.torch import Torch


def without_devices(monkeypatch, count=0):
    torch = pytest.importorskip("torch")
    cuda = SimpleNamespace(
        is_available=lambda: count > 0,
        device_count=lambda: count,
        get_device_name=lambda index: f"GPU {index}",
    )
    monkeypatch.setattr(torch, "cuda", cuda)


def test_without_torch_it_is_not_available(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(Unavailable, match=r"^torch is not installed$"):
        Torch("cpu").load()


def test_without_a_device_cuda_is_not_available(monkeypatch):
    without_devices(monkeypatch)
    with pytest.raises(Unavailable, match=r"^no CUDA device$"):
        Torch("cuda").load()


def test_without_that_device_it_is_not_available(monkeypatch):
    without_devices(monkeypatch, count=1)
    with pytest.raises(Unavailable, match=r"^no CUDA device 3: there is 1$"):
        Torch("cuda:3").load()


@pytest.mark.parametrize("device", ["gpu", "", "cuda:", "cuda:a", "mps"])
def test_a_device_that_is_none(device):
    with pytest.raises(ValueError, match="is no target"):
        Torch(device)


def test_a_context_on_a_device_does_not_survive_a_fork():
    assert Torch("cpu").isolation == "fork"
    assert Torch("cuda").isolation == "process"

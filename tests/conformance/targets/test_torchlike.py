import sys
import types

import numpy as np
import pytest

from conformance.targets.torchlike import DEFAULTS, TorchLike


@pytest.fixture
def target():
    target = TorchLike("tinytorch")
    target.load()
    yield target
    target.reset(0)


def test_it_stands_for_torch_and_for_what_else_is_said():
    target = TorchLike("engine", also={"torchviz": "engine.graph"})
    assert target.imports == {"torch": "engine", "torchviz": "engine.graph"}


def test_an_engine_need_not_be_printed(monkeypatch):
    monkeypatch.setattr("tinytorch.ones", lambda size: Mute())
    TorchLike("tinytorch").load()


class Mute:
    def __repr__(self):
        raise NotImplementedError


def test_what_it_is(target):
    described = target.describe()
    assert (described.follows, described.versions["numpy"]) == ("2.13.0", np.__version__)
    assert (described.device, target.isolation) == ("cpu", "fork")


@pytest.mark.parametrize(
    ("version", "follows", "told"),
    [
        ("2.13.0+cpu", None, ("2.13.0+cpu", {})),
        ("0.3", None, ("", {"tinytorch": "0.3"})),  # no torch has one: it is the engine's own
        ("0.3", "2.13", ("2.13", {"tinytorch": "0.3"})),
        ("3.1", "", ("", {"tinytorch": "3.1"})),
        ("unknown", None, ("", {"tinytorch": "unknown"})),
    ],
)
def test_which_torch_it_follows(monkeypatch, version, follows, told):
    monkeypatch.setattr("tinytorch.__version__", version)
    target = TorchLike("tinytorch", follows=follows)
    target.load()
    described = target.describe()
    own = {name: each for name, each in described.versions.items() if name not in ("python", "numpy")}
    assert (described.follows, own) == told


def test_a_reset_seeds_every_generator(target):
    def draws():
        target.reset(7)
        return target.torch.rand(3).numpy().tolist(), np.random.rand()

    assert draws() == draws()
    target.reset(2**64 - 1)


def test_the_random_state_changes_with_a_draw_only(target):
    before = target.random_state()
    assert target.random_state() == before
    target.torch.rand(1)
    assert target.random_state() != before


def test_a_reset_puts_the_global_state_of_torch_back():
    torch = pytest.importorskip("torch")
    target = TorchLike("torch")
    target.load()
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.autograd.set_detect_anomaly(True)
    torch.set_printoptions(precision=1)
    torch.use_deterministic_algorithms(True)
    target.reset(0)
    assert torch.get_default_dtype() is torch.float32
    assert torch.is_grad_enabled()
    assert not torch.is_anomaly_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
    assert str(torch.tensor(0.25)) == "tensor(0.2500)"


def test_torch_has_every_setter_that_a_reset_calls():
    torch = pytest.importorskip("torch")
    from conformance.targets.torchlike import _at

    assert all(callable(_at(torch, path)) for path, _, _ in DEFAULTS)


def test_a_module_may_lack_any_of_torchs_names(monkeypatch):
    monkeypatch.setitem(sys.modules, "bare_engine", types.ModuleType("bare_engine"))
    target = TorchLike("bare_engine")
    described = target.load()
    target.reset(1)
    assert (described.follows, target.random_state(), target.state()) == ("", None, ([], None))

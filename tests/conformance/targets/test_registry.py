import sys
import tomllib
from pathlib import Path

import miniatures
import pytest

from conformance.targets import registry
from conformance.targets.engine import Engine
from conformance.targets.torchlike import TorchLike


def test_names_of_ours():
    assert isinstance(registry.resolve("engine"), Engine)
    assert registry.resolve("torch").device == registry.resolve("torch:cpu").device == "cpu"
    assert registry.resolve("torch:cuda:1").device == "cuda:1"
    assert {"engine", "torch"} <= set(registry.registered())


def test_an_object_of_a_module():
    assert isinstance(registry.resolve("miniatures:TINY.right"), miniatures.Spoilt)


def test_an_object_that_is_a_target_already(monkeypatch):
    target = TorchLike("tinytorch")
    monkeypatch.setattr(miniatures, "ready", target, raising=False)
    assert registry.resolve("miniatures:ready") is target


@pytest.mark.parametrize("name", ["engine", "torch", "torch:cpu", "torch:cuda", "torch:cuda:3", "miniatures:any.thing"])
def test_a_name_that_can_be_one(name):
    registry.check(name)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("numpy", "it is none of engine, torch"),
        ("torch:gpu", "the devices are cpu, cuda and cuda:N"),
        ("torch:cuda:x", "the devices are cpu, cuda and cuda:N"),
        ("engine:cpu", "engine takes nothing after a colon"),
        ("no_such_module:target", "there is no module 'no_such_module'"),
    ],
)
def test_a_name_that_cannot_be_one(name, told):
    with pytest.raises(ValueError, match=told):
        registry.check(name)


def test_checking_a_name_imports_no_target():
    registry.check("torch:cuda")
    before = set(sys.modules)
    registry.check("miniatures:TINY.right")
    assert set(sys.modules) == before


def test_an_entry_point_of_somebody_else(monkeypatch):
    monkeypatch.setattr(registry, "registered", lambda: {"mine": "miniatures:TINY.right"})
    registry.check("mine")
    assert isinstance(registry.resolve("mine"), miniatures.Spoilt)


def test_an_entry_point_may_be_a_target_already(monkeypatch):
    target = TorchLike("tinytorch")
    monkeypatch.setattr(miniatures, "ready", target, raising=False)
    monkeypatch.setattr(registry, "registered", lambda: {"mine": "miniatures:ready"})
    assert registry.resolve("mine") is target
    with pytest.raises(TypeError, match="'mine:cuda' is no target: mine takes nothing after a colon"):
        registry.resolve("mine:cuda")


def test_the_built_in_targets_are_registered_for_others_to_find():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"][registry.GROUP] == registry._BUILT_IN


def test_what_is_no_target_is_told_by_its_type():
    with pytest.raises(TypeError, match="'miniatures:__doc__' is no target: it is of type 'str'"):
        registry.resolve("miniatures:__doc__")

"""Files of scripts and traces."""

import io
import threading

import pytest
import torch

import engine

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")


class Cell(engine.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.linear = engine.nn.Linear(2, 2)

    def forward(self, x, h):
        return engine.tanh(self.inner(self.linear(x.view(x.size(0), -1))) + h)


def through_a_file(script):
    buffer = io.BytesIO()
    engine.jit.save(script, buffer)
    buffer.seek(0)
    return engine.jit.load(buffer), buffer


@pytest.mark.parametrize("kind", ["script", "trace"])
def test_a_module_comes_back(kind):
    x, h = engine.ones(1, 2), engine.zeros(1, 2)
    cell = Cell(engine.nn.Identity())
    script = engine.jit.script(cell) if kind == "script" else engine.jit.trace(cell, (x, h))
    loaded, _ = through_a_file(script)
    shown = (
        "RecursiveScriptModule(\n  original_name=Cell\n  (inner): RecursiveScriptModule(original_name=Identity)\n"
        "  (linear): RecursiveScriptModule(original_name=Linear)\n)"
    )
    assert repr(loaded) == shown
    assert engine.equal(loaded(x, h), cell(x, h)) and loaded(engine.ones(3, 2), h).shape == (3, 2)
    loaded.linear.weight.data.zero_()
    assert not engine.equal(loaded(x, h), cell(x, h))


def test_functions_come_back_by_their_code():
    scale = 3

    def scaled(x, n: int = 2):
        return engine.abs(x) * n * scale

    loaded, _ = through_a_file(engine.jit.script(scaled))
    assert repr(loaded) == "RecursiveScriptModule(original_name=PlaceholderModule)"
    assert loaded(-engine.ones(1)).item() == 6
    traced, _ = through_a_file(engine.jit.trace(lambda x, y: x * y + 1, (engine.ones(2), engine.ones(2))))
    assert traced(engine.ones(1), engine.zeros(1)).item() == 1


def test_extra_files_and_paths(tmp_path):
    path = tmp_path / "m.pt"
    engine.jit.save(engine.jit.script(engine.nn.ReLU()), path, {"note": "text"})
    extra = {"note": "", "other": ""}
    engine.jit.load(path, _extra_files=extra)
    assert extra == {"note": b"text", "other": b""}


def test_load_knows_such_files():
    _, buffer = through_a_file(engine.jit.script(engine.nn.ReLU()))
    buffer.seek(0)
    with pytest.warns(UserWarning, match="looks like a TorchScript archive"):
        assert engine.load(buffer, weights_only=False).original_name == "ReLU"
    buffer.seek(0)
    with (
        pytest.warns(UserWarning, match="looks like a TorchScript archive"),
        pytest.raises(RuntimeError, match="Cannot use ``weights_only=True`` with TorchScript"),
    ):
        engine.load(buffer)


def refusal(lib, call):
    with pytest.raises(Exception) as refused:
        call(lib)
    return f"{type(refused.value).__name__}: {refused.value}"


def saved(lib):
    buffer = io.BytesIO()
    lib.save({"a": 1}, buffer)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize(
    "call",
    [
        lambda lib: lib.jit.load("missing.pt"),
        lambda lib: lib.jit.load("/"),
        lambda lib: lib.jit.save(lib.nn.Linear(1, 1), "x.pt"),
        lambda lib: lib.jit.save(lib.nn.Linear(1, 1), io.BytesIO()),
        lambda lib: lib.jit.load(saved(lib)),
    ],
)
def test_what_is_no_script_is_refused(call):
    assert refusal(engine, call) == refusal(torch, call)


def test_a_file_that_torch_wrote_is_refused():
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), buffer)
    buffer.seek(0)
    with pytest.raises(RuntimeError, match="holds TorchScript code, which only torch runs"):
        engine.jit.load(buffer)


def test_what_cannot_be_written_is_refused():
    held = threading.Lock()
    with pytest.raises(TypeError, match="cannot pickle"):
        engine.jit.save(engine.jit.script(lambda x: (x, held)), io.BytesIO())

"""Targets whose cases share a long-lived process, with a torch that pretends to have a CUDA device."""

import contextlib

import pytest

from conformance.execute.pool import Worker
from conformance.known import Known
from conformance.run import Options, Run
from conformance.selection import select
from conformance.targets.protocol import Program, Task

FAKE = """
from types import SimpleNamespace

import tinytorch
from tinytorch import *
from tinytorch import __version__

_device = ["cpu"]
version = SimpleNamespace(cuda="13.0")
cuda = SimpleNamespace(
    is_available=lambda: True,
    device_count=lambda: 2,
    get_device_name=lambda index: f"Fake GPU {index}",
    get_rng_state=lambda index: tinytorch.get_rng_state(),
)
random = SimpleNamespace(get_rng_state=lambda: tensor([0.]))
default_generator = SimpleNamespace(manual_seed=tinytorch.manual_seed)


def set_num_threads(count):
    assert count == 1


def set_default_device(device):
    _device[0] = device or "cpu"


def rand(*shape):
    return tinytorch.rand(*shape) + (tinytorch.ones(*shape) if _device[0] != "cpu" else tinytorch.tensor(0.))


def _repr(self, original=Tensor.__repr__):
    text = original(self)
    return text if _device[0] == "cpu" else text[:-1] + ", device='cuda:0')"


Tensor.__repr__ = _repr
Tensor.device = property(lambda self: "cpu" if _device[0] == "cpu" else "cuda:0")
"""

SPEC = """
title: On a device
cases:
- id: prints
  cells:
  - code: |
      import torch
      x = torch.tensor([1.5])
      print(x)
    stdout: |
      tensor([1.5000])
    values:
      x: {data: [1.5], device: cpu}
- id: draws
  cells:
  - code: |
      import torch
      x = torch.rand(2)
      print(x)
  - code: print(x.sum())
- id: diverges
  cells:
  - code: |
      import torch
      torch.left_behind = True
      print(torch.tensor([1.]).device == "cpu")
- id: looks
  cells:
  - code: |
      import torch
      print(hasattr(torch, "left_behind"))
- id: elsewhere
  needs: {device: "cuda:1"}
  cells:
  - code: "1"
"""


@pytest.fixture
def fake_cuda(tmp_path, monkeypatch):
    folder = tmp_path / "torch"
    folder.mkdir()
    (folder / "__init__.py").write_text(FAKE)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def run(worker, *codes, timeout=20.0):
    return worker.run(Task("area/suite::one", tuple(map(Program, codes))), timeout)


def pid(worker):
    return run(worker, "import os; print(os.getpid())").cells[0].stdout


def test_it_says_on_what_it_runs(fake_cuda):
    with contextlib.closing(Worker("torch:cuda:1")) as worker:
        availability = worker.availability()
    described = availability.description
    assert (availability.isolation, described.device, described.hardware) == ("process", "cuda:1", "Fake GPU 1")
    assert described.versions["cuda"] == "13.0"


def test_cases_share_a_process_until_one_does_not_end_well(fake_cuda):
    with contextlib.closing(Worker("torch:cuda")) as worker:
        first = pid(worker)
        assert pid(worker) == first
        assert run(worker, "1", "import os; os._exit(3)").status == "no-result"
        second = pid(worker)
        assert second != first
        late = run(worker, "while True: pass", timeout=0.3)
        assert (late.status, late.reason) == ("timeout", "cell 1 was still running after 0.3 s")
        assert run(worker, "import ctypes; ctypes.string_at(0)").status == "crashed"
        assert pid(worker) not in (first, second)
        assert run(worker, "print(open)").status == "completed"


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("isolate", ["case", "batch"])
def test_the_same_cells_are_compared_with_torch_on_the_cpu(fake_cuda, tmp_path, jobs, isolate):
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "device.yaml").write_text(SPEC)
    options = Options(("torch:cuda", "torch:cpu"), "torch:cpu", jobs, 20, isolate)
    with Run(dict(enumerate(select(specs))), options, Known()) as running:
        results = {(result.address, result.target): result for result in running.results()}
    assert len(results) == 10
    verdicts = {
        address.partition("::")[2]: each.verdict
        for (address, target), each in results.items()
        if target == "torch:cuda"
    }
    assert verdicts == {
        "prints": "conforms",
        "draws": "conforms",
        "diverges": "diverges",
        "looks": "conforms",  # in a process that is new after what diverged
        "elsewhere": "skipped",
    }
    assert {each.verdict for (_, target), each in results.items() if target == "torch:cpu"} == {"conforms", "skipped"}

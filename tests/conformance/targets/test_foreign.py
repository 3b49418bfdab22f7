"""Engines without torch's names: what they have is compared, what they do not have is skipped and never a pass."""

import importlib.util
import json

import pytest

from conformance.known import Known
from conformance.run import Options, Run
from conformance.selection import select
from conformance.targets.foreign.engines import Foreign
from conformance.targets.protocol import Unavailable

MODULES = {"mygrad": "mygrad", "hips": "autograd"}
TARGETS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(importlib.util.find_spec(module) is None, reason=f"{module} is not installed"),
    )
    for name, module in MODULES.items()
]


def results(folder, target, *cells, reference="engine", **case):
    """The cells of a case on the target."""
    (result,) = run(
        folder,
        target,
        {"cells": [{"code": each} if isinstance(each, str) else each for each in cells], **case},
        reference=reference,
    )
    return result


def run(folder, target, *cases, reference="engine"):
    """What becomes of the cases on the target."""
    specs = folder / "specs"
    specs.mkdir()
    cases = [{"id": f"case-{number}", **case} for number, case in enumerate(cases)]
    (specs / "s.yaml").write_text(json.dumps({"title": "t", "cases": cases}))
    options = Options((target,), reference, jobs=1, timeout=60)
    with Run(dict(enumerate(select(specs))), options, Known()) as running:
        return list(running.results())


def verdicts(result):
    return [cell.verdict for cell in result.cells]


def reasons(result):
    return [next((check.reason for check in result.checks_of(cell)), "") for cell in result.cells]


@pytest.mark.parametrize("target", TARGETS)
def test_what_an_engine_has_is_compared(tmp_path, target):
    result = results(
        tmp_path,
        target,
        "import torch\nx = torch.tensor([1., 2.], requires_grad=True)\n"
        "y = (x * x.exp() / (x + x)).sum()\ny.backward()\nprint(x, x.grad, x.shape, x.dtype)",
        {"code": "z = torch.ones(2, 2) @ x.detach()", "values": {"z": {"data": [3.0, 3.0], "requires_grad": False}}},
        {"code": "1 / 0", "raises": {"type": "ZeroDivisionError", "message": "division by zero"}},
    )
    assert verdicts(result) == ["conforms"] * 3


@pytest.mark.parametrize("target", TARGETS)
def test_what_it_does_otherwise_diverges(tmp_path, target):
    twice = "import torch\nx = torch.tensor(3., requires_grad=True)\ny = x * x\ny.backward()\ny.backward()"
    result = results(tmp_path, target, {"code": twice, "raises": {"type": "RuntimeError"}})
    assert verdicts(result) == ["diverges"]
    assert result.checks[0].target == "no error"


LACKING = [
    ("import torch.nn as nn", "has no torch.nn"),
    ("from torch import nn", "has no torch.nn"),
    ("import torch\ntorch.nn.Linear(1, 1)", "has no torch.nn"),
    ("import torch\nclass F(torch.autograd.Function): pass", "has no torch.autograd.Function"),
    ("import torch\nx = torch.ones(2, requires_grad=True)\nx.register_hook(print)", "has no Tensor.register_hook"),
    ("import torch\nx = torch.ones(2, requires_grad=True)\nprint(x * 2.)", "has no grad_fn to print"),
    ("import torch\nx = torch.ones(2)\nx += 1", "changes tensors in its own way"),
    ("import torch\ntorch.Tensor([1.])", "torch.Tensor as a constructor"),
    ("import torch\ntry:\n  torch.rand(2)\nexcept BaseException:\n  pass", "has no torch.rand"),
    ("import torch\nprint(hasattr(torch, 'rand'))", "has no torch.rand"),
    ("import torch\nx = torch.ones(2)\nx.data = x", "has no Tensor.data to set"),
    ("import torch\nx = torch.ones(2)\nx.requires_grad = True", "decides at creation"),
    (
        "import threading, torch\nt = threading.Thread(target=lambda: torch.rand(1))\nt.start(); t.join()",
        "has no torch.rand",
    ),
]


@pytest.fixture(scope="module", params=TARGETS)
def skipping(request, tmp_path_factory):
    """What becomes of each, in one run."""
    cases = [{"cells": [{"code": each} for each in ("import math", code, "print(1)")]} for code, _ in LACKING]
    found = {
        each.address.rpartition("::")[2]: each
        for each in run(tmp_path_factory.mktemp("lacking"), request.param, *cases)
    }
    return [found[f"case-{number}"] for number in range(len(cases))]


@pytest.mark.parametrize("number", range(len(LACKING)), ids=[code for code, _ in LACKING])
def test_what_it_has_nothing_for_is_skipped_with_all_that_follows(skipping, number):
    result, (_, reason) = skipping[number], LACKING[number]
    assert verdicts(result) == ["conforms", "skipped", "skipped"]
    assert reason in reasons(result)[1]
    assert reasons(result)[2].startswith("after a cell that was skipped: ")


@pytest.mark.parametrize("target", TARGETS)
def test_words_and_graphs_that_a_document_states_are_skipped(tmp_path, target):
    make = "import torch\nx = torch.tensor([1.], requires_grad=True)\ny = x * x"
    result = results(
        tmp_path,
        target,
        {"code": make, "values": {"y": {"data": [1.0], "grad_fn": "MulBackward0"}}},
        {"code": "torch.tensor([1.]).reshape(3)", "raises": {"type": "RuntimeError", "message": "shape"}},
        {"code": "try:\n  torch.tensor([1.]).reshape(3)\nexcept RuntimeError as error:\n  print(error)"},
        reference=None,
    )
    assert verdicts(result) == ["skipped"] * 3
    assert "has no grad_fn" in reasons(result)[0] or any("grad_fn" in check.reason for check in result.checks)


@pytest.mark.parametrize("target", TARGETS)
def test_a_parameter_that_it_has_nothing_for(tmp_path, target):
    result = results(tmp_path, target, "print(n)", params={"n": ["torch.rand(1)"]})
    assert verdicts(result) == ["skipped"]


def test_an_engine_that_is_not_installed():
    with pytest.raises(Unavailable, match="no_such_engine is not installed"):
        Foreign("no_such_engine", lambda: None, {}).load()

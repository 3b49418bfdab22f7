"""What a target can do, before a run on it is worth starting: a few cells, each about one thing that runs rest on.

A probe that fails is no divergence. What a target *must* do is load, and run a cell; all else only says how much of the
specs can be expressed on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.compare.values import numbers, plain, shown, shown_data
from conformance.execute.pool import Worker
from conformance.targets.protocol import OF_A_TENSOR, CellObservation, Opaque, Program, TensorState
from conformance.targets.protocol import Task as CaseTask

SECONDS = 30.0
"""What a probe may take."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a probe."""

    what: str
    state: Literal["can", "cannot", "trouble"]
    """`trouble`: no run is possible."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Cells, and whether what they did is what the probe is about: an empty text, or what is wrong."""

    what: str
    codes: tuple[str, ...]
    wrong: Callable[[Sequence[CellObservation]], str]
    needed: bool = False


def examine(name: str) -> Iterator[Finding]:
    """Starts the target and probes it; ends early where nothing can run."""
    start = time.monotonic()
    worker = Worker(name)
    try:
        availability = worker.availability()
        if (described := availability.description) is None:
            yield Finding("loads", "trouble", f"{availability.state}: {availability.reason}")
            return
        versions = ", ".join(f"{part} {version}" for part, version in described.versions.items())
        follows = f", follows torch {described.follows}" if described.follows else ""
        took = time.monotonic() - start
        yield Finding("loads", "can", f"in {took:.2f} s: {versions}{follows}, on {described.device}")
        for probe in PROBES:
            finding = _probe(worker, probe)
            yield finding
            if finding.state == "trouble":
                return
        yield _apart(worker, availability.isolation)
    finally:
        worker.close()


def _probe(worker: Worker, probe: Probe) -> Finding:
    observed = worker.run(_task(*probe.codes), SECONDS)
    if observed.status == "completed":
        errors = [cell.error for cell in observed.cells if cell.error and cell.error.type == "ImportError"]
        wrong = errors[0].message if errors else probe.wrong(observed.cells)
    else:
        wrong = f"{observed.status}: {observed.reason}"
    if not wrong:
        return Finding(probe.what, "can")
    return Finding(probe.what, "trouble" if probe.needed else "cannot", wrong)


def _apart(worker: Worker, isolation: str) -> Finding:
    """Whether cases that share a process see nothing of each other."""
    seen = worker.batch(
        [_task("import torch\nprint(torch.rand(2))"), _task("import torch\nprint(torch.rand(2))")], SECONDS
    )
    what = "runs many cases in one process (--isolate batch)"
    if isolation != "fork":
        return Finding(what, "can", "always does: it is not forked")
    if any(each.status != "completed" for each in seen):
        return Finding(what, "cannot", next(each.reason for each in seen if each.status != "completed"))
    first, second = (each.cells[0].stdout for each in seen)
    if first != second:
        return Finding(what, "cannot", "reset(seed) does not seed its generator")
    return Finding(what, "can")


def _task(*codes: str) -> CaseTask:
    return CaseTask("doctor::probe", tuple(map(Program, codes)), path=os.environ.get("PATH", os.defpath))


# --- probes ---------------------------------------------------------------------------------------


def _told(cells: Sequence[CellObservation]) -> str:
    """The first error in the cells."""
    return next((f"{cell.error.type}: {cell.error.message}" for cell in cells if cell.error), "")


def _prints(text: str) -> Callable[[Sequence[CellObservation]], str]:
    def wrong(cells: Sequence[CellObservation]) -> str:
        found = cells[-1].stdout.strip()
        if error := _told(cells):
            return error
        return "" if found == text else f"it printed {f'{found!r}' if found else 'nothing'}, not {text!r}"

    return wrong


def _tensor(cells: Sequence[CellObservation]) -> str:
    if error := _told(cells):
        return error
    value = cells[0].names.get("x")
    if isinstance(value, TensorState):
        if value.values is None:
            return "its elements cannot be read: neither numpy() nor tolist() gives them"
        return "" if value.dtype == "float32" else f"its dtype is {value.dtype}, not float32"
    if lacking := cells[-1].stdout.strip():
        return f"it is seen as an object: a tensor has also {lacking}"
    return value.text if isinstance(value, Opaque) else "it is bound to nothing"


def _gradient(cells: Sequence[CellObservation]) -> str:
    if error := _told(cells):
        return error
    value = cells[-1].names.get("g")
    if value is None or (found := plain(value)) is None:
        return "x.grad is None" if value is None else f"x.grad, seen as {value.kind}, is {shown(value)}"
    return "" if numbers(found).tolist() == [2.0, 4.0] else f"x.grad is {shown_data(value)}, not [2.0, 4.0]"


def _graph(cells: Sequence[CellObservation]) -> str:
    if error := _told(cells):
        return error
    value = cells[-1].names.get("y")
    return "" if isinstance(value, TensorState) and value.graph else "grad_fn has no next_functions and name()"


MAKE = "import torch\nx = torch.tensor([1., 2.], requires_grad=True)"

PROBES = (
    Probe("runs a cell", ("print(1)",), _prints("1"), needed=True),
    Probe("gives `import torch`", ("import torch",), _told),
    Probe(
        "makes tensors that can be looked at",
        (MAKE, f"print(*(name for name in {OF_A_TENSOR!r} if not hasattr(x, name)), sep=', ')"),
        _tensor,
    ),
    Probe("prints them like torch", (f"{MAKE}\nprint(x)",), _prints("tensor([1., 2.], requires_grad=True)")),
    Probe("goes backward", (f"{MAKE}\n(x * x).sum().backward()\ng = x.grad",), _gradient),
    Probe("shows its graph", (f"{MAKE}\ny = x * x",), _graph),
    Probe(
        "differentiates twice",
        (
            f"{MAKE}\ng, = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)\n"
            "h, = torch.autograd.grad(g.sum(), x)\nprint(h.tolist())",
        ),
        _prints("[6.0, 12.0]"),
    ),
    Probe(
        "raises torch's errors",
        (f"{MAKE}\ntry:\n  x.backward()\nexcept RuntimeError as error:\n  print(error)\nelse:\n  print('no error')",),
        _prints("grad can be implicitly created only for scalar outputs"),
    ),
    Probe(
        "draws the same numbers from the same seed",
        ("import torch\ntorch.manual_seed(5); a = torch.rand(3).tolist()\n"
         "torch.manual_seed(5); print(a == torch.rand(3).tolist())",),
        _prints("True"),
    ),
    Probe(
        "is as before in the next case",
        ("import torch\nprint(getattr(torch, 'get_default_dtype', lambda: 'torch.float32')())",),
        _prints("torch.float32"),
    ),
)  # fmt: skip

"""Samples of optimizers (`OptimizerInfo`) as suites: what each does to a small model, step by step."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from unittest import mock

import torch
from torch.optim import lr_scheduler
from torch.testing._internal.common_optimizers import OptimizerErrorEnum, optim_db

from conformance.sources.samples import calls
from conformance.sources.samples.cells import Given, cell, short, spread, written
from conformance.sources.samples.code import Unwritable
from conformance.spec.model import Case, Cell, Slack

DB, DOCUMENT = optim_db, "optim_db"
STEPS = Slack(times=4.0, normwise=True, reason="each step rounds what the last one left")


def cases(entry: Any, dtypes: Sequence[torch.dtype], count: int | None) -> Iterator[Case | Unwritable]:
    """The cases of an entry, and why others cannot be made."""
    for dtype in dtypes:
        if not dtype.is_complex or entry.supports_complex:
            found = entry.optim_inputs_func(device="cpu", dtype=dtype)
            for number in spread(len(found), count):
                yield written(_case, entry, found[number].kwargs, dtype, f"{short(dtype)}-{number}")
    yield from _schedulers(entry)
    yield from _errors(entry)


class _Model:
    """Two matrices of parameters, a loss of them, and an optimizer's class with its options."""

    def __init__(self, entry: Any, options: dict[str, Any], dtype: torch.dtype) -> None:
        self.entry, self.options, self.dtype = entry, options, dtype
        self.given = Given(options)

    def optimizer(self, params: str, **more: Any) -> str:
        """An expression that makes the optimizer."""
        options = calls.arguments(self.given.names, [], self.options | more)
        return f"torch.optim.{self.entry.name}({params}{', ' * bool(options)}{options})"

    def inputs(self) -> str:
        """The parameters, and the loss of any such two."""
        imaginary = " * (1 + 0.5j)" if self.dtype.is_complex else ""
        loss = "(x @ w + b).abs().square().sum()"
        if self.entry.only_supports_sparse_grads:
            loss = (
                "sum(torch.nn.functional.embedding(torch.tensor([0, 2, 2]), each, sparse=True).square().sum()\n"
                "               for each in (w, b))"
            )
        rows = ", ".join(["[1.0, -0.5]"] * (3 if self.entry.only_supports_sparse_grads else 1))
        return "\n".join(
            [
                self.given.code,
                f"x = torch.arange(6, dtype={self.dtype}).reshape(2, 3) / 4 - 0.5",
                f"w0 = torch.tensor([[0.5, -1.25], [0.75, 2.0], [-0.375, 0.125]], dtype={self.dtype}){imaginary}",
                f"b0 = torch.tensor([{rows}], dtype={self.dtype}){imaginary}",
                "w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()",
                "def train(optimizer, w, b, steps):",
                "    def closure():",
                "        optimizer.zero_grad()",
                f"        loss = {loss}",
                "        loss.backward()",
                "        return loss",
                "    for _ in range(steps):",
                "        loss = optimizer.step(closure)",
                "        yield loss.detach(), w.detach().clone(), b.detach().clone()",
            ]
        )

    def steps(self) -> Iterator[Cell]:
        """Steps; the same from a stored state on; groups; other implementations."""
        yield cell("inputs", self.inputs())
        made = self.optimizer("[w, b]")
        yield cell("constructor", f"o = {made}\nprint(o)\ndefaults = o.defaults")
        count = 1 if self.entry.step_requires_closure else 5  # such a step is many: what follows is at the minimum
        yield cell("steps", f"path = list(train(o, w, b, {count}))\ngradients = [w.grad, b.grad]", STEPS)
        yield cell("state", "state = o.state_dict()\nkeys = list(state['param_groups'][0])", STEPS)
        lines = [
            "import copy",
            "w1, b1 = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()",
            f"again = {self.optimizer('[w1, b1]')}",
            "again.load_state_dict(copy.deepcopy(o.state_dict()))",
            "resumed = list(train(again, w1, b1, 2))",
            "same = [torch.equal(p, q) for one, other in zip(resumed, train(o, w, b, 2)) for p, q in zip(one, other)]",
        ]
        yield cell("resumed", "\n".join(lines), STEPS)
        if self.entry.supports_param_groups:
            lines = [
                "w2, b2 = w0.clone().requires_grad_(), b0.clone().requires_grad_()",
                f"""g = {self.optimizer('[{"params": [w2], "lr": 0.125}]')}""",
                "g.add_param_group({'params': b2})",
                "print(g)",
                "grouped = list(train(g, w2, b2, 2))",
            ]
            yield cell("groups", "\n".join(lines), STEPS)
        for implementation in self.entry.supported_impls:
            if implementation != "fused" or "cpu" in self.entry.supports_fused_on:
                yield cell("implementations", self._implemented(implementation), STEPS, title=implementation)

    def _implemented(self, by: str) -> str:
        if by == "differentiable":
            lines = [
                "w4, gw = w0.clone().requires_grad_(), x.mT[:, :1].expand(3, 2).clone().requires_grad_()",
                "p = w4 * 1",
                "p.grad = gw * 1",
                f"d = {self.optimizer('[p]', differentiable=True)}",
                "d.step()",
                "through = torch.autograd.grad(p.abs().square().sum(), [w4, gw], allow_unused=True)",
            ]
            return "\n".join(lines)
        lines = [
            f"w_{by}, b_{by} = w0.clone().requires_grad_(), b0.clone().requires_grad_()",
            f"{by} = {self.optimizer(f'[w_{by}, b_{by}]', **{by: True})}",
            f"by_{by} = list(train({by}, w_{by}, b_{by}, 3))",
        ]
        return "\n".join(lines)


def _case(entry: Any, options: dict[str, Any], dtype: torch.dtype, id_: str) -> Case:
    return Case(id=id_, cells=tuple(_Model(entry, options, dtype).steps()))


def _schedulers(entry: Any) -> Iterator[Case | Unwritable]:
    """Learning rates under each combination of schedulers that torch tests the optimizer with."""
    if entry.only_supports_sparse_grads:
        return
    for number, constructors in enumerate(entry.scheduler_inputs):
        yield written(_scheduled, entry, constructors, f"schedulers-{number}")


def _scheduled(entry: Any, constructors: Sequence[Any], id_: str) -> Case:
    model = _Model(entry, {"lr": 0.25}, torch.float64)
    lines = [f"o = {model.optimizer('[w, b]')}"]
    for number, constructor in enumerate(constructors):
        lines.append(f"s{number} = {_scheduler(constructor)}")
    lines += [
        "rates = []",
        "for loss, _, _ in train(o, w, b, 12):",
        *(
            f"    s{number}.step({'loss' if 'ReduceLROnPlateau' in line else ''})"
            for number, line in enumerate(lines[1:])
        ),
        "    rates.append([group['lr'] for group in o.param_groups])",
        f"stored = [{', '.join(f's{number}.state_dict()' for number in range(len(constructors)))}]",
    ]
    return Case(id=id_, cells=(cell("inputs", model.inputs()), cell("schedulers", "\n".join(lines), STEPS)))


def _scheduler(constructor: Any) -> str:
    """What a function of torch's tests makes of an optimizer, as it is made: the class and its options are noted."""
    found: list[str] = []

    def noting(cls: type, *args: Any, **kwargs: Any) -> str:
        options = calls.arguments(Given().names, args[1:], kwargs)
        found.append(f"torch.optim.lr_scheduler.{cls.__name__}(o{', ' * bool(options)}{options})")
        return found[-1]

    classes = [each for each in vars(lr_scheduler).values() if isinstance(each, type)]
    used = inspect.getclosurevars(constructor).globals.items()
    patches = {name: partial(noting, each) for name, each in used if each in classes}
    with mock.patch.dict(constructor.__globals__, patches):
        constructor(None)
    if len(found) != 1:
        raise Unwritable("a scheduler is made of others")
    return found[0]


def _errors(entry: Any) -> Iterator[Case | Unwritable]:
    """The wrong options and parameters that torch tests."""
    if entry.optim_error_inputs_func is None:
        return
    torch.manual_seed(0)
    for number, wrong in enumerate(entry.optim_error_inputs_func(device="cpu", dtype=torch.float64)):
        yield written(_wrong, entry, wrong, f"error-{number}")


def _wrong(entry: Any, wrong: Any, id_: str) -> Case:
    sample = wrong.optimizer_error_input
    params = sample.params if sample.params is not None else [torch.nn.Parameter(torch.ones(1, 1, dtype=torch.float64))]
    given = Given(params, sample.kwargs)
    arguments = calls.arguments(given.names, [params], sample.kwargs)
    made = f"o = torch.optim.{entry.name}({arguments})"
    inputs, fails = given.code, made
    if wrong.error_on is OptimizerErrorEnum.STEP_ERROR:
        inputs, fails = f"{inputs}\n{made}", "o.step()"
    return Case(id=id_, cells=(cell("inputs", inputs), cell("errors", fails)))

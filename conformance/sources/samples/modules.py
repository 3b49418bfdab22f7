"""Samples of modules (`ModuleInfo`) as suites.

The cells of a sample are run once here, in torch, to see what there is to differentiate and to copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

from conformance.sources.samples import calls
from conformance.sources.samples.cells import (
    IN_ANY_ORDER,
    Given,
    cell,
    derivatives,
    short,
    spread,
    written,
)
from conformance.sources.samples.code import Unwritable
from conformance.spec.model import Case, Cell

DB, DOCUMENT = module_db, "module_db"
MORE = 2
"""How many samples of a dtype are also copied, stored, hooked and laid out otherwise."""


def cases(entry: Any, dtypes: Sequence[torch.dtype], count: int | None) -> Iterator[Case | Unwritable]:
    """The cases of an entry, and why others cannot be made."""
    for dtype in dtypes:
        if dtype in entry.supported_dtypes("cpu"):
            for training in (True, False) if entry.train_and_eval_differ else (True,):
                yield from _of_dtype(entry, dtype, training, count)
    yield from _errors(entry)


def _of_dtype(entry: Any, dtype: torch.dtype, training: bool, count: int | None) -> Iterator[Case | Unwritable]:
    _seed()
    found = entry.module_inputs_func(entry, device="cpu", dtype=dtype, requires_grad=True, training=training)
    mode = "" if training else "-eval"
    for place, number in enumerate(spread(len(found), count)):
        yield written(_case, entry, found[number], dtype, training, f"{short(dtype)}{mode}-{number}", place < MORE)


def _errors(entry: Any) -> Iterator[Case | Unwritable]:
    """The wrong ways to make or call a module that torch tests."""
    if entry.module_error_inputs_func is None:
        return
    _seed()
    found = entry.module_error_inputs_func(entry, device="cpu", dtype=torch.float64, requires_grad=True, training=True)
    for number, wrong in enumerate(found):
        yield written(_wrong, entry, wrong, f"error-{number}")


def _seed() -> None:
    """The same samples each time."""
    torch.manual_seed(0)
    np.random.seed(0)


def _case(entry: Any, sample: Any, dtype: torch.dtype, training: bool, id_: str, more: bool) -> Case:
    return Case(id=id_, cells=tuple(_Sample(entry, sample, dtype, training).cells(more)))


def _wrong(entry: Any, wrong: Any, id_: str) -> Case:
    made = _Sample(entry, wrong.module_error_input, torch.float64, training=True)
    inputs, fails = made.given.code, made.constructor
    if wrong.error_on is ModuleErrorEnum.FORWARD_ERROR:
        inputs, fails = f"{inputs}\n{made.constructor}", made.call("y", "m")
    return Case(id=id_, cells=(cell("inputs", inputs), cell("errors", fails)))


class _Sample:
    """One sample of an entry, and the cells that are made of it."""

    def __init__(self, entry: Any, sample: Any, dtype: torch.dtype, training: bool) -> None:
        self.entry = entry
        built, called = sample.constructor_input, sample.forward_input
        self.args: tuple[Any, ...] = tuple(called.args) if called else ()
        self.kwargs: dict[str, Any] = dict(called.kwargs) if called else {}
        self.given = Given(built.args, built.kwargs, self.args, self.kwargs)
        made = f"{_path(entry.module_cls)}({calls.arguments(self.given.names, built.args, built.kwargs)})"
        self.made = f"{made}.to({dtype}){'' if training else '.eval()'}"
        self.constructor = f"torch.manual_seed(0)\nm = {self.made}"
        self.scope: dict[str, Any] = {}

    def call(self, into: str, module: str) -> str:
        """A call of a module with what the sample gives it."""
        return f"{into} = {module}({calls.arguments(self.given.names, self.args, self.kwargs)})"

    def cells(self, more: bool) -> Iterator[Cell]:
        """A cell for all that can be done with the sample."""
        yield cell("inputs", self.given.code)
        lines = [
            self.constructor,
            "print(m)",
            "state = dict(m.state_dict())",
            "tensors = [(n, p.dtype, p.requires_grad) for n, p in [*m.named_parameters(), *m.named_buffers()]]",
            "modules = [(n, type(each).__name__, each.training) for n, each in m.named_modules()]",
        ]
        yield cell("constructor", "\n".join(lines))
        forward = _seeded(self.call("y", "m"))
        yield cell("forward", forward, IN_ANY_ORDER)
        if not self._run(self.given.code, self.constructor, forward):
            return
        outputs = list(calls.paths(self.scope["y"], "y"))
        if places := [f"{path}.stride()" for path, each in outputs if each.numel()]:
            yield cell("layout", f"layout = [{', '.join(places)}]")
        yield from self._derivatives(outputs)
        if more:
            yield from self._other_ways(outputs)

    def _run(self, *texts: str) -> bool:
        """Whether the cells run in torch."""
        try:
            for text in texts:
                exec(text, self.scope)
        except Exception:
            return False
        return True

    def _derivatives(self, outputs: Sequence[tuple[str, torch.Tensor]]) -> Iterator[Cell]:
        roots = [(path, each) for path, each in outputs if each.requires_grad]
        leaves = [name for name, _ in self.given.leaves]
        given = [self.scope[name] for name in leaves]
        if parameters := list(self.scope["m"].parameters()):
            leaves.append("*m.parameters()")
            given += parameters
        if roots and given:
            yield from derivatives(roots, ", ".join(leaves), given, again=self.entry.supports_gradgrad)

    def _other_ways(self, outputs: Sequence[tuple[str, torch.Tensor]]) -> Iterator[Cell]:
        """The module copied, stored and loaded, called as a function, hooked, and in channels-last memory."""
        lines = [
            "import copy, pickle",
            "copies = [copy.deepcopy(m), pickle.loads(pickle.dumps(m))]",
            "print([str(each) == str(m) for each in copies])",
            *self._each("copied", "copies"),
        ]
        yield cell("copies", "\n".join(lines), IN_ANY_ORDER)
        lines = [
            "import io",
            "file = io.BytesIO()",
            "torch.save(m.state_dict(), file)",
            "_ = file.seek(0)",
            f"other = {self.made}",
            "print(other.load_state_dict(torch.load(file)))",
            *self._each("loaded", "[other]"),
        ]
        yield cell("state", "\n".join(lines), IN_ANY_ORDER)
        arguments = f"{calls.arguments(self.given.names, [self.args], {'kwargs': self.kwargs})}"
        lines = [
            "held = {**dict(m.named_parameters()), **dict(m.named_buffers())}",
            f"f = torch.func.functional_call(m, held, {arguments})",
        ]
        yield cell("functional", _seeded("\n".join(lines)), IN_ANY_ORDER)
        lines = [
            "seen = []",
            "def note(kind):",
            "    def hook(module, *given):",
            "        seen.append((kind, [[None if t is None else tuple(t.shape) for t in each]",
            "                            for each in given if isinstance(each, tuple)]))",
            "    return hook",
            "handles = [m.register_forward_pre_hook(note('before')), m.register_forward_hook(note('after')),",
            "           m.register_full_backward_pre_hook(note('backward')),",
            "           m.register_full_backward_hook(note('done'))]",
            self.call("h", "m"),
        ]
        if roots := [path for path, each in outputs if each.requires_grad]:
            sums = " + ".join(f"h{path[1:]}.abs().sum()" for path in roots)
            lines.append(f"({sums}).backward()")
        lines += ["for each in handles:", "    each.remove()"]
        yield cell("hooks", _seeded("\n".join(lines)), IN_ANY_ORDER)
        if images := [name for name, each in self._inputs() if each.dim() == 4 and each.is_floating_point()]:
            lines = [
                "last = torch.channels_last",
                f"wide = {self.made}.to(memory_format=last)",
                *(f"{name} = {name}.detach().to(memory_format=last)" for name in images),
                self.call("c", "wide"),
                f"strides = [{', '.join(f'c{path[1:]}.stride()' for path, _ in outputs)}]",
            ]
            yield cell("channels last", _seeded("\n".join(lines)), IN_ANY_ORDER)

    def _inputs(self) -> Iterator[tuple[str, torch.Tensor]]:
        """What the module is called with, by name."""
        for each in (*self.args, *self.kwargs.values()):
            if isinstance(each, torch.Tensor):
                yield self.given.names.text(each), each

    def _each(self, into: str, modules: str) -> list[str]:
        """A call of each of some modules, under the same seed."""
        return [f"{into} = []", f"for each in {modules}:", "    torch.manual_seed(0)",
                f"    {self.call('got', 'each')}", f"    {into}.append(got)"]  # fmt: skip


def _seeded(text: str) -> str:
    return f"torch.manual_seed(0)\n{text}"


def _path(module: type) -> str:
    """The name under which users find a class of modules. Raises Unwritable for those of torch's tests."""
    if getattr(torch.nn, module.__name__, None) is module:
        return f"torch.nn.{module.__name__}"
    raise Unwritable(f"{module.__name__} has no public name")

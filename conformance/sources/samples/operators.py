"""Samples of operators (`OpInfo`) as suites."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, SampleInput, UnaryUfuncInfo

from conformance.sources.samples import calls, code
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
from conformance.spec.model import Case, Cell, Slack

DB, DOCUMENT = op_db, "op_db"
UNDEFINED = frozenset({"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided"})
"""Entries whose elements are whatever memory holds."""
AT_MOST = 400
"""How many samples of a dtype are looked at."""
OUTS = 2
"""How many samples of a dtype are also tried with `out=`, as a method and under other names."""
OTHER = {torch.float64: torch.int64, torch.int64: torch.float32, torch.bool: torch.float32}
"""For `out=` of another dtype, to which results cannot, or can only with a loss, be cast."""


def cases(entry: Any, dtypes: Sequence[torch.dtype], count: int | None) -> Iterator[Case | Unwritable]:
    """The cases of an entry, and why others cannot be made."""
    supported = entry.supported_dtypes("cpu")
    for dtype in dtypes:
        yield from _of_dtype(entry, dtype, count) if dtype in supported else _unsupported(entry, dtype)
    yield from _errors(entry)


def _of_dtype(entry: Any, dtype: torch.dtype, count: int | None) -> Iterator[Case | Unwritable]:
    tracked = entry.supports_autograd and dtype in entry.supported_backward_dtypes("cpu")
    found = _samples(entry, dtype, requires_grad=tracked)
    for place, number in enumerate(spread(len(found), count)):
        yield written(_case, entry, found[number], tracked, f"{short(dtype)}-{number}", place < OUTS)


def _samples(entry: Any, dtype: torch.dtype, *, requires_grad: bool) -> list[Any]:
    """The same ones each time."""
    torch.manual_seed(0)
    np.random.seed(0)
    return list(itertools.islice(entry.sample_inputs("cpu", dtype, requires_grad=requires_grad), AT_MOST))


def _unsupported(entry: Any, dtype: torch.dtype) -> Iterator[Case | Unwritable]:
    """A call in a dtype that the operator does not have."""
    supported = entry.supported_dtypes("cpu")
    source = next((each for each in (torch.float64, torch.float32, torch.int64, torch.bool) if each in supported), None)
    found = [] if source is None else _samples(entry, source, requires_grad=False)[:1]
    for sample in found:
        with warnings.catch_warnings(action="ignore"):
            given = [_cast(each, source, dtype) for each in (sample.input, *sample.args)]
        wrong = SampleInput(given[0], args=tuple(given[1:]), kwargs=sample.kwargs)
        yield written(_only_call, entry, wrong, f"{short(dtype)}-unsupported", "unsupported dtype")


def _cast(value: Any, source: torch.dtype | None, target: torch.dtype) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().to(target) if value.dtype is source else value
    return type(value)(_cast(each, source, target) for each in value) if type(value) in (list, tuple) else value


def _errors(entry: Any) -> Iterator[Case | Unwritable]:
    """The wrong calls that torch tests."""
    if entry.error_inputs_func is None:
        return
    for number, wrong in enumerate(entry.error_inputs("cpu")):
        yield written(_only_call, entry, wrong.sample_input, f"error-{number}", "errors")


def _case(entry: Any, sample: Any, tracked: bool, id_: str, more: bool) -> Case:
    return _Sample(entry, sample, tracked).case(id_, more=more)


def _only_call(entry: Any, sample: Any, id_: str, label: str) -> Case:
    return _Sample(entry, sample, tracked=False, wrong=True).only_call(id_, label)


class _Sample:
    """One sample of an entry, and the cells that are made of it."""

    def __init__(self, entry: Any, sample: Any, tracked: bool, *, wrong: bool = False) -> None:
        self.entry, self.sample, self.tracked = entry, sample, tracked
        self.args: tuple[Any, ...] = (sample.input, *sample.args)
        self.kwargs: dict[str, Any] = dict(sample.kwargs)
        if entry.is_factory_function if hasattr(entry, "is_factory_function") else False:
            self.kwargs.pop("device", None)
        self.given = Given(self.args, self.kwargs, unobserved=self._unallocated() if wrong else [])
        self.names = self.given.names
        self.draws = False

    def only_call(self, id_: str, label: str) -> Case:
        """A case that makes the call, which is wrong, and no more."""
        cells = [cell("inputs", self.given.code), cell(label, "\n".join(self._call("y")))]
        cells += [cell(label, f"left = {self.names.text(out)}.shape") for out in self._unallocated()]
        return Case(id=id_, cells=tuple(cells))

    def _unallocated(self) -> list[torch.Tensor]:
        """What is given as `out=` without elements: those that it gets from a call that fails are whatever memory
        holds."""
        return [each for each in code.tensors(self.kwargs.get("out")) if not each.numel()]

    def case(self, id_: str, *, more: bool) -> Case:
        """A case with a cell for all that can be done with the sample."""
        lines, result = self._forward()
        cells = [cell("inputs", self.given.code), cell("forward", "\n".join(lines), self._forward_slack())]
        if isinstance(result, Exception):
            return Case(id=id_, cells=tuple(cells))
        if layout := self._layout(result):
            cells.append(cell("layout", layout))
        cells += self._derivatives(result)
        if self._has_in_place():
            cells.append(cell("in-place", self._in_place(), self._forward_slack()))
        if more:
            cells += self._out(result)
            cells += self._other_names()
        return Case(id=id_, cells=tuple(cells))

    # --- forward ---

    def _call(self, into: str) -> list[str]:
        try:
            return calls.written(self.entry, self.args, self.kwargs, self.names, into)
        except Unwritable:
            raise
        except Exception as error:
            raise Unwritable(f"torch's own wrapper raised {type(error).__name__}") from None

    def _forward(self) -> tuple[list[str], Any]:
        """The lines of the call, and what it gives, or raises, in torch."""
        torch.manual_seed(0)
        state = torch.get_rng_state()
        try:
            result: Any = self.entry.op(*self.args, **self.kwargs)
        except Exception as error:
            result = error
        self.draws = not torch.equal(state, torch.get_rng_state())
        return self._seeded(self._call("y") if self.entry.name not in UNDEFINED else self._call_undefined()), result

    def _call_undefined(self) -> list[str]:
        return [*self._call("_y"), "y = [_y.shape, _y.dtype, _y.stride(), _y.requires_grad]"]

    def _seeded(self, lines: list[str]) -> list[str]:
        return ["torch.manual_seed(0)", *lines] if self.draws else lines

    def _forward_slack(self) -> Slack | None:
        if isinstance(self.entry, BinaryUfuncInfo | UnaryUfuncInfo):
            return None
        return IN_ANY_ORDER

    def _layout(self, result: Any) -> str:
        """Which results are views, and of what strides, as far as they have elements."""
        found = [path for path, each in calls.paths(result, "y") if each.numel() and self.entry.name not in UNDEFINED]
        lines = [f"[{path}._is_view(), {path}.stride(), {path}.storage_offset()]" for path in found[:8]]
        return f"layout = [{', '.join(lines)}]" if lines else ""

    def _derivatives(self, result: Any) -> Iterator[Cell]:
        roots = [(path, each) for path, each in calls.paths(result, "y") if each.requires_grad]
        leaves = self.given.leaves
        if self.tracked and roots and leaves and self.entry.name not in UNDEFINED:
            names, tensors = ", ".join(name for name, _ in leaves), [each for _, each in leaves]
            yield from derivatives(roots, names, tensors, again=self.entry.supports_gradgrad)

    # --- other forms ---

    def _has_in_place(self) -> bool:
        name = getattr(self.entry.inplace_variant, "__name__", "")
        usable = isinstance(self.sample.input, torch.Tensor) and not self.sample.broadcasts_input
        return usable and getattr(torch.Tensor, name, None) is not None

    def _in_place(self) -> str:
        call = calls.arguments(self.names, self.args[1:], self.kwargs)
        lines = [
            f"z = {self.names.text(self.args[0])}.clone()",
            f"same = z.{self.entry.inplace_variant.__name__}({call}) is z",
        ]
        return "\n".join(self._seeded(lines))

    def _out(self, result: Any) -> Iterator[Cell]:
        """`out=`: fitting, strided, empty, of another shape, of another dtype."""
        results = result if isinstance(result, list | tuple) else [result]
        path = calls.public(self.entry)
        if self.entry.name in UNDEFINED or not (
            self.entry.supports_out and path and results and all(type(each) is torch.Tensor for each in results)
        ):
            return
        arguments = calls.arguments(self.names, self.args, {k: v for k, v in self.kwargs.items() if k != "out"})
        for number, (form, made) in enumerate(_outs(results).items(), start=1):
            given = made[0] if len(made) == 1 else f"({', '.join(made)})"
            # Each form has names of its own: what is bound to the same numbers once more counts as unchanged, and
            # the numbers of one target may differ in the last digit from form to form where another's do not.
            outs = calls.outs(self.entry, f"out{number}", len(made))
            call = f"{path}({arguments}{', ' if arguments else ''}{outs})"
            lines = [
                f"out{number} = {given}",
                "with torch.no_grad():",
                *("    " + line for line in self._seeded([f"r{number} = {call}"])),
            ]
            yield cell("out", "\n".join(lines), self._forward_slack(), title=f"out= {form}")

    def _other_names(self) -> Iterator[Cell]:
        """The call as a method, and under the names that are aliases."""
        path = calls.public(self.entry)
        method = getattr(self.entry.method_variant, "__name__", "")
        if not path:
            return
        if getattr(torch.Tensor, method, None) is not None and isinstance(self.args[0], torch.Tensor):
            arguments = calls.arguments(self.names, self.args[1:], self.kwargs)
            lines = [f"m = {self.names.text(self.args[0])}.{method}({arguments})"]
            if not path.startswith("torch.Tensor."):
                yield cell("method", "\n".join(self._seeded(lines)), self._forward_slack())
        for alias in self.entry.aliases:
            if alias.op is not None:
                lines = [
                    f"a = torch.{calls.below_torch(alias.name)}({calls.arguments(self.names, self.args, self.kwargs)})"
                ]
                yield cell("alias", "\n".join(self._seeded(lines)), self._forward_slack(), title=alias.name)


def _outs(results: Sequence[torch.Tensor]) -> dict[str, list[str]]:
    """Where to write results to, by what is odd about it."""

    def full(each: torch.Tensor, more: tuple[int, ...] = (), dtype: torch.dtype | None = None) -> str:
        return f"torch.full({(*each.shape, *more)}, 3, dtype={dtype or each.dtype})"

    made = {
        "of the right shape": [full(each) for each in results],
        "of its own strides": [f"{full(each, (2,))}[..., 0]" for each in results],
        "empty": [f"torch.empty(0, dtype={each.dtype})" for each in results],
        "of another shape": [full(each, (2,)) for each in results],
        "of another dtype": [full(each, dtype=OTHER.get(each.dtype, torch.int32)) for each in results],
    }
    if not results[0].numel():
        del made["of its own strides"]
    return made

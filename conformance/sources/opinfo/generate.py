"""Writes torch's samples as suites, a line of JSON for each entry.

`python -m conformance.sources.opinfo.generate PATTERN DTYPES SAMPLES`.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, SampleInput, UnaryUfuncInfo

from conformance.sources.opinfo import Written, calls, code
from conformance.sources.opinfo.code import Names, Unwritable
from conformance.spec.model import Case, Cell, Slack, Source, Suite

UNDEFINED = frozenset({"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided"})
"""Entries whose elements are whatever memory holds."""
AT_MOST = 400
"""How many samples of a dtype are looked at."""
OUTS = 2
"""How many samples of a dtype are also tried with `out=`, as a method and under other names."""
OTHER = {torch.float64: torch.int64, torch.int64: torch.float32, torch.bool: torch.float32}
"""For `out=` of another dtype, to which results cannot, or can only with a loss, be cast."""


def entry_name(entry: Any) -> str:
    """The name of an entry: unlike its `name`, unique."""
    return f"{entry.name}.{entry.variant_test_name}" if entry.variant_test_name else entry.name


def suite(entry: Any, dtypes: Sequence[torch.dtype], count: int | None) -> tuple[Suite | None, Counter[str]]:
    """The suite of an entry, and why samples are not in it."""
    left_out: Counter[str] = Counter()
    cases: list[Case] = []
    supported = entry.supported_dtypes("cpu")
    for dtype in dtypes:
        made = _of_dtype(entry, dtype, count) if dtype in supported else _unsupported(entry, dtype)
        cases += _collected(made, left_out)
    cases += _collected(_errors(entry), left_out)
    if not cases:
        return None, left_out
    source = Source(document=f"torch {torch.__version__}, op_db", kind="torch")
    return Suite(title=entry_name(entry), source=source, cases=tuple(cases)), left_out


def _collected(made: Iterator[Case | Unwritable], left_out: Counter[str]) -> Iterator[Case]:
    for each in made:
        if isinstance(each, Unwritable):
            left_out[str(each)] += 1
        else:
            yield each


def _of_dtype(entry: Any, dtype: torch.dtype, count: int | None) -> Iterator[Case | Unwritable]:
    tracked = entry.supports_autograd and dtype in entry.supported_backward_dtypes("cpu")
    found = _samples(entry, dtype, requires_grad=tracked)
    chosen = range(len(found)) if count is None else _spread(len(found), count)
    for place, number in enumerate(chosen):
        try:
            yield _Sample(entry, found[number], tracked).case(f"{_short(dtype)}-{number}", more=place < OUTS)
        except Unwritable as reason:
            yield reason


def _samples(entry: Any, dtype: torch.dtype, *, requires_grad: bool) -> list[Any]:
    """The same ones each time."""
    torch.manual_seed(0)
    np.random.seed(0)
    return list(itertools.islice(entry.sample_inputs("cpu", dtype, requires_grad=requires_grad), AT_MOST))


def _spread(length: int, count: int) -> list[int]:
    if length <= count:
        return list(range(length))
    return sorted({index * (length - 1) // max(count - 1, 1) for index in range(count)})


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _unsupported(entry: Any, dtype: torch.dtype) -> Iterator[Case | Unwritable]:
    """A call in a dtype that the operator does not have."""
    supported = entry.supported_dtypes("cpu")
    source = next((each for each in (torch.float64, torch.float32, torch.int64, torch.bool) if each in supported), None)
    found = [] if source is None else _samples(entry, source, requires_grad=False)[:1]
    for sample in found:
        with warnings.catch_warnings(action="ignore"):
            given = [_cast(each, source, dtype) for each in (sample.input, *sample.args)]
        wrong = SampleInput(given[0], args=tuple(given[1:]), kwargs=sample.kwargs)
        try:
            yield _Sample(entry, wrong, tracked=False).only_call(f"{_short(dtype)}-unsupported", "unsupported dtype")
        except Unwritable as reason:
            yield reason


def _cast(value: Any, source: torch.dtype | None, target: torch.dtype) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().to(target) if value.dtype is source else value
    return type(value)(_cast(each, source, target) for each in value) if type(value) in (list, tuple) else value


def _errors(entry: Any) -> Iterator[Case | Unwritable]:
    """The wrong calls that torch tests."""
    if entry.error_inputs_func is None:
        return
    for number, wrong in enumerate(entry.error_inputs("cpu")):
        try:
            yield _Sample(entry, wrong.sample_input, tracked=False).only_call(f"error-{number}", "errors")
        except Unwritable as reason:
            yield reason


class _Sample:
    """One sample of an entry, and the cells that are made of it."""

    def __init__(self, entry: Any, sample: Any, tracked: bool) -> None:
        self.entry, self.sample, self.tracked = entry, sample, tracked
        self.args: tuple[Any, ...] = (sample.input, *sample.args)
        self.kwargs: dict[str, Any] = dict(sample.kwargs)
        if entry.is_factory_function if hasattr(entry, "is_factory_function") else False:
            self.kwargs.pop("device", None)
        self.names = Names()
        self.leaves: list[str] = []
        self.given: list[torch.Tensor] = []
        self.inputs = self._inputs()
        self.draws = False

    def _inputs(self) -> str:
        """The code that makes the sample's tensors."""
        lines = ["import torch"]
        for tensor in code.tensors([self.args, self.kwargs]):
            if tensor in self.names:
                continue
            name = f"x{len(lines) - 1}"
            lines.append(f"{name} = {code.tensor(tensor)}")
            self.names.give(tensor, name)
            if tensor.requires_grad:
                self.leaves.append(name)
                self.given.append(tensor)
        return "\n".join(lines)

    def only_call(self, id_: str, label: str) -> Case:
        """A case that makes the call, which is wrong, and no more."""
        return Case(id=id_, cells=(_cell("inputs", self.inputs), _cell(label, "\n".join(self._call("y")))))

    def case(self, id_: str, *, more: bool) -> Case:
        """A case with a cell for all that can be done with the sample."""
        lines, result = self._forward()
        cells = [_cell("inputs", self.inputs), _cell("forward", "\n".join(lines), self._forward_slack())]
        if isinstance(result, Exception):
            return Case(id=id_, cells=tuple(cells))
        if layout := self._layout(result):
            cells.append(_cell("layout", layout))
        cells += self._derivatives(result)
        if self._has_in_place():
            cells.append(_cell("in-place", self._in_place(), self._forward_slack()))
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
        return Slack(times=1.0, normwise=True, reason="sums may be in any order, which shows where they cancel")

    def _layout(self, result: Any) -> str:
        """Which results are views, and of what strides, as far as they have elements."""
        found = [path for path, each in calls._paths(result, "y") if each.numel() and self.entry.name not in UNDEFINED]
        lines = [f"[{path}._is_view(), {path}.stride(), {path}.storage_offset()]" for path in found[:8]]
        return f"layout = [{', '.join(lines)}]" if lines else ""

    # --- derivatives ---

    def _derivatives(self, result: Any) -> Iterator[Cell]:
        """First derivatives by made-up cotangents, and second ones."""
        roots = [(path, each) for path, each in calls._paths(result, "y") if each.requires_grad]
        if not (self.tracked and roots and self.leaves) or self.entry.name in UNDEFINED:
            return
        inputs, outputs = ", ".join(self.leaves), ", ".join(path for path, _ in roots)
        rng = np.random.default_rng(0)
        vectors = [_cotangent(each, rng) for _, each in roots]
        lines = [f"v{index} = {code.tensor(each)}" for index, each in enumerate(vectors)]
        given = ", ".join(f"v{index}" for index in range(len(vectors)))
        again = self.entry.supports_gradgrad
        options = f"allow_unused=True, {'create_graph' if again else 'retain_graph'}=True"
        lines += [
            f"_g = torch.autograd.grad([{outputs}], [{inputs}], [{given}], {options})",
            "gradients = [g if g is None else g.detach().clone() for g in _g]",
        ]
        half = any(each.dtype in (torch.float16, torch.bfloat16) for each in self.given)
        slack = Slack(times=16.0 if half else 4.0, normwise=True, reason="formulas round in between")
        yield _cell("backward", "\n".join(lines), slack)
        first = self._first([each for _, each in roots], vectors, again)
        tracked = [(index, each) for index, each in enumerate(first) if each is not None and each.requires_grad]
        if not tracked:
            return
        lines = [f"w{index} = {code.tensor(_cotangent(each, rng))}" for index, each in tracked]
        reached = [index for index, each in enumerate(first) if each is not None]
        lines += [
            f"tracked = [{', '.join(f'_g[{index}].requires_grad' for index in reached)}]",
            f"_h = torch.autograd.grad([{', '.join(f'_g[{index}]' for index, _ in tracked)}], [{inputs}], "
            f"[{', '.join(f'w{index}' for index, _ in tracked)}], allow_unused=True, retain_graph=True)",
            "second = [h if h is None else h.detach().clone() for h in _h]",
        ]
        yield _cell("double backward", "\n".join(lines), slack)

    def _first(self, roots: Sequence[torch.Tensor], vectors: Sequence[torch.Tensor], again: bool) -> Sequence[Any]:
        """The first derivatives in torch; none if it raises."""
        if not again:
            return ()
        try:
            return torch.autograd.grad(roots, self.given, vectors, allow_unused=True, create_graph=True)
        except Exception:
            return ()

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
            call = f"{path}({arguments}{', ' if arguments else ''}out=out{number})"
            lines = [
                f"out{number} = {given}",
                "with torch.no_grad():",
                *("    " + line for line in self._seeded([f"r{number} = {call}"])),
            ]
            yield _cell("out", "\n".join(lines), self._forward_slack(), title=f"out= {form}")

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
                yield _cell("method", "\n".join(self._seeded(lines)), self._forward_slack())
        for alias in self.entry.aliases:
            if alias.op is not None:
                lines = [
                    f"a = torch.{calls.below_torch(alias.name)}({calls.arguments(self.names, self.args, self.kwargs)})"
                ]
                yield _cell("alias", "\n".join(self._seeded(lines)), self._forward_slack(), title=alias.name)


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


def _cotangent(like: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Multiples of an eighth, which every floating dtype holds and a reader can read."""
    drawn = rng.integers(-16, 17, tuple(like.shape)) / 8
    if like.dtype.is_complex:
        drawn = drawn + 1j * rng.integers(-16, 17, tuple(like.shape)) / 8
    return torch.as_tensor(drawn).to(like.dtype)


def _cell(label: str, text: str, slack: Slack | None = None, title: str = "") -> Cell:
    said: dict[str, Any] = {"from": label, "code": text, "may_raise": True}
    if slack is not None:
        said["slack"] = slack
    if title:
        said["title"] = title
    return Cell.model_validate(said)


def main(pattern: str, names: str = "", samples: str = "") -> None:
    """Write the entries that fit; without dtypes only what they are called."""
    torch.set_num_threads(1)
    if not names:
        print("\n".join(sorted(name for entry in op_db if fnmatchcase(name := entry_name(entry), pattern))))
        return
    dtypes = [getattr(torch, name) for name in names.split(",")]
    count = None if samples == "None" else int(samples)
    for entry in sorted(op_db, key=entry_name):
        if fnmatchcase(entry_name(entry), pattern):
            with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(sys.stderr):
                made, left_out = suite(entry, dtypes, count)
            line = Written(entry=entry_name(entry), suite=made, left_out=dict(left_out))
            print(line.model_dump_json(by_alias=True, exclude_unset=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

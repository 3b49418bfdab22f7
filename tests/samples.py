"""torch's own samples of its operations (OpInfo), called in torch and in the engine, and what differs.

``python tests/samples.py [ENTRY...]`` runs the whole campaign, or that of some entries, and prints each difference.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

import numpy as np
import torch
from torch.testing._comparison import default_tolerances
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, SampleInput, UnaryUfuncInfo

import engine
from engine.dtypes import DTYPES
from engine.pending_array import resolved
from engine.tensor import Tensor, wrap

DTYPE = {getattr(torch, repr(d).removeprefix("torch.")): d for d in DTYPES}
SAMPLED = (
    torch.float64, torch.float32, torch.complex128, torch.int64, torch.bool, torch.float16, torch.bfloat16,
    torch.complex64, torch.uint8, torch.int32,
)  # fmt: skip
"""The dtypes of samples, those that find most first."""

if not torch.accelerator.is_available():  # each seed would be noted for one, with who set it: half of samples' time
    for _noting in (torch.cuda.random, torch.xpu.random, torch.mtia):
        _noting._lazy_call = lambda *_, **__: None

UNDEFINED = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"}
"""Entries whose elements are whatever memory holds."""


# Entries.


def entry_name(entry: Any) -> str:
    """The name of an entry: unlike its ``name``, unique."""
    return f"{entry.name}.{entry.variant_test_name}" if entry.variant_test_name else entry.name


def _resolve(path: str) -> Any:
    """The engine's function of this path, or else Tensor's method."""
    for root in (engine, Tensor):
        found: Any = root
        for part in path.split("."):
            found = getattr(found, part, None)
        if callable(found) or isinstance(found, property):
            return found
    return None


def _seeded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    engine.manual_seed(42)
    return function(*args, **kwargs)


def _in_engine(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of torch's test suite with the engine as its ``torch``."""
    scope = {**function.__globals__, "torch": engine, "wrapper_set_seed": _seeded}
    return types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__)


def counterpart(entry: Any) -> Callable[..., Any] | None:
    """What the engine has for an entry; None if nothing."""
    if entry.op is None:
        return None
    names = [entry.name, *(alias.name for alias in entry.aliases)]
    if getattr(entry.op, "__module__", "") and entry.op.__module__.startswith("torch.testing."):
        has = any(_resolve(name) or _resolve(f"{name}_") for name in names)
        return _in_engine(entry.op) if has else None
    return next(filter(None, map(_resolve, names)), None)


@functools.cache
def entries() -> dict[str, Any]:
    """The entries whose operation the engine has, but those whose samples are sparse: these have no storage to copy."""
    return {
        entry_name(entry): entry
        for entry in op_db
        if counterpart(entry) is not None and not entry.name.startswith("sparse.")
    }


def missing() -> list[str]:
    """The entries whose operation the engine does not have."""
    return [entry_name(entry) for entry in op_db if counterpart(entry) is None]


def chosen(names: Iterable[str]) -> list[str]:
    """Of entries, those that a test runs: every fifth, and all of them with ``CONFORMANCE_SAMPLES=all``."""
    every = sorted(names)
    return every if os.environ.get("CONFORMANCE_SAMPLES") == "all" else every[::5]


# The same arguments on both sides.


def array_of(tensor: torch.Tensor) -> np.ndarray:
    """The elements of a torch tensor, bfloat16 included."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.dtype is torch.bfloat16:
        return tensor.view(torch.int16).numpy(force=True).view(DTYPE[torch.bfloat16].numpy)
    return tensor.numpy(force=True)  # a tensor of zeros may have no memory


@dataclass
class Pair:
    """Converts arguments: a torch tensor to a new torch leaf and an engine leaf of the same layout."""

    inputs: list[tuple[torch.Tensor, Tensor]]

    def __call__(self, value: Any) -> tuple[Any, Any]:
        if isinstance(value, torch.Tensor):
            return self.tensors(value)
        if isinstance(value, torch.dtype):
            return value, DTYPE.get(value, value)
        if isinstance(value, torch.device):
            return value, "cpu"
        if isinstance(value, (torch.layout, torch.memory_format)):
            return value, getattr(engine, repr(value).removeprefix("torch."), value)
        if isinstance(value, torch.Size):
            return value, engine.Size(value)
        if isinstance(value, (list, tuple)):
            pairs = [self(one) for one in value]
            mine, theirs = [p[0] for p in pairs], [p[1] for p in pairs]
            return (mine, theirs) if isinstance(value, list) else (tuple(mine), tuple(theirs))
        if isinstance(value, dict):
            pairs = {key: self(one) for key, one in value.items()}
            return {k: p[0] for k, p in pairs.items()}, {k: p[1] for k, p in pairs.items()}
        if isinstance(value, slice):
            mine, theirs = self((value.start, value.stop, value.step))
            return slice(*mine), slice(*theirs)
        return value, value

    def tensors(self, value: torch.Tensor) -> tuple[torch.Tensor, Tensor]:
        source = value.detach().resolve_conj().resolve_neg()
        storage = source.untyped_storage()
        mine = torch.empty(0, dtype=source.dtype)
        mine = mine.set_(storage.clone(), source.storage_offset(), source.size(), source.stride()).data
        d = DTYPE[source.dtype]
        memory = torch.empty(0, dtype=torch.uint8).set_(storage).numpy()
        memory = memory[: memory.size // d.itemsize * d.itemsize].view(d.numpy).copy()
        strides = tuple(s * d.itemsize for s in source.stride())
        array = np.ndarray(tuple(source.size()), d.numpy, memory, source.storage_offset() * d.itemsize, strides)
        theirs = wrap(array, d)
        if value.requires_grad:
            mine.requires_grad_(True)
            theirs.requires_grad_(True)
            self.inputs.append((mine, theirs))
        return mine, theirs


# Outcomes.


@dataclass
class Outcome:
    """What a call did: its result or its error, and its warnings."""

    result: Any = None
    error: Exception | None = None
    warned: tuple[tuple[str, str], ...] = ()


_INTERNAL = re.compile(r"\s*\(Triggered internally at .*", re.S)
_TRACE = re.compile(r"\nException raised from .*", re.S)


def run(function: Callable[..., Any], args: Iterable[Any], kwargs: dict[str, Any]) -> Outcome:
    """Call, and note what happened."""
    outcome = Outcome()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            outcome.result = function(*args, **kwargs)
        except Exception as error:
            outcome.error = error
    outcome.warned = tuple((w.category.__name__, _INTERNAL.sub("", str(w.message))) for w in warned)
    return outcome


def message(error: Exception) -> str:
    """What an error says, without where in torch's source it was raised."""
    return _TRACE.sub("", str(error))


# Differences: pairs of what was compared and what differs.

Difference = tuple[str, str]


def how_to_compare(entry: Any) -> str:
    """Elementwise operations must agree in each element; sums, whose order is no one's promise, as a whole."""
    if entry.name in UNDEFINED:
        return "undefined"
    return "elementwise" if isinstance(entry, (BinaryUfuncInfo, UnaryUfuncInfo)) else "normwise"


def compare(torchs: Outcome, engines: Outcome, how: str = "elementwise") -> Iterator[Difference]:
    """What differs between the outcomes of one call; ``how`` elements are compared says ``how_to_compare``."""
    if (torchs.error is None) != (engines.error is None):
        shown = [f"{type(o.error).__name__}: {message(o.error)}" if o.error else "ran" for o in (torchs, engines)]
        yield "outcome", f"torch {shown[0]}, engine {shown[1]}"
        return
    if torchs.error is not None and engines.error is not None:
        if type(torchs.error) is not type(engines.error):
            yield "error", f"torch {torchs.error!r}, engine {engines.error!r}"
        elif message(torchs.error) != message(engines.error):
            yield "error", f"torch {message(torchs.error)!r}, engine {message(engines.error)!r}"
    if torchs.warned != engines.warned:
        yield "warnings", f"torch {torchs.warned}, engine {engines.warned}"
    if torchs.error is None:
        yield from compare_results(torchs.result, engines.result, how)


def compare_results(mine: Any, theirs: Any, how: str) -> Iterator[Difference]:
    """What differs between two results; ``mine`` is torch's."""
    if isinstance(mine, torch.Tensor):
        if not isinstance(theirs, Tensor):
            yield "type", f"torch Tensor, engine {type(theirs).__name__}"
        else:
            yield from compare_tensors(mine, theirs, how)
        return
    if type(mine).__name__ != type(theirs).__name__:
        yield "type", f"torch {type(mine).__name__}, engine {type(theirs).__name__}"
    elif isinstance(mine, (list, tuple)):
        if len(mine) != len(theirs):
            yield "type", f"torch has {len(mine)} results, engine {len(theirs)}"
            return
        for one, other in zip(mine, theirs, strict=True):
            yield from compare_results(one, other, how)
    elif repr(mine) != repr(theirs) and not (isinstance(mine, (float, complex)) and np.isclose(mine, theirs)):
        yield "values", f"torch {mine!r}, engine {theirs!r}"


def compare_tensors(mine: torch.Tensor, theirs: Tensor, how: str) -> Iterator[Difference]:
    """Everything that can be seen of two tensors."""
    if repr(mine.dtype) != repr(theirs.dtype):
        yield "dtype", f"torch {mine.dtype}, engine {theirs.dtype}"
        return
    if tuple(mine.shape) != tuple(theirs.shape):
        yield "shape", f"torch {tuple(mine.shape)}, engine {tuple(theirs.shape)}"
        return
    for name in ("stride", "storage_offset", "_is_view") if mine.numel() else ():  # NumPy keeps no strides of nothing
        if getattr(mine, name)() != getattr(theirs, name)():
            yield name, f"torch {getattr(mine, name)()}, engine {getattr(theirs, name)()} (shape {tuple(mine.shape)})"
    for name in ("requires_grad", "is_leaf", "_version", "output_nr"):
        if getattr(mine, name) != getattr(theirs, name):
            yield name, f"torch {getattr(mine, name)}, engine {getattr(theirs, name)}"
    graphs = graph(mine.grad_fn), graph(theirs.grad_fn)
    if graphs[0] != graphs[1]:
        yield "graph", f"torch {graphs[0]}, engine {graphs[1]}"
    if how != "undefined":
        yield from compare_values(mine, theirs, normwise=how == "normwise")


def compare_values(
    mine: torch.Tensor, theirs: Tensor, *, normwise: bool = False, slack: float = 1
) -> Iterator[Difference]:
    """Elements, within assert_close's tolerances for the dtype; and the signs of zeros.

    Args:
        mine, theirs: of one dtype and shape.
        normwise: a difference counts in relation to the largest element.
        slack: the tolerance is so many times larger.
    """
    expected, actual = array_of(mine), resolved(theirs._array)
    if not actual.size:
        return
    flat = np.ascontiguousarray(actual.reshape(-1)).view(np.uint8)
    as_torch = torch.frombuffer(bytearray(flat.tobytes()), dtype=mine.dtype).reshape(mine.shape)
    mine = mine.detach().resolve_conj().resolve_neg().contiguous()
    rtol, atol = default_tolerances(mine.dtype)
    if normwise and mine.dtype.is_floating_point | mine.dtype.is_complex:
        size = mine.abs().to(torch.float64)
        atol += rtol * float(size[size.isfinite()].max()) if size.isfinite().any() else 0
    try:
        torch.testing.assert_close(as_torch, mine, rtol=rtol * slack, atol=atol * slack, equal_nan=True)
    except AssertionError:
        yield "values", f"torch {_shown(expected)}, engine {_shown(actual)}"
        return
    zeros = (expected == 0) & (actual == 0)
    if actual.dtype.kind == "f" and np.any(np.signbit(expected[zeros]) != np.signbit(actual[zeros])):
        yield "signed zeros", f"torch {_shown(expected)}, engine {_shown(actual)}"


def _shown(array: np.ndarray) -> str:
    text = np.array2string(array.ravel()[:8], precision=9, max_line_width=1000, separator=",")
    return text if array.size <= 8 else text[:-1] + ",...]"


def graph(node: Any, depth: int = 4) -> Any:
    """Names of nodes, as nested lists."""
    if node is None or not depth:
        return None
    name = node.name().removeprefix("torch::autograd::")
    inputs = [(graph(fn, depth - 1), nr) for fn, nr in node.next_functions]
    return [name, *inputs] if inputs else name


# Gradients.  Of these only dtype, shape and elements are compared: their layout is no one's promise.


def outputs(result: Any) -> list[Any]:
    """The tensors of a result that require grad."""
    if isinstance(result, (torch.Tensor, Tensor)):
        return [result] if result.requires_grad else []
    if isinstance(result, (list, tuple)):
        return [tensor for one in result for tensor in outputs(one)]
    return []


def cotangents(tensors: list[torch.Tensor], seed: int) -> list[tuple[torch.Tensor, Tensor]]:
    """Random vectors for both sides, in the tensors' dtypes and shapes."""
    rng = np.random.default_rng(seed)
    found = []
    for one in tensors:
        drawn = rng.standard_normal(tuple(one.shape))
        if one.dtype.is_complex:
            drawn = drawn + 1j * rng.standard_normal(tuple(one.shape))
        found.append(Pair([])(torch.as_tensor(drawn).to(one.dtype)))
    return found


Inputs = list[tuple[torch.Tensor, Tensor]]


def compare_gradients(results: tuple[Any, Any], inputs: Inputs, *, second: bool) -> Iterator[Difference]:
    """First derivatives by random cotangents, and second ones."""
    roots = outputs(results[0]), outputs(results[1])
    if not roots[0] or len(roots[0]) != len(roots[1]):
        return
    first = [_gradients(roots[0], roots[1], inputs, side, create_graph=second) for side in (0, 1)]
    yield from _compare_gradients("gradient", *first)
    if not second or any(one.error for one in first):
        return
    tracked = [(a, b) for a, b in zip(first[0].result, first[1].result, strict=True) if a is not None and b is not None]
    differing = [a.requires_grad for a, _ in tracked], [b.requires_grad for _, b in tracked]
    if differing[0] != differing[1]:
        yield "gradient's requires_grad", f"torch {differing[0]}, engine {differing[1]}"
    tracked = [(a, b) for a, b in tracked if a.requires_grad and b.requires_grad]
    if tracked:
        mine, theirs = [a for a, _ in tracked], [b for _, b in tracked]
        again = [_gradients(mine, theirs, inputs, side, create_graph=False) for side in (0, 1)]
        yield from _compare_gradients("second derivative", *again)


def _gradients(
    mine: list[torch.Tensor], theirs: list[Tensor], inputs: Inputs, side: int, *, create_graph: bool
) -> Outcome:
    module, roots = ((torch, mine), (engine, theirs))[side]
    vectors = [pair[side] for pair in cotangents(mine, seed=int(create_graph))]
    options = {"create_graph": create_graph, "allow_unused": True, "retain_graph": True}
    return run(module.autograd.grad, (roots, [pair[side] for pair in inputs], vectors), options)


def _compare_gradients(what: str, torchs: Outcome, engines: Outcome) -> Iterator[Difference]:
    if torchs.error is not None or engines.error is not None:
        yield from ((f"{what}: {kind}", text) for kind, text in compare(torchs, engines))
        return
    for number, (mine, theirs) in enumerate(zip(torchs.result, engines.result, strict=True)):
        if mine is None or theirs is None:
            if mine is not theirs:
                yield what, f"of input {number}: torch {mine}, engine {theirs}"
        elif repr(mine.dtype) != repr(theirs.dtype) or tuple(mine.shape) != tuple(theirs.shape):
            shown = [f"{tuple(one.shape)} {one.dtype}" for one in (mine, theirs)]
            yield what, f"of input {number}: torch {shown[0]}, engine {shown[1]}"
        else:
            slack = 16 if mine.dtype in (torch.float16, torch.bfloat16) else 4  # formulas round in between
            for kind, text in compare_values(mine, theirs, normwise=True, slack=slack):
                if kind == "values":
                    yield f"{what}'s values", f"of input {number}: {text}"


# What is done with one sample.


def _call(entry: Any, sample: Any) -> tuple[Pair, list[tuple[Any, Any]]]:
    """The sample's arguments for both sides: (input, *args), kwargs."""
    pair = Pair([])
    return pair, [pair((sample.input, *sample.args)), pair(sample.kwargs)]


def check_call(entry: Any, sample: Any, *, gradients: bool = False) -> Iterator[Difference]:
    """The plain call, and the derivatives of its result."""
    pair, (args, kwargs) = _call(entry, sample)
    torch.manual_seed(0), engine.manual_seed(0)
    mine = run(entry.op, args[0], kwargs[0])
    if _has_foreign_dtype(mine.result):
        return
    theirs = run(counterpart(entry), args[1], kwargs[1])  # type: ignore[arg-type]
    yield from compare(mine, theirs, how_to_compare(entry))
    if gradients and mine.error is None and theirs.error is None:
        yield from compare_gradients((mine.result, theirs.result), pair.inputs, second=entry.supports_gradgrad)


def check_in_place(entry: Any, sample: Any) -> Iterator[Difference]:
    """The in-place form, on a copy of the input."""
    name = getattr(entry.inplace_variant, "__name__", "")
    if not isinstance(sample.input, torch.Tensor) or getattr(torch.Tensor, name, None) is None:
        return
    method = getattr(Tensor, name, None)
    if method is None:
        yield "in-place", f"the engine has no {name}"
        return
    pair, ((mine, theirs), kwargs) = _call(entry, sample)
    torch.manual_seed(0), engine.manual_seed(0)
    targets = mine[0].clone(), theirs[0].clone()
    first = run(getattr(torch.Tensor, name), (targets[0], *mine[1:]), kwargs[0])
    second = run(method, (targets[1], *theirs[1:]), kwargs[1])
    for kind, text in compare(first, second, how_to_compare(entry)):
        yield f"in-place: {kind}", text
    if first.error is None and second.error is None and isinstance(second.result, Tensor):
        if (first.result is targets[0]) != (second.result is targets[1]):
            yield "in-place", "the result is another tensor"
        for kind, text in compare_gradients((first.result, second.result), pair.inputs, second=False):
            yield f"in-place: {kind}", text


@dataclass
class DualPair(Pair):
    """Converts arguments, and makes each tensor that requires grad a dual tensor with a random tangent."""

    def tensors(self, value: torch.Tensor) -> tuple[torch.Tensor, Tensor]:
        mine, theirs = super().tensors(value.detach())
        if not value.requires_grad:
            return mine, theirs
        (tangents,) = cotangents([mine], seed=len(self.inputs))
        self.inputs.append((mine, theirs))
        return (
            torch.autograd.forward_ad.make_dual(mine, tangents[0]),
            engine.autograd.forward_ad.make_dual(theirs, tangents[1]),
        )


def check_forward(entry: Any, sample: Any, *, in_place: bool = False) -> Iterator[Difference]:
    """The tangents of the results, or that of the target of the in-place form."""
    with torch.autograd.forward_ad.dual_level(), engine.autograd.forward_ad.dual_level():
        pair = DualPair([])
        args, kwargs = pair((sample.input, *sample.args)), pair(sample.kwargs)
        functions = entry.op, counterpart(entry)
        if in_place:
            functions = entry.inplace_variant, getattr(Tensor, entry.inplace_variant.__name__)
            args = tuple((one[0].clone(), *one[1:]) for one in args)
        torch.manual_seed(0), engine.manual_seed(0)
        mine = run(functions[0], args[0], kwargs[0])
        theirs = run(functions[1], args[1], kwargs[1])  # type: ignore[arg-type]
        if mine.error is not None or theirs.error is not None:
            yield from compare(mine, theirs)
            return
        found = [
            [module.autograd.forward_ad.unpack_dual(one).tangent for one in tensors_in(result)]
            for module, result in ((torch, mine.result), (engine, theirs.result))
        ]
        for number, (one, other) in enumerate(zip(*found, strict=True)):
            if (one is None) != (other is None):
                yield "tangent", f"of result {number}: torch {one}, engine {other}"
            elif one is not None:
                if repr(one.dtype) != repr(other.dtype) or tuple(one.shape) != tuple(other.shape):
                    yield "tangent", f"of result {number}: torch {one}, engine {other}"
                for kind, text in compare_values(one, other, normwise=True, slack=4):
                    if kind == "values":
                        yield "tangent's values", f"of result {number}: {text}"


def tensors_in(result: Any) -> list[Any]:
    """The tensors of a result."""
    if isinstance(result, (torch.Tensor, Tensor)):
        return [result]
    return [tensor for one in result for tensor in tensors_in(one)] if isinstance(result, (list, tuple)) else []


OUT_DTYPES = {torch.float64: torch.int64, torch.int64: torch.float32, torch.bool: torch.float32}


def check_out(entry: Any, sample: Any) -> Iterator[Difference]:
    """``out=``: fitting, strided, empty, of another shape, of another dtype."""
    _, (args, kwargs) = _call(entry, sample)
    with torch.no_grad():
        plain = run(entry.op, args[0], kwargs[0])
    results = plain.result if isinstance(plain.result, (tuple, list)) else [plain.result]
    if plain.error is not None or not all(isinstance(one, torch.Tensor) and one.dtype in DTYPE for one in results):
        return
    shapes = [tuple(one.shape) for one in results]
    dtypes = [one.dtype for one in results]
    forms: dict[str, list[torch.Tensor]] = {
        "fitting": [torch.full(s, 3, dtype=d) for s, d in zip(shapes, dtypes, strict=True)],
        "strided": [torch.full((*s, 2), 3, dtype=d)[..., 0] for s, d in zip(shapes, dtypes, strict=True)],
        "empty": [torch.empty(0, dtype=d) for d in dtypes],
        "other shape": [torch.full((*s, 2), 3, dtype=d) for s, d in zip(shapes, dtypes, strict=True)],
        "other dtype": [
            torch.full(s, 3, dtype=OUT_DTYPES.get(d, torch.int32)) for s, d in zip(shapes, dtypes, strict=True)
        ],
    }
    if not results[0].numel():
        del forms["strided"]
    for form, made in forms.items():
        _, (args, kwargs) = _call(entry, sample)
        given = Pair([])(made if len(made) > 1 else made[0])
        torch.manual_seed(0), engine.manual_seed(0)
        first = run(entry.op, args[0], {**kwargs[0], "out": given[0]})
        second = run(counterpart(entry), args[1], {**kwargs[1], "out": given[1]})  # type: ignore[arg-type]
        for kind, text in compare(first, second, how_to_compare(entry)):
            yield f"out={form}: {kind}", text


def check_errors(entry: Any) -> Iterator[Difference]:
    """The wrong calls that torch tests."""
    for wrong in entry.error_inputs("cpu"):
        sample = wrong.sample_input
        if not _has_foreign_dtype([sample.input, sample.args]):
            yield from check_call(entry, sample)


def _in_dtype(value: Any, source: torch.dtype, target: torch.dtype) -> Any:
    """A sample's argument with its tensors of one dtype in another one."""
    if isinstance(value, torch.Tensor):
        return value.detach().to(target) if value.dtype is source else value
    if isinstance(value, (list, tuple)):
        return type(value)(_in_dtype(one, source, target) for one in value)
    return value


def check_dtype(entry: Any, dtype: torch.dtype) -> Iterator[Difference]:
    """A dtype that the operation does not have."""
    source = next((d for d in SAMPLED if d in entry.supported_dtypes("cpu")), None)
    if source is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for sample in samples_of(entry, source, requires_grad=False)[:1]:
            given = _in_dtype([sample.input, *sample.args], source, dtype)
            made = SampleInput(given[0], args=tuple(given[1:]), kwargs=sample.kwargs)
            yield from check_call(entry, made)


# The campaign.


@dataclass(frozen=True)
class Finding:
    """One difference."""

    entry: str
    dtype: str
    sample: str
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.entry} [{self.dtype}] {self.what}: {self.text}\n    {self.sample}"


def _describe(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        shown = f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"
        return shown if value.is_contiguous() else f"{shown}{list(value.stride())}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_describe, value))})"
    return repr(value)


def described(sample: Any) -> str:
    """A sample in one line."""
    args = [_describe(one) for one in (sample.input, *sample.args)]
    return ", ".join([*args, *(f"{key}={_describe(value)}" for key, value in sample.kwargs.items())])


def _spread(samples: list[Any], count: int | None) -> list[Any]:
    """So many of the samples, evenly spread."""
    if count is None or len(samples) <= count:
        return samples
    return [samples[i * (len(samples) - 1) // max(count - 1, 1)] for i in range(count)]


def _has_foreign_dtype(value: Any) -> bool:
    """Whether a tensor is in it of a dtype that the engine does not have, such as complex32."""
    if isinstance(value, (list, tuple)):
        return any(map(_has_foreign_dtype, value))
    if isinstance(value, torch.Tensor):
        return value.dtype not in DTYPE or value.dim() > 64  # of which NumPy knows none
    return isinstance(value, torch.dtype) and value not in DTYPE


def samples_of(entry: Any, dtype: torch.dtype, *, requires_grad: bool, reference: bool = False) -> list[Any]:
    """torch's samples; the same ones each time."""
    torch.manual_seed(0)
    np.random.seed(0)
    make = entry.reference_inputs if reference else entry.sample_inputs
    found = itertools.islice(make("cpu", dtype, requires_grad=requires_grad), 400)
    return [one for one in found if not _has_foreign_dtype([one.input, one.args, [*one.kwargs.values()]])]


def campaign(
    entry: Any, *, dtypes: int | None = None, count: int | None = None, reference: bool = False
) -> Iterator[Finding]:
    """All differences of an entry.

    Args:
        entry: of ``op_db``.
        dtypes: how many dtypes to try; None for all of ``SAMPLED``.
        count: how many samples of each; None for all.
        reference: take torch's larger set, with extremal values and odd layouts.
    """
    name = entry_name(entry)
    supported = entry.supported_dtypes("cpu")
    differentiable = entry.supported_backward_dtypes("cpu") if entry.supports_autograd else set()
    for dtype in [d for d in SAMPLED if d in supported][:dtypes]:
        tracked = dtype in differentiable
        for sample in _spread(samples_of(entry, dtype, requires_grad=tracked, reference=reference), count):
            checks = [check_call(entry, sample, gradients=tracked)]
            if entry.inplace_variant is not None and not sample.broadcasts_input:
                checks.append(check_in_place(entry, sample))
            for what, text in itertools.chain(*checks):
                yield Finding(name, str(dtype)[6:], described(sample), what, text)
        if entry.supports_out:
            for sample in _spread(samples_of(entry, dtype, requires_grad=False), 3):
                for what, text in check_out(entry, sample):
                    yield Finding(name, str(dtype)[6:], described(sample), what, text)
    for dtype in SAMPLED:
        if dtype not in supported:
            for what, text in check_dtype(entry, dtype):
                yield Finding(name, str(dtype)[6:], "a dtype that it does not have", what, text)
    if entry.error_inputs_func is not None:
        for what, text in check_errors(entry):
            yield Finding(name, "errors", "", what, text)


def _unsupported_only(entry: Any) -> Iterator[Finding]:
    for dtype in SAMPLED:
        if dtype not in entry.supported_dtypes("cpu"):
            for what, text in check_dtype(entry, dtype):
                yield Finding(entry_name(entry), str(dtype)[6:], "a dtype that it does not have", what, text)


def main(names: list[str]) -> int:
    """Run the campaign, and print what differs."""
    torch.set_num_threads(1)
    torch.set_warn_always(True), engine.set_warn_always(True)
    found = entries()
    total = 0
    for name in names or found:
        by_kind: dict[str, list[Finding]] = {}
        for finding in campaign(found[name], reference="--reference" in sys.argv):
            by_kind.setdefault(finding.what, []).append(finding)
        for what, findings in by_kind.items():
            dtypes = " ".join(dict.fromkeys(one.dtype for one in findings))
            print(
                f"{name} | {what} | {len(findings)}x {dtypes}\n    {findings[0].text}\n    {findings[0].sample}",
                flush=True,
            )
        total += sum(map(len, by_kind.values()))
    print(f"{total} differences; {len(found)} entries, {len(missing())} missing")
    return min(total, 1)


if __name__ == "__main__":
    sys.exit(main([name for name in sys.argv[1:] if not name.startswith("-")]))

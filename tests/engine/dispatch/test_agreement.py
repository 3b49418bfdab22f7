"""The compiled path and the slow path mean the same: every operation, through both.

Calls are made up from the schema, in the forms that arms are compiled for and in others; ``CALLS`` adds what a schema
cannot say.  A call goes to the function as published, and again with the rare-mode flag up, which sends it through
the slow path.  Everything that can be seen of the results must be equal, errors included.
"""

from __future__ import annotations

import functools
import itertools
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

import engine
from engine.autograd.modes import unusual
from engine.declare.op import Op
from engine.declare.registry import operations
from engine.declare.schema import REQUIRED, Param
from engine.tensor import Tensor
from tests.engine.dispatch.valid_calls import CALLS

ALL = os.environ.get("CONFORMANCE_SAMPLES") == "all"
DTYPES = (engine.float32, engine.float64, engine.int64, engine.bool, engine.complex64, engine.float16, engine.bfloat16)
MODES = (engine.enable_grad, engine.no_grad, engine.inference_mode)
SHAPES: tuple[tuple[int, ...], ...] = ((2, 3), (), (3,), (2, 1, 3), (0, 3))

# What fits a parameter, besides what its type says.
VALUES: dict[str, tuple[Any, ...]] = {
    "physical_layout": ((1, 0), (0, 1)),
    "dim": (0, -1, 1, 5, (0,), (0, 1), (0, 0), None),
    "dims": ((0, 1), (1, 0), (0,), 1),
    "dim0": (0, -1), "dim1": (1, -1, 0), "dim2": (1, 0), "dimension": (0, -1),
    "size": ((6,), (2, 3), (-1,), (4, 2, 3), 6), "shape": ((6,), (3, 2), (-1, 1)), "sizes": ((1, -1), (2,)),
    "ord": (2, 1, 0, float("inf"), 3.5, -1), "exponent": (2, 3, 0.5, -1, 0),
    "index": (0, 1, -1, 7), "split_size": (1, 2), "split_sizes": ((1, 1), (1, 2)), "chunks": (1, 2),
    "repeats": ((2, 2), (1, 2, 3), 2), "sections": (1, 2),
    "indices": ((1,), (1, 2)), "shifts": (1, (1, 2)), "offset": (0, 1), "step": (1, 2), "length": (1, 2),
    "start": (0, 1, None), "end": (2, None), "stride": ((1,), (3, 1)), "input_sizes": ((2, 3), (2, 2, 3)),
    "correction": (None, 0, 1, 2), "memory_format": (None,), "dtype": (None,), "generator": (None,),
    "source": (0, 1), "destination": (1, 0), "diagonal": (0, 1), "decimals": (1,), "rounding_mode": (None, "floor"),
    "bins": (2, (2, 3, 2), (2,)), "k": (1, 2), "num_samples": (1,), "end_dim": (-1,), "start_dim": (0, 1),
}  # fmt: skip
TYPES: dict[str, tuple[Any, ...]] = {
    "int": (0, 1), "float": (0.5, 2.0), "Scalar": (2, 0.5), "bool": (False, True), "str": ("a",), "ScalarType": (None,),
    "Any": ([1, 2.5], 3, True), "MemoryFormat": (None,), "Generator": (None,), "Layout": (None,), "Device": (None,),
}  # fmt: skip
INDEX_NAMES = {"index", "indices"}


@functools.cache
def elements(shape: tuple[int, ...], seed: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "index":
        return np.asarray(rng.integers(0, 2, shape))
    if kind == "mask":
        return np.asarray(rng.random(shape) < 0.5)
    return np.asarray(rng.integers(-3, 4, shape) + rng.choice([0, 0.25, 0.5], shape))


def tensor(shape: tuple[int, ...], dtype: Any, seed: int, name: str) -> Tensor:
    kind = "index" if name in INDEX_NAMES else "mask" if name in ("mask", "condition") else ""
    found = engine.from_numpy(elements(shape, seed, kind).copy())
    if kind:
        return found
    found = found.to(dtype)
    if (dtype.is_floating_point or dtype.is_complex) and seed % 2:
        found = found.requires_grad_()
    return found


def candidates(param: Param, shape: tuple[int, ...], dtype: Any, seed: int) -> tuple[Any, ...]:
    if param.type.is_tensor:
        made = tensor(shape, dtype, seed, param.name)
        if param.type.is_list:
            return ([made, tensor(shape, dtype, seed + 1, param.name)],)
        number = () if param.type.optional or param.name == "self" else (2, 0.5)
        return (made, *number, *((None,) if param.type.optional else ()))
    if param.type.base == "Scalar" and param.type.is_list:
        return ([2, 0.5],)
    given = VALUES.get(param.name, TYPES[param.type.base])
    fits = [
        v for v in given if v is None or isinstance(v, (tuple, str, bool)) or not param.type.is_list or param.type.size
    ]
    if not param.type.is_list:
        fits = [v for v in fits if not isinstance(v, tuple)]
    return tuple(fits)


def calls(op: Op) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Arguments: over shapes and dtypes, with few values for each option: a quarter of them, in which shape, dtype and
    what requires grad take turns; with ``CONFORMANCE_SAMPLES=all`` all."""
    positional = [p for p in op.schema.params if not p.kwarg_only]
    keywords = [p for p in op.schema.params if p.kwarg_only]
    forms = list(itertools.product(SHAPES, DTYPES, (0, 1)))
    if not ALL:
        forms = [form for number, form in enumerate(forms) if number % 8 in (0, 5)]
    for shape, dtype, seed in forms:
        choices = [candidates(p, shape, dtype, seed + i) for i, p in enumerate(positional)]
        required = sum(p.default is REQUIRED for p in positional)
        for count in sorted({required, len(positional)}):
            for values in itertools.islice(itertools.product(*choices[:count]), 12):
                yield list(values), {}
        for param in keywords:
            for value in candidates(param, shape, dtype, seed):
                yield [c[0] for c in choices], {param.name: value}
    if len(positional) > 1 and positional[1].name in VALUES:
        param = positional[1]
        for value in candidates(param, (2, 3), engine.float32, 1):
            yield [tensor((2, 3), engine.float32, 1, "self")], {param.name: value}


def special_calls(op: Op) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    for make in CALLS.get(op.schema.qualified, ()):
        args = make()
        yield (args[:-1], args[-1]) if args[-1:] and isinstance(args[-1], dict) else (args, {})


def describe(value: Any, depth: int = 2) -> Any:
    """Everything that can be seen of a result, as plain data."""
    if isinstance(value, Tensor):
        seen = [
            value.dtype, tuple(value.shape), value.stride(), value._array.tobytes(), value.requires_grad, value.is_leaf,
            value.is_inference() or value._version, value._is_view(), value.output_nr,
            value._base is not None and value._base.shape,
        ]  # fmt: skip
        if depth and value.grad_fn is not None:
            seen.append(describe_node(value.grad_fn, depth - 1))
        return seen
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *(describe(one, depth) for one in value)]
    return [type(value).__name__, repr(value)]


def describe_node(node: Any, depth: int) -> Any:
    saved = {name: outcome(getattr, [node, name], depth=0) for name in dir(node) if name.startswith("_saved_")}
    inputs = [None if fn is None else (fn.name(), nr) for fn, nr in node.next_functions]
    metadata = [(m.shape, m.dtype) for m in node._input_metadata]
    return [node.name(), saved, inputs, metadata]


def outcome(
    call: Callable[..., Any], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None, depth: int = 2
) -> Any:
    engine.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return describe(call(*args, **(kwargs or {})), depth)
        except Exception as error:
            return [type(error), str(error)]


def published(op: Op) -> Callable[..., Any]:
    """The function or method that cells call."""
    if op.python_name == "where" or not op.has_self:  # names that mean something else on Tensor, or in torch
        return op_function(op)
    attribute = getattr(Tensor, op.python_name, None)
    return attribute or getattr(engine, op.python_name, None) or op_function(op)


OF_OTHER_DEVICES = {"mm.dtype", "bmm.dtype", "addmm.dtype", "baddbmm.dtype"}
"""Overloads that torch, too, has no kernel for on the CPU."""


def op_function(op: Op) -> Callable[..., Any]:
    from engine.declare.registry import OVERLOADS
    from engine.dispatch import fast, slow

    return fast.build(op.python_name, OVERLOADS[op.python_name], slow.function)


@pytest.mark.parametrize(
    "op", [op for op in operations() if not op.python_name.endswith("_")], ids=lambda op: op.schema.qualified
)
def test_both_paths_agree(op: Op):
    function = published(op)
    tried = worked = 0
    for args, kwargs in (*calls(op), *special_calls(op)):
        quick = outcome(function, args, kwargs)
        with unusual():
            plain = outcome(function, args, kwargs)
        assert quick == plain, (args, kwargs)
        tried += 1
        worked += not isinstance(quick[0], type)
    assert tried, "no call was made up"
    assert worked or op.schema.qualified in OF_OTHER_DEVICES, "no call that was made up is a valid one"


@pytest.mark.parametrize(
    "op", [op for op in operations() if not op.python_name.endswith("_")], ids=lambda op: op.schema.qualified
)
def test_both_paths_agree_in_inference_mode(op: Op):
    """There the code is the same, with other names for what a result has of autograd: few calls show it."""
    function = published(op)
    for number, (given, kwargs) in enumerate((*itertools.islice(calls(op), 0, 60, 10), *special_calls(op))):
        with engine.inference_mode():
            made_here = number % 2 and isinstance(given[0], Tensor)
            args = [given[0].clone(), *given[1:]] if made_here else given
            quick = outcome(function, args, kwargs)
            with unusual():
                plain = outcome(function, args, kwargs)
        assert quick == plain, (args, kwargs)


def targets(given: Tensor) -> Iterator[Callable[[], Tensor]]:
    """Ways to hold the same elements, which in-place forms treat differently."""
    yield lambda: given.detach().clone()
    yield lambda: given.detach().clone().requires_grad_(given.requires_grad)
    yield given.clone
    if given.dim():
        yield lambda: engine.cat([given.detach(), given.detach()])[: len(given)]
        yield lambda: given.detach()[:1].clone().expand_as(given)


@pytest.mark.parametrize(
    "op",
    [op for op in operations() if op.kernel and op.has_self and (op.inplace or op.python_name.endswith("_"))],
    ids=lambda op: op.schema.qualified,
)
def test_both_paths_agree_in_place(op: Op):
    method = getattr(Tensor, op.python_name.removesuffix("_") + "_")

    def changed(
        make: Callable[[], Tensor],
        others: list[Any],
        kwargs: dict[str, Any],
        mode: Callable[[], AbstractContextManager[Any]],
    ) -> Any:
        target = make()
        others = [target if one is SELF else one for one in others]
        with mode():
            found = outcome(method, [target, *others], kwargs)
        return found, describe(target), target._base is not None and describe(target._base)

    SELF = object()
    modes = itertools.cycle(MODES)
    worked = 0
    for args, kwargs in (*itertools.islice(calls(op), 0, None, 3), *special_calls(op)):
        if not args or not isinstance(args[0], Tensor):
            continue
        others = [args[1:], [SELF, *args[2:]]] if args[1:] and isinstance(args[1], Tensor) else [args[1:]]
        for make, rest, each in itertools.product(targets(args[0]), others, MODES if ALL else (None,)):
            mode = each or next(modes)
            quick = changed(make, rest, kwargs, mode)
            with unusual():
                plain = changed(make, rest, kwargs, mode)
            assert quick == plain, (make(), rest, kwargs, mode)
            worked += not isinstance(quick[0][0], type)
    assert worked, "no call that was made up is a valid one"


def test_help_shows_the_schemas():
    assert engine.add.__doc__ == "add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor"
    assert engine.Tensor.sum.__doc__.splitlines()[1].startswith("sum.dim_IntList(Tensor self, int[1]? dim")

"""``out=``: compute as the function does, and write into the given tensor, which is resized if need be.

Operations differ in what they ask of that tensor's dtype; each declares its ``Output``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autograd.forward_ad import FORWARD, has_tangent
from ..autograd.levels import LEVELS
from ..autograd.modes import GRAD, STATE
from ..autograd.views import bump
from ..device import CPU, META
from ..dtypes import can_cast, dtype
from ..layout import check_resizable
from ..meta import MetaArray
from ..meta import like as empty
from ..pending_array import resolved
from ..strides import empty_like
from ..tensor import Tensor
from ..warning import warn
from .arguments import Bound, type_name
from .inplace import OVERLAP, check_apart, check_may_modify, check_single, shares_memory, warn_of_comparison, write
from .slow import compute, following, tracked

if TYPE_CHECKING:
    from ..declare.op import Op


@dataclass(frozen=True)
class Output:
    """What an operation asks of its ``out=``."""

    mismatch: str = ""
    """The error for another dtype than the result's, as a format of ``out`` and ``result``; by default a dtype that
    the result can be cast to is as good."""
    uncastable: str = ""
    """The error for a dtype that is not, in words of its own."""
    inplace: str = ""
    """The same of the in-place form, where its words differ."""
    follows: bool = False
    """Without a ``dtype`` argument the result gets the dtype of ``out``."""
    error: type[Exception] = RuntimeError
    """The kind of both errors."""
    warns: bool = True
    """A resized ``out`` that had elements gives a warning."""
    resized: Callable[[tuple[int, ...], tuple[int, ...]], tuple[tuple[int, ...], tuple[int, ...]]] | None = None
    """Of the sizes before and after, those that the warning names, if torch resizes on its way to the result's."""
    counts: bool = False
    """Only the number of elements must fit, not the shape."""
    columns: bool = False
    """A resized ``out`` is laid out as the result, whose matrices may lie by columns."""
    columns_if_empty: bool = False
    """The same, but only of an ``out`` without elements."""
    single: bool = False
    """Elements of ``out`` that share memory are refused even if a change of its size would part them."""
    early: bool = False
    """Inputs that share memory with ``out`` are refused before its size is changed."""
    sizes: Callable[..., tuple[int, ...]] | None = None
    """From the operation's parameters, the sizes of the result, if a tensor that is changed in place must have them
    before anything else is checked."""
    writes: int = 1
    """By how much writing raises the version; of an operation that makes nothing, it is 0."""
    counts_resizing: bool = False
    """A change of size raises the version, too."""
    warning: str = ""
    """What is said once of the operation, if it is called with ``out``."""
    ignored: bool = False
    """After the check of its dtype, ``out`` is left as it is."""
    rows: bool = False
    """The elements are written row by row from the place of the first one on, however ``out`` lies."""
    besides: tuple[dtype, ...] = ()
    """Dtypes that are as good as the result's."""
    last_first: bool = False
    """Of several outputs the last one is checked and resized first."""
    dense: bool = False
    """Nothing is written to an ``out`` that is not dense row by row."""
    first: Callable[..., None] | None = None
    """What looks at the outputs before anything is computed, called with them and the operation's parameters."""
    by: Callable[..., None] | None = None
    """What does all of it, called with the outputs and the operation's parameters, where it is made of calls with
    outputs of their own."""
    choose: Callable[..., Output] | None = None
    """From the operation's parameters, what else it asks than this."""

    spoils: Callable[..., None] | None = None
    """What becomes of ``out`` where its dtype is refused only after first steps, when it has the result's size: called
    with it, with whether it had that size before, and with the operation's parameters."""

    def prepare(self, out: Tensor, array: np.ndarray, result: dtype, values: Sequence[Any]) -> None:
        """Check the dtype and resize.

        Raises:
            RuntimeError: for a dtype that the operation does not take.
        """
        if result is not out._dtype and out._dtype not in self.besides:
            wrong = "" if can_cast(result, out._dtype) else self.uncastable or self.mismatch or UNCASTABLE
            if wrong or self.mismatch:
                if self.spoils is not None and not out.is_meta:
                    fits = out._array.shape == array.shape
                    self.resize(out, array)
                    self.spoils(out, fits, *values)
                raise self.error((wrong or self.mismatch).format(out=out._dtype, result=result))
        if isinstance(array, MetaArray) is not out.is_meta:
            source = CPU if out.is_meta else META
            raise RuntimeError(
                f"Attempting to copy from device {source} to device {out.device}, but cross-device copies are not "
                "allowed!"
            )
        if not self.ignored:
            self.resize(out, array)
        elif array.size and array.shape != out._array.shape:  # it is the result that is given the other's size
            warn(RESIZED.format(list(array.shape), list(out._array.shape)))

    def resize(self, out: Tensor, array: np.ndarray) -> None:
        """Give ``out`` the shape of a result, and say so."""
        shape = array.shape
        if self.warns and out._array.size and not (self.counts and out._array.size == array.size):
            before, after = (out._array.shape, shape) if self.resized is None else self.resized(out._array.shape, shape)
            if before != after:
                warn(RESIZED.format(list(before), list(after)))
        if out._array.shape != shape and not (self.counts and out._array.size == array.size):
            if self.counts_resizing:
                bump(out)
            check_resizable(out._array, array.size)
            columns = self.columns or (self.columns_if_empty and not out._array.size)
            if columns:
                out._array = empty_like(array, out._array.dtype)
            elif 0 < array.size <= out._array.size and out._array.flags.c_contiguous:
                out._array = out._array.reshape(-1)[: array.size].reshape(shape)  # the memory is kept
            else:
                out._array = empty(out._array, shape)


RESIZED = (
    "An output with one or more elements was resized since it had shape {}, which does not match the required output "
    "shape {}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they "
    "have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with "
    "t.resize_(0)."
)

UNCASTABLE = "result type {result.scalar_type} can't be cast to the desired output type {out.scalar_type}"

CASTABLE = Output()
FOLLOWING = Output(follows=True)
SAME = Output("Expected out tensor to have dtype {result.c_name}, but got {out.c_name} instead")
FOUND = Output("Found dtype {out.scalar_type} but expected {result.scalar_type}")
CREATED = Output(
    "dtype {result.scalar_type} does not match dtype of out parameter ({out.scalar_type})", follows=True, warns=False
)
"""What most operations ask, and the most common other demands."""


def call_out(name: str, bound: Bound) -> Any:
    """Run a call that has an ``out``.

    Raises:
        RuntimeError: if gradients are asked for, or the dtype does not fit.
    """
    op, values, out, _ = bound
    if STATE.unusual and any(level.is_batched for level in LEVELS.get()):
        raise RuntimeError(
            f"Batching rule not implemented for aten::{op.schema.name}.out; the fallback path doesn't work on "
            "out= or view ops."
        )
    assert op.out is not None
    asked = op.out if op.out.choose is None else op.out.choose(*values)
    outs: Sequence[Tensor] = out if isinstance(out, (tuple, list)) else (out,)
    if not op.schema.variadic:
        _check_outputs(op, outs)
    given = [one for value in values[op.apart or 0 :] for one in (value if isinstance(value, tuple) else (value,))]
    if GRAD.get() and any(map(tracked, (*given, *outs))):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if FORWARD.level is not None and any(isinstance(one, Tensor) and has_tangent(one) for one in given):
        raise NotImplementedError(
            f"Trying to use forward AD with {name}_out that does not support it because it is an out= function"
        )
    if asked.warning:
        warn(asked.warning, once=f"{name}_out")
    values = following(op, values, outs[0]._dtype) if asked.follows else values
    if asked.by is None:
        _write(op, asked, values, outs, given)
    else:
        if op.check is not None:
            op.check(*values)
        asked.by(outs, *values)
    if op.schema.variadic:
        return None
    if len(outs) == 1:
        return outs[0]
    return tuple(outs) if op.returns is None else op.returns.out(outs)  # type: ignore[attr-defined]


def _write(op: Op, asked: Output, values: Sequence[Any], outs: Sequence[Tensor], given: Sequence[Any]) -> None:
    """Compute, and write into outputs that are first made fit."""
    if asked.first is not None:
        asked.first(outs, *values)
    results = _results(op, values)
    elementwise = op.elementwise or (op.promote.value != "none" and not op.structural)
    for one, (array, d) in [*zip(outs, results, strict=True)][:: -1 if asked.last_first else 1]:
        if elementwise or asked.single:
            check_single(one)
        if elementwise:
            check_apart(one, given)
        shared = op.apart is not None and any(shares_memory(one, other) for other in given)
        if not (shared and asked.early):
            asked.prepare(one, array, d, values)
        if shared:
            raise RuntimeError(OVERLAP)
        check_may_modify(one, given if elementwise else ())
        warn_of_comparison(op, values, one, array)
    for one, (array, _) in zip(outs, results, strict=True):
        if asked.ignored:
            continue
        if asked.dense and not one._array.flags.c_contiguous:
            bump(one)
        elif asked.rows and not one._array.flags.c_contiguous:
            dense = np.lib.stride_tricks.as_strided(one._array, (one._array.size,), (one._array.itemsize,))
            dense[:] = array.reshape(-1)
            bump(one)
        elif asked.writes:
            write(one, array if array.shape == one._array.shape else array.reshape(one._array.shape))
        for _ in range(asked.writes - 1):
            bump(one)


def _check_outputs(op: Op, outs: Sequence[Any]) -> None:
    count = len(op.schema.returns)
    if len(outs) != count:
        raise TypeError(f"expected tuple of {count} elements but got {len(outs)}")
    for place, one in enumerate(outs):
        if not isinstance(one, Tensor):
            raise TypeError(
                f"expected Tensor as element {place} in argument {len(op.schema.params)}, but got {type_name(one)}"
            )


def _results(op: Op, values: Sequence[Any]) -> list[tuple[np.ndarray, dtype]]:
    if op.composite is None:
        return list(zip(*compute(op, values), strict=True))
    if op.check is not None:
        op.check(*values)
    result = op.composite(*values)
    return [(resolved(one._array), one._dtype) for one in (result if isinstance(result, tuple) else (result,))]

"""Making tensors from sizes, and like other tensors.

Each of these functions takes ``dtype``, ``layout``, ``device``, ``pin_memory``, ``requires_grad`` and, where torch
has it, ``out``; none records.

Source: "Creation Ops" of torch's reference.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..checks import not_implemented
from ..declare.op import op
from ..determinism import uninitialized
from ..device import META, to_device
from ..dispatch.layouts import KERNELS, refused
from ..dispatch.outputs import CREATED, Output
from ..dtypes import dtype, int64
from ..kernels import creation as kernels
from ..layout import sparse_coo
from ..meta import MetaArray, as_dense, in_order, lazily, plain, without_elements
from ..quiet import safely
from ..sparse_array import SparseArray, sparse_array
from ..strides import empty_in_order
from ..strides import empty_like as empty_as
from ..tensor import Tensor, wrap
from ..warning import warn

Sizes = tuple[int, ...]
Make = Callable[..., np.ndarray]
"""Gets a function's parameters, without the options, and the dtype."""

_OPTIONS = "ScalarType? dtype={}, Layout? layout=None, Device? device=None, bool? pin_memory=None"


def _default(*_: Any) -> dtype:
    return dtypes.default_dtype()


def factory(
    head: str,
    make: Make,
    *,
    infer: Callable[..., dtype] = _default,
    default: str = "None",
    check: Callable[..., None] | None = None,
    **keywords: Any,
) -> Any:
    """Declare a function that makes a tensor.

    Args:
        head: the schema up to the options.
        make: makes the elements.
        infer: the dtype without ``dtype=``; gets what ``make`` gets, but for the dtype.
        default: of ``dtype`` in the schema.
        check: gets what ``make`` gets.
        **keywords: as of ``op()``.
    """

    parameters = (one for one in head.partition("(")[2].split(", ") if one != "*")
    names = [one.split()[1].partition("=")[0] for one in parameters]

    def composite(*values: Any) -> Tensor:
        *given, d, layout, device, _ = values
        on = to_device(device, given[0].device if names[0] == "self" else None, making)
        d = d or infer(*given)
        if check is not None:
            check(*given, d)
        if layout is sparse_coo and head.startswith("zeros("):
            return wrap(_nothing_stored(given[0], d), d)
        if on is META:
            return wrap(_shaped(dict(zip(names, given, strict=True)), lambda: make(*given, d), d), d)
        return wrap(safely(make, *given, d), d)

    name = head.partition("(")[0]
    making = name.removeprefix("new_")
    if making not in ("empty_strided", "tril_indices", "triu_indices"):
        making = "empty.memory_format"
    keywords.setdefault("out", CREATED)
    return op(f"{head}, {_OPTIONS.format(default)}) -> Tensor", composite=composite, **keywords)


def _shaped(given: dict[str, Any], make: Callable[[], np.ndarray], d: dtype) -> MetaArray:
    """What a function makes on ``meta``: what it makes elsewhere, without the elements."""
    if "size" not in given:
        return without_elements(make())
    check_sizes(given["size"])
    strides = given.get("stride")
    return lazily(given["size"], d.numpy, strides and [step * d.itemsize for step in strides])


def like(
    head: str, make: Make, *, default: str = "None", check: Callable[..., None] | None = None, **keywords: Any
) -> Any:
    """Declare a function that makes a tensor with the shape, dtype and layout in memory of another one.

    ``make`` gets an empty array to fill, the parameters after ``self``, and the dtype.
    """

    def composite(self: Tensor, *values: Any) -> Tensor:
        *given, d, _, device, _, memory_format = values
        on = to_device(device, self.device, "empty_strided")
        d = d or self._dtype
        if isinstance(self._array, SparseArray):
            return wrap(_sparse_like(head, self._array, d), d)
        if check is not None:
            check(*given, d)
        order = None if memory_format is None else memory_format.order(self.dim())
        if on is META:
            like = self._array if order is None else empty_in_order(self.shape, d.numpy, order)
            return wrap(as_dense(like, d.numpy), d)
        array = empty_as(plain(self._array), d.numpy) if order is None else empty_in_order(self.shape, d.numpy, order)
        return wrap(make(array, *given, d), d)

    text = f"{head}, {_OPTIONS.format(default)}, MemoryFormat? memory_format=None) -> Tensor"
    return op(text, composite=composite, method=False, **keywords)


def _nothing_stored(size: Sizes, d: dtype) -> SparseArray:
    return sparse_array((np.zeros((len(size), 0), np.int64),), np.zeros(0, d.numpy), size, coalesced=True)


def _sparse_like(head: str, array: SparseArray, d: dtype) -> SparseArray:
    """Of zeros, nothing is stored; of other elements all would be, which is refused."""
    if not head.startswith(("zeros_like", "empty_like")) or array.kind != "sparse_coo":
        raise refused("fill_.Scalar")
    return KERNELS["zero_"](array).astype(d.numpy)


def check_sizes(size: Sizes, *_: Any) -> None:
    """Refuse negative sizes.

    Raises:
        RuntimeError: naming the first one.
    """
    for n in size:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(size)}")


def _check_zeros(size: Sizes, d: dtype) -> None:
    if any(n < 0 for n in size):
        raise RuntimeError("zeros: Dimension size must be non-negative.")


# Of one value.

zeros = factory("zeros(SymInt[] size, *", lambda size, d: np.zeros(size, d.numpy), check=_check_zeros)
ones = factory("ones(SymInt[] size, *", lambda size, d: np.ones(size, d.numpy), check=check_sizes)
full = factory(
    "full(SymInt[] size, Scalar fill_value, *",
    lambda size, fill_value, d: np.full(size, dtypes.number(fill_value, d), d.numpy),
    infer=lambda size, fill_value: dtypes.of_scalar(fill_value), check=check_sizes,
)  # fmt: skip
scalar_tensor = factory("scalar_tensor(Scalar s, *", lambda s, d: dtypes.number(s, d), out=False)


def _check_eye(n: int, m: int, d: dtype) -> None:
    for name, given in (("n", n), ("m", m)):
        if given < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {given}")


eye = factory("eye(SymInt n, *", lambda n, d: np.eye(n, dtype=d.numpy), check=lambda n, d: _check_eye(n, n, d))
eye = factory("eye.m(SymInt n, SymInt m, *", lambda n, m, d: np.eye(n, m, dtype=d.numpy), check=_check_eye)

# What memory holds is undefined; zeros are as good, and repeatable.


def _empty(size: Sizes, *values: Any) -> Tensor:
    d, layout, device, _, memory_format = values
    on = to_device(device, making="empty.memory_format")
    check_sizes(size)
    d = d or dtypes.default_dtype()
    if layout is sparse_coo:
        return wrap(_nothing_stored(size, d), d)
    order = None if memory_format is None else memory_format.order(len(size))
    if on is META:
        return wrap(in_order(size, d.numpy, range(len(size)) if order is None else order), d)
    return wrap(uninitialized(kernels.empty(size, d.numpy, order)), d)


def _check_strides(size: Sizes, stride: Sizes, d: dtype) -> None:
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    check_sizes(size)
    if any(s < 0 for s in stride):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")


empty = op(
    f"empty.memory_format(SymInt[] size, *, {_OPTIONS.format(None)}, MemoryFormat? memory_format=None) -> Tensor",
    composite=_empty, out=dataclasses.replace(CREATED, writes=0, counts_resizing=True), method=False,
)  # fmt: skip
empty_strided = factory(
    "empty_strided(SymInt[] size, SymInt[] stride, *",
    lambda size, stride, d: uninitialized(kernels.strided(size, stride, d.numpy)),
    check=_check_strides, out=False,
)  # fmt: skip


def _permuted(size: tuple[int, ...], physical_layout: tuple[int, ...], d: dtype) -> np.ndarray:
    """Dense memory in which the dimensions lie in this order, the outermost first."""
    stride, strides = 1, [0] * len(size)
    for dim in reversed(physical_layout):
        strides[dim] = stride
        stride *= max(size[dim], 1)  # where there are no elements, the strides are those of one
    return kernels.strided(size, tuple(strides), d.numpy)


def _check_layout(size: tuple[int, ...], physical_layout: tuple[int, ...], d: dtype) -> None:
    if len(size) != len(physical_layout):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(size)} is not equal to len(physical_layout) = {len(physical_layout)}"
        )
    seen: set[int] = set()
    for index, dim in enumerate(physical_layout):
        if not 0 <= dim < len(size):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(size) - 1}, but got {dim} at index "
                f"{index}).  NB: negative dims not currently supported; file an issue if you want it."
            )
        if dim in seen:
            raise RuntimeError("Duplicate dim not allowed")
        seen.add(dim)
    check_sizes(tuple(size[dim] for dim in physical_layout))


empty_permuted = factory(
    "empty_permuted(SymInt[] size, int[] physical_layout, *",
    lambda size, physical_layout, d: uninitialized(_permuted(size, physical_layout, d)),
    check=_check_layout, out=False,
)  # fmt: skip

# Ranges.


def _of_numbers(*bounds: complex) -> dtype:
    return int64 if all(isinstance(one, int) for one in bounds) else dtypes.default_dtype()


def _check_range(start: float, end: float, step: float, d: dtype) -> None:
    if d is dtypes.bool_ or d.is_complex:
        raise not_implemented("arange_cpu")(d)
    start, end, step = (float(one.real) if _is_real(one) else one for one in (start, end, step))
    if isinstance(start + end + step, complex):
        raise RuntimeError("value cannot be converted to type double without overflow")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (step > 0 and start > end) or (step < 0 and start < end):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _is_real(value: complex) -> bool:
    return not isinstance(value, complex) or value.imag == 0


class _RangeOutput(Output):
    """``arange`` resizes where the number of elements differs, and says so in words of its own."""

    def prepare(self, out: Tensor, array: np.ndarray, result: dtype, values: Sequence[Any]) -> None:
        count = len(array)
        if out.numel() not in (0, count):
            warn(
                f"The number of elements in the out tensor of shape {list(out.shape)} is {out.numel()} which does not "
                f"match the computed number of elements {count}. Note that this may occur as a result of rounding "
                f"error. The out tensor will be resized to a tensor of shape ({count},)."
            )
        super().prepare(out, array, result, values)


_RANGE = _RangeOutput(CREATED.mismatch, follows=True, warns=False, counts=True)
_SPACED = Output(CREATED.mismatch, follows=True, warns=False, counts=True)
arange = factory(
    "arange(Scalar end, *", lambda end, d: kernels.arange(0, end, 1, d),
    infer=_of_numbers, check=lambda end, d: _check_range(0, end, 1, d), out=_RANGE,
)  # fmt: skip
arange = factory(
    "arange.start(Scalar start, Scalar end, *", lambda start, end, d: kernels.arange(start, end, 1, d),
    infer=_of_numbers, check=lambda start, end, d: _check_range(start, end, 1, d), out=False,
)  # fmt: skip
arange = factory(
    "arange.start_step(Scalar start, Scalar end, Scalar step=1, *", kernels.arange,
    infer=_of_numbers, check=_check_range, out=_RANGE,
)  # fmt: skip


def _range(start: float, end: float, step: float, d: dtype) -> np.ndarray:
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    _check_range(start, end, step, d)
    return kernels.closed_range(start, end, step, d)


range_ = factory(
    "range(Scalar start, Scalar end, *", lambda start, end, d: _range(start, end, 1, d), method=False, out=False
)
range_ = factory("range.step(Scalar start, Scalar end, Scalar step=1, *", _range, method=False)


def _spaced(name: str, make: Make, *values: Any) -> np.ndarray:
    """Numbers from ``start`` to ``end``, either of which may be a 0-d tensor."""
    start, end, steps, *rest, d = values
    sizes = {what: one.dim() for what, one in (("start", start), ("end", end)) if isinstance(one, Tensor)}
    if any(sizes.values()):
        given = " and ".join(f"{what} with {n} dimension(s)" for what, n in sizes.items())
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {given}.")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    first, last = (one.item() if isinstance(one, Tensor) else one for one in (start, end))
    if (isinstance(first, complex) or isinstance(last, complex)) and not d.is_complex:
        raise RuntimeError(
            f"torch.{name}(): inferred dtype {dtypes.default_complex().c_name} can't be safely cast to passed dtype "
            f"{d.scalar_type}"
        )
    return make(first, last, steps, *rest, d)


def _of_bounds(start: Any, end: Any, *_: Any) -> dtype:
    complex_ = any(one.is_complex() if isinstance(one, Tensor) else isinstance(one, complex) for one in (start, end))
    return dtypes.default_complex() if complex_ else dtypes.default_dtype()


for _overload, _bounds in (
    (".Tensor_Tensor", "Tensor start, Tensor end"),
    (".Scalar_Tensor", "Scalar start, Tensor end"),
    (".Tensor_Scalar", "Tensor start, Scalar end"),
    ("", "Scalar start, Scalar end"),
):
    linspace = factory(
        f"linspace{_overload}({_bounds}, int steps, *",
        lambda *values: _spaced("linspace", kernels.linspace, *values),
        infer=_of_bounds, out=_SPACED, method=False,
    )  # fmt: skip
    logspace = factory(
        f"logspace{_overload}({_bounds}, int steps, float base=10.0, *",
        lambda *values: _spaced("logspace", kernels.logspace, *values),
        infer=_of_bounds, out=_SPACED, method=False,
    )  # fmt: skip

# Like other tensors.

zeros_like = like("zeros_like(Tensor self, *", lambda array, d: kernels.filled(array, 0))
ones_like = like("ones_like(Tensor self, *", lambda array, d: kernels.filled(array, 1))
empty_like = like("empty_like(Tensor self, *", lambda array, d: uninitialized(kernels.filled(array, 0)))
full_like = like(
    "full_like(Tensor self, Scalar fill_value, *",
    lambda array, fill_value, d: kernels.filled(array, dtypes.number(fill_value, d)),
)


def _own(self: Tensor, *_: Any) -> dtype:
    return self._dtype


factory(
    "new_zeros(Tensor self, SymInt[] size, *", lambda self, size, d: np.zeros(size, d.numpy),
    infer=_own, check=lambda self, size, d: check_sizes(size), out=False,
)  # fmt: skip
factory(
    "new_ones(Tensor self, SymInt[] size, *", lambda self, size, d: np.ones(size, d.numpy),
    infer=_own, check=lambda self, size, d: check_sizes(size), out=False,
)  # fmt: skip
factory(
    "new_empty(Tensor self, SymInt[] size, *", lambda self, size, d: uninitialized(np.zeros(size, d.numpy)),
    infer=_own, check=lambda self, size, d: check_sizes(size), out=False,
)  # fmt: skip
factory(
    "new_full(Tensor self, SymInt[] size, Scalar fill_value, *",
    lambda self, size, fill_value, d: np.full(size, dtypes.number(fill_value, d), d.numpy),
    infer=_own, check=lambda self, size, fill_value, d: check_sizes(size), out=False,
)  # fmt: skip
factory(
    "new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *",
    lambda self, size, stride, d: uninitialized(kernels.strided(size, stride, d.numpy)),
    infer=_own, check=lambda self, size, stride, d: _check_strides(size, stride, d), out=False,
)  # fmt: skip


# Places of triangles.


def _check_triangle(name: str) -> Callable[..., None]:
    def check(row: int, col: int, offset: int, d: dtype) -> None:
        for what, n in (("row", row), ("col", col)):
            if n < 0:
                raise RuntimeError(f"{what} must be non-negative, got{n}")
        if d.category != dtypes.INTEGRAL:
            raise not_implemented(name)(d)

    return check


def _triangle(places: Callable[..., Any]) -> Make:
    return lambda row, col, offset, d: np.stack(places(row, offset, col)).astype(d.numpy)


tril_indices = factory(
    "tril_indices(int row, int col, int offset=0, *", _triangle(np.tril_indices), default="long",
    infer=lambda *_: dtypes.int64, check=_check_triangle("tril_indices"), out=False,
)  # fmt: skip
triu_indices = factory(
    "triu_indices(int row, int col, int offset=0, *", _triangle(np.triu_indices), default="long",
    infer=lambda *_: dtypes.int64, check=_check_triangle("triu_indices"), out=False,
)  # fmt: skip

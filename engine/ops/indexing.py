"""Indexing: ``x[...]`` and ``x[...] = ...``, and the functions that read and write by index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import check_broadcast, not_implemented
from ..declare.op import missing, op
from ..determinism import alert_not_deterministic
from ..dispatch.devices import NO_META_KERNEL, NONZERO_ON_META, refuse_elements
from ..dispatch.outputs import SAME, Output
from ..dispatch.slow import common_dtype
from ..dtypes import FROM_NUM, INTEGRAL, bool_, int32, int64, number, uint8
from ..formulas.arithmetic import times
from ..formulas.scattering import scatter_reduce_backward
from ..kernels import indexing as kernels
from ..layout import wrap_dim
from ..tensor import Tensor, wrap
from ..warning import warn
from .nonzero import nonzero
from .parts import slice_

# By index tensors.


def _check_indices(self: Tensor, indices: Sequence[Tensor | None], *rest: Any) -> None:
    if len(indices) > self.dim():
        raise IndexError(f"too many indices for tensor of dimension {self.dim()}")
    is_fill = bool(rest) and not rest[1] and is_mask_fill(indices, rest[0])
    indices = expand_masks(self, indices)
    shapes = [one.shape for one in indices if one is not None]
    try:
        found = np.broadcast_shapes(*shapes)
    except ValueError:
        shown = ", ".join(str(list(shape)) for shape in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shown}"
        ) from None
    for dim, one in enumerate(indices):
        if one is not None:
            n = self.shape[dim]
            wrong = one._array[(one._array < -n) | (one._array >= n)]
            if wrong.size:
                if n == 0 and 0 not in found:
                    raise IndexError("index is out of bounds for dimension with size 0")
                raise IndexError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")
    if rest and isinstance(rest[0], Tensor):
        _check_values(rest[0], self, indices)
        if rest[0]._dtype is not self._dtype and not is_fill:
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{self._dtype.scalar_type} for the destination and {rest[0]._dtype.scalar_type} for the source."
            )


def _check_values(values: Tensor, self: Tensor, indices: Sequence[Tensor | None]) -> None:
    """Refuse values that do not broadcast to what the indices mean."""
    target = kernels.indexed_shape(self._array.shape, [None if one is None else one._array for one in indices])
    try:
        np.broadcast_to(values._array, target)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of "
            f"shape {list(target)}"
        ) from None


def is_mask_fill(indices: Sequence[Tensor | None], value: Tensor) -> bool:
    """Whether one value goes where one mask says, which converts it."""
    given = [one for one in indices if one is not None]
    return value.numel() == 1 and len(given) == 1 and given[0]._dtype in (bool_, uint8)


def expand_masks(self: Tensor, indices: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Masks replaced by the indices where they are true.

    Raises:
        IndexError: if a mask does not have the shape of what it masks.
    """
    found: list[Tensor | None] = []
    for one in indices:
        if one is None or one._dtype not in (bool_, uint8):
            found.append(one)
            continue
        one._check_readable("mask")
        refuse_elements(NONZERO_ON_META, one)
        for offset, n in enumerate(one.shape):
            dim = len(found) + offset
            if dim >= self.dim() or n != self.shape[dim]:
                raise IndexError(
                    f"The shape of the mask {list(one.shape)} at index {offset} does not match the shape of the "
                    f"indexed tensor {list(self.shape)} at index {dim}"
                )
        found.extend(wrap(np.asarray(place, np.int64)) for place in np.nonzero(one._array))
    return tuple(found)


index = op(
    "index.Tensor(Tensor self, Tensor?[] indices) -> Tensor", kernels.index,
    self=lambda grad, self_sym_sizes, indices: grad.new_zeros(self_sym_sizes).index_put_(indices, grad, True),
    check=_check_indices, structural=True, method=False,
)  # fmt: skip
index_put = op(
    "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor", kernels.index_put,
    self=lambda grad, indices, values_info, accumulate: (
        grad if accumulate else grad.index_put(indices, grad.new_zeros(values_info), False)
    ),
    values=lambda grad, indices: index(grad, indices),
    check=_check_indices, structural=True, apart=1, inplace=True,
)  # fmt: skip

# Along a dimension.


def _check_index_dtype(name: str, index: Tensor) -> None:
    if index._dtype not in (int32, int64):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {index._dtype.scalar_type}")


def _check_index_select(self: Tensor, dim: int, index: Tensor) -> None:
    dim = wrap_dim(dim, self.dim())
    if index.dim() > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index._dtype not in (int32, int64):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not self.dim() and index.numel() > 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < 0) | (index._array >= n)]
    if wrong.size and self.dim() > 1 and not n:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if wrong.size and self.dim() > 1 and (dim == 1 or not self.numel()):
        raise RuntimeError(f"INDICES element is out of DATA bounds, id={wrong.flat[0]} axis_dim={n}")
    if wrong.size:
        raise IndexError("index out of range in self")


index_select = op(
    "index_select(Tensor self, int dim, Tensor index) -> Tensor", kernels.index_select,
    self=lambda grad, self_sym_sizes, dim, index: grad.new_zeros(self_sym_sizes).index_add_(dim, index, grad),
    check=_check_index_select, structural=True,
    apart=0, out=Output("index_select(): self and result must have the same scalar type", single=True, early=True),
)  # fmt: skip
index_add = op(
    "index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor", kernels.index_add,
    self=lambda grad: grad,
    source=lambda grad, source, source_dim, dim, index, alpha: times(
        grad.index_select(dim, index).expand_as(source) if source_dim else grad.index_select(dim, index).squeeze(0),
        alpha,
    ),
    check=lambda *given: _check_index_add(*given), apart=1, inplace=True, out=SAME,
)  # fmt: skip


def _check_index_add(self: Tensor, dim: int, index: Tensor, source: Tensor, alpha: complex) -> None:
    dim = wrap_dim(dim, self.dim())
    if index.dim() > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {index.dim()} with type: "
            f"{index._dtype.scalar_type} and size: {list(index.shape)}"
        )
    _check_index_dtype("index_add_", index)
    if self._dtype is not source._dtype:
        raise RuntimeError(
            f"index_add_(): self ({self._dtype.scalar_type}) and source ({source._dtype.scalar_type}) must have the "
            "same scalar type"
        )
    if index.numel() != (source.shape[dim] if source.dim() > dim else 1):
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.numel()}) should be equal to source.size(dim): "
            f"({source.shape[dim] if source.dim() > dim else 1}), for dim: {dim}"
        )
    if self.dim() and [*self.shape[:dim], *self.shape[dim + 1 :]] != [*source.shape[:dim], *source.shape[dim + 1 :]]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < 0) | (index._array >= n)]
    if wrong.size and self.dim() > 1 and dim in (0, self.dim() - 1) and index._dtype is int64 and alpha == 1:
        # which torch scatters
        raise RuntimeError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")
    if wrong.size:
        raise IndexError("index out of range in self")


def _check_gather(name: str) -> Any:
    def check(self: Tensor, dim: int, index: Tensor, *rest: Any) -> None:
        dim = wrap_dim(dim, self.dim())
        if index.numel() == 0:
            return
        if index._dtype not in (int64, int32):
            raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
        if name != "gather" and rest and isinstance(rest[0], Tensor) and rest[0]._dtype is not self._dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        if max(index.dim(), 1) != max(self.dim(), 1):
            what = "input" if name == "gather" else "self"
            raise RuntimeError(f"Index tensor must have the same number of dimensions as {what} tensor")
        if rest and isinstance(rest[0], Tensor) and max(index.dim(), 1) != max(rest[0].dim(), 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        source = list(rest[0].shape) if rest and isinstance(rest[0], Tensor) else None
        beyond = [d for d, (n, m) in enumerate(zip(index.shape, self.shape, strict=False)) if d != dim and n > m]
        if source is not None and (beyond or any(n > m for n, m in zip(index.shape, source, strict=False))):
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension "
                f"{dim} and to be no larger size than src {source}"
            )
        if beyond and name != "gather":
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension "
                f"{dim}"
            )
        if beyond:
            raise RuntimeError(
                f"Size does not match at dimension {beyond[0]} expected index {list(index.shape)} to be no larger than "
                f"self {list(self.shape)} apart from dimension {dim}"
            )
        n = self.shape[dim] if self.dim() else 1
        wrong = index._array[(index._array < 0) | (index._array >= n)]
        if wrong.size:
            raise RuntimeError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")

    return check


gather = op(
    "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    lambda self, dim, index, sparse_grad: kernels.gather(self, dim, index),
    self=lambda grad, self, dim, index, sparse_grad: grad.new_zeros(self.shape).scatter_add_(dim, index, grad),
    check=_check_gather("gather"), structural=True, apart=0, out=SAME,
)  # fmt: skip
scatter = op(
    "scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", kernels.scatter,
    self=lambda grad, dim, index: grad.scatter(dim, index, 0),
    src=lambda grad, dim, index: grad.gather(dim, index),
    check=_check_gather("scatter"), structural=True, apart=1, inplace=True, out=SAME,
)  # fmt: skip
scatter = op(
    "scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", kernels.scatter,
    self=lambda grad, dim, index: grad.scatter(dim, index, 0),
    check=_check_gather("scatter"), structural=True, apart=1, node="ScatterBackward1", inplace=True, out=SAME,
)  # fmt: skip
scatter_add = op(
    "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", kernels.scatter_add,
    self=lambda grad: grad,
    src=lambda grad, dim, index: grad.gather(dim, index),
    check=_check_gather("scatter_add"), apart=1, inplace=True, out=SAME,
)  # fmt: skip


def _check_reduce(self: Tensor, dim: int, index: Tensor, src: Any, reduce: str) -> None:
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    _check_gather("scatter")(self, dim, index)
    if isinstance(src, Tensor):
        warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future "
            "PyTorch release. Use torch.scatter_reduce instead for more reduction options.",
            once=True,
        )


scatter = op(
    "scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor", kernels.scatter_reduce,
    self=missing("scatter"), src=missing("scatter"), node="NotImplemented",
    check=_check_reduce, apart=1, inplace=True, out=SAME,
)  # fmt: skip
scatter = op(
    "scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    kernels.scatter_reduce, self=missing("scatter"), node="NotImplemented",
    check=_check_reduce, apart=1, inplace=True, out=SAME,
)  # fmt: skip


def _check_take(self: Tensor, index: Tensor) -> None:
    if index._dtype is not int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {index._dtype.scalar_type}")
    if self.numel() == 0 and index.numel():
        raise IndexError("take(): tried to take from an empty tensor")
    _check_flat(self, index)


def _check_flat(self: Tensor, index: Tensor) -> None:
    n = self.numel()
    wrong = index._array[(index._array < -n) | (index._array >= n)]
    if wrong.size:
        raise IndexError(f"out of range: tried to access index {wrong.flat[0]} on a tensor of {n} elements.")


take = op(
    "take(Tensor self, Tensor index) -> Tensor", kernels.take,
    self=lambda grad, self, index: grad.new_zeros(self.shape).put_(index, grad, True),
    check=_check_take, structural=True, apart=0, out=Output(
        "take(): self and out expected to have the same dtype, but got self.dtype = {result.scalar_type} and out.dtype "
        "= {out.scalar_type}", single=True, early=True,
    ),
)  # fmt: skip


def _check_put(self: Tensor, index: Tensor, source: Tensor, accumulate: bool) -> None:
    if not accumulate:
        alert_not_deterministic("put_")
    if index._dtype is not int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {index._dtype.scalar_type}")
    if self._dtype is not source._dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{self._dtype.scalar_type} and source.dtype = {source._dtype.scalar_type}"
        )
    if index.numel() != source.numel():
        raise RuntimeError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    _check_flat(self, index)


put = op(
    "put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor", kernels.put,
    self=lambda grad, index, source_info, accumulate: (
        grad if accumulate else grad.put(index, grad.new_zeros(source_info), False)
    ),
    source=lambda grad, index, source: grad.take(index).reshape(source.shape),
    check=_check_put, apart=1, inplace=True,
)  # fmt: skip

# By masks and conditions.


def _check_mask(self: Tensor, mask: Tensor, *rest: Any) -> None:
    if mask._dtype is not bool_:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask._dtype.c_name}")
    value = rest[0] if rest else None
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
        )
    if isinstance(value, Tensor) and value.is_complex() and not self.is_complex():
        number(value._array.item(), self._dtype)
    check_broadcast(mask, self)


def _check_filling(self: Tensor, mask: Tensor, value: complex) -> None:
    _check_mask(self, mask)
    number(value, self._dtype)


masked_fill = op(
    "masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor", kernels.masked_fill,
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    value=lambda grad, mask: (grad.masked_fill(mask.logical_not(), 0)).sum(),
    check=_check_mask, structural=True, node="MaskedFillBackward1", inplace=True,
)  # fmt: skip
masked_fill = op(
    "masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor", kernels.masked_fill,
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    check=_check_filling, structural=True, inplace=True,
)  # fmt: skip
_where = op(
    "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", kernels.where,
    self=lambda grad, condition: _where(condition, grad, _zero(grad)),
    other=lambda grad, condition: _where(condition, _zero(grad), grad),
    method=False, name="_where", node="WhereBackward0", elementwise=True,
)  # fmt: skip


def _zero(like: Tensor) -> Tensor:
    return wrap(np.zeros((), like._array.dtype), like._dtype)


def _where_promoted(condition: Tensor, self: Any, other: Any) -> Tensor:
    if condition._dtype not in (bool_, uint8):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition._dtype.scalar_type}"
        )
    if condition._dtype is uint8:
        warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            once=True,
        )
    check_broadcast(condition, self, other)
    common = common_dtype((self, other))
    first, second = (
        one if isinstance(one, Tensor) else wrap(np.asarray(one).astype(common.numpy), common) for one in (self, other)
    )
    return _where(condition, first, second)


def _nonzero_tuple(condition: Tensor) -> tuple[Tensor, ...]:
    return nonzero(condition).unbind(1)


where = op(
    "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", composite=_where_promoted, numbers=True,
    method=False, elementwise=True,
    out=Output("Expected out type to be {result.scalar_type} but got {out.scalar_type}"),
)  # fmt: skip
where = op("where(Tensor condition) -> Tensor[]", composite=_nonzero_tuple, method=False)


def _where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """``self`` where the condition is true, else ``other``."""
    return where(condition, self, other)


Tensor.where = _where_method
masked_select = op(
    "masked_select(Tensor self, Tensor mask) -> Tensor", kernels.masked_select,
    self=lambda grad, self, mask: _masked_select_backward(grad, self.shape, mask),
    check=lambda self, mask: _check_selection(self, mask), structural=True,
    apart=0, out=Output("masked_select(): self and result must have the same scalar type", single=True, early=True),
    on_meta=NO_META_KERNEL,
)  # fmt: skip


def _check_selection(self: Tensor, mask: Tensor) -> None:
    if mask._dtype is not bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    check_broadcast(self, mask)


def _masked_select_backward(grad: Tensor, sizes: tuple[int, ...], mask: Tensor) -> Tensor:
    shape = np.broadcast_shapes(sizes, mask.shape)
    return grad.new_zeros(shape).masked_scatter(mask.expand(shape), grad)


def check_fills(src: Tensor, place: Tensor) -> None:
    """Refuse to put a tensor in the place of a part of another shape.

    Raises:
        RuntimeError: if the shapes differ.
    """
    if src.shape != place.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(place.shape)}"
        )


slice_scatter = op(
    "slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
    kernels.slice_scatter,
    self=lambda grad, src_info, dim, start, end, step: grad.slice_scatter(
        grad.new_zeros(src_info), dim, start, end, step
    ),
    src=lambda grad, dim, start, end, step: slice_(grad, dim, start, end, step),
    check=lambda self, src, *place: check_fills(src, slice_(self.detach(), *place)), structural=True, out=SAME,
)  # fmt: skip
select_scatter = op(
    "select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor", kernels.select_scatter,
    self=lambda grad, src_info, dim, index: grad.select_scatter(grad.new_zeros(src_info), dim, index),
    src=lambda grad, dim, index: grad.select(dim, index),
    check=lambda self, src, *place: check_fills(src, self.detach().select(*place)), structural=True,
)  # fmt: skip

# Whole tensors.

copy = op(
    "copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor",
    lambda self, src, non_blocking: _cast_to(self, src),
    self=lambda grad: grad.new_zeros(grad.shape),
    src=lambda grad: grad,
    check=lambda self, src, non_blocking: _check_copy(self, src),
    structural=True, node="CopyBackwards", method=False, inplace=True,
)  # fmt: skip


def _cast_to(self: np.ndarray, src: np.ndarray) -> np.ndarray:
    source = src.real if src.dtype.kind == "c" and self.dtype.kind != "c" else src
    return np.broadcast_to(source.astype(self.dtype), self.shape)


def _check_copy(self: Tensor, src: Tensor) -> None:
    try:
        np.broadcast_to(src._array, self.shape)
    except ValueError:
        check_broadcast(self, src)
        raise RuntimeError(
            f"output with shape {list(self.shape)} doesn't match the broadcast shape "
            f"{list(np.broadcast_shapes(self.shape, src.shape))}"
        ) from None


def _number_everywhere(self: np.ndarray, value: complex) -> np.ndarray:
    return np.full(self.shape, number(value, FROM_NUM[self.dtype.num]))


def _check_fill(self: Tensor, value: Tensor) -> None:
    if value.dim():
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.dim()} dimensions."
        )


fill = op(
    "fill.Scalar(Tensor self, Scalar value) -> Tensor", _number_everywhere,
    self=lambda grad: grad.new_zeros(grad.shape),
    structural=True, method=False,
)  # fmt: skip
fill = op(
    "fill.Tensor(Tensor self, Tensor value) -> Tensor", _cast_to,
    self=lambda grad: grad.new_zeros(grad.shape),
    value=lambda grad: grad.sum(),
    check=_check_fill, structural=True, node="FillBackward1", method=False,
)  # fmt: skip
op(
    "fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)", _cast_to,
    self=lambda grad: grad.new_zeros(grad.shape),
    value=lambda grad: grad.sum(),
    check=_check_fill, structural=True, node="FillBackward3",
)  # fmt: skip
op(
    "fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)", _number_everywhere,
    self=lambda grad: grad.new_zeros(grad.shape),
    structural=True, uniform=True, node="FillBackward2",
)  # fmt: skip
zero_ = op(
    "zero_(Tensor(a!) self) -> Tensor(a!)", np.zeros_like,
    self=lambda grad: grad.new_zeros(grad.shape),
    structural=True, uniform=True,
)  # fmt: skip


# Reduction into slices.


def _check_index_reduce(self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool) -> None:
    dim = wrap_dim(dim, self.dim())
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    warn("index_reduce() is in beta and the API may change at any time.", once=True)
    if index._dtype not in (int64, int32):
        raise RuntimeError(f"index_reduce_(): Expected dtype int32/int64 for index but got: {index._dtype.scalar_type}")
    if index.dim() > 1:
        raise IndexError(
            f"index_reduce_(): Index is supposed to be a vector, but got dim: {index.dim()} with type: "
            f"{index._dtype.scalar_type} and size: {list(index.shape)}"
        )
    if self._dtype is not source._dtype:
        raise RuntimeError(
            f"index_reduce_(): self ({self._dtype.scalar_type}) and source ({source._dtype.scalar_type}) must have the "
            "same scalar type"
        )
    if self._dtype.is_complex or self._dtype is bool_:
        raise not_implemented("index_func_")(self._dtype)
    count = source.shape[dim] if source.dim() > dim else 1
    if index.numel() != count:
        raise RuntimeError(
            f"index_reduce_(): Number of indices ({index.numel()}) should be equal to source.size(dim): ({count}), for "
            f"dim: {dim}"
        )
    if self.dim() and [*self.shape[:dim], *self.shape[dim + 1 :]] != [*source.shape[:dim], *source.shape[dim + 1 :]]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )
    n = self.shape[dim] if self.dim() else 1
    if ((index._array < 0) | (index._array >= n)).any():
        raise IndexError("index out of range in self")


def _index_reduce(
    self: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray, reduce: str, include_self: bool
) -> np.ndarray:
    given = np.atleast_1d(source)
    shape = [1] * given.ndim
    shape[dim] = -1
    places = np.broadcast_to(index.reshape(shape), given.shape)
    return kernels.reduce_into(self, dim, places, given, reduce, include_self)


def _index_reduce_backward(
    grad: Tensor, self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool,
    result: Tensor, needs: Any,
) -> Any:  # fmt: skip
    """As of a scatter with the index repeated."""
    shape = [1] * max(source.dim(), 1)
    shape[dim] = -1
    places = index.reshape(tuple(shape)).expand(source.shape) if source.dim() else index.reshape(())
    return scatter_reduce_backward(grad, self, dim, places, source, reduce, include_self, result, needs)


index_reduce = op(
    "index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor",
    _index_reduce, jointly=_index_reduce_backward, differentiable=("self", "source"), check=_check_index_reduce,
    apart=1, inplace=True, out=SAME, forward=False,
)  # fmt: skip


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """The coordinates, one tensor per dimension, of places in a tensor of this shape laid out row by row.

    Raises:
        TypeError: if ``indices`` is not integral, or ``shape`` does not consist of integers.
        ValueError: for a negative size.

    Source: ``torch.unravel_index``.
    """
    if indices._dtype.category != INTEGRAL or indices._dtype is bool_:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if not isinstance(shape, (int, Sequence)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for size in sizes:
        if not isinstance(size, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(size)}")
    if any(size < 0 for size in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    steps = np.array([math.prod(sizes[dim + 1 :]) for dim in range(len(sizes))], np.int64)
    found = indices.unsqueeze(-1).floor_divide(wrap(steps).to(indices.device))
    return (found % wrap(np.array(sizes, np.int64)).to(indices.device)).unbind(-1)

"""Reading and writing by index tensors: ``x[i]``, ``x[i] = ...``, and the functions along a dimension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.levels import is_wrapped, written
from ..checks import not_implemented
from ..declare.op import op
from ..determinism import alert_not_deterministic
from ..dispatch.devices import NONZERO_ON_META, refuse_elements
from ..dispatch.outputs import SAME, Output
from ..dtypes import FROM_NUM, INTEGRAL, MASKS, bool_, int32, int64, uint8
from ..formulas.arithmetic import scaled, times
from ..formulas.scattering import by_slices, reduce_backward
from ..kernels import indexing as kernels
from ..kernels.shape import clone
from ..layout import element_strides, wrap_dim
from ..tensor import Tensor, wrap
from ..warning import warn

# By index tensors.


def _check_indices(self: Tensor, indices: Sequence[Tensor | None], *rest: Any) -> None:
    if len(indices) > self.dim():
        raise IndexError(f"too many indices for tensor of dimension {self.dim()}")
    is_fill = bool(rest) and not rest[1] and is_mask_fill(indices, rest[0])
    if is_fill:
        check_fill_mask(indices)
    indices = expand_masks(self, indices)
    shapes = [one.shape for one in indices if one is not None]
    try:
        found = np.broadcast_shapes(*shapes)
    except ValueError:
        shown = ", ".join(str(list(shape)) for shape in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shown}"
        ) from None
    given = [(n, one) for n, one in zip(self.shape, indices, strict=False) if one is not None]
    for place, (n, one) in enumerate(given):
        wrong = one._array[(one._array < -n) | (one._array >= n)]
        if wrong.size:
            if n == 0 and 0 not in found:
                raise IndexError("index is out of bounds for dimension with size 0")
            raise IndexError(f"index {wrong.flat[0]} is out of bounds for dimension {place} with size {n}")
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
    return value.numel() == 1 and len(given) == 1 and given[0]._dtype in MASKS


def check_fill_mask(indices: Sequence[Tensor | None]) -> None:
    """Refuse a mask of bytes to be filled by.

    Raises:
        RuntimeError: if there is one.
    """
    for one in indices:
        if one is not None and one._dtype is uint8:
            raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {one._dtype.c_name}")


def expand_masks(self: Tensor, indices: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Masks replaced by the indices where they are true.

    Raises:
        IndexError: if a mask does not have the shape of what it masks.
    """
    found: list[Tensor | None] = []
    for one in indices:
        if one is None or one._dtype not in MASKS:
            found.append(one)
            continue
        if one._dtype is uint8:
            warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")
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


def _index_backward(grad: Tensor, sizes: Sequence[int], indices: Sequence[Tensor | None]) -> Tensor:
    zeros = grad.new_zeros(sizes)
    wrapped = is_wrapped(grad, *(one for one in indices if one is not None))
    put: Any = zeros.index_put if wrapped else zeros._index_put_impl_
    return put(indices, grad, True)


index = op(
    "index.Tensor(Tensor self, Tensor?[] indices) -> Tensor", kernels.index,
    self=lambda grad, self_sym_sizes, indices: _index_backward(grad, self_sym_sizes, indices),
    check=_check_indices, structural=True, method=False,
)  # fmt: skip
_SHARING = (
    "Use of index_put_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. "
    "This also applies to advanced indexing e.g. tensor[indices] = tensor"
)
index_put = op(
    "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor", kernels.index_put,
    self=lambda grad, indices, values_info, accumulate: (
        grad if accumulate else grad.index_put(indices, grad.new_zeros(values_info), False)
    ),
    values=lambda grad, indices: index(grad, indices),
    check=_check_indices, structural=True, apart=1, inplace=True, sharing=_SHARING,
    writes=2,
)  # fmt: skip
# What torch's own formulas write with.
op(
    "_index_put_impl_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False, bool unsafe=False)"
    " -> Tensor(a!)", lambda self, indices, values, accumulate, unsafe: kernels.index_put(
        self, indices, values, accumulate),
    self=lambda grad, indices, values_info, accumulate: (
        grad if accumulate else grad.index_put(indices, grad.new_zeros(values_info), False)
    ),
    values=lambda grad, indices: index(grad, indices),
    check=_check_indices, structural=True, apart=1,
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
    if not self.dim() and index.numel() != 1:
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
    self=lambda grad, self_sym_sizes, dim, index: written(
        grad.new_zeros(self_sym_sizes), "index_add", dim, index, grad
    ),
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
    tangent=lambda self_t, dim, index, source_t, alpha: self_t.index_add(dim, index, scaled(source_t, alpha)),
    check=lambda *given: _check_index_add(*given), apart=1, inplace=True, out=SAME,
    writes=1,
)  # fmt: skip


def _check_slices(name: str, self: Tensor, dim: int, index: Tensor, source: Tensor) -> None:
    """Refuse a source that has not a slice for each index, of the size of those of ``self``."""
    if dim and dim >= source.dim():
        raise RuntimeError(
            f"{name}(): Indexing dim {dim} is out of bounds of the source tensor with dim {source.dim()}"
        )
    count = source.shape[dim] if source.dim() else 1
    if index.numel() != count:
        wrap_dim(dim, source.dim(), scalar=False)
        raise RuntimeError(
            f"{name}(): Number of indices ({index.numel()}) should be equal to source.size(dim): ({count}), for dim: "
            f"{dim}"
        )
    sizes = [[*one.shape[:dim], *one.shape[dim + 1 :]] for one in (self, source)]
    if sizes[0] != sizes[1] or self.dim() != source.dim():
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )


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
    _check_slices("index_add_", self, dim, index, source)
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < 0) | (index._array >= n)]
    if wrong.size and self.dim() > 1 and dim in (0, self.dim() - 1) and index._dtype is int64 and alpha == 1:
        # which torch scatters
        raise RuntimeError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")
    if wrong.size:
        raise IndexError("index out of range in self")


def _check_index(name: str, self: Tensor, dim: int, index: Tensor) -> None:
    dim = wrap_dim(dim, self.dim())
    if index._dtype is not int64:
        raise IndexError(f"{name}(): Expected dtype int64 for index.")
    if index.dim() > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < -n) | (index._array >= n)]
    if wrong.size:
        raise IndexError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")


def _fill_slices(self: np.ndarray, dim: int, index: np.ndarray, value: Any) -> np.ndarray:
    found = clone(self)
    if not found.size:
        return found
    rows = np.moveaxis(np.atleast_1d(found), dim, 0)
    rows[np.atleast_1d(index)] = np.asarray(value).astype(self.dtype)
    return found


def _check_fill(self: Tensor, dim: int, index: Tensor, value: Any) -> None:
    if self.numel():
        _check_index("index_fill_", self, dim, index)
    elif index.numel() and not self.shape[dim]:  # torch restrides it, and asks no index where it lies
        dim = wrap_dim(dim, self.dim())
        sizes = [1 if place == dim else n for place, n in enumerate(self.shape)]
        strides = [0 if place == dim else n for place, n in enumerate(element_strides(self._array))]
        size = self.itemsize * (1 + sum((n - 1) * step for n, step in zip(sizes, strides, strict=True)))
        raise RuntimeError(
            f"setStorage: sizes {sizes}, strides {strides}, storage offset 0, and itemsize {self.itemsize} requiring a "
            f"storage size of {size} are out of bounds for storage of size 0"
        )
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
        )
    if (isinstance(value, complex) or (isinstance(value, Tensor) and value.is_complex())) and not self.is_complex():
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")


_FILL_SHARING = (
    "Use of index_fill_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. "
    "This also applies to advanced indexing e.g. tensor[mask] = scalar"
)
index_fill = op(
    "index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor", _fill_slices,
    self=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    value=lambda grad, dim, index: grad.index_select(dim, index.unique()).sum(),
    check=_check_fill, structural=True, node="IndexFillBackward1", inplace=True, makes_real=False,
    sharing=_FILL_SHARING,
    writes=2,
)  # fmt: skip
index_fill = op(
    "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", _fill_slices,
    self=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    tangent=lambda self_t, dim, index: self_t.index_fill(dim, index, 0),
    check=_check_fill, structural=True, inplace=True, sharing=_FILL_SHARING,
    writes=2,
)  # fmt: skip


def _check_copy(self: Tensor, dim: int, index: Tensor, source: Tensor) -> None:
    dim = wrap_dim(dim, self.dim())
    if index.dim() > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.dim()})")
    if source.dim() == 0 and index.numel() != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.numel()})")
    if source.dim() and self.dim() and source.dim() != self.dim():
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.dim()}), destination dimensionality ({self.dim()})"
        )
    if index._dtype is not int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {index._dtype.scalar_type}")
    if self._dtype is not source._dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{self._dtype.scalar_type} and (source) {source._dtype.scalar_type}"
        )
    sizes = [n for d, n in enumerate(source.shape) if d != dim]
    if [n for d, n in enumerate(self.shape) if d != dim] != sizes:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(str(n) for d, n in enumerate(self.shape) if d != dim)} at dimension {dim} and source slice "
            f"shape: {' '.join(map(str, sizes))} at dimension 0."
        )
    if source.dim() and index.numel() != source.shape[dim]:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.numel()}) should be equal to source.size(dim) "
            f"({source.shape[dim]})"
        )
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < 0) | (index._array >= n)]
    if wrong.size:
        raise IndexError(f"index_copy_(): index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")


def _copy(self: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray) -> np.ndarray:
    found = np.atleast_1d(self.copy())
    np.moveaxis(found, dim, 0)[np.atleast_1d(index)] = np.moveaxis(np.atleast_1d(source), dim if source.ndim else 0, 0)
    return found.reshape(self.shape)


index_copy = op(
    "index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor", _copy,
    self=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    source=lambda grad, source, source_dim, dim, index: (
        grad.index_select(dim, index).expand_as(source) if source_dim else grad.index_select(dim, index.squeeze(0))
    ),
    check=_check_copy, structural=True, apart=1, inplace=True, out=SAME,
    writes=1,
)  # fmt: skip

# Reduction into slices.


def _check_index_reduce(self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool) -> None:
    dim = wrap_dim(dim, self.dim())
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
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
    _check_slices("index_reduce_", self, dim, index, source)


def _index_reduce(
    self: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray, reduce: str, include_self: bool
) -> np.ndarray:
    warn("index_reduce() is in beta and the API may change at any time.", once=True)
    if FROM_NUM[self.dtype.num].is_complex or self.dtype == np.bool_:
        raise not_implemented("index_func_")(FROM_NUM[self.dtype.num])
    if ((index < 0) | (index >= (self.shape[dim] if self.ndim else 1))).any():
        raise IndexError("index out of range in self")
    given = np.atleast_1d(source)
    shape = [1] * given.ndim
    shape[dim] = -1
    places = np.broadcast_to(index.reshape(shape), given.shape)
    return kernels.reduce_into(self, dim, places, given, reduce, include_self)


def _index_reduce_backward(
    grad: Tensor, self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool,
    result: Tensor, needs: Any,
) -> Any:  # fmt: skip
    places = by_slices(dim, index, include_self)
    return reduce_backward(grad, self, source, reduce, include_self, result, places, needs)


index_reduce = op(
    "index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor",
    _index_reduce, jointly=_index_reduce_backward, differentiable=("self", "source"), check=_check_index_reduce,
    apart=1, inplace=True, out=SAME, forward=False,
)  # fmt: skip

# By places in the flattened tensor.


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
    self=lambda grad, self, index: written(grad.new_zeros(self.shape), "put", index, grad, True),
    tangent=lambda self_t, index: self_t.take(index),
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
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    if index.numel() and not self.numel():
        raise IndexError("put_(): Tried to put elements into an empty tensor")
    _check_flat(self, index)


put = op(
    "put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor", kernels.put,
    self=lambda grad, index, source_info, accumulate: (
        grad if accumulate else grad.put(index, grad.new_zeros(source_info), False)
    ),
    source=lambda grad, index, source: grad.take(index).reshape(source.shape),
    check=_check_put, apart=1, inplace=True,
    writes=2,
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

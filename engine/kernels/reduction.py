"""Reductions of arrays over dimensions.

``dim`` is a tuple of dimensions or None for all; an empty tuple stands for all, as in torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .pointwise import absolute
from .rounding import FEW, fma, fused
from .sums import VECTOR, add_up, one_by_one
from .transcendental import exp, log, power

Array = np.ndarray


# With types that NumPy's stubs do not have for an axis that may be a tuple or None.
_sum: Callable[..., Array] = np.add.reduce
_product: Callable[..., Array] = np.multiply.reduce
_largest: Callable[..., Array] = np.maximum.reduce
_smallest: Callable[..., Array] = np.minimum.reduce
_every: Callable[..., Array] = np.logical_and.reduce
_some: Callable[..., Array] = np.logical_or.reduce
_xor: Callable[..., Array] = np.bitwise_xor.reduce


def axes(self: Array, dim: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """NumPy's axis argument."""
    if not dim or not self.ndim:
        return None
    return dim


def _reduced(self: Array, dim: tuple[int, ...] | None) -> list[int]:
    given = axes(self, dim)
    return [*range(self.ndim)] if given is None else [one % self.ndim for one in given]


def kept_shape(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> tuple[int, ...]:
    """That of a reduction's result."""
    reduced = _reduced(self, dim)
    return tuple(1 if one in reduced else n for one, n in enumerate(self.shape) if keepdim or one not in reduced)


def in_order(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> tuple[Array, tuple[int, ...]]:
    """What each result is found of, ``(n, results)``, as it lies in memory; and the shape of the results."""
    reduced = _reduced(self, dim)
    kept = [one for one in range(self.ndim) if one not in reduced]
    shape = kept_shape(self, dim, keepdim)
    inner_last = sorted(reduced, key=lambda one: -abs(self.strides[one]))
    n = math.prod(self.shape[one] for one in reduced)
    return self.transpose(*inner_last, *kept).reshape(n, math.prod(shape)), shape


def sum(self: Array, dim: tuple[int, ...] | None, keepdim: bool, dtype: np.dtype | None) -> Array:
    """The sum; integral elements add up in int64."""
    if dtype is None and self.dtype.kind in "iub":
        dtype = np.dtype(np.int64)
    if dtype is None or dtype.kind == "f":
        return add_up(self if dtype is None else self.astype(dtype, copy=False), axes(self, dim), keepdim)
    return _sum(self, axes(self, dim), dtype, None, keepdim)


def mean(self: Array, dim: tuple[int, ...] | None, keepdim: bool, dtype: np.dtype | None) -> Array:
    """The mean; NaN of nothing."""
    total = sum(self, dim, keepdim, dtype)
    count = self.size // max(total.size, 1) if total.size else 1
    if self.size == 0 and total.size:
        count = 0
    return np.true_divide(total, total.dtype.type(count))


def prod(self: Array, dim: tuple[int, ...] | None, keepdim: bool, dtype: np.dtype | None) -> Array:
    """The product; integral elements multiply in int64."""
    if dtype is None and self.dtype.kind in "iub":
        dtype = np.dtype(np.int64)
    return _product(self, axes(self, dim), dtype, None, keepdim)


def maximum(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """The largest element; NaN if there is one."""
    return _largest(self, axes(self, dim), None, None, keepdim)


def minimum(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """The smallest element; NaN if there is one."""
    return _smallest(self, axes(self, dim), None, None, keepdim)


def xor_of_bits(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """The exclusive or of the elements' bits: of float64 for floating, of int64 for integral ones."""
    wide = self if self.dtype == np.uint64 else self.astype(np.int64 if self.dtype.kind in "iub" else np.float64)
    return np.asarray(_xor(wide.view(np.uint64), axes(self, dim), keepdims=keepdim))


def extremes(self: Array, dim: int | None, keepdim: bool) -> tuple[Array, Array]:
    """The smallest and the largest element; NaN if there is one."""
    where = None if dim is None else (dim,)
    return minimum(self, where, keepdim), maximum(self, where, keepdim)


def argmax(self: Array, dim: int | None, keepdim: bool) -> Array:
    """The index of the first largest element, or of the first NaN."""
    return _arg(np.argmax, self, dim, keepdim)


def argmin(self: Array, dim: int | None, keepdim: bool) -> Array:
    """The index of the first smallest element, or of the first NaN."""
    return _arg(np.argmin, self, dim, keepdim)


def _arg(function: Callable[..., Any], self: Array, dim: int | None, keepdim: bool) -> Array:
    if self.ndim == 0:
        return np.asarray(0, np.int64)
    return np.asarray(function(self, axis=dim, keepdims=keepdim), np.int64)


def select_max(self: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The largest elements along a dimension and their indices."""
    return _select(argmax, self, dim, keepdim)


def select_min(self: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The smallest elements along a dimension and their indices."""
    return _select(argmin, self, dim, keepdim)


def _select(function: Callable[..., Array], self: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    if self.ndim == 0:
        return self.copy(), np.asarray(0, np.int64)
    indices = function(self, dim, True)
    values = np.take_along_axis(self, indices, dim)
    if keepdim:
        return values, indices
    return np.squeeze(values, dim), np.squeeze(indices, dim)


def all(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """Whether all elements are true."""
    return _truth(_every(self, axes(self, dim), None, None, keepdim), self)


def any(self: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """Whether an element is true."""
    return _truth(_some(self, axes(self, dim), None, None, keepdim), self)


def _truth(found: Array, self: Array) -> Array:
    # torch answers in uint8 for uint8 tensors.
    return np.asarray(found, self.dtype if self.dtype == np.uint8 else np.bool_)


def vector_norm(self: Array, ord: float, dim: tuple[int, ...] | None, keepdim: bool, dtype: np.dtype | None) -> Array:
    """The norm of order ``ord`` of the elements along the dimensions."""
    where = axes(self, dim)
    size = absolute(self if dtype is None else self.astype(dtype))
    if ord == math.inf:
        return _largest(size, where, None, None, keepdim)
    if ord == -math.inf:
        return _smallest(size, where, None, None, keepdim)
    if ord == 0:
        return np.asarray(_sum(size != 0, where, np.int64, None, keepdim), size.dtype)
    terms, shape = in_order(size, dim, keepdim)
    if len(terms) == 1:
        return terms.reshape(shape).copy()
    if ord == 1:
        return one_by_one(terms.T).reshape(shape)
    if ord == 2:
        if len(terms) > FEW and size.dtype == np.float64:
            return np.sqrt(np.add.reduce(np.square(terms))).reshape(shape)
        is_of_rows = size.dtype == self.dtype and _lies_in_rows(self, where)
        return np.sqrt(_sum_of_squares(terms.T) if is_of_rows else one_by_one(np.square(terms.T))).reshape(shape)
    order = np.asarray(ord, size.dtype)
    return power(one_by_one(power(terms.T, order)), 1 / order).reshape(shape)


def _lies_in_rows(array: Array, where: tuple[int, ...] | None) -> bool:
    """Whether what each result is found of lies together in memory, the next after it."""
    order = sorted(range(array.ndim), key=lambda one: -abs(array.strides[one]))
    reduced = range(array.ndim) if where is None else [one % array.ndim for one in where]
    return array.transpose(order).flags.c_contiguous and set(order[array.ndim - len(reduced) :]) == set(reduced)


def _sum_of_squares(rows: Array) -> Array:
    """The sum over each row as torch rounds it: in a vector's lanes, which are added up, then fours, then one by one.

    The last squares are not rounded before they are added: torch's compiler fuses these two.
    """
    n, lanes = rows.shape[1], VECTOR // rows.itemsize
    whole, fours = n // lanes * lanes, n // 4 * 4
    sums = np.add.reduce(np.square(rows[:, :whole]).reshape(len(rows), -1, lanes), axis=1)
    total = sums[:, 0]
    for i in range(1, lanes):
        total = total + sums[:, i]
    for i in range(whole, fours):
        total = total + np.square(rows[:, i])
    add = fused if rows.dtype == np.float32 else fma
    for i in range(fours, n):
        total = add(rows[:, i], rows[:, i], total)
    return total


def logsumexp(self: Array, dim: tuple[int, ...], keepdim: bool) -> Array:
    """``log(sum(exp(self)))``, without overflow."""
    where = axes(self, dim)
    if not self.size:
        return log(_sum(self, where, None, None, keepdim))
    largest = _largest(self.real, where, None, None, True)
    shift = np.where(np.isfinite(largest), largest, largest.dtype.type(0))
    total = add_up(exp(self - shift), where, True)
    found = log(total) + shift
    return found if keepdim else np.squeeze(found, where)


def count_nonzero(self: Array, dim: tuple[int, ...] | None) -> Array:
    """How many elements are not zero."""
    return np.asarray(np.count_nonzero(self, axis=axes(self, dim)), np.int64)

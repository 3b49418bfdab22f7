"""Reductions of arrays over dimensions.

``dim`` is a tuple of dimensions or None for all; an empty tuple stands for all, as in torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .sums import add_up
from .transcendental import exp, log

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


def variance(self: Array, dim: tuple[int, ...] | None, correction: float | None, keepdim: bool) -> Array:
    """The mean squared distance from the mean, over ``n - correction``; of a complex number, of both its parts."""
    if self.dtype.kind == "c":
        return variance(self.real, dim, correction, keepdim) + variance(self.imag, dim, correction, keepdim)
    return _variance(self, dim, correction, keepdim).astype(self.dtype, copy=False)


def _variance(self: Array, dim: tuple[int, ...] | None, correction: float | None, keepdim: bool) -> Array:
    """In float64, as torch computes it of all dtypes."""
    where = axes(self, dim)
    total = _sum(self, where, np.float64, None, True)
    n = self.size // max(total.size, 1)
    distance = self - np.true_divide(total, total.dtype.type(n))
    total = _sum(distance * distance, where, None, None, keepdim)
    return np.true_divide(total, total.dtype.type(max(n - (1 if correction is None else correction), 0)))


def deviation(self: Array, dim: tuple[int, ...] | None, correction: float | None, keepdim: bool) -> Array:
    """The square root of the variance."""
    if self.dtype.kind == "c":
        return np.sqrt(variance(self, dim, correction, keepdim))
    return np.sqrt(_variance(self, dim, correction, keepdim)).astype(self.dtype, copy=False)


def vector_norm(self: Array, ord: float, dim: tuple[int, ...] | None, keepdim: bool, dtype: np.dtype | None) -> Array:
    """The norm of order ``ord`` of the elements along the dimensions."""
    where = axes(self, dim)
    size = np.absolute(self if dtype is None else self.astype(dtype))
    if ord == math.inf:
        return _largest(size, where, None, None, keepdim)
    if ord == -math.inf:
        return _smallest(size, where, None, None, keepdim)
    if ord == 0:
        return np.asarray(_sum(size != 0, where, np.int64, None, keepdim), size.dtype)
    if ord == 1:
        return add_up(size, where, keepdim)
    if ord == 2:
        if size.dtype == np.float32 and (rows := _rows(size, where)) is not None:
            kept = size.shape[: 0 if where is None else size.ndim - len(where)]
            return np.sqrt(_sum_of_squares(rows)).reshape(kept + (1,) * (size.ndim - len(kept)) * keepdim)
        # Squares of float32 are summed in float64: the result then is right to the last bit, as torch's nearly is.
        wide = np.float64 if size.dtype == np.float32 else size.dtype
        total = _sum(np.multiply(size, size, dtype=wide), where, None, None, keepdim)
        return np.asarray(np.sqrt(total), size.dtype)
    total = _sum(np.power(size, size.dtype.type(ord)), where, None, None, keepdim)
    return np.power(total, size.dtype.type(1 / ord))


def _rows(array: Array, where: tuple[int, ...] | None) -> Array | None:
    """The elements to reduce as the rows of a matrix, if they lie one after the other in memory."""
    first = 0 if where is None else array.ndim - len(where)
    is_last = where is None or sorted(where) == [*range(first, array.ndim)]
    if not (array.size and array.flags.c_contiguous and is_last):
        return None
    return array.reshape(-1, math.prod(array.shape[first:]))


def _sum_of_squares(rows: Array) -> Array:
    """The sum over each row as torch rounds it: in eight lanes, which are added up, then four more, then one by one.

    The last squares are not rounded before they are added: torch's compiler fuses these two.
    """
    whole, fours = rows.shape[1] // 8 * 8, rows.shape[1] // 4 * 4
    lanes = np.add.reduce(np.square(rows[:, :whole]).reshape(len(rows), -1, 8), axis=1)
    total = lanes[:, 0]
    for i in range(1, 8):
        total = total + lanes[:, i]
    for i in range(whole, fours):
        total = total + np.square(rows[:, i])
    for i in range(fours, rows.shape[1]):
        total = (total.astype(np.float64) + np.square(rows[:, i], dtype=np.float64)).astype(np.float32)
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

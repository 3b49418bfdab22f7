"""Arrays from sizes and bounds.

Source of what is computed in which precision: torch 2.13, observed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import dtype

Array = np.ndarray
Sizes = tuple[int, ...]


def empty(size: Sizes, d: np.dtype, order: Sequence[int] | None = None) -> Array:
    """Zeros, in row-major order or with the dimensions in this order in memory."""
    if order is None:
        return np.zeros(size, d)
    return np.zeros([size[dim] for dim in order], d).transpose(np.argsort(order))


def strided(size: Sizes, stride: Sizes, d: np.dtype) -> Array:
    """Zeros at these steps in memory, counted in elements."""
    reach = 0 if 0 in size else sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1
    return np.ndarray(size, d, np.zeros(reach, d), 0, tuple(s * d.itemsize for s in stride))


def filled(array: Array, value: Array | float) -> Array:
    """The array, with this value everywhere."""
    array[...] = value
    return array


def arange(start: float, end: float, step: float, d: dtype) -> Array:
    """From ``start`` up to, not including, ``end``; for integral dtypes the bounds are truncated first."""
    if d.category <= dtypes.INTEGRAL:
        first, last, by = int(start), int(end), int(step)
        if not by:
            raise ValueError("step must be nonzero")
        count = len(range(first, last, by)) if d is dtypes.int64 else math.ceil((end - start) / step)
        return (np.arange(count, dtype=np.int64) * by + first).astype(d.numpy)
    count = math.ceil((float(end) - float(start)) / step)
    return (np.arange(count, dtype=np.float64) * step + start).astype(d.numpy)


def closed_range(start: float, end: float, step: float, d: dtype) -> Array:
    """From ``start`` up to, and with, ``end``."""
    count = math.floor((end - start) / step) + 1
    return (np.arange(count, dtype=np.float64) * step + start).astype(d.numpy)


def linspace(start: Any, end: Any, steps: int, d: dtype) -> Array:
    """``steps`` numbers from ``start`` to ``end``, counted from the nearer one, in the arithmetic of the dtype."""
    if d.category <= dtypes.INTEGRAL:
        return _spaced(np.float64(int(start)), np.float64(int(end)), steps).astype(d.numpy)
    kind = d.numpy.type
    return _spaced(kind(start), kind(end), steps).astype(d.numpy)


def logspace(start: Any, end: Any, steps: int, base: float, d: dtype) -> Array:
    """``base`` to the power of ``linspace``."""
    if d.category <= dtypes.INTEGRAL:
        exponents = _spaced(np.float32(int(start)), np.float32(int(end)), steps)
    elif d.numpy.itemsize == 2:
        exponents = _spaced(np.float32(d.numpy.type(start)), np.float32(d.numpy.type(end)), steps)
    else:
        exponents = _spaced(d.numpy.type(start), d.numpy.type(end), steps)
    wide = np.complex128 if d.is_complex else np.float64
    return np.power(wide(base), exponents.astype(wide)).astype(d.numpy)


def _spaced(first: np.generic, last: np.generic, steps: int) -> Array:
    kind = first.dtype.type
    if steps == 1:
        return np.full(1, first, first.dtype)
    step = kind((last - first) / kind(max(steps - 1, 1)))  # type: ignore[operator]
    index = np.arange(steps)
    low = _multiply_add(step, index, first)
    high = _multiply_add(-step, steps - 1 - index, last)  # type: ignore[operator]
    return np.where(index < steps // 2, low, high)


def _multiply_add(step: np.generic, index: Array, start: np.generic) -> Array:
    """``start + step * index``, rounded once for float32 as the fused instruction does."""
    if isinstance(step, np.float32):
        return (np.float64(start) + np.float64(step) * index).astype(np.float32)
    return start + step * index.astype(step.dtype)

"""Arrays from sizes and bounds.

Source of what is computed in which precision: torch 2.13, observed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import dtype
from .rounding import fma
from .sums import VECTOR

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
    return _in_steps(start, step, math.ceil((float(end) - float(start)) / step), d)


def _in_steps(start: float, step: float, count: int, d: dtype) -> Array:
    """``start + i * step``, where torch fills vectors from the first number of each, which is rounded to the dtype."""
    kind: Any = np.float32 if d.numpy.itemsize == 2 else np.float64
    rounds_once = d.numpy.itemsize == 4 or (float(start).is_integer() and float(step).is_integer())
    add: Callable[..., Array] = _times_plus if rounds_once else fma
    place = np.arange(count).astype(kind)
    found = add(place, kind(step), kind(start)).astype(d.numpy)
    lanes = VECTOR // d.numpy.itemsize
    in_vectors = count - count % (2 * lanes)
    if in_vectors:
        first = np.repeat(found[:in_vectors:lanes].astype(kind), lanes)
        found[:in_vectors] = add(np.tile(place[:lanes], in_vectors // lanes), kind(step), first)
    return found


def closed_range(start: float, end: float, step: float, d: dtype) -> Array:
    """From ``start`` up to, and with, ``end``."""
    count = math.floor((end - start) / step) + 1
    return (np.arange(count, dtype=np.float64) * step + start).astype(d.numpy)


def linspace(start: Any, end: Any, steps: int, d: dtype) -> Array:
    """``steps`` numbers from ``start`` to ``end``, counted from the nearer one, in the arithmetic of the dtype.

    Of more than 16 bits, the product of a step and its number is rounded together with the sum.
    """
    kind = d.numpy.type
    if d.category <= dtypes.INTEGRAL:
        return _spaced(np.float64(int(start)), np.float64(int(end)), steps, fma).astype(d.numpy)
    if d.is_complex:
        found = np.empty(steps, d.numpy)
        first, last = kind(start), kind(end)
        found.real = _spaced(first.real, last.real, steps, fma)
        found.imag = _spaced(first.imag, last.imag, steps, fma)
        return found
    return _spaced(kind(start), kind(end), steps, _times_plus if d.numpy.itemsize == 2 else fma)


def logspace(start: Any, end: Any, steps: int, base: float, d: dtype) -> Array:
    """``base`` to powers from ``start`` to ``end``: real ones in float64, from bounds in the dtype."""
    kind: Any = d.numpy.type
    if steps == 1:
        powers = np.asarray([start], complex if isinstance(start, complex) else float)
    elif d.category <= dtypes.INTEGRAL:
        powers = _spaced(np.float64(int(start)), np.float64(int(end)), steps, _times_plus)
    else:
        powers = _spaced(kind(start), kind(end), steps, _times_plus, None if d.is_complex else np.float64)
    if powers.dtype.kind == "c":
        return np.exp(powers * np.log(powers.dtype.type(base))).astype(d.numpy)
    found = np.fromiter((_power(base, one) for one in powers.tolist()), float, steps)
    return (found.astype(np.float32) if d.numpy.itemsize == 2 else found).astype(d.numpy)


def _power(base: float, exponent: float) -> float:
    """As C has it to the last bit, which NumPy's vectors do not."""
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError):
        return float(np.power(base, exponent))


def _spaced(first: Any, last: Any, steps: int, add: Callable[..., Array], wide: Any = None) -> Array:
    """From both ends to the middle, in a wider type if one is given; ``add`` multiplies an array by a number and adds
    one."""
    kind = wide or first.dtype.type
    if steps == 1:
        return np.full(1, first, kind)
    step = kind(last - first) / kind(max(steps - 1, 1))
    index = np.arange(steps)
    low = add(index.astype(kind), step, kind(first))
    high = add((steps - 1 - index).astype(kind), -step, kind(last))
    return np.where(index < steps // 2, low, high)


def _times_plus(x: Array, factor: Any, term: Any) -> Array:
    return term + factor * x

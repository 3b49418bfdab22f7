"""Random draws, bit for bit those of torch's CPU generator.

A *source* gives the 32-bit outputs of a Mersenne Twister; the functions here turn them into values as torch does,
and take as many of them as torch takes, so that the streams stay together after any sequence of calls.  Results
are new arrays in row-major order, which is also the order of the draws.

Three things decide the last bit, and each is reproduced:

- A multiplication followed by an addition is fused: torch's kernels are compiled for processors that round such a
  pair once.  `_fma` rounds once too.
- 16 or more float32 normals come from vector code with polynomials of its own for logarithm, sine and cosine
  (`_pairs32`); each of their inputs has 24 bits, and all 2**24 values were compared.
- All other functions of double precision are the C library's, as they are in torch.  NumPy's own vector versions
  of them differ in the last bit, so they are reached through ``math``, ``scipy.special`` and complex numbers.

torch must run on x86-64 with AVX2 for this to hold; other processors take other code paths in torch itself.

Source: observed in torch 2.13; the polynomials are those of the Cephes library (S. Moshier, 1989), ``logf.c`` and
``sincosf.c``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import special

from .. import dtypes

Array = np.ndarray
Shape = tuple[int, ...]


class Source(Protocol):
    """Where the bits come from."""

    spare_normal: float | None
    """The second normal of a pair of which only the first has been used."""

    def words(self, count: int) -> Array:
        """The next `count` 32-bit outputs, as uint64."""


def uniform(source: Source, shape: Shape, low: float, high: float, dtype: dtypes.dtype) -> Array:
    """Floating-point or complex values, uniform in [low, high)."""
    if dtype.is_complex:
        return _complex(uniform(source, (*shape, 2), low, high, dtype.to_real()), dtype)
    unit = (_unit64 if dtype is dtypes.float64 else _unit32)(source, math.prod(shape))
    if (low, high) != (0, 1):
        number = unit.dtype.type
        unit = _fma(unit, number(high) - number(low), number(low))
    values = _to_dtype(unit, dtype)
    values[values == dtype.numpy.type(high)] = low  # by rounding, in narrow intervals and dtypes
    return values.reshape(shape)


def normal(
    source: Source, shape: Shape, mean: float, std: float, dtype: dtypes.dtype, *, contiguous: bool = True
) -> Array:
    """Floating-point or complex normal values; of complex ones each part has the variance std**2 / 2.

    Args:
        source: see `Source`.
        shape: of the result.
        mean: of each value, or of each part of a complex value.
        std: standard deviation, not negative.
        dtype: of the result.
        contiguous: False if the values fill a tensor that is not contiguous: torch then draws them one by one.
    """
    if dtype.is_complex:
        parts = normal(source, (*shape, 2), mean, std / math.sqrt(2), dtype.to_real(), contiguous=contiguous)
        return _complex(parts, dtype)
    count = math.prod(shape)
    if count < _BLOCK or not contiguous:
        values = _scaled(_serial_normals(source, count), mean, std)
    elif dtype is dtypes.float64:
        values = _scaled(_block_normals(source, count, count, _unit64, _pairs64), mean, std)
    else:
        drawn = count if dtype is dtypes.float32 else count - count % _BLOCK
        values = _scaled(_block_normals(source, count, drawn, _unit32, _pairs32), mean, std)
    return _to_dtype(values, dtype).reshape(shape)


def log_normal(source: Source, shape: Shape, mean: float, std: float, dtype: dtypes.dtype) -> Array:
    """Exponentials of normal values."""
    logs = _scaled(_serial_normals(source, math.prod(shape)), mean, std)
    return _to_dtype(_each(math.exp, logs), dtype).reshape(shape)


def exponential(source: Source, shape: Shape, rate: float, dtype: dtypes.dtype) -> Array:
    """Exponentially distributed values of the given rate, by inversion."""
    unit = _unit64(source, math.prod(shape))
    return _to_dtype(-1.0 / rate * _each(math.log1p, -unit), dtype).reshape(shape)


def geometric(source: Source, shape: Shape, p: float, dtype: dtypes.dtype) -> Array:
    """The number of trials up to the first success of probability `p`, by inversion."""
    unit = _unit64(source, math.prod(shape))
    return _to_dtype(np.ceil(_log(unit) / math.log1p(-p)), dtype).reshape(shape)


def cauchy(source: Source, shape: Shape, median: float, sigma: float, dtype: dtypes.dtype) -> Array:
    """Cauchy-distributed values, by inversion."""
    tangents = _each(math.tan, math.pi * (_unit64(source, math.prod(shape)) - 0.5))
    return _to_dtype(_scaled(tangents, median, sigma), dtype).reshape(shape)


def bernoulli(source: Source, shape: Shape, p: float | Array, dtype: dtypes.dtype) -> Array:
    """Ones with probability `p`, a number or an array of `shape`, and zeros."""
    narrow = isinstance(p, np.ndarray) and p.dtype != np.float64
    unit = (_unit32 if narrow else _unit64)(source, math.prod(shape)).reshape(shape)
    return (unit < (p.astype(np.float32) if narrow else p)).astype(dtype.numpy)  # type: ignore[union-attr]


def integers(source: Source, shape: Shape, low: int, high: int, dtype: dtypes.dtype) -> Array:
    """Integers from `low` (inclusive) to `high` (exclusive), ``-2**63 <= low < high <= 2**63``.

    32 bits are drawn for each if the range is below 2**28, 64 bits otherwise.
    """
    count, span = math.prod(shape), high - low
    bits = source.words(count) if span < 1 << 28 else _words64(source, count)
    offsets = bits % np.uint64(span) if span < 1 << 64 else bits
    return _to_dtype((offsets + np.uint64(low % (1 << 64))).view(np.int64), dtype).reshape(shape)


def random(source: Source, shape: Shape, dtype: dtypes.dtype) -> Array:
    """Integers from 0 to the largest that `dtype` holds, or below which a floating dtype has them all (inclusive)."""
    count = math.prod(shape)
    bits = (_words64 if dtype.itemsize == 8 else Source.words)(source, count)
    return _to_dtype((bits % np.uint64(_largest(dtype) + 1)).view(np.int64), dtype).reshape(shape)


def permutation(source: Source, n: int, dtype: dtypes.dtype) -> Array:
    """The numbers from 0 to n - 1, shuffled.

    Raises:
        NotImplementedError: for 2**32 / 20 numbers or more, which torch shuffles in another way.
    """
    if n >= (2**32 - 1) // 20:
        raise NotImplementedError(f"randperm of {n} numbers: the engine shuffles fewer than 2**32 / 20")
    order = list(range(n))
    left = np.arange(n, 1, -1, dtype=np.uint64)
    steps = source.words(len(left)) % left
    for i, step in enumerate(steps.tolist()):
        order[i], order[i + step] = order[i + step], order[i]
    return _to_dtype(np.array(order, np.int64), dtype)


def multinomial(source: Source, weights: Array, count: int, replacement: bool, dtype: dtypes.dtype) -> Array:
    """Indices drawn with probabilities proportional to `weights`.

    Args:
        source: see `Source`.
        weights: shape (categories,) or (rows, categories), floating-point, not negative.
        count: draws per row; without replacement at most the number of categories.
        replacement: whether an index may be drawn again.
        dtype: of `weights`.

    Returns:
        int64 array of shape (count,) or (rows, count).
    """
    if replacement and count > 1:
        totals = np.cumsum(weights, axis=-1, dtype=weights.dtype)
        totals /= totals[..., -1:]
        totals[..., -1] = 1
        unit = _unit64(source, math.prod((*weights.shape[:-1], count)))
        rows = zip(totals.reshape(-1, weights.shape[-1]), unit.reshape(-1, count), strict=True)
        return np.array([np.searchsorted(*row) for row in rows]).reshape(*weights.shape[:-1], count)
    race = weights / exponential(source, weights.shape, 1.0, dtype)  # the first to arrive win
    if count == 1:
        return race.argmax(axis=-1, keepdims=True)
    return np.argsort(-race, axis=-1, kind="stable")[..., :count]


# Bits to numbers.


def _words64(source: Source, count: int) -> Array:
    words = source.words(2 * count)
    return words[::2] << np.uint64(32) | words[1::2]


def _unit32(source: Source, count: int) -> Array:
    """float32 in [0, 1): the low 24 bits of one word each."""
    return (source.words(count).astype(np.uint32) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2**-24)


def _unit64(source: Source, count: int) -> Array:
    """float64 in [0, 1): the low 53 bits of two words each."""
    return (_words64(source, count) & np.uint64(2**53 - 1)).view(np.int64) * 2.0**-53


def _largest(dtype: dtypes.dtype) -> int:
    if dtype.is_floating_point:
        return {dtypes.float64: 2**53, dtypes.float32: 2**24, dtypes.float16: 2**11, dtypes.bfloat16: 2**8}[dtype]
    return 1 if dtype is dtypes.bool_ else int(np.iinfo(dtype.numpy).max)


def _to_dtype(values: Array, dtype: dtypes.dtype) -> Array:
    """Convert as C++ does: to a 16-bit float by way of float32."""
    if dtype in (dtypes.float16, dtypes.bfloat16):
        values = values.astype(np.float32, copy=False)
    return values.astype(dtype.numpy, copy=False)


def _complex(parts: Array, dtype: dtypes.dtype) -> Array:
    return parts.view(dtype.numpy)[..., 0]


# Normals.  Box and Muller turn two uniform numbers into two normals; torch has three ways to go about it.

_BLOCK = 16


def _scaled(values: Array, mean: float, std: float) -> Array:
    number = values.dtype.type
    return values + number(0) if (mean, std) == (0, 1) else _fma(values, number(std), number(mean))


def _serial_normals(source: Source, count: int) -> Array:
    """One pair after the other; the second normal of the last pair is spared for the next call."""
    values = [] if source.spare_normal is None or not count else [source.spare_normal]
    missing = count - len(values)
    unit = _unit64(source, missing + missing % 2).tolist()
    for turn, tail in zip(unit[::2], unit[1::2], strict=True):
        radius, angle = math.sqrt(-2.0 * math.log1p(-tail)), 2.0 * math.pi * turn
        values += radius * math.cos(angle), radius * math.sin(angle)
    if count:
        source.spare_normal = values.pop() if missing % 2 else None
    return np.array(values)


def _block_normals(
    source: Source, count: int, drawn: int, unit: Callable[[Source, int], Array], pairs: Callable[[Array], Array]
) -> Array:
    """Blocks of 16 from `drawn` numbers; if `count` is no multiple of 16, the last 16 values are drawn anew."""
    whole = count - count % _BLOCK
    values = pairs(unit(source, drawn)[:whole].reshape(-1, _BLOCK)).ravel()
    if count == whole:
        return values
    last = pairs(unit(source, _BLOCK).reshape(1, _BLOCK)).ravel()
    return np.concatenate([values[: count - _BLOCK], last])


def _pairs64(unit: Array) -> Array:
    """Normals from blocks of uniform numbers, shape (blocks, 16); in each, element j is paired with j + 8."""
    tail, turn = np.split(unit, 2, axis=1)
    radius = np.sqrt(-2.0 * _log(1.0 - tail))
    circle = np.exp(1j * (2.0 * math.pi * turn))
    return np.concatenate([radius * circle.real, radius * circle.imag], axis=1)


def _log(values: Array) -> Array:
    return special.xlogy(1.0, values)


def _each(function: Callable[[float], float], values: Array) -> Array:
    return np.fromiter(map(function, values.tolist()), np.float64, len(values))


_ROWS = 1024
"""Blocks of float32 normals that are computed at a time: their intermediate values fit a processor's cache."""


def _pairs32(unit: Array) -> Array:
    """As `_pairs64`, with the polynomials of torch's vector code."""
    values = np.empty_like(unit)
    for start in range(0, len(unit), _ROWS):
        tail, turn = (half.reshape(-1) for half in np.split(unit[start : start + _ROWS], 2, axis=1))
        radius = np.sqrt(np.float32(-2) * _log32(np.float32(1) - tail))
        for half, wave in enumerate(_cos_sin32(np.float32(2 * math.pi) * turn)):
            out = values[start : start + _ROWS, 8 * half : 8 * half + 8]
            np.multiply(radius.reshape(-1, 8), wave.reshape(-1, 8), out=out)
    return values

"""Random draws, bit for bit those of torch's CPU generator.

A *source* gives the 32-bit outputs of a Mersenne Twister; the functions here turn them into values as torch does,
and take as many of them as torch takes, so that the streams stay together after any sequence of calls.  Results
are new arrays in row-major order, which is also the order of the draws.

Three things decide the last bit, and each is reproduced:

- A multiplication followed by an addition is fused: torch's kernels are compiled for processors that round such a
  pair once.  `fma` rounds once too.
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
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from .. import dtypes
from .rounding import fma

Array = np.ndarray
Shape = tuple[int, ...]


class Source(Protocol):
    """Where the bits come from."""

    spare_normal: float | None
    """The second normal of a pair of which only the first has been used."""

    def words(self, count: int) -> Array:
        """The next `count` 32-bit outputs, as uint64."""

    def ahead(self, count: int) -> Array:
        """The same, without taking them."""


def uniform(source: Source, shape: Shape, low: float, high: float, dtype: dtypes.dtype) -> Array:
    """Floating-point or complex values, uniform in [low, high)."""
    if dtype.is_complex:
        return _complex(uniform(source, (*shape, 2), low, high, dtype.to_real()), dtype)
    unit = (_unit64 if dtype is dtypes.float64 else _unit32)(source, math.prod(shape))
    if (low, high) != (0, 1):
        number = unit.dtype.type
        unit = fma(unit, number(high) - number(low), number(low))
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
        contiguous: False if the values are to `fill` a tensor that is not contiguous: torch draws them one by one.
    """
    if dtype.is_complex:
        parts = normal(source, (*shape, 2), mean, std / math.sqrt(2), dtype.to_real(), contiguous=contiguous)
        return _complex(parts, dtype)
    count = math.prod(shape)
    if count < _BLOCK or not contiguous:
        values = _scaled(_serial_normals(source, count), mean, std)
    else:
        values = _block_normals(source, count, mean, std, dtype)
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
    unit = _unit64
    if isinstance(p, np.ndarray) and p.dtype != np.float64:
        unit, p = _unit32, p.astype(np.float32)
    drawn = unit(source, math.prod(shape)).reshape(shape) < p
    return np.asarray(drawn, dtype.numpy)  # an array, where NumPy has made a number of one without dimensions


def integers(source: Source, shape: Shape, low: int, high: int, dtype: dtypes.dtype) -> Array:
    """Integers from `low` (inclusive) to `high` (exclusive), ``-2**63 <= low < high <= 2**63``.

    32 bits are drawn for each if the range is below 2**28, 64 bits otherwise.  Bounds that a floating dtype rounds
    outwards move inwards by a step of the dtype.
    """
    if dtype.is_floating_point:
        step = [2 ** max(abs(end).bit_length() - dtypes.digits(dtype), 0) for end in (low + 1, high - 1)]
        low += step[0] * (float(dtype.numpy.type(low)) < low)
        high -= step[1] * (float(dtype.numpy.type(high - 1)) >= high)
    count, span = math.prod(shape), high - low
    values = source.words(count) if span < 1 << 28 else _words64(source, count)
    if span < 1 << 64:
        values = values % np.uint64(span) + np.uint64(low % (1 << 64))
    return _to_dtype(values.view(np.int64), dtype).reshape(shape)


def random(source: Source, shape: Shape, dtype: dtypes.dtype) -> Array:
    """Integers from 0 to the largest that `dtype` holds, or below which a floating dtype has them all (inclusive)."""
    count = math.prod(shape)
    bits = _words64(source, count) if dtype.itemsize == 8 else source.words(count)
    return _to_dtype((bits % np.uint64(_largest(dtype) + 1)).view(np.int64), dtype).reshape(shape)


def permutation(source: Source, n: int, dtype: dtypes.dtype) -> Array:
    """The numbers from 0 to n - 1, shuffled.

    Raises:
        NotImplementedError: for 2**32 / 20 numbers or more, which torch shuffles in another way.
    """
    if n >= 2**32 // 20:
        raise NotImplementedError(f"randperm of {n} numbers: the engine shuffles fewer than 2**32 / 20")
    order = np.arange(n)
    left = np.arange(n, 1, -1, dtype=np.uint64)
    targets = order[:-1] + (source.words(len(left)) % left).view(np.int64)
    cells = order.data  # quicker than the array to index one by one, and closer in memory than a list's numbers
    for i, target in enumerate(targets.tolist()):
        cells[i], cells[target] = cells[target], cells[i]
    return _to_dtype(order, dtype)


def multinomial(source: Source, weights: Array, count: int, replacement: bool, dtype: dtypes.dtype) -> Array:
    """Indices drawn with probabilities proportional to `weights`.

    Without replacement, ties are broken by order; torch leaves it open how.

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
        totals = np.cumsum(weights, axis=-1, dtype=np.promote_types(np.float32, weights.dtype))
        totals /= totals[..., -1:]
        totals[..., -1] = 1
        unit = _unit64(source, math.prod((*weights.shape[:-1], count)))
        rows = zip(totals.reshape(-1, weights.shape[-1]), unit.reshape(-1, count), strict=True)
        return np.array([np.searchsorted(*row) for row in rows]).reshape(*weights.shape[:-1], count)
    race = weights / exponential(source, weights.shape, 1.0, dtype)  # rates over arrival times: the quickest win
    if count == 1:
        return race.argmax(axis=-1, keepdims=True)
    return np.argsort(-race, axis=-1, kind="stable")[..., :count]


def fill(out: Array, values: Array) -> None:
    """Write draws into an array that need not be contiguous: in the order of memory, as torch does."""
    in_memory = out.transpose(sorted(range(out.ndim), key=lambda axis: -out.strides[axis]))
    in_memory[...] = values.reshape(in_memory.shape)


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
    return 2 ** dtypes.digits(dtype) if dtype.is_floating_point else int(dtypes.bounds(dtype)[1])


def _to_dtype(values: Array, dtype: dtypes.dtype) -> Array:
    """Convert as C++ does: to a 16-bit float by way of float32."""
    if dtype in (dtypes.float16, dtypes.bfloat16):
        values = values.astype(np.float32, copy=False)
    return values.astype(dtype.numpy, copy=False)


def _complex(parts: Array, dtype: dtypes.dtype) -> Array:
    return parts.view(dtype.numpy)[..., 0]


# Normals.  Box and Muller turn two uniform numbers into two normals; torch has three ways to go about it.

_BLOCK = 16
_CHUNK = 2048 * _BLOCK
"""Normals computed at a time, so that intermediate values stay in the processor's cache."""


def _scaled(values: Array, mean: float, std: float) -> Array:
    number = values.dtype.type
    return values + number(0) if (mean, std) == (0, 1) else fma(values, number(std), number(mean))


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


def _block_normals(source: Source, count: int, mean: float, std: float, dtype: dtypes.dtype) -> Array:
    """Blocks of 16; if `count` is no multiple of 16, the last 16 values are drawn anew."""
    unit, pairs = (_unit64, _pairs64) if dtype is dtypes.float64 else (_unit32, _pairs32)

    def normals(values: Array) -> Array:
        """In a block, element j is paired with element j + 8."""
        for start in range(0, len(values), _CHUNK):
            halves = values[start : start + _CHUNK].reshape(-1, 2, _BLOCK // 2).swapaxes(0, 1)
            halves[...] = _scaled(pairs(*halves.reshape(2, -1)), mean, std).reshape(halves.shape)
        return values

    whole = count - count % _BLOCK
    drawn = whole if dtype.itemsize == 2 else count
    values = normals(unit(source, drawn)[:whole])
    return values if count == whole else np.concatenate([values[: count - _BLOCK], normals(unit(source, _BLOCK))])


def _pairs64(tail: Array, turn: Array) -> Array:
    """Two normals from each two uniform numbers; shape (2, pairs)."""
    circle = np.exp(1j * (2 * math.pi * turn))
    return np.sqrt(-2 * _log(1 - tail)) * circle.view(np.float64).reshape(-1, 2).T


def _pairs32(tail: Array, turn: Array) -> Array:
    """As `_pairs64`, with the polynomials of torch's vector code."""
    radius = _log32(1 - tail)
    radius *= -2
    values = _cos_sin32(2 * math.pi * turn)
    values *= np.sqrt(radius, out=radius)
    return values


def _log(values: Array) -> Array:
    from scipy import special  # takes longer to import than NumPy, and few draws need it

    return special.xlogy(1.0, values)


def _each(function: Callable[[float], float], values: Array) -> Array:
    return np.fromiter(map(function, values.tolist()), np.float64, len(values))


# The polynomials.  Arrays are reused where they can be: fresh memory costs more than the arithmetic.


def _single(numbers: Sequence[float]) -> Array:
    """float32 numbers, held in float64."""
    return np.array(numbers, np.float32).astype(np.float64)


_LOG = _single([
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
])  # fmt: skip
_LOG2_HIGH, _LOG2_LOW = _single([0.693359375, -2.12194440e-4])
_COS = _single([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
_SIN = _single([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])
_COS_SIN = np.stack([_COS, _SIN], axis=1)[..., None]
_HALF_PI = _single([-1.5703125, -4.837512969970703125e-4, -7.54978995489188216e-8])
"""-pi/2 in three parts, of which the first two times 1, 2, 3 or 4 are exact."""
_COS_FIRST = np.array([[1], [0]], np.int32)


def _log32(x: Array) -> Array:
    """Natural logarithm of float32 numbers in (0, 1]: the polynomial of the mantissa, and exponent * log(2)."""
    bits = x.view(np.int32)
    exponent = ((bits >> 23) - 126).astype(np.float32)
    bits &= 0x7FFFFF
    bits |= 0x3F000000  # now x is in [0.5, 1)
    small = (x < math.sqrt(0.5)).view(np.uint8)
    exponent -= small
    x += x * small
    x -= 1
    square, wide = x * x, x.astype(np.float64)
    tail = _polynomial32(wide, _LOG)
    tail *= wide
    _round32(tail)
    tail *= square
    tail += exponent * np.float32(_LOG2_LOW)
    x += tail.astype(np.float32) - np.float32(0.5) * square
    exponent *= np.float32(_LOG2_HIGH)
    x += exponent
    return x


def _cos_sin32(x: Array) -> Array:
    """Cosines and sines, shape (2, n), of n float32 angles in [0, 2 pi]: polynomials within pi/4 of a quadrant."""
    quadrant = (x * np.float32(4 / math.pi)).astype(np.int32)
    quadrant += 1
    quadrant >>= 1
    turns = quadrant.astype(np.float32)
    for part in _HALF_PI[:2].astype(np.float32):
        x += turns * part
    ends = np.empty((2, len(x)))
    square, angle = ends
    np.multiply(turns, _HALF_PI[2], out=angle)
    angle += x
    _round32(angle)
    np.multiply(angle, angle, out=square)
    _round32(square)
    waves = _polynomial32(square, _COS_SIN)
    waves *= square
    _round32(waves)
    waves *= ends
    square *= -0.5
    waves += ends
    waves = waves.astype(np.float32)
    waves[0] += 1
    bits = waves.view(np.int32)
    flips = ((quadrant + _COS_FIRST) & 2) << 30  # signs; and odd quadrants exchange cosine and sine
    flips ^= (bits[0] ^ bits[1]) & -(quadrant & 1)
    bits ^= flips
    return waves


def _polynomial32(x: Array, coefficients: Array) -> Array:
    """Horner's rule with fused steps.  All numbers are float32 ones in float64, where their products are exact."""
    value = x * coefficients[0]
    value += coefficients[1]
    for coefficient in coefficients[2:]:
        _round32(value)
        value *= x
        value += coefficient
    _round32(value)
    return value


def _round32(values: Array) -> None:
    values[...] = values.astype(np.float32)

"""How far two numbers of one dtype may be apart.

The defaults are those that `torch.testing.assert_close` documents: |actual - expected| <= atol + rtol *
|expected|.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Tolerance(NamedTuple):
    rtol: float
    atol: float


EXACT = Tolerance(0.0, 0.0)

DEFAULT: dict[str, Tolerance] = {
    "float16": Tolerance(1e-3, 1e-5),
    "bfloat16": Tolerance(1.6e-2, 1e-5),
    "float32": Tolerance(1.3e-6, 1e-5),
    "float64": Tolerance(1e-7, 1e-7),
    "complex32": Tolerance(1e-3, 1e-5),
    "complex64": Tolerance(1.3e-6, 1e-5),
    "complex128": Tolerance(1e-7, 1e-7),
}
"""By dtype; all others are exact."""

_FORMATS: dict[str, tuple[int, int]] = {
    "float16": (11, -14),
    "bfloat16": (8, -126),
    "float32": (24, -126),
    "float64": (53, -1022),
    "float8_e4m3fn": (4, -6),
    "float8_e5m2": (3, -14),
    "complex32": (11, -14),
    "complex64": (24, -126),
    "complex128": (53, -1022),
}
"""Bits of precision and smallest exponent of the floating dtypes."""


def tolerance(*dtypes: str) -> Tolerance:
    """The tolerance between values of these dtypes: the widest of theirs."""
    found = [DEFAULT.get(dtype, EXACT) for dtype in dtypes]
    return Tolerance(max(each.rtol for each in found), max(each.atol for each in found))


def widened(allowed: Tolerance, expected: NDArray, times: float, *, normwise: bool) -> Tolerance:
    """A tolerance so many times larger; `normwise`, relative to the largest finite element of `expected`."""
    rtol, atol = allowed.rtol * times, allowed.atol * times
    sizes = np.abs(expected[np.isfinite(expected)]) if normwise and allowed != EXACT else ()
    return Tolerance(rtol, atol + rtol * float(np.max(sizes, initial=0.0)))


def close(actual: NDArray, expected: NDArray, allowed: Tolerance) -> NDArray[np.bool_]:
    """Where `actual` is close enough to `expected`; equal infinities are, and two NaNs are."""
    with np.errstate(all="ignore"):
        if allowed == EXACT:
            near = actual == expected
        else:
            distance = np.abs(actual - expected)
            near = (actual == expected) | (distance <= allowed.atol + allowed.rtol * np.abs(expected))
            near &= np.isfinite(distance) | (actual == expected)
        return near | (np.isnan(actual) & np.isnan(expected))


def ulps(actual: NDArray, expected: NDArray, dtype: str) -> float | None:
    """The largest distance in units of the last place of `dtype`; None where a dtype has no such thing.

    Non-finite elements count only where both are finite.
    """
    if dtype not in _FORMATS or actual.size == 0:
        return None
    if np.array_equal(actual, expected):  # as most are
        return 0.0
    pairs = [(actual, expected)]
    if np.iscomplexobj(actual) or np.iscomplexobj(expected):
        pairs = [(actual.real, expected.real), (actual.imag, expected.imag)]
    precision, smallest = _FORMATS[dtype]
    with np.errstate(invalid="ignore"):  # of memory that nobody has written, a cast meets signalling NaNs
        doubles = [(np.asarray(ours, np.float64), np.asarray(theirs, np.float64)) for ours, theirs in pairs]
    return max(_ulps(ours, theirs, precision, smallest) for ours, theirs in doubles)


def _ulps(actual: NDArray, expected: NDArray, precision: int, smallest: int) -> float:
    finite = np.isfinite(actual) & np.isfinite(expected)
    actual, expected = actual[finite], expected[finite]
    if actual.size == 0:
        return 0.0
    _, exponent = np.frexp(np.maximum(np.abs(actual), np.abs(expected)))
    unit = np.ldexp(1.0, np.maximum(exponent - 1, smallest) - (precision - 1))
    with np.errstate(over="ignore"):
        return float(np.max(np.abs(actual - expected) / unit))

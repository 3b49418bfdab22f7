"""Discrete Fourier transforms over several dimensions.

``normalization`` is 0 for none, 1 for the root of the number of elements, 2 for the number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..dtypes import dtype

Array = np.ndarray


def _scaled(self: Array, sizes: Sequence[int], normalization: int) -> Array:
    """The fresh result of a transform, divided."""
    count = math.prod(sizes)
    if normalization == 0:
        return self
    divisor = math.sqrt(count) if normalization == 1 else count
    for part in (self.real, self.imag) if self.dtype.kind == "c" else (self,):
        np.divide(part, divisor, part)  # each by itself: a division of complex numbers loses the signs of zeros
    return self


def _innermost(self: Array, dim: Sequence[int]) -> Array:
    """The same elements with these dimensions innermost in memory, as the libraries leave them."""
    places = sorted(d % self.ndim for d in dim)
    last = range(self.ndim - len(places), self.ndim)
    return np.moveaxis(np.array(np.moveaxis(self, places, last), order="C"), last, places)


def complex_to_complex(self: Array, dim: Sequence[int], normalization: int, forward: bool) -> Array:
    """The transform of complex numbers, forwards or back."""
    if not dim:
        return self.copy()
    transform = np.fft.fftn if forward else np.fft.ifftn
    found = transform(self, axes=dim, norm="backward" if forward else "forward")
    return _innermost(_scaled(found, [self.shape[d] for d in dim], normalization), dim)


_BELOW_ZERO = {
    3: (1,), 5: (1,), 7: (1,), 8: (1,), 9: (2, 3), 11: (1,), 12: (5,), 13: (1,), 14: (4,), 15: (3, 5),
}  # fmt: skip
"""The lengths of which torch's library transforms real numbers by code of their own, and the frequencies at which that
leaves negative zeros where NumPy's has others."""


def real_to_complex(self: Array, dim: Sequence[int], normalization: int, onesided: bool) -> Array:
    """The transform of real numbers; one-sided without what follows by symmetry along the last of the dimensions."""
    *others, last = dim
    found = np.fft.rfft(self, axis=last)
    for place in _BELOW_ZERO.get(self.shape[last], ()):
        imag = np.moveaxis(found, last, 0).imag[place : place + 1]
        imag[imag == 0] = -0.0
    found = np.fft.fftn(found, axes=others) if others else found
    found = _scaled(found, [self.shape[d] for d in dim], normalization)
    return _innermost(found if onesided else _with_conjugates(found, self.shape, dim), dim)


def _with_conjugates(half: Array, shape: tuple[int, ...], dim: Sequence[int]) -> Array:
    """Both sides of the transform of real numbers: what is at the negative frequencies is conjugate."""
    last = dim[-1]
    n, known = shape[last], half.shape[last]
    wanted = [np.arange(known, n) if d == last else np.arange(shape[d]) for d in range(len(shape))]
    for d in {d % len(shape) for d in dim}:
        wanted[d] = -wanted[d] % shape[d]
    return np.concatenate([half, np.conj(half[np.ix_(*wanted)])], last)


def complex_to_real(self: Array, dim: Sequence[int], normalization: int, last_dim_size: int) -> Array:
    """The transform back to real numbers, from one side along the last of the dimensions."""
    *others, last = dim
    sizes = [*(self.shape[d] for d in others), last_dim_size]
    found = complex_to_complex(self, others, 0, False)
    found = np.fft.irfft(found, last_dim_size, last, norm="forward")
    return _innermost(_scaled(found, sizes, normalization), dim)


def frequencies(n: int, d: float, like: dtype) -> np.ndarray:
    """The frequencies of the ``n`` results of a transform, for samples at a distance of ``d``."""
    order = np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)])
    return _spaced(order, n, d, like)


def one_sided_frequencies(n: int, d: float, like: dtype) -> np.ndarray:
    """Those of a transform of real numbers."""
    return _spaced(np.arange(n // 2 + 1), n, d, like)


def _spaced(order: np.ndarray, n: int, d: float, like: dtype) -> np.ndarray:
    with np.errstate(all="ignore"):
        return (order.astype(like.numpy) * (np.float64(1.0) / (n * d))).astype(like.numpy)

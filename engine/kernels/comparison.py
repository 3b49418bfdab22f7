"""Comparisons of arrays."""

from __future__ import annotations

import numpy as np

from ..dtypes import default_dtype

Array = np.ndarray


def signbit(self: Array) -> Array:
    """Whether the sign is negative; -0.0 is."""
    return np.signbit(self) if self.dtype.kind == "f" else self < 0


def isclose(self: Array, other: Array, rtol: float, atol: float, equal_nan: bool) -> Array:
    """Whether ``|self - other| <= atol + rtol * |other|``, elementwise."""
    close = np.asarray(self == other)
    if equal_nan and self.dtype.kind in "fc":
        close = close | (np.isnan(self) & np.isnan(other))
    if rtol == atol == 0:
        return close
    if self.dtype.kind not in "fc":  # as inexact as in torch, where the tolerances make floats of integers
        self, other = self.astype(default_dtype().numpy), other.astype(default_dtype().numpy)
    error = np.abs(self - other)
    return close | (np.isfinite(error) & (error <= atol + np.abs(rtol * other)))

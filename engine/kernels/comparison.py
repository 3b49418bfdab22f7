"""Comparisons of arrays."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def signbit(self: Array) -> Array:
    """Whether the sign is negative; -0.0 is."""
    return np.signbit(self) if self.dtype.kind == "f" else self < 0


def isclose(self: Array, other: Array, rtol: float, atol: float, equal_nan: bool) -> Array:
    """Whether ``|self - other| <= atol + rtol * |other|``, elementwise."""
    return np.isclose(self, other, rtol, atol, equal_nan)

"""Joining arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def cat(tensors: Sequence[Array], dim: int) -> Array:
    """One after the other along a dimension; vectors of no elements are skipped, as torch does."""
    kept = [one for one in tensors if one.shape != (0,)] or [tensors[0]]
    return np.concatenate(kept, axis=dim)


def stack(tensors: Sequence[Array], dim: int) -> Array:
    """Side by side along a new dimension."""
    return np.stack(tensors, axis=dim)

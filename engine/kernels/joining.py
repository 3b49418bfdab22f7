"""Joining arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..strides import has_channels_last, in_rows, with_channels_last

Array = np.ndarray


def cat(tensors: Sequence[Array], dim: int) -> Array:
    """One after the other along a dimension; vectors of no elements are skipped, as torch does."""
    kept = [one for one in tensors if one.shape != (0,)]
    if not kept:
        return np.empty(0, tensors[0].dtype)
    found = np.concatenate(kept, axis=dim)
    return with_channels_last(found) if all(map(has_channels_last, kept)) else in_rows(found)


def stack(tensors: Sequence[Array], dim: int) -> Array:
    """Side by side along a new dimension."""
    if dim == 0 and has_channels_last(tensors[0]):  # torch joins them, and views that
        return cat(tensors, 0).reshape(len(tensors), *tensors[0].shape)
    return in_rows(np.stack(tensors, axis=dim))


def chunk_cat(tensors: Sequence[Array], dim: int, num_chunks: int) -> Array:
    """The chunks of each along a dimension, filled up with zeros to one size, flat beside those of the others."""
    rows = []
    for one in tensors:
        at = dim % one.ndim
        missing = -one.shape[at] % num_chunks
        padded = np.pad(one, [(0, missing if d == at else 0) for d in range(one.ndim)])
        rows.append(padded.reshape(*one.shape[:at], num_chunks, -1))
    return np.concatenate(rows, -1)

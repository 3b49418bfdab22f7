"""Counts of elements: by value, and by the bin of a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def bincount(self: Array, weights: Array | None, minlength: int) -> Array:
    """How often each number occurs, or the sums of its weights."""
    if weights is None:
        return np.bincount(self, minlength=minlength).astype(np.int64)
    wide = np.dtype(np.float32) if weights.dtype == np.float32 else np.dtype(np.float64)
    found = np.zeros(max(minlength, int(self.max()) + 1 if self.size else 0), wide)
    np.add.at(found, self, weights.astype(wide))
    return found


def histc(self: Array, bins: int, low: float, high: float) -> Array:
    """How many elements lie in each of the bins between two numbers."""
    low, high = (low - 1, high + 1) if low == high else (low, high)
    flat = self.reshape(-1)
    inside = flat[(flat >= low) & (flat <= high)]
    places = np.floor((inside - self.dtype.type(low)) * self.dtype.type(bins / (high - low))).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(self.dtype)


def _upper_bound(edges: Array, keys: Array) -> Array:
    """Where the edges begin to exceed each key, by bisection: also of edges that are not sorted."""
    if (edges[:-1] <= edges[1:]).all():
        return np.searchsorted(edges, keys, "right")
    first, count = np.zeros(len(keys), np.int64), np.full(len(keys), len(edges))
    while count.any():
        half = count // 2
        below = (count > 0) & (keys >= edges[np.minimum(first + half, len(edges) - 1)])
        first, count = np.where(below, first + half + 1, first), np.where(below, count - half - 1, half)
    return first


def histogram(self: Array, bins: Sequence[Array], weight: Array | None, density: bool) -> Array:
    """How many rows, or how much weight of them, lie in each box of a grid."""
    places, inside = [], np.ones(len(self), bool)
    for column, edge in zip(self.T, bins, strict=True):
        place = np.minimum(_upper_bound(edge, column), len(edge) - 1) - 1  # the last bin contains its upper edge
        inside &= (column >= edge[0]) & (column <= edge[-1]) & (place >= 0)
        places.append(place)
    shape = tuple(len(edge) - 1 for edge in bins)
    found = np.zeros(shape, self.dtype)
    np.add.at(found, tuple(place[inside] for place in places), 1 if weight is None else weight[inside])
    if density:
        found = found / found.sum()
        for axis, edge in enumerate(bins):
            found = found / np.diff(edge).reshape([-1 if d == axis else 1 for d in range(len(shape))])
    return found

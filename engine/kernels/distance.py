"""Norms of differences, and their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .reduction import vector_norm
from .rounding import Rounding

Array = np.ndarray


def dist(self: Array, other: Array, p: float) -> Array:
    """The norm of the difference."""
    return np.asarray(vector_norm(self - other, p, None, False, None))


def renorm(self: Array, p: float, dim: int, maxnorm: float, rounded: Rounding = np.asarray) -> Array:
    """With slices along a dimension scaled down to a norm, where theirs is larger."""
    others = tuple(d for d in range(self.ndim) if d != dim % self.ndim)
    norm = vector_norm(self, p, others, True, None)
    return self * rounded(np.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1).astype(norm.dtype))


_DENSE = 4096
"""Up to so many differences they are worth less than SciPy's distances cost to import."""


def _blocks(count: int, per_row: int) -> Iterator[slice]:
    """Rows, few enough at a time for what belongs to them to stay in the processor's cache."""
    step = max(_DENSE * 8 // max(per_row, 1), 1)
    return (slice(start, start + step) for start in range(0, count, step))


def cdist(x1: Array, x2: Array, p: float, compute_mode: int | None) -> Array:
    """The norms of the differences of all pairs of rows."""
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    x1, x2 = (np.broadcast_to(one, lead + one.shape[-2:]) for one in (x1, x2))
    (rows, width), others = x1.shape[-2:], x2.shape[-2]
    found = np.zeros((*lead, rows, others), x1.dtype)
    if not (found.size and width):
        return found
    for place in np.ndindex(lead):
        found[place] = _distances(x1[place], x2[place], p)
    return found


def _distances(x1: Array, x2: Array, p: float) -> Array:
    if p == 2 and len(x1) * x2.size > _DENSE:
        from scipy.spatial.distance import cdist as euclidean  # in float64, whatever it is given

        return euclidean(x1, x2).astype(x1.dtype)
    parts = [vector_norm(x1[rows, None] - x2, p, (-1,), False, None) for rows in _blocks(len(x1), x2.size)]
    return np.concatenate(parts)


def cdist_backward(grad: Array, x1: Array, x2: Array, p: float, cdist: Array) -> Array:
    """What each pair's distance passes on to the first point; nothing where it is zero."""
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2], grad.shape[:-2])
    given = [np.broadcast_to(one, lead + one.shape[-2:]) for one in (grad, x1, x2, cdist)]
    found = np.zeros((*lead, *x1.shape[-2:]), x1.dtype)
    for place in np.ndindex(lead) if found.size and x2.size else ():
        own = [one[place] for one in given]
        found[place] = _euclidean_backward(*own) if p == 2 else _power_backward(p, *own)
    return found


def _euclidean_backward(grad: Array, x1: Array, x2: Array, cdist: Array) -> Array:
    """Sums over pairs of differences, each times a number, are products of matrices.

    The points are first moved to around their mean, so that little is lost in the difference of two products.
    """
    weights = np.divide(grad, cdist, out=np.zeros(grad.shape), where=cdist != 0)
    middle = x2.mean(0, dtype=np.float64)
    return (weights.sum(1)[:, None] * (x1 - middle) - weights @ (x2 - middle)).astype(x1.dtype)


def _power_backward(p: float, grad: Array, x1: Array, x2: Array, cdist: Array) -> Array:
    def passed_on(rows: slice) -> Array:
        apart, given, norm = x1[rows, None] - x2, grad[rows, :, None], cdist[rows, :, None]
        if p == 0:
            found = np.zeros_like(apart)
        elif p == 1:
            found = given * np.sign(apart)
        elif p == math.inf:
            found = given * np.sign(apart) * (np.absolute(apart) == norm)
        else:
            scaled = np.sign(apart) * np.power(np.absolute(apart), p - 1) * given / np.power(norm, p - 1)
            found = np.where((norm == 0) | ((apart == 0) & (p < 2)), 0, scaled)
        return found.astype(x1.dtype).sum(-2, dtype=x1.dtype)

    return np.concatenate([passed_on(rows) for rows in _blocks(len(x1), x2.size)])


def pdist(self: Array, p: float) -> Array:
    """The norms of the differences of each row with those after it."""
    if p == 2 and len(self) * self.size > _DENSE:
        from scipy.spatial.distance import pdist as euclidean

        return euclidean(self).astype(self.dtype)
    first, second = np.triu_indices(len(self), 1)
    apart = self[first] - self[second]
    if apart.size == 0:
        return np.zeros(len(apart), self.dtype)
    return vector_norm(apart, p, (-1,), False, None)


def pdist_backward(grad: Array, self: Array, p: float, pdist: Array) -> Array:
    """What each pair's distance passes on to both rows."""
    places = np.triu_indices(len(self), 1)

    def both(values: Array) -> Array:
        found = np.zeros((len(self), len(self)), self.dtype)
        found[places] = values
        return found + found.T

    return cdist_backward(both(grad), self, self, p, both(pdist))

"""Norms of differences, and their gradients."""

from __future__ import annotations

import math

import numpy as np

from .reduction import vector_norm

Array = np.ndarray


def dist(self: Array, other: Array, p: float) -> Array:
    """The norm of the difference."""
    return np.asarray(vector_norm(self - other, p, None, False, None))


def renorm(self: Array, p: float, dim: int, maxnorm: float) -> Array:
    """With slices along a dimension scaled down to a norm, where theirs is larger."""
    others = tuple(d for d in range(self.ndim) if d != dim % self.ndim)
    norm = vector_norm(self, p, others, True, None)
    return self * np.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1).astype(norm.dtype)


def cdist(x1: Array, x2: Array, p: float, compute_mode: int | None) -> Array:
    """The norms of the differences of all pairs of rows."""
    apart = x1[..., :, None, :] - x2[..., None, :, :]
    if apart.size == 0:
        return np.zeros(apart.shape[:-1], apart.dtype)
    return vector_norm(apart, p, (-1,), False, None)


def cdist_backward(grad: Array, x1: Array, x2: Array, p: float, cdist: Array) -> Array:
    """What each pair's distance passes on to the first point; nothing where it is zero."""
    apart = x1[..., :, None, :] - x2[..., None, :, :]
    size, grad, cdist = np.absolute(apart), grad[..., None], cdist[..., None]
    if p == 0:
        found = np.zeros_like(apart)
    elif p == 1:
        found = grad * np.sign(apart)
    elif p == math.inf:
        found = grad * np.sign(apart) * (size == cdist)
    else:
        scaled = np.sign(apart) * np.power(size, p - 1) * grad / np.power(cdist, p - 1)
        found = np.where((cdist == 0) | ((apart == 0) & (p < 2)), 0, scaled)
    return found.astype(x1.dtype).sum(-2, dtype=x1.dtype)


def pdist(self: Array, p: float) -> Array:
    """The norms of the differences of each row with those after it."""
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

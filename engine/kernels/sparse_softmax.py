"""Softmax over stored elements: what is not stored counts as minus infinity."""

from __future__ import annotations

import numpy as np

from ..sparse_array import SparseArray
from .sparse import coalesce, coo, mask, to_dense

Array = np.ndarray


def softmax(self: Array, dim: int, half_to_float: bool) -> SparseArray:
    """Exponentials divided by their sum along a dimension."""
    return _normalised(self, dim, logarithm=False)


def log_softmax(self: Array, dim: int, half_to_float: bool) -> SparseArray:
    """The logarithm of `softmax`."""
    return _normalised(self, dim, logarithm=True)


def softmax_backward(grad_output: Array, output: SparseArray, dim: int, self: SparseArray) -> SparseArray:
    """The gradient of `softmax`, where its result is stored."""
    given, found = mask(to_dense(grad_output), output).values, output.values
    return output.with_values(found * (given - _along(output, dim, given * found, np.add, 0)))


def log_softmax_backward(grad_output: Array, output: SparseArray, dim: int, self: SparseArray) -> SparseArray:
    """The gradient of `log_softmax`, where its result is stored."""
    given = mask(to_dense(grad_output), output).values
    return output.with_values(given - np.exp(output.values) * _along(output, dim, given, np.add, 0))


def _normalised(self: Array, dim: int, logarithm: bool) -> SparseArray:
    assert isinstance(self, SparseArray)
    self = coalesce(self)
    shifted = self.values - _along(self, dim, self.values, np.maximum, -np.inf)
    total = _along(self, dim, np.exp(shifted), np.add, 0)
    found = shifted - np.log(total) if logarithm else np.exp(shifted) / total
    return coo(self.indices, found, self.shape, coalesced=True)


def _along(of: SparseArray, dim: int, values: Array, combine: np.ufunc, start: float) -> Array:
    """Of each value, what it and all others along a dimension are together."""
    dim %= of.ndim
    if dim >= of.sparse_dim:
        return combine.reduce(values, dim - of.sparse_dim + 1, keepdims=True, initial=start)
    others = np.delete(of.indices, dim, 0)
    lines = np.unique(others, axis=1, return_inverse=True)[1].reshape(-1) if len(others) else np.zeros(len(values), int)
    found = np.full((lines.max(initial=-1) + 1, *values.shape[1:]), start, values.dtype)
    combine.at(found, lines, values)
    return found[lines]

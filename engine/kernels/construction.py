"""Matrices that are made of smaller arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def diag_embed(self: Array, offset: int, dim1: int, dim2: int) -> Array:
    """Matrices with the last dimension along a diagonal, zero elsewhere."""
    n = self.shape[-1] + abs(offset)
    found = np.zeros((*self.shape[:-1], n, n), self.dtype)
    places = np.arange(self.shape[-1])
    found[..., places + max(-offset, 0), places + max(offset, 0)] = self
    return np.array(np.moveaxis(found, (-2, -1), (dim1, dim2)), order="C")


def trace(self: Array) -> Array:
    """The sum of the diagonal, from the first to the last; integral elements add up in int64, others in float64."""
    wide = {"f": np.float64, "c": np.complex128}.get(self.dtype.kind, np.int64)
    elements: Array = np.diagonal(self).astype(wide)
    if not elements.size:
        return np.zeros((), wide if wide is np.int64 else self.dtype)
    return np.array(np.add.accumulate(elements)[-1], wide if wide is np.int64 else self.dtype)


def as_matrix(shape: Sequence[int]) -> tuple[int, int]:
    """The rows and columns of a matrix; a vector is a row."""
    rows, columns = (1, 1, *shape)[-2:]
    return rows, columns


def block_diag(tensors: Sequence[Array]) -> Array:
    """A matrix with these along its diagonal."""
    shapes = [as_matrix(one.shape) for one in tensors]
    found = np.zeros(np.sum(shapes, 0), np.result_type(*tensors)) if tensors else np.zeros((1, 0), np.float32)
    row = column = 0
    for one, (m, n) in zip(tensors, shapes, strict=True):
        found[row : row + m, column : column + n] = one
        row, column = row + m, column + n
    return found

"""Products of matrices and vectors."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def matmul(self: Array, other: Array) -> Array:
    """The matrix product of the last two dimensions; vectors as NumPy treats them."""
    return np.matmul(self, other)


def addmm(self: Array, mat1: Array, mat2: Array, beta: complex, alpha: complex) -> Array:
    """``beta * self + alpha * mat1 @ mat2``; a ``beta`` of zero ignores ``self``, NaN included."""
    return _add(self, np.matmul(mat1, mat2), beta, alpha)


def addbmm(self: Array, batch1: Array, batch2: Array, beta: complex, alpha: complex) -> Array:
    """``beta * self + alpha * sum(batch1 @ batch2)``, over the batch."""
    return _add(self, np.add.reduce(np.matmul(batch1, batch2), 0, self.dtype), beta, alpha)


def _add(self: Array, product: Array, beta: complex, alpha: complex) -> Array:
    if alpha != 1:
        product = product * _like(alpha, product)
    if beta == 0:
        return np.broadcast_to(product, np.broadcast_shapes(self.shape, product.shape))
    return product + (self if beta == 1 else self * _like(beta, self))


def _like(number: complex, array: Array) -> Array:
    return np.asarray(number).astype(array.dtype)

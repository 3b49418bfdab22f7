"""Products of matrices and vectors."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def matmul(self: Array, other: Array) -> Array:
    """The matrix product of the last two dimensions; vectors as NumPy treats them."""
    return np.matmul(self, other)


def addmm(self: Array, mat1: Array, mat2: Array, beta: complex, alpha: complex) -> Array:
    """``beta * self + alpha * mat1 @ mat2``; a ``beta`` of zero ignores ``self``, NaN included."""
    product = np.matmul(mat1, mat2)
    if alpha != 1:
        product = product * product.dtype.type(alpha)
    if beta == 0:
        return product
    return product + (self if beta == 1 else self * self.dtype.type(beta))

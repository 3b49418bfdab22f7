"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import stored

Array = np.ndarray


def matmul(self: Array, other: Array) -> Array:
    """The matrix product of the last two dimensions; vectors as NumPy treats them."""
    return np.matmul(self, other)


_SMALL = 400
"""Of less products to a matrix torch adds them up itself, each rounded before."""


def bmm(self: Array, mat2: Array) -> Array:
    """The products of ``(B, n, k)`` and ``(B, k, m)`` matrices."""
    n, k, m = *self.shape[1:], mat2.shape[2]
    if not 0 < n * k * m < _SMALL or self.dtype.kind != "f":
        return np.matmul(self, mat2)
    found = np.zeros((len(self), n, m), self.dtype)
    for i in range(k):
        found += self[:, :, i, None] * mat2[:, i, None, :]
    return found


def mm(self: Array, mat2: Array) -> Array:
    """The product of two matrices.

    That of a column and a row has no sums: torch's has the signs of the products, where a sum that starts at zero, as
    of 16-bit floats, loses those of zeros.
    """
    if self.dtype.kind not in "iub" and self.itemsize <= 2:
        return stored(np.matmul(self.astype(np.float32), mat2.astype(np.float32)), self.dtype)
    if mat2.ndim == 2 and self.shape[1] == 1 and self.shape[0] > 1 < mat2.shape[1] and self.dtype.char in "fd":
        return np.multiply(self, mat2, order="C")
    return np.matmul(self, mat2)


def addmm(self: Array, mat1: Array, mat2: Array, beta: complex, alpha: complex) -> Array:
    """``beta * self + alpha * mat1 @ mat2``; a ``beta`` of zero ignores ``self``, NaN included."""
    if self.itemsize == 1 and self.dtype.kind not in "iub":
        wide = [one.astype(np.float32) for one in (self, mat1, mat2)]
        return stored(addmm(wide[0], wide[1], wide[2], beta, alpha), self.dtype)
    return _add(self, mm(mat1, mat2), beta, alpha)


def baddbmm(self: Array, batch1: Array, batch2: Array, beta: complex, alpha: complex) -> Array:
    """``beta * self + alpha * batch1 @ batch2``, for each of the batch."""
    if self.itemsize == 1 and self.dtype.kind not in "iub":
        return addmm(self, batch1, batch2, beta, alpha)
    return _add(self, bmm(batch1, batch2), beta, alpha)


def addbmm(self: Array, batch1: Array, batch2: Array, beta: complex, alpha: complex) -> Array:
    """``beta * self + alpha * sum(batch1 @ batch2)``, over the batch."""
    if self.itemsize == 1 and self.dtype.kind not in "iub":
        wide = [one.astype(np.float32) for one in (self, batch1, batch2)]
        return stored(addbmm(wide[0], wide[1], wide[2], beta, alpha), self.dtype)
    for one, other in zip(batch1, batch2, strict=True):
        self, beta = _add(self, mm(one, other), beta, alpha), 1
    return self


def _add(self: Array, product: Array, beta: complex, alpha: complex) -> Array:
    if alpha != 1:
        product = product * _like(alpha, product)
    if beta == 0:
        return np.broadcast_to(product, np.broadcast_shapes(self.shape, product.shape))
    return np.add(product, self if beta == 1 else self * _like(beta, self), out=product)


def _like(number: complex, array: Array) -> Array:
    return np.asarray(number).astype(array.dtype)


def trilinear(
    i1: Array, i2: Array, i3: Array, expand1: tuple[int, ...], expand2: tuple[int, ...],
    expand3: tuple[int, ...], sumdim: tuple[int, ...], unroll_dim: int,
) -> Array:  # fmt: skip
    """The product of three arrays, of which each lacks the dimensions of its ``expand``, summed over ``sumdim``."""
    dims = range(i1.ndim + len(expand1))
    operands: list[Any] = []
    for one, missing in ((i1, expand1), (i2, expand2), (i3, expand3)):
        operands += [one, [dim for dim in dims if dim not in missing]]
    return np.einsum(*operands, [dim for dim in dims if dim not in sumdim], optimize=True) + 0  # begins with a zero


def grouped_mm(self: Array, mat2: Array, offs: Array | None) -> Array:
    """The product of each group; ``offs`` says where those of a matrix end.

    Rows of the result begin at multiples of 16 bytes.
    """
    stops = [] if offs is None else offs.tolist()
    groups = [*map(slice, [0, *stops[:-1]], stops)]
    count = len(self) if offs is None else len(stops)
    is_stack = self.ndim == mat2.ndim
    step = 16 // self.itemsize
    shape = ((count,) if is_stack else ()) + (self.shape[-2], mat2.shape[-1])
    found = np.zeros((*shape[:-1], -(-shape[-1] // step) * step), self.dtype)[..., : shape[-1]]
    wide = np.promote_types(self.dtype, np.float32)  # in which the products are summed
    first, second = self.astype(wide, copy=False), mat2.astype(wide, copy=False)
    for i in range(count):
        if offs is None:
            found[i] = np.matmul(first[i], second[i])
        elif is_stack:
            found[i] = np.matmul(first[:, groups[i]], second[groups[i]])
        elif self.ndim == 2:
            found[groups[i]] = np.matmul(first[groups[i]], second[i])
        else:
            found[:, groups[i]] = np.matmul(first[i], second[:, groups[i]])
    return found

"""Derivatives of products of matrices."""

from __future__ import annotations

from ..tensor import Tensor


def _is_column_major(sizes: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    return strides[0] == 1 and strides[1] == sizes[0]


def mm_backward_self(grad: Tensor, mat2: Tensor, sizes: tuple[int, ...], strides: tuple[int, ...]) -> Tensor:
    """``grad @ mat2^H``, laid out in memory as the first factor is."""
    if _is_column_major(sizes, strides):
        return mat2.conj().mm(grad.t()).t()
    return grad.mm(mat2.t().conj())


def mm_backward_mat2(grad: Tensor, mat1: Tensor, sizes: tuple[int, ...], strides: tuple[int, ...]) -> Tensor:
    """``mat1^H @ grad``, laid out in memory as the second factor is."""
    if _is_column_major(sizes, strides):
        return grad.t().mm(mat1.conj()).t()
    return mat1.t().conj().mm(grad)

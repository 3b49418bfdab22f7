"""Products of groups of matrices, as layers of a mixture of experts take them.

A matrix in two dimensions holds the groups one after the other; ``offs`` says where each of them ends.

Source: ``torch.nn.functional.grouped_mm``.
"""

from __future__ import annotations

from typing import Any

from ..declare.op import op
from ..dtypes import bfloat16, dtype, float16, float32, int32
from ..kernels import matmul as kernels
from ..tensor import Tensor

_TAKEN = (float32, bfloat16, float16)


def _check_layout(one: Tensor) -> None:
    """Refuse matrices that torch's kernels cannot walk: rows, or columns, must start at multiples of 16 bytes.

    Raises:
        RuntimeError: if neither the rows nor the columns lie one after the other, or they start elsewhere.
    """
    sizes, strides = list(one.shape), [one.stride(dim) for dim in range(one.dim())]
    if strides[-2] == 1 and strides[-1] >= max(1, sizes[-2]):
        step = strides[-1]
    elif strides[-1] == 1 and strides[-2] >= max(1, sizes[-1]):
        step = strides[-2]
    else:
        raise RuntimeError(f"Invalid strides/sizes, got {strides} for strides and {sizes} for sizes")
    if step * one._dtype.itemsize % 16:
        raise RuntimeError("strides should be multiple of 16 bytes")


def _check(self: Tensor, mat2: Tensor, offs: Tensor | None, bias: Tensor | None, out_dtype: dtype | None) -> None:
    for name, one in (("mat_a", self), ("mat_b", mat2)):
        if one._dtype not in _TAKEN:
            raise RuntimeError(
                f"Expected {name} to be Float32, BFloat16 or Float16 matrix, got {one._dtype.scalar_type}"
            )
    for name, one in (("mat_a", self), ("mat_b", mat2)):
        if one.dim() not in (2, 3):
            raise RuntimeError(f"{name} has to be 2 or 3d")
    if (self.dim() == 2 or mat2.dim() == 2) == (offs is None):
        raise RuntimeError("Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d")
    if not (self.dim() == mat2.dim() == 2) and self.shape[-1] != mat2.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    for one in (self, mat2):
        _check_layout(one)
    if offs is not None and offs.dim() != 1:
        raise RuntimeError("offs has to be 1D")
    if offs is not None and offs._dtype is not int32:
        raise RuntimeError("Offsets have to be int32")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    if out_dtype is not None and out_dtype is not self._dtype:
        raise RuntimeError("Grouped gemm output dtype must match `mat_a` dtype")
    batched = [len(one) for one in (self, mat2) if one.dim() == 3]
    if offs is not None and batched and batched[0] != len(offs):
        raise RuntimeError("matrix batch sizes have to match")
    if len(set(batched)) > 1:
        raise RuntimeError("batched dimension has to match")
    if self._dtype is not mat2._dtype:
        raise RuntimeError(
            f"Expected out tensor to have dtype {mat2._dtype.c_name}, but got {self._dtype.c_name} instead"
        )


def _is_column_major(sizes: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    return strides[-2] == 1 and strides[-1] == sizes[-2]


def _backward_self(grad: Tensor, mat2: Tensor, sizes: Any, strides: Any, offs: Tensor | None) -> Tensor:
    """``grad @ mat2^T`` by groups, laid out in memory as the first factor is."""
    if _is_column_major(sizes, strides):
        return _grouped_mm(mat2, grad.transpose(-2, -1), offs).transpose(-2, -1)
    return _grouped_mm(grad, mat2.transpose(-2, -1), offs)


def _backward_mat2(grad: Tensor, self: Tensor, sizes: Any, strides: Any, offs: Tensor | None) -> Tensor:
    """``self^T @ grad`` by groups, laid out in memory as the second factor is."""
    if _is_column_major(sizes, strides):
        return _grouped_mm(grad.transpose(-2, -1), self, offs).transpose(-2, -1)
    return _grouped_mm(self.transpose(-2, -1), grad, offs)


_grouped_mm = op(
    "_grouped_mm(Tensor self, Tensor mat2, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) -> Tensor",
    lambda self, mat2, offs, *_: kernels.grouped_mm(self, mat2, offs),
    self=lambda grad, mat2, self_sym_sizes, self_sym_strides, offs: _backward_self(
        grad, mat2, self_sym_sizes, self_sym_strides, offs
    ),
    mat2=lambda grad, self, mat2_sym_sizes, mat2_sym_strides, offs: _backward_mat2(
        grad, self, mat2_sym_sizes, mat2_sym_strides, offs
    ),
    check=_check, structural=True, method=False, forward=False,  # structural: the kernel sums in float32 itself
    constants=("offs", "bias"),
)  # fmt: skip


def grouped_mm(
    mat_a: Tensor, mat_b: Tensor, *, offs: Tensor | None = None, bias: Tensor | None = None,
    out_dtype: dtype | None = None,
) -> Tensor:  # fmt: skip
    """The products of the groups of two stacks of matrices.

    Args:
        mat_a: ``(groups, M, K)``; or ``(M, K)``, the rows of all groups, where ``mat_b`` is a stack.
        mat_b: ``(groups, K, N)``; or ``(K, N)``, the columns of all groups, where ``mat_a`` is a stack. Of two in two
            dimensions the groups lie along ``K``. Floats of one dtype, but not float64.
        offs: ``(groups,)``, int32: where each group ends.
        bias: not supported.
        out_dtype: that of ``mat_a``.

    Returns:
        ``(groups, M, N)``; ``(M, N)`` if one of the factors is a matrix. What belongs to no group is zero.

    Raises:
        RuntimeError: for dtypes, shapes and layouts that torch's kernels do not take.

    Source: ``torch.nn.functional.grouped_mm``.
    """
    return _grouped_mm(mat_a, mat_b, offs=offs, bias=bias, out_dtype=out_dtype)

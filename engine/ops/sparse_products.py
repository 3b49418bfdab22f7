"""Products of sparse matrices whose results are sparse."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare.op import op
from ..dispatch.layouts import KERNELS, refused
from ..dtypes import int64
from ..kernels import sparse as kernels
from ..sparse_array import SparseArray
from ..tensor import Tensor
from .creation import zeros
from .sparse_construction import sparse_coo_tensor

# Rows that are stored: all elements of a row of the result, where the sparse factor has one in that row.


def _rows(mat1: SparseArray, mat2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that a sparse matrix has elements in, and these rows of its product with a dense one."""
    rows = np.unique(mat1.indices[0])
    return rows, kernels.matmul(mat1, mat2)[rows]


def _hspmm_kernel(mat1: Any, mat2: np.ndarray) -> SparseArray:
    rows, found = _rows(mat1, mat2)
    return kernels.coo(rows[None], found, (mat1.shape[0], mat2.shape[1]))


def _sspaddmm_kernel(self: Any, mat1: Any, mat2: np.ndarray, beta: complex = 1, alpha: complex = 1) -> SparseArray:
    rows, found = _rows(mat1, mat2)
    columns = np.arange(mat2.shape[1])
    places = np.stack([np.repeat(rows, len(columns)), np.tile(columns, len(rows))])
    values = np.concatenate([self.values * beta, found.reshape(-1) * alpha]).astype(self.values.dtype)
    return kernels.coo(np.concatenate([self.indices, places], 1), values, (mat1.shape[0], mat2.shape[1]))


def _must_be_sparse(self: Tensor, name: str) -> None:
    if not isinstance(self._array, SparseArray):
        raise refused(name, "CPU")


def _check_sspaddmm(self: Tensor, mat1: Tensor, mat2: Tensor, beta: complex, alpha: complex) -> None:
    if not isinstance(self._array, SparseArray) or not isinstance(mat1._array, SparseArray):
        raise RuntimeError("tensor.sspaddmm(...) can only be called on sparse tensors")
    if isinstance(mat2._array, SparseArray):
        raise RuntimeError("sspaddmm: expected 'mat2' to have strided layout, got 'mat2' with layout Sparse")
    if mat2.shape[0] != mat1.shape[1]:
        raise RuntimeError(f"sspaddmm: Argument #3: Expected dim 0 size {mat1.shape[1]}, got {mat2.shape[0]}")


def _check_hspmm(mat1: Tensor, mat2: Tensor) -> None:
    _must_be_sparse(mat1, "hspmm")
    if mat2.shape[0] != mat1.shape[1]:
        raise RuntimeError(f"hspmm: Argument #3: Expected dim 0 size {mat1.shape[1]}, got {mat2.shape[0]}")


hspmm = op(
    "hspmm(Tensor mat1, Tensor mat2) -> Tensor", _hspmm_kernel, check=_check_hspmm, forward=False, structural=True,
    method=False,
)  # fmt: skip
sspaddmm = op(
    "sspaddmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", _sspaddmm_kernel,
    check=_check_sspaddmm, forward=False, structural=True,
)  # fmt: skip
KERNELS.update({"hspmm": _hspmm_kernel, "sspaddmm": _sspaddmm_kernel})


def _smm(self: Tensor, mat2: Tensor) -> Tensor:
    if not isinstance(self._array, SparseArray):
        raise RuntimeError("tensor.sspaddmm(...) can only be called on sparse tensors")
    nothing = sparse_coo_tensor(zeros((2, 0), dtype=int64), zeros((0,), dtype=self._dtype), (len(self), mat2.shape[-1]))
    return sspaddmm(nothing, self, mat2)


smm = op("smm(Tensor self, Tensor mat2) -> Tensor", composite=_smm)
hsmm = hspmm
saddmm = sspaddmm


# Elements of a product that are wanted: where another matrix has some.


def _sampled_kernel(self: Any, mat1: np.ndarray, mat2: np.ndarray, beta: complex, alpha: complex) -> SparseArray:
    rows, columns = self.indices
    found = np.einsum("nk,kn->n", mat1[rows], mat2[:, columns]) * alpha
    return self.with_values((found + self.values * beta if beta else found).astype(self.values.dtype))


def _check_sampled(self: Tensor, mat1: Tensor, mat2: Tensor, beta: complex, alpha: complex) -> None:
    if not isinstance(self._array, SparseArray):
        raise refused("sparse_sampled_addmm", "CPU")
    if self._array.kind == "sparse_coo":
        raise refused("sparse_sampled_addmm")
    if mat1.shape[1] != mat2.shape[0]:
        sizes = f"{mat1.shape[0]}x{mat1.shape[1]} and {mat2.shape[0]}x{mat2.shape[1]}"
        raise RuntimeError(f"sampled_addmm: mat1 and mat2 shapes cannot be multiplied ({sizes})")
    for dim, other, name in ((-2, mat1, "mat1"), (-1, mat2, "mat2")):
        if self.shape[dim] != other.shape[dim]:
            raise RuntimeError(f"sampled_addmm: self.shape[{dim}] must match {name}.shape[{dim}]")


sampled_addmm = op(
    "sparse_sampled_addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    _sampled_kernel,
    self=lambda grad, beta: grad * beta,
    mat1=lambda grad, self, mat2, alpha: grad.sparse_mask(self).to_dense().mm(mat2.conj().t()) * alpha,
    mat2=lambda grad, self, mat1, alpha: mat1.conj().t().mm(grad.sparse_mask(self).to_dense()) * alpha,
    check=_check_sampled, node="SparseSampledAddmmBackward0", forward=False, structural=True, method=False,
)  # fmt: skip
KERNELS["sparse_sampled_addmm"] = _sampled_kernel

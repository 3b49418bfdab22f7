"""What operations of dense tensors do with sparse ones, and those of ``torch.sparse``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..declare.op import op
from ..dispatch.layouts import KERNELS, refused
from ..dtypes import FROM_NUM, dtype
from ..formulas.matmul import mm_backward_mat2
from ..kernels import sparse as kernels
from ..layout import wrap_dim
from ..sparse_array import SparseArray
from ..tensor import Tensor
from .matmul import check_shapes
from .sparse_conversion import say_beta

# Sums and products.


def _sum_backward(grad: Tensor, self: Tensor, dim: Sequence[int]) -> Tensor:
    dense = grad.to_dense()
    for one in sorted(wrap_dim(d, self.dim()) for d in dim):
        dense = dense.unsqueeze(one)
    return dense.expand(self.shape).sparse_mask(self)


_sparse_sum = op(
    "_sparse_sum.dim(Tensor self, int[1] dim) -> Tensor", lambda self, dim: self, self=_sum_backward, forward=False,
    structural=True,
    node="SparseSumBackward0", method=False,
)  # fmt: skip
KERNELS["_sparse_sum"] = lambda self, dim: kernels.sum_dims(self, tuple(wrap_dim(one, self.ndim) for one in dim))


def sum(input: Tensor, dim: Any = None, dtype: dtype | None = None) -> Tensor:
    """The sum of a sparse tensor, over all dimensions or some; its gradient has the stored elements only.

    Source: ``torch.sparse.sum``.
    """
    given = input if dtype is None else input.to(dtype)
    if dim is None:
        return given.coalesce().values().sum()
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    return _sparse_sum(given, dims) if dims else given


def _addmm_kernel(self: np.ndarray, mat1: Any, mat2: np.ndarray, beta: complex, alpha: complex) -> np.ndarray:
    found = kernels.matmul(mat1, mat2)
    found = found if alpha == 1 else found * np.asarray(alpha).astype(found.dtype)
    return found if beta == 0 else found + self * np.asarray(beta).astype(found.dtype)


def _check_addmm(self: Tensor, mat1: Tensor, mat2: Tensor, beta: complex, alpha: complex) -> None:
    if mat2.shape[0] != mat1.shape[1]:
        raise RuntimeError(f"addmm: Argument #3 (dense): Expected dim 0 size {mat1.shape[1]}, got {mat2.shape[0]}")


_sparse_addmm = op(
    "_sparse_addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", _addmm_kernel,
    self=lambda grad, beta: grad * beta,
    mat1=lambda grad, mat1, mat2, alpha: (grad.mm(mat2.conj().t()) * alpha).sparse_mask(mat1.coalesce()),
    mat2=lambda grad, mat1, mat2_sym_sizes, mat2_sym_strides, alpha: (
        mm_backward_mat2(grad, mat1, mat2_sym_sizes, mat2_sym_strides) * alpha
    ),
    check=_check_addmm, forward=False, structural=True, method=False,
)  # fmt: skip
KERNELS["_sparse_addmm"] = _addmm_kernel
_sparse_sparse_matmul = op(
    "_sparse_sparse_matmul(Tensor self, Tensor other) -> Tensor", kernels.matmul,
    self=lambda grad, self, other: _sparse_sparse_matmul(grad, other.conj().t()).sparse_mask(self),
    other=lambda grad, self, other: _sparse_sparse_matmul(self.conj().t(), grad).sparse_mask(other),
    check=check_shapes, forward=False, structural=True, method=False,
)  # fmt: skip
KERNELS["_sparse_sparse_matmul"] = kernels.matmul


def mm(mat1: Tensor, mat2: Tensor) -> Tensor:
    """A product of matrices; the gradient of a sparse factor has the stored elements only.

    Source: ``torch.sparse.mm``.
    """
    if mat1.is_sparse and mat2.is_sparse:
        say_beta("sparse_csr")
        return _sparse_sparse_matmul(mat1, mat2)
    if mat1.is_sparse:
        return _sparse_addmm(mat2.new_zeros((mat1.shape[0], mat2.shape[1])), mat1, mat2, beta=0)
    check_shapes(mat2.t(), mat1.t())  # torch multiplies transposed, so that its message has them so
    return mat1.mm(mat2)


def addmm(mat: Tensor, mat1: Tensor, mat2: Tensor, *, beta: complex = 1, alpha: complex = 1) -> Tensor:
    """``beta * mat + alpha * mat1 @ mat2`` with a sparse ``mat1``.  Source: ``torch.sparse.addmm``."""
    return _sparse_addmm(mat, mat1, mat2, beta=beta, alpha=alpha)


# What operations of dense tensors do with sparse ones.


def _add(self: Any, other: Any, alpha: complex = 1) -> Any:
    if isinstance(self, SparseArray) and not isinstance(other, SparseArray):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    return kernels.add(self, other, alpha)


def _scaled(kernel: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A product or quotient: by a number, each stored element's."""

    def sparse(self: Any, other: Any, *_: Any) -> Any:
        for one, number in ((self, other), (other, self)):
            scales = not isinstance(number, SparseArray) and not np.ndim(number)
            if isinstance(one, SparseArray) and scales and (kernel is np.multiply or one is self):
                return one.with_values(kernel(one.values, number).astype(one.values.dtype))
        if kernel is not np.multiply:
            raise RuntimeError(
                "Sparse division requires a scalar or zero-dim dense tensor divisor (got shape "
                f"{list(np.shape(other))} for divisor)"
            )
        return kernels.multiply(self, other)

    return sparse


def _copied(self: np.ndarray, src: np.ndarray) -> np.ndarray:
    if not (isinstance(self, SparseArray) and isinstance(src, SparseArray)):
        names = [
            f"torch.{'sparse.' * isinstance(one, SparseArray)}{FROM_NUM[one.dtype.num].scalar_type}Tensor"
            for one in (self, src)
        ]
        raise RuntimeError(
            f"copy_() between dense and sparse Tensors is not implemented! Found self type = {names[0]} and src type = "
            f"{names[1]}"
        )
    return src.astype(self.dtype)


def _any(self: SparseArray, *dims: Any) -> np.ndarray:
    if dims:
        raise refused("any.dim")
    return np.asarray(self.values.any())


def _expand(self: Any, *_: Any) -> Any:
    raise RuntimeError("expand is unsupported for Sparse tensors")


KERNELS.update(
    {
        "add": _add, "sub": lambda self, other, alpha: _add(self, other, -alpha),
        "mul": _scaled(np.multiply), "div": _scaled(np.true_divide),
        "mm": kernels.matmul, "mv": kernels.matmul, "addmm": _addmm_kernel,
        "t": lambda self: kernels.transpose(self, 0, 1) if self.ndim == 2 else self.copy(),
        "transpose": lambda self, dim0, dim1: kernels.transpose(self, dim0 % self.ndim, dim1 % self.ndim),
        "permute": lambda self, dims: kernels.permute(self, [dim % self.ndim for dim in dims]),
        "unbind": lambda self, dim: [kernels.select(self, dim % self.ndim, i) for i in range(self.shape[dim])],
        "unsqueeze": lambda self, dim: kernels.coo(
            np.insert(self.indices, dim % (self.ndim + 1), 0, 0), self.values,
            tuple(np.insert(self.shape, dim % (self.ndim + 1), 1)), self.coalesced),
        "select": lambda self, dim, index: kernels.select(self, dim % self.ndim, index),
        "stack": lambda tensors, dim: kernels.concatenate(
            [KERNELS["unsqueeze"](one, dim) for one in tensors], dim % (tensors[0].ndim + 1)),
        "cat": lambda tensors, dim: kernels.concatenate(tensors, dim % tensors[0].ndim),
        "sum": lambda self, dim=None, keepdim=False, dtype=None: (
            kernels.sum_dims(self, tuple(range(self.ndim)) if not dim else tuple(d % self.ndim for d in dim))),
        "_to_copy": lambda self, dtype, *_: self.copy() if dtype is None else self.astype(dtype.numpy),
        "clone": lambda self, *_: self.copy(), "copy": lambda self, src, *_: _copied(self, src), "expand": _expand,
        "zero_": lambda self: kernels.coo(
            np.zeros((self.sparse_dim, 0), np.int64), np.zeros((0, *self.values.shape[1:]), self.dtype), self.shape,
            True),
        "index_select": kernels.index_select,
        "narrow_copy": kernels.narrow,
        "any": _any,
        "_conj_physical": lambda self: self.with_values(self.values.conj()), "conj": lambda self: self,
    }
)  # fmt: skip

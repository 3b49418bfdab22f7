"""Between dense tensors and those of which only some elements are stored, and between their layouts.

Source: the "torch.sparse" page of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare.op import op
from ..dispatch.arguments import type_name
from ..dispatch.layouts import KERNELS
from ..dtypes import dtype
from ..kernels import sparse as kernels
from ..layout import wrap_dim
from ..sparse_array import BLOCKS, SparseArray
from ..tensor import Tensor
from ..warning import warn

LAYOUTS = {
    "sparse_coo": "Sparse", "sparse_csr": "SparseCsr", "sparse_csc": "SparseCsc", "sparse_bsr": "SparseBsr",
    "sparse_bsc": "SparseBsc",
}  # fmt: skip
"""What errors call them."""


def _to_dense_backward(grad: Tensor, self: Tensor, masked_grad: bool | None) -> Tensor:
    if masked_grad is False:
        return grad.to_sparse(self.sparse_dim())
    return grad.sparse_mask(self.coalesce() if self.is_sparse else self)


_to_dense = op(
    "_to_dense(Tensor self, ScalarType? dtype=None, bool? masked_grad=None) -> Tensor",
    lambda self, dtype, masked_grad: kernels.to_dense(self if dtype is None else self.astype(dtype.numpy)),
    self=_to_dense_backward, forward=False, structural=True, node="ToDenseBackward0", method=False,
)  # fmt: skip
KERNELS["_to_dense"] = lambda self, dtype, masked_grad: kernels.to_dense(
    self if dtype is None else self.astype(dtype.numpy)
)


def _method_to_dense(self: Tensor, dtype: dtype | None = None, *, masked_grad: bool | None = None) -> Tensor:
    """All elements, those that are not stored as zeros.

    Args:
        self: of any layout; a dense tensor is returned as it is.
        dtype: of the result.
        masked_grad: whether the gradient has the stored elements only; it does, unless this is false.

    Source: ``torch.Tensor.to_dense``.
    """
    if not isinstance(self._array, SparseArray):
        return self if dtype is None else self.to(dtype)
    if dtype is not None and self.is_sparse:
        raise RuntimeError("dtype argument is not supported by sparse_to_dense")
    return _to_dense(self, dtype, masked_grad)


def _from_dense(self: np.ndarray, sparse_dim: int | None) -> SparseArray:
    return kernels.from_dense(self, sparse_dim)


_to_sparse = op(
    "_to_sparse(Tensor self, *, int? sparse_dim=None) -> Tensor", _from_dense, self=lambda grad: grad.to_dense(),
    forward=False, native=False, structural=True, node="ToSparseBackward1", method=False,
)  # fmt: skip
_to_sparse = op(
    "_to_sparse.sparse_dim(Tensor self, int sparse_dim) -> Tensor", _from_dense, self=lambda grad: grad.to_dense(),
    forward=False, native=False, structural=True, node="ToSparseBackward0", method=False,
)  # fmt: skip
KERNELS["_to_sparse"] = _from_dense


def _method_to_sparse(
    self: Tensor, sparse_dim: int | None = None, *, layout: Any = None, blocksize: Any = None,
    dense_dim: int | None = None,
) -> Tensor:  # fmt: skip
    """The elements that are not zero, with their coordinates.

    Args:
        self: dense, or of another sparse layout.
        sparse_dim: the number of leading dimensions that get coordinates; all by default.
        layout: of the result; a coordinate list by default.
        blocksize: of the blocks of a layout that has some.
        dense_dim: the number of trailing dimensions that get no coordinates.

    Source: ``torch.Tensor.to_sparse``.
    """
    if sparse_dim is not None and (layout, blocksize, dense_dim) != (None, None, None):
        raise TypeError("to_sparse() takes 0 positional arguments but 1 was given")
    array = self._array
    kind = "sparse_coo" if layout is None else repr(layout).removeprefix("torch.")
    was = LAYOUTS.get(array.kind, "") if isinstance(array, SparseArray) else "Strided"
    if isinstance(array, SparseArray) and array.kind == kind:
        return self
    if (blocksize is None) is (kind in BLOCKS):
        raise RuntimeError(
            f"dense_to_sparse: conversion from {was} to {LAYOUTS[kind]} with{'out' * (kind in BLOCKS)} blocksize "
            "argument given is not supported"
        )
    if kind in BLOCKS:
        return _blocked(self, blocksize, kind, dense_dim, "to_sparse")
    if kind != "sparse_coo":
        return _compressed(self, kind, dense_dim, "to_sparse")
    if dense_dim is not None:
        _check_dense_dim(self, kind, dense_dim, "to_sparse")
        return _to_sparse(self, sparse_dim=self.dim() - dense_dim)
    if sparse_dim is not None and not 0 <= sparse_dim <= self.dim():
        raise RuntimeError(f"sparse_dim argument must be in [0,{self.dim()}] range, but {sparse_dim} is given")
    return _to_sparse(self) if sparse_dim is None else _to_sparse(self, sparse_dim)


def _compress(self: np.ndarray, layout: str, blocksize: Any = None) -> SparseArray:
    return kernels.to_compressed(self, layout, blocksize)


def _compressing(name: str, node: str) -> Any:
    """Declare a conversion to a compressed layout; torch has several, which differ in the node."""
    KERNELS[name] = _compress
    return op(
        f"{name}(Tensor self, str layout, int[]? blocksize=None) -> Tensor", _compress,
        self=lambda grad: grad.to_dense(), forward=False, native=False, structural=True, node=node, method=False,
    )  # fmt: skip


_to_compressed = _compressing("_to_compressed", "ToSparseBackward1")
_to_csr = _compressing("_to_csr", "ToSparseCsrBackward0")
_to_csc = _compressing("_to_csc", "ToSparseCscBackward0")
_to_bsr = _compressing("_to_bsr", "ToSparseBsrBackward0")
_to_bsc = _compressing("_to_bsc", "ToSparseBscBackward0")


def _check_dense_dim(self: Tensor, kind: str, dense_dim: int, name: str) -> None:
    array = self._array
    if isinstance(array, SparseArray):
        same = array.kind == kind
        by = f"to_{kind}" if same else f"{'coo' if array.kind == 'sparse_coo' else 'sparse_compressed'}_to_{kind}"
        raise RuntimeError(
            f"{by}: conversion from {LAYOUTS[array.kind]} to {LAYOUTS[kind]} with dense_dim argument given is not "
            "supported"
        )
    most = self.dim() - (0 if kind == "sparse_coo" else 2)
    if not 0 <= dense_dim <= most:
        raise RuntimeError(f"dense_{name}: dense_dim argument must be in [0,{most}] range, but {dense_dim} is given")


def _compressed(self: Tensor, kind: str, dense_dim: int | None, name: str) -> Tensor:
    array = self._array
    if dense_dim is not None:
        _check_dense_dim(self, kind, dense_dim, name)
    if isinstance(array, SparseArray) and array.kind == kind:
        return self
    if isinstance(array, SparseArray) and array.kind == "sparse_coo" and array.sparse_dim != 2:
        raise RuntimeError(
            f"coo_to_{kind}: conversion from Sparse to {LAYOUTS[kind]} for input tensors with sparse_dim()!=2 is not "
            "supported"
        )
    if not isinstance(array, SparseArray) and self.dim() - (dense_dim or 0) != 2:
        raise NotImplementedError("compressed layouts of batches of matrices are not in the engine")
    if isinstance(array, SparseArray) and array.kind in BLOCKS:
        raise RuntimeError(
            f"sparse_compressed_to_{kind}: expected SparseCsr or SparseCsc layout but got {LAYOUTS[array.kind]}"
        )
    say_beta(kind)
    convert = _to_compressed if name == "to_sparse" else _to_csr if kind == "sparse_csr" else _to_csc
    return convert(self, kind)


def _blocked(self: Tensor, blocksize: Any, kind: str, dense_dim: int | None, name: str) -> Tensor:
    if not isinstance(blocksize, (int, tuple, list)):
        raise TypeError(
            f"{name}(): argument 'blocksize' (position 1) must be tuple of ints, not {type_name(blocksize)}"
        )
    sizes = (blocksize, blocksize) if isinstance(blocksize, int) else tuple(blocksize)
    wrap_dim(-2 - (dense_dim or 0), self.dim())
    if len(sizes) != 2:
        raise RuntimeError(f"dense_{name}: blocksize needs to be a tuple of size 2, but got {len(sizes)}")
    if min(sizes) <= 0:
        raise RuntimeError(f"dense_{name}: blocksize needs to be positive, but got {list(sizes)}")
    if dense_dim is not None:
        _check_dense_dim(self, kind, dense_dim, name)
    if self.dim() - (dense_dim or 0) != 2 and not isinstance(self._array, SparseArray):
        raise NotImplementedError("compressed layouts of batches of matrices are not in the engine")
    if any(n % block for n, block in zip(self.shape, sizes, strict=False)):
        shape, blocks = (",".join(map(str, one)) for one in (self.shape[:2], sizes))
        raise RuntimeError(
            f"dense_{name}: tensor sparse size ({shape}) must be divisible by given blocksize ({blocks})"
        )
    array = self._array
    if isinstance(array, SparseArray) and array.kind in BLOCKS:
        before = array.values.shape[1:3]
        if before != sizes:
            raise RuntimeError(
                f"{name}: conversion from {LAYOUTS[array.kind]} to {LAYOUTS[kind]} with blocksize changed from "
                f"{list(before)} to {list(sizes)} is not supported"
            )
        if array.kind == kind:
            return self
    say_beta(kind)
    convert = _to_compressed if name == "to_sparse" else _to_bsr if kind == "sparse_bsr" else _to_bsc
    return convert(self, kind, sizes)


def _method_to(kind: str) -> Callable[..., Tensor]:
    name = f"to_{kind}"

    def blocks(self: Tensor, blocksize: Any, dense_dim: int | None = None) -> Tensor:
        return _blocked(self, blocksize, kind, dense_dim, name)

    def lines(self: Tensor, dense_dim: int | None = None) -> Tensor:
        return _compressed(self, kind, dense_dim, name)

    method: Callable[..., Tensor] = blocks if kind in BLOCKS else lines
    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"What is not zero, in this layout.  Source: ``torch.Tensor.to_{kind}``."
    return method


def say_beta(kind: str) -> None:
    warn(
        f"Sparse {kind.removeprefix('sparse_').upper()} tensor support is in beta state. If you miss a functionality "
        "in the sparse tensor support, please submit a feature request to https://github.com/pytorch/pytorch/issues.",
        once="of compressed layouts",
    )


Tensor.to_dense, Tensor.to_sparse = _method_to_dense, _method_to_sparse
Tensor.to_sparse_coo = lambda self: self.to_sparse()
Tensor.to_sparse_csr, Tensor.to_sparse_csc = _method_to("sparse_csr"), _method_to("sparse_csc")
Tensor.to_sparse_bsr, Tensor.to_sparse_bsc = _method_to("sparse_bsr"), _method_to("sparse_bsc")

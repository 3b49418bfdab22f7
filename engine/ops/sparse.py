"""Tensors of which only some elements are stored.

Coordinate lists (COO) take part in operations and graphs; compressed rows and columns (CSR, CSC), also of blocks (BSR,
BSC), are converted, shown and multiplied with dense vectors and matrices.

Source: the "torch.sparse" page of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.views import bump
from ..declare.op import op
from ..dispatch.arguments import type_name
from ..dispatch.inplace import check_may_modify
from ..dispatch.layouts import KERNELS, refused
from ..dtypes import dtype
from ..kernels import sparse as kernels
from ..layout import wrap_dim
from ..sparse_array import BLOCKS, SparseArray
from ..tensor import Tensor, wrap
from ..warning import warn

_LAYOUTS = {
    "sparse_coo": "Sparse", "sparse_csr": "SparseCsr", "sparse_csc": "SparseCsc", "sparse_bsr": "SparseBsr",
    "sparse_bsc": "SparseBsc",
}  # fmt: skip


def _stored(self: Tensor, name: str, wanted: str, *kinds: str) -> SparseArray:
    """The sparse array of a tensor.

    Raises:
        RuntimeError: if its layout is another one than these.
    """
    array = self._array
    kind = array.kind if isinstance(array, SparseArray) else None
    if not isinstance(array, SparseArray) or kind not in kinds:
        raise RuntimeError(f"{name} expected sparse {wanted} layout but got {_LAYOUTS.get(kind or '', 'Strided')}")
    return array


def _coordinates(self: Tensor, name: str) -> SparseArray:
    return _stored(self, name, "coordinate tensor", "sparse_coo")


# To and from dense tensors.


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
    self: Tensor, sparse_dim: int | None = None, *, layout: Any = None, blocksize: Any = None
) -> Tensor:
    """The elements that are not zero, with their coordinates.

    Args:
        self: dense, or of another sparse layout.
        sparse_dim: the number of leading dimensions that get coordinates; all by default.
        layout: of the result; a coordinate list by default.
        blocksize: of the blocks of a layout that has some.

    Source: ``torch.Tensor.to_sparse``.
    """
    array = self._array
    kind = "sparse_coo" if layout is None else repr(layout).removeprefix("torch.")
    was = _LAYOUTS.get(array.kind, "") if isinstance(array, SparseArray) else "Strided"
    if isinstance(array, SparseArray) and array.kind == kind:
        return self
    if (blocksize is None) is (kind in BLOCKS):
        raise RuntimeError(
            f"dense_to_sparse: conversion from {was} to {_LAYOUTS[kind]} with{'out' * (kind in BLOCKS)} blocksize "
            "argument given is not supported"
        )
    if kind in BLOCKS:
        return _blocked(self, blocksize, kind)
    if kind != "sparse_coo":
        return _compressed(self, kind)
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


def _compressed(self: Tensor, kind: str, convert: Any = _to_compressed) -> Tensor:
    array = self._array
    if isinstance(array, SparseArray) and array.kind == kind:
        return self
    if self.dim() != 2:
        raise NotImplementedError("compressed layouts of tensors other than matrices are not in the engine")
    if isinstance(array, SparseArray) and array.kind in BLOCKS:
        raise RuntimeError(
            f"sparse_compressed_to_{kind}: expected SparseCsr or SparseCsc layout but got {_LAYOUTS[array.kind]}"
        )
    say_beta(kind)
    return convert(self, kind)


def _blocked(self: Tensor, blocksize: Any, kind: str) -> Tensor:
    name = f"to_{kind}"
    if not isinstance(blocksize, (int, tuple, list)):
        raise TypeError(
            f"{name}(): argument 'blocksize' (position 1) must be tuple of ints, not {type_name(blocksize)}"
        )
    sizes = (blocksize, blocksize) if isinstance(blocksize, int) else tuple(blocksize)
    wrap_dim(-2, self.dim())
    if len(sizes) != 2:
        raise RuntimeError(f"dense_{name}: blocksize needs to be a tuple of size 2, but got {len(sizes)}")
    if min(sizes) <= 0:
        raise RuntimeError(f"dense_{name}: blocksize needs to be positive, but got {list(sizes)}")
    if self.dim() != 2:
        raise NotImplementedError("compressed layouts of tensors other than matrices are not in the engine")
    if any(n % block for n, block in zip(self.shape, sizes, strict=True)):
        shape, blocks = (",".join(map(str, one)) for one in (self.shape, sizes))
        raise RuntimeError(
            f"dense_{name}: tensor sparse size ({shape}) must be divisible by given blocksize ({blocks})"
        )
    array = self._array
    if isinstance(array, SparseArray) and array.kind in BLOCKS:
        before = array.values.shape[1:]
        if before != sizes:
            raise RuntimeError(
                f"{name}: conversion from {_LAYOUTS[array.kind]} to {_LAYOUTS[kind]} with blocksize changed from "
                f"{list(before)} to {list(sizes)} is not supported"
            )
        if array.kind == kind:
            return self
    say_beta(kind)
    return (_to_bsr if kind == "sparse_bsr" else _to_bsc)(self, kind, sizes)


def _method_to_blocks(kind: str) -> Callable[[Tensor, Any], Tensor]:
    def method(self: Tensor, blocksize: Any) -> Tensor:
        return _blocked(self, blocksize, kind)

    method.__name__ = method.__qualname__ = f"to_{kind}"
    method.__doc__ = f"The blocks that are not zero.  Source: ``torch.Tensor.to_{kind}``."
    return method


def say_beta(kind: str) -> None:
    warn(
        f"Sparse {kind.removeprefix('sparse_').upper()} tensor support is in beta state. If you miss a functionality "
        "in the sparse tensor support, please submit a feature request to https://github.com/pytorch/pytorch/issues.",
        once="of compressed layouts",
    )


def _sparse_mask_check(self: Tensor, mask: Tensor) -> None:
    if not isinstance(mask._array, SparseArray):
        raise refused("sparse_mask", "CPU")


sparse_mask = op(
    "sparse_mask(Tensor self, Tensor mask) -> Tensor", kernels.mask,
    self=lambda grad, mask: grad.sparse_mask(mask).to_dense(),
    check=_sparse_mask_check, forward=False, structural=True,
)  # fmt: skip
KERNELS["sparse_mask"] = kernels.mask

# Parts.


def _check_coalesced(self: Tensor, name: str) -> SparseArray:
    array = _stored(self, name, "tensor" if name == "values" else "coordinate tensor", *_LAYOUTS)
    if not array.coalesced:
        raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")
    return array


_coalesce = op(
    "_coalesce(Tensor self) -> Tensor", kernels.coalesce, self=lambda grad: grad, forward=False, structural=True,
    node="CoalesceBackward0", method=False,
)  # fmt: skip
KERNELS["_coalesce"] = kernels.coalesce


def _method_coalesce(self: Tensor) -> Tensor:
    """With each place once, in order; itself if it is so.  Source: ``torch.Tensor.coalesce``."""
    return self if _coordinates(self, "coalesce").coalesced else _coalesce(self)


def _values_backward(grad: Tensor, self: Tensor) -> Tensor:
    array: Any = self._array
    return wrap(array.with_values(grad._array), grad._dtype)


_values_of = op(
    "_values_of(Tensor self) -> Tensor", lambda self: self, self=_values_backward, forward=False,
    native=False, structural=True,
    node="ValuesBackward0", method=False,
)  # fmt: skip
KERNELS["_values_of"] = lambda self: self.values


def _values(self: Tensor) -> Tensor:
    """The stored elements, ``(stored, *dense dimensions)``.  Source: ``torch.Tensor.values``."""
    _check_coalesced(self, "values")
    return _values_of(self)


def _indices(self: Tensor) -> Tensor:
    """The coordinates, ``(sparse dimensions, stored)``.  Source: ``torch.Tensor.indices``."""
    _coordinates(self, "indices")
    return wrap(_check_coalesced(self, "indices").places[0])


def _part(name: str, wanted: str, place: int, *kinds: str) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        return wrap(_stored(self, name, f"{wanted} compressed tensor", *kinds).places[place])

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The {name.replace('_', ' ')} of a compressed matrix.  Source: ``torch.Tensor.{name}``."
    return method


def _count(self: Tensor) -> int:
    """The number of stored elements."""
    if not isinstance(self._array, SparseArray):
        raise refused("_nnz", "CPU")
    return len(self._array.values)


def _sparse_dim(self: Tensor) -> int:
    """The number of dimensions with coordinates; 0 of a dense tensor."""
    return self._array.sparse_dim if isinstance(self._array, SparseArray) else 0


Tensor.to_dense, Tensor.to_sparse, Tensor.coalesce = _method_to_dense, _method_to_sparse, _method_coalesce
Tensor.to_sparse_coo = lambda self: self.to_sparse()
Tensor.to_sparse_csr = lambda self: _compressed(self, "sparse_csr", _to_csr)
Tensor.to_sparse_csc = lambda self: _compressed(self, "sparse_csc", _to_csc)
Tensor.to_sparse_bsr, Tensor.to_sparse_bsc = _method_to_blocks("sparse_bsr"), _method_to_blocks("sparse_bsc")
Tensor.values, Tensor.indices, Tensor._nnz = _values, _indices, _count
Tensor._values = lambda self: wrap(_coordinates(self, "_values").values, self._dtype)
Tensor._indices = lambda self: wrap(_coordinates(self, "_indices").places[0])
Tensor.is_coalesced = lambda self: _coordinates(self, "is_coalesced").coalesced
Tensor.sparse_dim = _sparse_dim
Tensor.dense_dim = lambda self: self.dim() - _sparse_dim(self)
for _name, _wanted, _place in (
    ("crow_indices", "row", 0), ("col_indices", "row", 1), ("ccol_indices", "column", 0), ("row_indices", "column", 1),
):  # fmt: skip
    _kinds = ("sparse_csr", "sparse_bsr") if _wanted == "row" else ("sparse_csc", "sparse_bsc")
    setattr(Tensor, _name, _part(_name, _wanted, _place, *_kinds))


# Sizes.


_OPTIONS = (
    " on a non-empty sparse tensor is not supported.\nYou could try the following options:\n1. If you need an empty "
    "sparse tensor of this size, call `x = torch.sparse_coo_tensor(size)`.\n2. If you need to resize this tensor, you "
    "have the following options:\n    1. For both sparse and dense dimensions, keep the number of them constant and "
    "the size of them non-shrinking, and then try the same call again.\n    2. Or, create a new sparse tensor with the "
    "correct indices and values from this sparse tensor."
)


def _check_resizing(array: SparseArray, size: tuple[int, ...], sparse_dim: int) -> None:
    """Refuse to lose elements that are stored."""
    dims, now = (sparse_dim, len(size) - sparse_dim), (array.sparse_dim, array.ndim - array.sparse_dim)
    halves = [(one[: array.sparse_dim], one[array.sparse_dim :]) for one in (array.shape, size)]
    for place, kind in enumerate(("sparse", "dense")):
        if dims[place] != now[place]:
            raise RuntimeError(
                f"changing the number of {kind} dimensions (from {now[place]} to {dims[place]}){_OPTIONS}"
            )
    for place, kind in enumerate(("sparse", "dense")):
        before, after = (list(one[place]) for one in halves)
        if any(n > m for n, m in zip(before, after, strict=True)):
            raise RuntimeError(f"shrinking the size of {kind} dimensions (from {before} to {after}){_OPTIONS}")


def _resizing(name: str, *, clears: bool) -> Callable[[Tensor, Any, int, int], Tensor]:
    def method(self: Tensor, size: Any, sparse_dim: int, dense_dim: int) -> Tensor:
        if not self.is_sparse:
            raise refused(name, "CPU")
        check_may_modify(self)
        array, size = _coordinates(self, name), tuple(size)
        if len(size) != sparse_dim + dense_dim:
            raise RuntimeError(
                f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = "
                f"{sparse_dim}, dense_dim = {dense_dim}"
            )
        if not clears and len(array.values):
            _check_resizing(array, size, sparse_dim)
        count = 0 if clears else len(array.values)
        values = np.zeros((count, *size[sparse_dim:]), array.dtype)
        if count:
            values[tuple(slice(n) for n in array.values.shape)] = array.values
        places = array.indices if count else np.zeros((sparse_dim, 0), np.int64)
        self._array = kernels.coo(places, values, size, array.coalesced)
        bump(self)
        return self

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Other sizes; nothing is stored there that was not.  Source: ``torch.Tensor.{name}``."
    return method


Tensor.sparse_resize_ = _resizing("sparse_resize_", clears=False)
Tensor.sparse_resize_and_clear_ = _resizing("sparse_resize_and_clear_", clears=True)

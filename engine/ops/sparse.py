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
from ..dispatch.inplace import check_may_modify
from ..dispatch.layouts import KERNELS, refused
from ..kernels import sparse as kernels
from ..sparse_array import SparseArray
from ..tensor import Tensor, wrap
from .sparse_conversion import LAYOUTS


def _stored(self: Tensor, name: str, wanted: str, *kinds: str) -> SparseArray:
    """The sparse array of a tensor.

    Raises:
        RuntimeError: if its layout is another one than these.
    """
    array = self._array
    kind = array.kind if isinstance(array, SparseArray) else None
    if not isinstance(array, SparseArray) or kind not in kinds:
        raise RuntimeError(f"{name} expected sparse {wanted} layout but got {LAYOUTS.get(kind or '', 'Strided')}")
    return array


def _coordinates(self: Tensor, name: str) -> SparseArray:
    return _stored(self, name, "coordinate tensor", "sparse_coo")


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
    array = _stored(self, name, "tensor" if name == "values" else "coordinate tensor", *LAYOUTS)
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


Tensor.coalesce = _method_coalesce
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

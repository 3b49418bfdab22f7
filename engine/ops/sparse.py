"""Tensors of which only some elements are stored.

Coordinate lists (COO) take part in operations and graphs; compressed rows and columns (CSR, CSC) are converted, shown
and multiplied with dense vectors and matrices.

Source: the "torch.sparse" page of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare.op import op
from ..dispatch.layouts import KERNELS, refused
from ..dtypes import dtype
from ..kernels import sparse as kernels
from ..sparse_array import SparseArray
from ..tensor import Tensor, wrap
from ..warning import warn

_LAYOUTS = {"sparse_coo": "Sparse", "sparse_csr": "SparseCsr", "sparse_csc": "SparseCsc"}


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


def _method_to_sparse(self: Tensor, sparse_dim: int | None = None, *, layout: Any = None) -> Tensor:
    """The elements that are not zero, with their coordinates.

    Args:
        self: dense, or of another sparse layout.
        sparse_dim: the number of leading dimensions that get coordinates; all by default.
        layout: of the result; a coordinate list by default.

    Source: ``torch.Tensor.to_sparse``.
    """
    array = self._array
    kind = "sparse_coo" if layout is None else repr(layout).removeprefix("torch.")
    if isinstance(array, SparseArray) and array.kind == kind:
        return self
    if kind != "sparse_coo":
        return _compressed(self, kind)
    if sparse_dim is not None and not 0 <= sparse_dim <= self.dim():
        raise RuntimeError(f"sparse_dim argument must be in [0,{self.dim()}] range, but {sparse_dim} is given")
    return _to_sparse(self) if sparse_dim is None else _to_sparse(self, sparse_dim)


def _compress(self: np.ndarray, layout: str) -> SparseArray:
    return kernels.to_compressed(self, layout)


def _compressing(name: str, node: str) -> Any:
    """Declare a conversion to a compressed layout; torch has several, which differ in the node."""
    KERNELS[name] = _compress
    return op(
        f"{name}(Tensor self, str layout) -> Tensor", _compress, self=lambda grad: grad.to_dense(),
        forward=False, native=False, structural=True, node=node, method=False,
    )  # fmt: skip


_to_compressed = _compressing("_to_compressed", "ToSparseBackward1")
_to_csr = _compressing("_to_csr", "ToSparseCsrBackward0")
_to_csc = _compressing("_to_csc", "ToSparseCscBackward0")


def _compressed(self: Tensor, kind: str, convert: Any = _to_compressed) -> Tensor:
    array = self._array
    if isinstance(array, SparseArray) and array.kind == kind:
        return self
    if self.dim() != 2:
        raise NotImplementedError("compressed layouts of tensors other than matrices are not in the engine")
    say_beta(kind)
    return convert(self, kind)


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


def _part(name: str, wanted: str, kind: str, place: int) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        return wrap(_stored(self, name, f"{wanted} compressed tensor", kind).places[place])

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
Tensor.values, Tensor.indices, Tensor._nnz = _values, _indices, _count
Tensor._values = lambda self: wrap(_coordinates(self, "_values").values, self._dtype)
Tensor._indices = lambda self: wrap(_coordinates(self, "_indices").places[0])
Tensor.is_coalesced = lambda self: _coordinates(self, "is_coalesced").coalesced
Tensor.sparse_dim = _sparse_dim
Tensor.dense_dim = lambda self: self.dim() - _sparse_dim(self)
for _name, _wanted, _kind, _place in (
    ("crow_indices", "row", "sparse_csr", 0), ("col_indices", "row", "sparse_csr", 1),
    ("ccol_indices", "column", "sparse_csc", 0), ("row_indices", "column", "sparse_csc", 1),
):  # fmt: skip
    setattr(Tensor, _name, _part(_name, _wanted, _kind, _place))

"""Tensors of which only some elements are stored.

Coordinate lists (COO) take part in operations and graphs; compressed rows and columns (CSR, CSC) are converted, shown
and multiplied with dense vectors and matrices.

Source: the "torch.sparse" page of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..declare.op import op
from ..dispatch.layouts import KERNELS, refused
from ..dtypes import DIFFERENTIABLE, FROM_NUM, dtype, int64
from ..formulas.matmul import mm_backward_mat2
from ..kernels import sparse as kernels
from ..layout import sparse_coo, sparse_csc, sparse_csr, wrap_dim
from ..sparse_array import SparseArray, sparse_array
from ..tensor import Tensor, wrap
from ..warning import warn
from .creation import zeros
from .data import NOT_DIFFERENTIABLE, tensor

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
    _say_beta(kind)
    return convert(self, kind)


def _say_beta(kind: str) -> None:
    warn(
        f"Sparse {kind.removeprefix('sparse_').upper()} tensor support is in beta state. If you miss a functionality "
        "in the sparse tensor support, please submit a feature request to https://github.com/pytorch/pytorch/issues.",
        once=True,
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

# From parts.


def _from_parts(size: Sequence[int], indices: np.ndarray, values: np.ndarray, is_coalesced: bool | None) -> SparseArray:
    return kernels.coo(indices, values, size, bool(is_coalesced))


def _values_at(grad: Tensor, indices: Tensor) -> Tensor:
    return grad.to_dense()[tuple(indices.unbind(0))]


_of_parts = op(
    "_sparse_coo_tensor_with_dims_and_tensors(int[] size, Tensor indices, Tensor values, bool? is_coalesced=None)"
    " -> Tensor", _from_parts,
    values=lambda grad, indices: _values_at(grad, indices), forward=False, native=False, structural=True,
    node="SparseCooTensorWithDimsAndTensorsBackward0", method=False,
)  # fmt: skip


def sparse_coo_tensor(
    indices: Any = None, values: Any = None, size: Any = None, *, dtype: dtype | None = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Tensor:  # fmt: skip
    """A tensor by coordinates and values.

    Args:
        indices: ``(sparse dimensions, stored)``; alone, it is the size of a tensor that stores nothing.
        values: ``(stored, *dense dimensions)``.  Gradients reach it.
        size: by default just large enough.
        dtype, device, requires_grad: of the result.
        check_invariants: whether to look at the coordinates; by default torch does not.
        is_coalesced: whether they are in order, and none is there twice.

    Raises:
        RuntimeError: for parts that do not fit each other.

    Source: ``torch.sparse_coo_tensor``.
    """
    if values is None:
        _is_checked(check_invariants)
        return _nothing_stored(tuple(indices if size is None else size), dtype, requires_grad)
    places = indices if isinstance(indices, Tensor) else tensor(indices)
    places = places.detach().to(int64)
    stored = values if isinstance(values, Tensor) else tensor(values, dtype=dtype)
    stored = stored if dtype is None else stored.to(dtype)
    if places.dim() != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(places.shape)}")
    if places.shape[1] != len(stored):
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from values: "
            f"{len(stored)}"
        )
    if size is None:
        tops = places._array.max(1) + 1 if places.shape[1] else np.zeros(len(places._array), np.int64)
        size = (*map(int, tops), *stored.shape[1:])
    size = tuple(map(int, size))
    dims = places.shape[0], stored.dim() - 1
    if len(size) != dims[0] + dims[1]:
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = {dims[0]}, "
            f"dense_dim = {dims[1]}"
        )
    if _is_checked(check_invariants):
        _check_invariants(places._array, size)
    if isinstance(values, Tensor):
        result = _of_parts(size, places, stored, is_coalesced)
    else:
        result = wrap(_from_parts(size, places._array, stored._array, is_coalesced), stored._dtype)
    return _tracked(result, requires_grad)


def _tracked(result: Tensor, requires_grad: bool) -> Tensor:
    if requires_grad:
        if result._dtype not in DIFFERENTIABLE:
            raise RuntimeError(NOT_DIFFERENTIABLE)
        result = result.detach()
        result._requires_grad = True
    return result


def _nothing_stored(size: tuple[int, ...], d: dtype | None, requires_grad: bool) -> Tensor:
    return _tracked(zeros(size, dtype=d, layout=sparse_coo), requires_grad)


def _is_checked(check_invariants: bool | None) -> bool:
    """Whether a new tensor is looked at; warns if nobody has said."""
    state = check_sparse_tensor_invariants
    if check_invariants is None and state._enabled is None:
        warn(
            "Sparse invariant checks are implicitly disabled. Memory errors (e.g. SEGFAULT) will occur when operating "
            "on a sparse tensor which violates the invariants, but checks incur performance overhead. To silence this "
            "warning, explicitly opt in or out. See `torch.sparse.check_sparse_tensor_invariants.__doc__` for "
            "guidance.",
            once=True,
        )
    return state.is_enabled() if check_invariants is None else check_invariants


def _check_invariants(indices: np.ndarray, size: Sequence[int]) -> None:
    for dim, (line, n) in enumerate(zip(indices, size, strict=False)):
        if line.size and line.min() < 0:
            raise RuntimeError(f"found negative index {line.min()} for dim {dim}")
        if line.size and line.max() >= n:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {dim}, size is {n} but found index {line.max()}"
            )


class check_sparse_tensor_invariants:
    """Whether new sparse tensors are looked at, in a ``with`` block or until it is disabled.

    Source: ``torch.sparse.check_sparse_tensor_invariants``.
    """

    __module__ = "torch.sparse"

    _enabled: ClassVar[bool | None] = None  # until somebody says

    def __init__(self, enable: bool = True) -> None:
        self._wanted = enable
        self._before: list[bool] = []

    @staticmethod
    def is_enabled() -> bool:
        """Whether they are."""
        return bool(check_sparse_tensor_invariants._enabled)

    @staticmethod
    def enable() -> None:
        """From now on."""
        check_sparse_tensor_invariants._enabled = True

    @staticmethod
    def disable() -> None:
        """No more."""
        check_sparse_tensor_invariants._enabled = False

    def __enter__(self) -> None:
        self._before.append(self.is_enabled())
        check_sparse_tensor_invariants._enabled = self._wanted

    def __exit__(self, *_: object) -> None:
        check_sparse_tensor_invariants._enabled = self._before.pop()


_AXES = {"sparse_csr": ("crow_indices", "col_indices", "nrows", "ncols"),
         "sparse_csc": ("ccol_indices", "row_indices", "ncols", "nrows")}  # fmt: skip
"""What torch calls the starts and the places of a compressed layout, and the numbers of both."""


def sparse_compressed_tensor(
    compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, *, dtype: dtype | None = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Tensor:  # fmt: skip
    """A matrix by compressed rows, or columns: where each starts, the places of the elements in it, the values.

    Args:
        compressed_indices: one more than there are rows, or columns.
        plain_indices, values: one for each stored element.
        size: by default just large enough.
        dtype, device, requires_grad: of the result.
        layout: ``torch.sparse_csr`` or ``torch.sparse_csc``.
        check_invariants: whether to look at the places; by default torch does not.

    Raises:
        RuntimeError: for another layout, and for places that cannot be if they are looked at.

    Source: ``torch.sparse_compressed_tensor``.
    """
    kind = getattr(layout, "_name", None)
    if kind not in _AXES:
        raise RuntimeError(
            "expected sparse compressed tensor layout but got "
            + ("no layout" if layout is None else str(layout).removeprefix("torch."))
        )
    _say_beta(kind)
    starts, places = (one if isinstance(one, Tensor) else tensor(one) for one in (compressed_indices, plain_indices))
    stored = tensor(values, dtype=dtype) if not isinstance(values, Tensor) else values.detach()
    stored = stored if dtype is None else stored.to(dtype)
    if size is None:
        size = (len(starts) - 1, int(places._array.max()) + 1 if places.numel() else 0)
        size = size if kind == "sparse_csr" else size[::-1]
    if _is_checked(check_invariants):
        _check_compressed(starts._array, places._array, kind, size)
    arrays = tuple(one._array.astype(np.int64) for one in (starts, places))
    return _tracked(wrap(sparse_array(arrays, stored._array, tuple(size), kind, True), stored._dtype), requires_grad)


def _check_compressed(starts: np.ndarray, places: np.ndarray, kind: str, size: Sequence[int]) -> None:
    """Refuse places that cannot be.

    Raises:
        RuntimeError: naming the invariant that does not hold.
    """
    compressed, plain, lines, limit = _AXES[kind]
    end = size[1] if kind == "sparse_csr" else size[0]
    lengths = np.diff(starts)
    step = f"{compressed}[..., i - 1]"
    ordered = all(
        (np.diff(places[a:b]) > 0).all() for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    )
    for invariant, holds in (
        (f"{compressed}[..., 0] == 0", starts[0] == 0),
        (f"{compressed}[..., -1] == nnz", starts[-1] == len(places)),
        (
            f"0 <= {compressed}[..., 1:] - {compressed}[..., :-1] <= {limit}",
            ((lengths >= 0) & (lengths <= end)).all(),
        ),
        (f"0 <= {plain} < {limit}", ((places >= 0) & (places < end)).all()),
        (
            f"{plain}[..., {step}:{compressed}[..., i]] for all i = 1, ..., {lines} are sorted and distinct along the "
            "last dimension values",
            ordered,
        ),
    ):
        if not holds:
            raise RuntimeError(f"`{invariant}` is not satisfied.")


def sparse_csr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, **options: Any) -> Tensor:
    """A matrix by compressed rows; see ``sparse_compressed_tensor``.  Source: ``torch.sparse_csr_tensor``."""
    return sparse_compressed_tensor(crow_indices, col_indices, values, size, layout=sparse_csr, **options)


def sparse_csc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, **options: Any) -> Tensor:
    """A matrix by compressed columns; see ``sparse_compressed_tensor``.  Source: ``torch.sparse_csc_tensor``."""
    return sparse_compressed_tensor(ccol_indices, row_indices, values, size, layout=sparse_csc, **options)


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
Tensor._with_values = lambda self, values: _of_parts(self.shape, self._indices(), values, self.is_coalesced())
Tensor.sparse_dim = _sparse_dim
Tensor.dense_dim = lambda self: self.dim() - _sparse_dim(self)
for _name, _wanted, _kind, _place in (
    ("crow_indices", "row", "sparse_csr", 0), ("col_indices", "row", "sparse_csr", 1),
    ("ccol_indices", "column", "sparse_csc", 0), ("row_indices", "column", "sparse_csc", 1),
):  # fmt: skip
    setattr(Tensor, _name, _part(_name, _wanted, _kind, _place))

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
    forward=False, structural=True, method=False,
)  # fmt: skip
KERNELS["_sparse_sparse_matmul"] = kernels.matmul


def mm(mat1: Tensor, mat2: Tensor) -> Tensor:
    """A product of matrices; the gradient of a sparse factor has the stored elements only.

    Source: ``torch.sparse.mm``.
    """
    if mat1.is_sparse and mat2.is_sparse:
        _say_beta("sparse_csr")
        return _sparse_sparse_matmul(mat1, mat2)
    if mat1.is_sparse:
        return _sparse_addmm(mat2.new_zeros((mat1.shape[0], mat2.shape[1])), mat1, mat2, beta=0)
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
            raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
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
        "index_select": lambda self, dim, index: kernels.from_dense(np.take(kernels.to_dense(self), index, dim)),
        "_conj_physical": lambda self: self.with_values(self.values.conj()), "conj": lambda self: self,
    }
)  # fmt: skip

"""Making tensors of which only some elements are stored, from coordinates and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..declare.op import op
from ..dtypes import DIFFERENTIABLE, dtype, int64
from ..kernels import sparse as kernels
from ..layout import layout, sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr
from ..sparse_array import BLOCKS, ROWS, SparseArray, sparse_array
from ..tensor import Tensor, wrap
from ..warning import warn
from .creation import zeros
from .data import NOT_DIFFERENTIABLE, tensor
from .joining import cat
from .sparse_conversion import say_beta


def _from_parts(size: Sequence[int], indices: np.ndarray, values: np.ndarray, is_coalesced: bool | None) -> SparseArray:
    return kernels.coo(indices, values, size, bool(is_coalesced))


def _values_at(grad: Tensor, indices: Tensor) -> Tensor:
    return grad.to_dense()[tuple(indices.unbind(0))]


sparse_of_parts = op(
    "_sparse_coo_tensor_with_dims_and_tensors(SymInt[] size, Tensor indices, Tensor values, bool? is_coalesced=None)"
    " -> Tensor", _from_parts,
    values=lambda grad, indices: _values_at(grad, indices), forward=False, native=False, structural=True,
    node="SparseCooTensorWithDimsAndTensorsBackward0", method=False,
)  # fmt: skip


Tensor._with_values = lambda self, values: sparse_of_parts(self.shape, self._indices(), values, self.is_coalesced())


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
    places = places._detached().to(int64)
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
        if places.shape[1] and places._array.min() < 0:
            low = places._array.min(1)
            dim = int((low < 0).argmax())
            raise RuntimeError(f"found negative index {low[dim]} for dim {dim}")
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
        result = sparse_of_parts(size, places, stored, is_coalesced)
    else:
        result = wrap(_from_parts(size, places._array, stored._array, is_coalesced), stored._dtype)
    return _tracked(result, requires_grad)


def _tracked(result: Tensor, requires_grad: bool) -> Tensor:
    if requires_grad:
        if result._dtype not in DIFFERENTIABLE:
            raise RuntimeError(NOT_DIFFERENTIABLE)
        result = result._detached()
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
         "sparse_csc": ("ccol_indices", "row_indices", "ncols", "nrows"),
         "sparse_bsr": ("crow_indices", "col_indices", "nrowblocks", "ncolblocks"),
         "sparse_bsc": ("ccol_indices", "row_indices", "ncolblocks", "nrowblocks")}  # fmt: skip
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
        layout: compressed rows or columns, of elements or of blocks.
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
    say_beta(kind)
    starts, places = (one if isinstance(one, Tensor) else tensor(one) for one in (compressed_indices, plain_indices))
    stored = tensor(values, dtype=dtype) if not isinstance(values, Tensor) else values._detached()
    stored = stored if dtype is None else stored.to(dtype)
    if size is None:
        size = (len(starts) - 1, int(places._array.max()) + 1 if places.numel() else 0)
        size = size if kind in ROWS else size[::-1]
        size = tuple(n * m for n, m in zip(size, _blocks(stored, kind), strict=True))
    if _is_checked(check_invariants):
        lengths = [n // m for n, m in zip(size, _blocks(stored, kind), strict=True)]
        _check_compressed(starts._array, places._array, kind, lengths)
    arrays = tuple(one._array.astype(np.int64) for one in (starts, places))
    return _tracked(wrap(sparse_array(arrays, stored._array, tuple(size), kind, True), stored._dtype), requires_grad)


def _blocks(values: Tensor, kind: str) -> tuple[int, ...]:
    return tuple(values.shape[1:3]) if kind in BLOCKS else (1, 1)


def _check_compressed(starts: np.ndarray, places: np.ndarray, kind: str, size: Sequence[int]) -> None:
    """Refuse places that cannot be.

    Raises:
        RuntimeError: naming the invariant that does not hold.
    """
    compressed, plain, lines, limit = _AXES[kind]
    end = size[1] if kind in ROWS else size[0]
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


def sparse_bsr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, **options: Any) -> Tensor:
    """A matrix by compressed rows of blocks; see ``sparse_compressed_tensor``.  Source: ``torch.sparse_bsr_tensor``."""
    return sparse_compressed_tensor(crow_indices, col_indices, values, size, layout=sparse_bsr, **options)


def sparse_bsc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, **options: Any) -> Tensor:
    """A matrix by compressed columns of blocks; see ``sparse_compressed_tensor``.

    Source: ``torch.sparse_bsc_tensor``.
    """
    return sparse_compressed_tensor(ccol_indices, row_indices, values, size, layout=sparse_bsc, **options)


def spdiags(diagonals: Tensor, offsets: Tensor, shape: Sequence[int], layout: layout | None = None) -> Tensor:
    """A matrix by its diagonals.

    Args:
        diagonals: one in each row; an element of the matrix takes the one in its column.
        offsets: where each lies: above the main diagonal, or, if negative, below.
        shape: of the matrix.
        layout: of the matrix; a coordinate list if it is None.

    Raises:
        RuntimeError: for parts that do not fit each other, or a dense layout.

    Source: ``torch.sparse.spdiags``.
    """
    if diagonals.dim() not in (1, 2):
        raise RuntimeError("Diagonals must be vector or matrix")
    if len(shape) != 2:
        raise RuntimeError("Output shape must be 2d")
    if offsets.dim() > 1:
        raise RuntimeError("Offsets must be scalar or vector")
    rows, below = diagonals.reshape(-1, diagonals.shape[-1]), offsets.reshape(-1)
    if len(rows) != len(below):
        raise RuntimeError(f"Number of diagonals ({len(rows)}) does not match the number of offsets ({len(below)})")
    if below.dtype is not int64:
        raise RuntimeError(f"Offset Tensor must have dtype Long but got {below.dtype.scalar_type}")
    if len(below.unique()) != len(below):
        raise RuntimeError("Offset tensor contains duplicate values")
    kinds = {None: sparse_coo, sparse_coo: sparse_coo, sparse_csr: sparse_csr, sparse_csc: sparse_csc}
    if layout not in kinds:
        raise RuntimeError("Only output layouts (Sparse, SparseCsc, SparseCsr) are supported, got Strided")
    places, values = [], []
    for diagonal, offset in zip(rows, below.tolist(), strict=True):
        columns = np.arange(max(offset, 0), min(shape[1], rows.shape[1], max(shape[0] + offset, 0)), dtype=np.int64)
        places.append(np.stack([columns - offset, columns]))
        values.append(diagonal[columns.tolist()])
    found = sparse_coo_tensor(tensor(np.concatenate(places, 1)), cat(values), tuple(shape))
    return found if kinds[layout] is sparse_coo else found.to_sparse(layout=layout)

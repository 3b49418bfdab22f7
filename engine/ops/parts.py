"""Parts of tensors: elements and ranges of a dimension, pieces, diagonals, windows, and any strides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import views
from ..autograd.node import Node, edge_of
from ..declare.op import ALONG, op
from ..declare.registry import OVERLOADS
from ..dispatch import slow
from ..dispatch.outputs import Output
from ..dispatch.overrides import overridable_function
from ..dtypes import INTEGRAL
from ..formulas.shape import as_strided_backward, split_backward, unbind_backward
from ..kernels import shape as kernels
from ..layout import element_strides, wrap_dim
from ..pending_array import toggled
from ..tensor import Tensor, wrap

Sizes = Sequence[int]


def _check_select(self: Tensor, dim: int, index: int) -> None:
    if self.dim() == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, self.dim())
    n = self.shape[dim]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension {dim}"
        )


select, select_copy = op(
    "select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)", kernels.select,
    self=lambda grad, self_sym_sizes, dim, index: select_backward(grad, self_sym_sizes, dim, index),
    check=_check_select, structural=True, view="view", copy=True, batch=ALONG,
)  # fmt: skip
select_backward = op(
    "select_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt index) -> Tensor",
    kernels.select_backward,
    grad_output=lambda grad, dim, index: grad.select(dim, index),
    structural=True, node="SelectBackwardBackward0", method=False,
)  # fmt: skip


def _check_slice(self: Tensor, dim: int, start: int | None, end: int | None, step: int) -> None:
    if not self.dim():
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    wrap_dim(dim, self.dim())
    if step <= 0:
        raise RuntimeError("slice step must be positive")


slice_, slice_copy = op(
    "slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
    kernels.slice_,
    self=lambda grad, self_sym_sizes, dim, start, end, step: slice_backward(
        grad, self_sym_sizes, dim, start or 0, self_sym_sizes[dim] if end is None else end, step
    ),
    check=_check_slice, structural=True, view="view", method=False, copy=True, batch=ALONG,
)  # fmt: skip
slice_backward = op(
    "slice_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt start, SymInt end, SymInt step)"
    " -> Tensor",
    kernels.slice_backward,
    grad_output=lambda grad, dim, start, end, step: slice_(grad, dim, start, end, step),
    structural=True, node="SliceBackwardBackward0", method=False,
)  # fmt: skip


def _counted(start: int, n: int) -> int:
    """From the front."""
    return start + n if start < 0 else start


def _check_range(self: Tensor, dim: int, start: int, length: int) -> int:
    """Where the range starts, counted from the front.

    Raises:
        IndexError, RuntimeError: if it is none of this dimension.
    """
    if self.dim() == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    n = self.shape[wrap_dim(dim, self.dim())]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    first = _counted(start, n)
    if length < 0 or first + length > n:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({n}).")
    return first


def _check_narrow(self: Tensor, dim: int, start: int, length: int) -> int:
    if self.dim() and length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    return _check_range(self, dim, start, length)


def _narrow(self: Tensor, dim: int, start: int, length: int) -> Tensor:
    first = _check_narrow(self, dim, start, length)
    return slice_(self, dim, first, first + length, 1)


def _narrow_from(self: Tensor, dim: int, start: Tensor, length: int) -> Tensor:
    if start.dim() or start._dtype.category != INTEGRAL:
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    return _narrow(self, dim, int(start), length)


narrow = op("narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)", composite=_narrow_from)
narrow = op("narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)", composite=_narrow)


_SAME_DTYPE = (
    "Expected self.dtype() == output.dtype() to be true, but got false.  (Could this error message be improved?  If "
    "so, please report an enhancement request to PyTorch.)"
)


def _check_narrow_copy(self: Tensor, dim: int, start: int, length: int) -> None:
    if dim >= self.dim() > 0:
        raise RuntimeError(
            "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could this error "
            "message be improved?  If so, please report an enhancement request to PyTorch.)"
        )
    _check_range(self, dim, start, length)


narrow_copy = op(
    "narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor",
    lambda self, dim, start, length: kernels.slice_(
        self, dim, _counted(start, self.shape[dim]), _counted(start, self.shape[dim]) + length, 1).copy(),
    self=lambda grad, self_sym_sizes, dim, start, length: slice_backward(
        grad, self_sym_sizes, dim, _counted(start, self_sym_sizes[dim]),
        _counted(start, self_sym_sizes[dim]) + length, 1
    ),
    check=_check_narrow_copy, structural=True,
    out=Output(_SAME_DTYPE, warns=False, rows=True),
)  # fmt: skip


def _check_unbind(self: Tensor, dim: int) -> None:
    wrap_dim(wrap_dim(dim, self.dim()), self.dim(), scalar=False)


unbind, unbind_copy = op(
    "unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]", kernels.unbind,
    self=lambda grads, dim: unbind_backward(grads, dim),
    check=_check_unbind, structural=True, view="multi", copy=True, batch=ALONG,
)  # fmt: skip


def _check_split(self: Tensor, split_size: int, dim: int) -> None:
    if self.dim() == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    n = self.shape[wrap_dim(dim, self.dim())]
    if split_size == 0 and n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")


def _lengths(sizes: Sizes, split_size: int, dim: int) -> tuple[int, ...]:
    return kernels.chunk_sizes(sizes[wrap_dim(dim, len(sizes))], split_size)


_split, split_copy = op(
    "split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
    lambda self, split_size, dim: kernels.split(self, _lengths(self.shape, split_size, dim), dim),
    self=lambda grads, split_size, dim, self_sym_sizes: split_backward(
        grads, _lengths(self_sym_sizes, split_size, dim), dim, self_sym_sizes
    ),
    check=_check_split, structural=True, view="multi", copy=True, batch=ALONG,
)  # fmt: skip


def _check_split_sizes(self: Tensor, split_sizes: Sizes, dim: int) -> None:
    if self.dim() == 0:
        raise RuntimeError("split_with_sizes expects at least a 1-dimensional tensor")
    n = self.shape[wrap_dim(dim, self.dim())]
    if sum(split_sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), but "
            f"got split_sizes={list(split_sizes)}"
        )


split_with_sizes, split_with_sizes_copy = op(
    "split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]", kernels.split,
    self=lambda grads, split_sizes, dim, self_sym_sizes: split_backward(grads, split_sizes, dim, self_sym_sizes),
    check=_check_split_sizes, structural=True, view="multi", copy=True, batch=ALONG,
)  # fmt: skip


unsafe_split = op(
    "unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
    lambda self, split_size, dim: kernels.split(self, _lengths(self.shape, split_size, dim), dim),
    self=lambda grads, split_size, dim, self_sym_sizes: split_backward(
        grads, _lengths(self_sym_sizes, split_size, dim), dim, self_sym_sizes
    ),
    check=_check_split, structural=True, writes=None,
)  # fmt: skip
unsafe_split_with_sizes = op(
    "unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]", kernels.split,
    self=lambda grads, split_sizes, dim, self_sym_sizes: split_backward(grads, split_sizes, dim, self_sym_sizes),
    check=_check_split_sizes, structural=True, writes=None,
)  # fmt: skip


@overridable_function(2)
def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Consecutive parts of a dimension, of one length or of the given ones.

    Raises:
        RuntimeError: if the lengths do not sum to the dimension's.

    Source: ``torch.split``.
    """
    if isinstance(split_size_or_sections, int):
        return _split(tensor, split_size_or_sections, dim)
    return split_with_sizes(tensor, split_size_or_sections, dim)


Tensor.split = lambda self, split_size, dim=0: split(self, split_size, dim)


def _chunk(
    self: Tensor, chunks: int, dim: int, by_sizes: Any = split_with_sizes, by_size: Any = _split
) -> tuple[Tensor, ...]:
    if self.dim() == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = self.shape[wrap_dim(dim, self.dim())]
    size = -(-n // chunks)
    return by_sizes(self, (0,) * chunks, dim) if size == 0 else by_size(self, size, dim)


chunk = op("chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]", composite=_chunk)
unsafe_chunk = op(
    "unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]",
    composite=lambda self, chunks, dim: _chunk(self, chunks, dim, unsafe_split_with_sizes, unsafe_split),
)


def _check_diagonal(self: Tensor, offset: int, dim1: int, dim2: int) -> None:
    if wrap_dim(dim1, self.dim()) == wrap_dim(dim2, self.dim()):
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")


diagonal, diagonal_copy = op(
    "diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)", kernels.diagonal,
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: diagonal_backward(
        grad, self_sym_sizes, offset, dim1, dim2
    ),
    check=_check_diagonal, structural=True, view="view", copy=True, batch=ALONG,
)  # fmt: skip
diagonal_backward = op(
    "diagonal_backward(Tensor grad_output, SymInt[] input_sizes, int offset, int dim1, int dim2) -> Tensor",
    kernels.diagonal_backward,
    grad_output=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2),
    structural=True, node="DiagonalBackwardBackward0", method=False,
)  # fmt: skip


def _check_unfold(self: Tensor, dimension: int, size: int, step: int) -> None:
    dim = wrap_dim(dimension, self.dim())
    n = self.shape[dim] if self.dim() else 1
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")


unfold_backward = op(
    "unfold_backward(Tensor grad_in, SymInt[] input_sizes, int dim, int size, int step) -> Tensor",
    kernels.overlap_add,
    grad_in=lambda grad, dim, size, step: grad.unfold(dim, size, step),
    node="UnfoldBackwardBackward0", method=False,
)  # fmt: skip
unfold, unfold_copy = op(
    "unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)", kernels.unfold,
    self=lambda grad, self_sym_sizes, dimension, size, step: unfold_backward(
        grad, self_sym_sizes, dimension, size, step
    ),
    check=_check_unfold, structural=True, view="view", copy=True, batch=ALONG,
)  # fmt: skip
as_strided, as_strided_copy = op(
    "as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)",
    kernels.as_strided,
    self=lambda grad, self_geometry, size, stride, storage_offset: as_strided_backward(
        grad, self_geometry, size, stride, storage_offset
    ),
    structural=True, view="view", copy=True,
)  # fmt: skip


def _fill_diagonal(self: Tensor, fill_value: complex, wrap: bool) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.dim() > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step, n = sum(element_strides(self._array)), min(self.shape)
    self.as_strided((n,), (step,), self.storage_offset()).fill_(fill_value)
    if wrap and self.dim() == 2 and (height := self.shape[0]) > (width := self.shape[1]) + 1:
        below = self.storage_offset() + self.stride(0) * (width + 1)  # after a row that is left out
        more = (height * width + width) // (width + 1) - n
        self.as_strided((more,), (step,), below).fill_(fill_value)
    return self


op(
    "fill_diagonal_(Tensor(a!) self, Scalar fill_value, bool wrap=False) -> Tensor(a!)", composite=_fill_diagonal,
    inplace=_fill_diagonal,
)  # fmt: skip


def _check_window(self: Tensor, src: Tensor, size: Sequence[int], *_: Any) -> None:
    if tuple(src.shape) != tuple(size):
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(size)}"
        )


as_strided_scatter = op(
    "as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None)"
    " -> Tensor", kernels.as_strided_scatter,
    # torch 2.13 gives ``self`` the gradient of the window, where it was overwritten, and none of the rest.
    self=lambda grad, self_geometry, src_geometry, size, stride, storage_offset: as_strided_scatter(
        grad.new_zeros(grad.shape), grad.contiguous().as_strided(size, stride, storage_offset), size, stride,
        storage_offset),
    src=lambda grad, size, stride, storage_offset: grad.contiguous().as_strided(size, stride, storage_offset),
    check=_check_window, structural=True,
    writes=2,
)  # fmt: skip


def _record_as_strided(base: Tensor, tensor: Tensor) -> Node:
    """The node of a view of which its place in the base's memory is known, and whether it has conjugates or parts."""
    source, edge = base, edge_of(base)

    def through(name: str, array: np.ndarray, *more: Any) -> None:
        nonlocal source, edge
        result = wrap(array, tensor._dtype if array is tensor._array else None)
        edge = (slow.make_node(OVERLOADS[name][0], [source, *more], [edge], [result]), 0)
        source = result

    if base._dtype.is_complex and not tensor._dtype.is_complex:
        if base.is_conj():
            through("_conj", toggled(base._array))
        through("view_as_real", source._array[..., None].view(tensor._array.dtype))
        if tensor.is_neg():
            through("_neg_view", toggled(source._array))
    elif tensor.is_conj() is not base.is_conj():
        through("_conj", toggled(base._array))
    place = views.geometry(base._array, tensor._array)
    if source is base or place != views.geometry(base._array, source._array):
        through("as_strided", tensor._array, *place)
    assert edge is not None
    return edge[0]


views.View.as_strided_node = staticmethod(_record_as_strided)

op(
    "as_strided_(Tensor(a!) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a!)",
    kernels.as_strided,
    self=lambda grad, self_geometry, size, stride, storage_offset: as_strided_backward(
        grad, self_geometry, size, stride, storage_offset
    ),
    structural=True, view="view", node="AsStridedBackward1",
)  # fmt: skip

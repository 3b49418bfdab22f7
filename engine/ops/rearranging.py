"""Splitting into parts, turning around, repeating, and writing a part into a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import broadcast, check_broadcast, not_implemented
from ..declare.op import op
from ..dispatch.outputs import SAME
from ..dispatch.overrides import overridable_function
from ..dtypes import bool_ as _bool
from ..dtypes import int32, int64, uint8
from ..formulas.scattering import scatter_reduce_backward
from ..kernels import indexing as kernels
from ..layout import Size, wrap_dim
from ..tensor import Tensor, wrap
from ..warning import warn
from .indexing import _check_gather, check_fills
from .shape import flip

# Splitting.


def _tensor_split(self: Tensor, indices_or_sections: Any, dim: int) -> tuple[Tensor, ...]:
    if self.dim() == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    dim = wrap_dim(dim, self.dim())
    n = self.shape[dim]
    if isinstance(indices_or_sections, int):
        sections = indices_or_sections
        if sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        size, more = divmod(n, sections)
        stops = np.cumsum([size + (k < more) for k in range(sections)]).tolist()[:-1]
    else:
        stops = list(indices_or_sections)
    slices = [slice(start, stop) for start, stop in zip([0, *stops], [*stops, n], strict=True)]
    return tuple(self[(slice(None),) * dim + (one,)] for one in slices)


def _split_by_tensor(self: Tensor, tensor_indices_or_sections: Tensor, dim: int) -> tuple[Tensor, ...]:
    given = tensor_indices_or_sections
    if given._dtype is not int64:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
            f"{given._dtype.scalar_type}"
        )
    if given.dim() > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but "
            f"got a tensor with {given.dim()} dims"
        )
    return _tensor_split(self, given.tolist(), dim)


tensor_split = op("tensor_split.sections(Tensor self, int sections, int dim=0) -> Tensor[]", composite=_tensor_split)
tensor_split = op("tensor_split.indices(Tensor self, int[] indices, int dim=0) -> Tensor[]", composite=_tensor_split)
tensor_split = op(
    "tensor_split.tensor_indices_or_sections(Tensor self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor[]",
    composite=_split_by_tensor,
)  # fmt: skip


def _split_along(name: str, least: int, dim: int) -> Any:
    """Declare ``hsplit``, ``vsplit`` or ``dsplit``."""

    def check(self: Tensor) -> int:
        if self.dim() < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor "
                f"with {self.dim()} dimensions!"
            )
        return 0 if self.dim() == 1 else dim

    def by_sections(self: Tensor, sections: int) -> tuple[Tensor, ...]:
        place = check(self)
        if sections == 0 or self.shape[place] % sections:
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {place}, but the size of the dimension "
                f"{self.shape[place]} is not divisible by the split_size {sections}!"
            )
        return _tensor_split(self, sections, place)

    op(f"{name}.int(Tensor self, int sections) -> Tensor[]", composite=by_sections)
    return op(
        f"{name}.array(Tensor self, int[] indices) -> Tensor[]",
        composite=lambda self, indices: _tensor_split(self, indices, check(self)),
    )  # fmt: skip


hsplit = _split_along("hsplit", 1, 1)
vsplit = _split_along("vsplit", 2, 0)
dsplit = _split_along("dsplit", 3, 2)

# Turning around.


def _mirror(name: str, dim: int) -> Any:
    def composite(self: Tensor) -> Tensor:
        if self.dim() <= dim:
            raise RuntimeError(f"Input must be >= {dim + 1}-d.")
        return flip(self, (dim,))

    return op(f"{name}(Tensor self) -> Tensor", composite=composite)


flipud = _mirror("flipud", 0)
fliplr = _mirror("fliplr", 1)


def _check_rot90(self: Tensor, k: int, dims: Sequence[int]) -> None:
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.dim() < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.dim()}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == self.dim():
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    for place, d in enumerate(dims):
        if not -self.dim() <= d < self.dim():
            raise RuntimeError(f"Rotation dim{place} out of range, dim{place} = {d}")


rot90 = op(
    "rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor",
    lambda self, k, dims: np.array(np.rot90(self, k, tuple(dims)), order="K"),
    self=lambda grad, k, dims: grad.rot90(-k, dims),
    check=_check_rot90, structural=True,
)  # fmt: skip

# Repeating.


def _check_repeats(repeats: Tensor) -> None:
    if repeats.dim() != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats._dtype not in (int32, int64):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if repeats.numel() and repeats._array.min() < 0:
        raise RuntimeError("repeats can not be negative")


def _places(repeats: Tensor, output_size: int | None) -> Tensor:
    """Each place as often as it is to be repeated."""
    if repeats.is_meta and output_size is None:
        raise RuntimeError("cannot repeat_interleave a meta tensor without output_size")
    _check_repeats(repeats)
    if repeats.is_meta:
        return repeats.new_empty((output_size,))
    repeats._check_readable("item")
    counts = repeats._array
    if output_size is not None and output_size != counts.sum():
        raise RuntimeError("allocated size does not match required size")
    return wrap(np.repeat(np.arange(len(counts)), counts).astype(counts.dtype))


def _repeat_interleave(self: Tensor, repeats: Tensor, dim: int | None, output_size: int | None) -> Tensor:
    given = self.flatten() if dim is None else self
    place = 0 if dim is None else wrap_dim(dim, given.dim())
    if repeats.dim() == 0 or (repeats.dim() == 1 and repeats.shape[0] == 1):
        repeats = repeats.reshape((1,)).expand((given.shape[place],))
    elif repeats.dim() == 1 and repeats.shape[0] != given.shape[place]:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {repeats.shape[0]} and "
            f"input.size({place}) = {given.shape[place]}"
        )
    elif repeats.dim() > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    return given.index_select(place, _places(repeats, output_size))


def _repeat_each(self: Tensor, repeats: int, dim: int | None, output_size: int | None) -> Tensor:
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    given = self.flatten() if dim is None else self
    place = 0 if dim is None else wrap_dim(dim, given.dim())
    if output_size is not None and output_size != given.shape[place] * repeats:
        raise RuntimeError("repeat_interleave: Invalid output_size")
    spread = given.unsqueeze(place + 1)
    shape = [*given.shape[: place + 1], repeats, *given.shape[place + 1 :]]
    return spread.expand(shape).clone().flatten(place, place + 1)


repeat_interleave = op(
    "repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor", composite=_places, method=False
)
repeat_interleave = op(
    "repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    composite=_repeat_interleave,
)  # fmt: skip
repeat_interleave = op(
    "repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    composite=_repeat_each,
)  # fmt: skip

# Writing into a copy.


def _check_index(name: str, self: Tensor, dim: int, index: Tensor) -> None:
    dim = wrap_dim(dim, self.dim())
    if index._dtype is not int64:
        raise IndexError(f"{name}(): Expected dtype int64 for index.")
    if index.dim() > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < -n) | (index._array >= n)]
    if wrong.size:
        raise IndexError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")


def _fill(self: np.ndarray, dim: int, index: np.ndarray, value: Any) -> np.ndarray:
    found = np.atleast_1d(self.copy())
    np.moveaxis(found, dim, 0)[np.atleast_1d(index)] = np.asarray(value).astype(self.dtype)
    return found.reshape(self.shape)


def _check_fill(self: Tensor, dim: int, index: Tensor, value: Any) -> None:
    _check_index("index_fill_", self, dim, index)
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
        )
    if (isinstance(value, complex) or (isinstance(value, Tensor) and value.is_complex())) and not self.is_complex():
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")


index_fill = op(
    "index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor", _fill,
    self=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    value=lambda grad, dim, index: grad.index_select(dim, index.unique()).sum(),
    check=_check_fill, structural=True, node="IndexFillBackward1", inplace=True,
)  # fmt: skip
index_fill = op(
    "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", _fill,
    self=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    check=_check_fill, structural=True, inplace=True,
)  # fmt: skip


def _check_copy(self: Tensor, dim: int, index: Tensor, source: Tensor) -> None:
    dim = wrap_dim(dim, self.dim())
    if index.dim() > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.dim()})")
    if source.dim() == 0 and index.numel() != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.numel()})")
    if source.dim() and self.dim() and source.dim() != self.dim():
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.dim()}), destination dimensionality ({self.dim()})"
        )
    if index._dtype is not int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {index._dtype.scalar_type}")
    if self._dtype is not source._dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{self._dtype.scalar_type} and (source) {source._dtype.scalar_type}"
        )
    sizes = [n for d, n in enumerate(source.shape) if d != dim]
    if self.dim() and source.dim() and [n for d, n in enumerate(self.shape) if d != dim] != sizes:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(str(n) for d, n in enumerate(self.shape) if d != dim)} at dimension {dim} and source slice "
            f"shape: {' '.join(map(str, sizes))} at dimension 0."
        )
    if source.dim() and index.numel() != source.shape[dim]:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.numel()}) should be equal to source.size(dim) "
            f"({source.shape[dim]})"
        )
    n = self.shape[dim] if self.dim() else 1
    wrong = index._array[(index._array < 0) | (index._array >= n)]
    if wrong.size:
        raise IndexError(f"index_copy_(): index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}")


def _copy(self: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray) -> np.ndarray:
    found = np.atleast_1d(self.copy())
    np.moveaxis(found, dim, 0)[np.atleast_1d(index)] = np.moveaxis(np.atleast_1d(source), dim if source.ndim else 0, 0)
    return found.reshape(self.shape)


index_copy = op(
    "index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor", _copy,
    self=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    source=lambda grad, source, source_dim, dim, index: (
        grad.index_select(dim, index).expand_as(source) if source_dim else grad.index_select(dim, index.squeeze(0))
    ),
    check=_check_copy, structural=True, apart=1, inplace=True, out=SAME,
)  # fmt: skip


def _check_masked_scatter(self: Tensor, mask: Tensor, source: Tensor) -> None:
    if self._dtype is not source._dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{self._dtype.scalar_type} and {source._dtype.scalar_type}"
        )
    if mask._dtype is uint8:
        warn(
            "masked_scatter_ received a mask with dtype torch.uint8, this behavior is now deprecated,please use a mask "
            "with dtype torch.bool instead.", once=True,
        )  # fmt: skip
    if mask._dtype is not _bool:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask._dtype.scalar_type}"
        )


def _masked_scatter(self: np.ndarray, mask: np.ndarray, source: np.ndarray) -> np.ndarray:
    found, chosen = np.broadcast_arrays(self, mask)
    found = found.copy()
    count = np.count_nonzero(chosen)
    if count > source.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    found[chosen] = source.reshape(-1)[:count]
    return found


masked_scatter = op(
    "masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", _masked_scatter,
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    source=lambda grad, mask, source_sym_sizes: masked_scatter_backward(grad, mask, source_sym_sizes),
    check=_check_masked_scatter, structural=True, inplace=True,
)  # fmt: skip


def _selected(grad_output: np.ndarray, mask: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    grad, chosen = np.broadcast_arrays(grad_output, mask)
    found = np.zeros(sizes, grad.dtype)
    values = grad[chosen]
    found.reshape(-1)[: values.size] = values
    return found


masked_scatter_backward = op(
    "masked_scatter_backward(Tensor grad_output, Tensor mask, SymInt[] sizes) -> Tensor", _selected,
    grad_output=lambda grad, grad_output_info, mask: grad.new_zeros(grad_output_info).masked_scatter(
        mask, grad
    ),
    method=False, structural=True,
)  # fmt: skip


def _take_along_dim(self: Tensor, indices: Tensor, dim: int | None) -> Tensor:
    if indices._dtype is not int64:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got " + indices._dtype.scalar_type
        )
    if dim is None:
        return self.view((-1,)).gather(0, indices.view((-1,)))
    if self.dim() != indices.dim():
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{self.dim()} dimensions for input, and {indices.dim()} dimensions for indices"
        )
    dim = wrap_dim(dim, self.dim())
    shape = broadcast(*(tuple(1 if d == dim else n for d, n in enumerate(one.shape)) for one in (self, indices)))
    sizes = [[one.shape[dim] if d == dim else n for d, n in enumerate(shape)] for one in (self, indices)]
    counted = indices.remainder(max(self.shape[dim], 1))  # a negative index counts from the end
    return self.broadcast_to(sizes[0]).gather(dim, counted.broadcast_to(sizes[1]))


take_along_dim = op(
    "take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor", composite=_take_along_dim, out=SAME
)


def _check_scatter_reduce(
    self: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, include_self: bool = True
) -> None:
    if reduce not in _INTO:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if src._dtype is not self._dtype and index.numel():
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if (reduce == "mean" and self._dtype is _bool) or (reduce in ("amax", "amin") and self._dtype.is_complex):
        raise not_implemented(f"scatter_gather_tensor_cpu_reduce_{reduce}")(self._dtype)
    _check_gather("scatter")(self, dim, index, src)


_INTO = ("sum", "prod", "mean", "amax", "amin")
scatter_reduce = op(
    "scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True)"
    " -> Tensor", kernels.reduce_into,
    jointly=lambda grad, self, dim, index, src, reduce, include_self, result, needs: scatter_reduce_backward(
        grad, self, dim, index, src, reduce, include_self, result, needs
    ),
    differentiable=("self", "src"), check=_check_scatter_reduce, apart=1, inplace=True, out=SAME,
)  # fmt: skip


diagonal_scatter = op(
    "diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    kernels.diagonal_scatter,
    self=lambda grad, src_info, offset, dim1, dim2: diagonal_scatter(
        grad, grad.new_zeros(src_info), offset, dim1, dim2
    ),
    src=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2),
    check=lambda self, src, *place: check_fills(src, self.detach().diagonal(*place)), structural=True, out=SAME,
)  # fmt: skip


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape to which shapes broadcast; an integer is a shape of one dimension.

    Raises:
        RuntimeError: if they do not.

    Source: ``torch.broadcast_shapes``.
    """
    given = [(one,) if isinstance(one, int) else one for one in shapes]
    found = [1] * max(map(len, given), default=0)
    for number, shape in enumerate(given):
        for dim in range(-1, -len(shape) - 1, -1):
            if shape[dim] in (1, found[dim]):
                continue
            if found[dim] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[dim]} at {dim}! Mismatching argument at "
                    f"index {number} had {shape}; but expected shape should be broadcastable to {found}"
                )
            if shape[dim] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            found[dim] = shape[dim]
    return Size(found)


@overridable_function()
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to one shape; views, save those that have it already.

    Raises:
        RuntimeError: if they do not broadcast.

    Source: ``torch.broadcast_tensors``.
    """
    check_broadcast(*tensors)
    shape = np.broadcast_shapes(*(one.shape for one in tensors))
    return tuple(one if one.shape == shape else one.expand(shape) for one in tensors)

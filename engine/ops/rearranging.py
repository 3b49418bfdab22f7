"""Splitting into parts, turning around, repeating, broadcasting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import check_broadcast, not_implemented
from ..declare.op import op
from ..dispatch.arguments import tensors as checked
from ..dispatch.overrides import overridable_function
from ..dtypes import int32, int64
from ..layout import Size, wrap_dim
from ..tensor import Tensor, wrap
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


tensor_split = op("tensor_split.indices(Tensor self, SymInt[] indices, int dim=0) -> Tensor[]", composite=_tensor_split)
tensor_split = op(
    "tensor_split.tensor_indices_or_sections(Tensor self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor[]",
    composite=_split_by_tensor,
)  # fmt: skip
tensor_split = op("tensor_split.sections(Tensor self, SymInt sections, int dim=0) -> Tensor[]", composite=_tensor_split)


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
    if wrap_dim(dims[0], self.dim()) == wrap_dim(dims[1], self.dim()):
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")


rot90 = op(
    "rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor",
    lambda self, k, dims: np.array(np.rot90(self, k, tuple(dims)), order="K"),
    self=lambda grad, k, dims: grad.rot90(-k, dims),
    check=_check_rot90, structural=True,
)  # fmt: skip

# Repeating.


def _check_repeats(repeats: Tensor) -> None:
    if repeats._dtype not in (int32, int64):
        raise not_implemented("repeat_interleave_cpu")(repeats._dtype)
    if repeats.dim() != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
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
    "repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    composite=_repeat_interleave,
)  # fmt: skip
repeat_interleave = op(
    "repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor", composite=_places, method=False
)
repeat_interleave = op(
    "repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    composite=_repeat_each,
)  # fmt: skip

# Broadcasting.


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape to which shapes broadcast; an integer is a shape of one dimension.

    Raises:
        RuntimeError: if they do not.

    Source: ``torch.broadcast_shapes``.
    """
    for one in shapes:
        if isinstance(one, Tensor) or not (isinstance(one, int) or one is None or hasattr(one, "__len__")):
            raise RuntimeError(f"Input shapes should be of type ints, a tuple of ints, or a list of ints, got {one}")
    given = [(one,) if isinstance(one, int) else one or () for one in shapes]
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
    check_broadcast(*checked(tensors))
    shape = np.broadcast_shapes(*(one.shape for one in tensors))
    return tuple(one if one.shape == shape else one.expand(shape) for one in tensors)

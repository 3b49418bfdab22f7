"""How nested tensors are made, and made into others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..layout import jagged, strided
from ..ops.data import tensor as tensor_of_data
from ..tensor import Tensor
from ..warning import warn
from .functions import padded
from .tensors import NestedTensor, _Nested, jagged_of, strided_of, tensor_of


def _check_ranks(parts: Sequence[Tensor]) -> None:
    for at, part in enumerate(parts):
        if part.dim() != parts[0].dim():
            raise RuntimeError(
                "All Tensors given to nested_tensor must have the same dimension. Found dimension "
                f"{part.dim()} for Tensor at index {at} and dimension {parts[0].dim()} for Tensor at index 0."
            )


def _made(parts: Sequence[Tensor], layout: Any) -> Any:
    _check_ranks(parts)
    if layout is None or layout is strided:
        warn(
            "The PyTorch API of nested tensors is in prototype stage and will change in the near future. We recommend "
            "specifying layout=torch.jagged when constructing a nested tensor, as this layout receives active "
            "development, has better operator coverage, and works with torch.compile.",
            once=True,
        )
        return strided_of(parts)
    if layout is not jagged:
        raise RuntimeError(f"Specified layout is unsupported for nested tensors: {layout}")
    if not parts:
        raise RuntimeError("Cannot construct a nested tensor from an empty list of tensors")
    differing = {dim for dim in range(parts[0].dim()) if len({part.shape[dim] for part in parts}) > 1}
    if len(differing) > 1:
        raise RuntimeError("When constructing a nested tensor, tensors in list must only differ in a single dimension")
    return jagged_of(parts, ragged=(differing.pop() if differing else 0) + 1)


def nested_tensor(
    tensor_list: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:  # fmt: skip
    """A nested tensor, a leaf, with copies of what is given.

    Args:
        tensor_list: tensors, or what gives tensors, of one number of dimensions.
        dtype: by default that of the first.
        layout: ``torch.strided`` or ``torch.jagged``.
        requires_grad: whether gradients are wanted.

    Raises:
        TypeError: for what is no list.
        RuntimeError: for parts of different numbers of dimensions, or a third layout.
    """
    if not isinstance(tensor_list, (list, tuple)):
        if layout is jagged:
            raise TypeError("nested_tensor(): Expected first argument to be a list / tuple of tensors ")
        raise TypeError("Only lists (List[Tensor] and List[List...[Scalar]]) are accepted in nested_tensor")
    parts = [one.detach() if isinstance(one, Tensor) else tensor_of_data(one) for one in tensor_list]
    if parts:
        dtype = dtype or parts[0].dtype
    parts = [part.to(dtype, copy=True) for part in parts]
    made = _made(parts, layout)
    if requires_grad:
        for part in made._parts:
            part.requires_grad_()
    return made


def as_nested_tensor(ts: Any, dtype: Any = None, device: Any = None, layout: Any = None) -> Any:
    """A nested tensor that hands gradients on to what is given.

    Args:
        ts: a tensor, whose slices are the parts, or a list of tensors.
        dtype: by default that of the first.
        layout: ``torch.strided`` or ``torch.jagged``.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(ts, _Nested):
        return ts
    if not isinstance(ts, (Tensor, list, tuple)) or not all(isinstance(one, Tensor) for one in ts):
        raise TypeError("as_nested_tensor(): Expected first argument to be a tensor or a list / tuple of tensors ")
    parts = [*ts.unbind()] if isinstance(ts, Tensor) else [*ts]
    kind = dtype or (parts[0].dtype if parts else None)
    return _made([part.to(kind) if part.dtype is not kind else part.view_as(part) for part in parts], layout)


def to_padded_tensor(input: Any, padding: float, output_size: Any = None, out: Any = None) -> Tensor:
    """The parts as one tensor, filled up at their ends.

    Args:
        input: a nested tensor.
        padding: what stands beyond the parts.
        output_size: the shape; by default as large as the parts need.

    Raises:
        RuntimeError: for a shape in which a part has no room.
    """
    return padded(input, padding, output_size)


def nested_tensor_from_jagged(
    values: Tensor, offsets: Tensor | None = None, lengths: Tensor | None = None, jagged_dim: int | None = None,
    min_seqlen: int | None = None, max_seqlen: int | None = None,
) -> Any:  # fmt: skip
    """A jagged tensor of the parts of another.

    Args:
        values: the parts, one after the other.
        offsets: where each begins, and where the last ends.
        lengths: how long each is.
        jagged_dim: the dimension along which they lie, as the result counts them.

    Raises:
        RuntimeError: without offsets and lengths.
    """
    if offsets is None and lengths is None:
        raise RuntimeError("nested_tensor_from_jagged(): At least one of offsets or lengths is required.")
    dim = (1 if jagged_dim is None else jagged_dim) - 1
    if offsets is None:
        offsets, lengths = tensor_of(np.cumsum([0, *lengths.tolist()])), None  # type: ignore[union-attr]
    starts = offsets.tolist()
    sizes = lengths.tolist() if lengths is not None else [b - a for a, b in pairwise(starts)]
    parts = [values.narrow(dim, start, size) for start, size in zip(starts, sizes, strict=False)]
    return jagged_of(parts, ragged=dim + 1, offsets=offsets, lengths=lengths)


def narrow(tensor: Tensor, dim: int, start: Any, length: Any, layout: Any = strided) -> Any:
    """A piece of each slice of a tensor.

    Args:
        tensor: its first dimension tells the parts.
        dim: the dimension that is cut, 1 of the jagged.
        start, length: integers, or a tensor of one for each part.
        layout: ``torch.strided`` or ``torch.jagged``.

    Raises:
        RuntimeError: for another dimension, or layout.
    """
    count = tensor.shape[0]
    starts = start.tolist() if isinstance(start, Tensor) else [start] * count
    sizes = length.tolist() if isinstance(length, Tensor) else [length] * count
    parts = [tensor[at].narrow(dim - 1, starts[at], sizes[at]) for at in range(count)]
    if layout is not jagged:
        return strided_of(parts)
    if dim != 1:
        raise RuntimeError("jagged layout only supports dim=1")
    step = tensor.shape[1]
    offsets = [at * step + starts[at] for at in range(count)]
    if not parts:
        raise RuntimeError("Cannot narrow a tensor without slices")
    return jagged_of(parts, offsets=tensor_of([*offsets, offsets[-1] + sizes[-1]]), lengths=tensor_of(sizes))  # type: ignore[arg-type]


def masked_select(tensor: Tensor, mask: Tensor) -> NestedTensor:
    """What a mask selects of each row, as a jagged tensor.

    Args:
        tensor: of two dimensions.
        mask: bools, of a shape to which that of the tensor fits.
    """
    rows, places = tensor.expand(mask.shape) if tensor.dim() < mask.dim() else tensor, mask.expand(tensor.shape)
    return jagged_of([row[place] for row, place in zip(rows, places, strict=True)])

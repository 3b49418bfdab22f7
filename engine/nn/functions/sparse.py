"""Embeddings, as ``torch.nn.functional`` has them."""

from __future__ import annotations

from typing import Any

from ...autograd.modes import no_grad
from ...dispatch.overrides import overridable_functional
from ...dtypes import int64
from ...layout import wrap_dim
from ...ops import embedding as ops
from ...ops.creation import arange
from ...ops.embedding import one_hot as one_hot
from ...ops.reduction import linalg_vector_norm
from ...tensor import Tensor
from ...warning import warn


@overridable_functional
def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """Rows of a table.

    Args:
        input: integers, any shape.
        weight: ``(rows, columns)``.
        padding_idx: the row that gets no gradient.
        max_norm: rows that are longer are first shortened, in place.
        norm_type: the order of that norm.
        scale_grad_by_freq: divide gradients by how often a row was looked up.
        sparse: the gradient of the table is sparse.
    """
    if padding_idx is None:
        padding_idx = -1
    else:
        rows = weight.shape[wrap_dim(0, weight.dim(), scalar=False)]
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    if max_norm is not None:
        with no_grad():
            _shorten(weight, input, max_norm, norm_type)
    return ops.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


_BAG_MODES = {"sum": 0, "mean": 1, "max": 2}


@overridable_functional
def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None, norm_type: float = 2,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The sum, mean or largest elements of rows of a table, bag by bag.

    Args:
        input: integers, ``(bags, n)``, or ``(n,)`` with ``offsets``.
        weight: ``(rows, columns)``.
        offsets: where each bag starts.
        max_norm: rows that are longer are first shortened, in place.
        norm_type: the order of that norm.
        scale_grad_by_freq: divide gradients by how often a row was looked up.
        mode: ``sum``, ``mean`` or ``max``.
        sparse: the gradient of the table is sparse.
        per_sample_weights: factors of the rows, for sums.
        include_last_offset: the last offset is where the last bag ends.
        padding_idx: the row that counts for nothing.

    Raises:
        ValueError: for arguments that do not go together.
    """
    if weight.dtype is int64 and input.is_floating_point():
        warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is "
            "deprecated, and should now be `embedding_bag(input, weight, ...)`."
        )
        weight, input = input, weight
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        offsets = arange(0, input.numel(), input.shape[1], dtype=input.dtype)
        include_last_offset = False
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    elif input.dim() != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    elif offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    elif offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if mode not in _BAG_MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if max_norm is not None:
        with no_grad():
            _shorten(weight, input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    options: Any = (scale_grad_by_freq, _BAG_MODES[mode], sparse, per_sample_weights, include_last_offset, padding_idx)
    return ops.embedding_bag(weight, input, offsets, *options)[0]


def _shorten(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    ops.check_renorm(weight, input)
    for place in sorted(set(input.flatten().tolist())):
        row = weight.select(0, place)
        norm = linalg_vector_norm(row, norm_type).item()
        if norm > max_norm:
            row.mul_(max_norm / (norm + 1e-7))

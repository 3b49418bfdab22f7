"""Embeddings, as ``torch.nn.functional`` has them."""

from __future__ import annotations

from ...autograd.modes import no_grad
from ...ops import embedding as ops
from ...ops.embedding import one_hot as one_hot
from ...ops.reduction import linalg_vector_norm
from ...tensor import Tensor


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
        sparse: refused: gradients are dense.
    """
    if padding_idx is None:
        padding_idx = -1
    else:
        if not -weight.shape[0] <= padding_idx < weight.shape[0]:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= weight.shape[0]
    if sparse:
        raise NotImplementedError("sparse gradients are not in the engine")
    if max_norm is not None:
        with no_grad():
            _shorten(weight, input, max_norm, norm_type)
    return ops.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


def _shorten(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    for place in sorted(set(input.flatten().tolist())):
        row = weight[place]
        norm = linalg_vector_norm(row, norm_type).item()
        if norm > max_norm:
            row.mul_(max_norm / (norm + 1e-7))

"""``torch._utils``, of which programs use what joins tensors of several shapes in one.

Source: ``torch._utils``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .ops.joining import cat
from .tensor import Tensor

__all__ = ["_flatten_dense_tensors", "_unflatten_dense_tensors"]


def _flatten_dense_tensors(tensors: Iterable[Tensor]) -> Tensor:
    """The elements of all, one after the other: 1-d."""
    return cat([one.contiguous().view(-1) for one in tensors])


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of a 1-d tensor in the shapes of others, the inverse of `_flatten_dense_tensors`; what is empty is new."""
    found, start = [], 0
    for one in tensors:
        count = one.numel()
        found.append(flat.narrow(0, start, count).view(one.shape) if count else flat.new_empty(tuple(one.shape)))
        start += count
    return tuple(found)

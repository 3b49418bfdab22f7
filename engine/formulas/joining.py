"""Derivatives of joining."""

from __future__ import annotations

from collections.abc import Sequence

from ..tensor import Tensor, written_zeros

Sizes = tuple[int, ...]


def cat_backward(grad: Tensor, sizes: Sequence[Sizes], dim: int) -> list[Tensor]:
    """The part of the gradient that belongs to each tensor."""
    some = next((shape for shape in sizes if shape != (0,)), sizes[0])
    dim = dim % len(some)
    found, start = [], 0
    for shape in sizes:
        if shape == (0,):
            found.append(written_zeros(grad, (0,)))
            continue
        found.append(grad.narrow(dim, start, shape[dim]))
        start += shape[dim]
    return found

"""Weights of samples between elements."""

from __future__ import annotations

from ..tensor import Tensor


def cubic(offset: Tensor) -> Tensor:
    """Keys' kernel of cubic convolution, with slope -0.75 at distance one, of offsets up to two."""
    distance = offset.abs()
    near = (1.25 * distance - 2.25) * distance * distance + 1
    far = ((-0.75 * distance + 3.75) * distance - 6) * distance + 3
    inner = distance._detached() <= 1
    return near * inner + far * inner.logical_not()

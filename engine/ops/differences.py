"""``gradient``: derivatives of sampled functions, by differences of neighbours."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ..checks import wrap_dims
from ..declare.op import op
from ..dtypes import uint8
from ..layout import wrap_dim
from ..tensor import Tensor
from .cumulative import diff
from .joining import cat
from .parts import slice_

_PREFIX = "torch.gradient expected spacing to be unspecified, a scalar"


def _gradient(self: Tensor, spacing: Any, dim: Any, edge_order: int) -> tuple[Tensor, ...]:
    """The derivative along each dimension, from samples a distance apart or at given coordinates."""
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    several = isinstance(spacing, tuple)
    if dim is None:
        dims = tuple(range(self.dim()))
        if several and len(spacing) != self.dim():
            raise RuntimeError(
                f"{_PREFIX}, or a list of length equal to 'self.dim() = {self.dim()}', since dim argument was not "
                f"given, but got a list of length {len(spacing)}"
            )
    else:
        dims = dim if isinstance(dim, tuple) else (dim,)
        if several and len(spacing) != len(dims):
            raise RuntimeError(
                f"{_PREFIX} or it's spacing and dim arguments to have the same length, but got a spacing argument of "
                f"length {len(spacing)} and a dim argument of length {len(dims)}."
            )
    if self._dtype is uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if dims:
        wrap_dims(dims, self.dim())
    for one in dims:
        if self.shape[one] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    steps = spacing if several else (1 if spacing is None else spacing,) * len(dims)
    for one in steps:
        if isinstance(one, Tensor) and one.dim() != 1:
            raise RuntimeError(
                f"torch.gradient expected each element of spacing to have one dimension, but got an element with "
                f"{one.dim()} dimensions!"
            )
        if isinstance(one, Tensor) and one.device != self.device:
            raise RuntimeError(
                f"torch.gradient expected each tensor to be on the same device, but got devices {self.device} and "
                f"{one.device}!"
            )
    return tuple(
        (_uneven if isinstance(step, Tensor) else _even)(self, step, wrap_dim(one, self.dim()), edge_order)
        for one, step in zip(dims, steps, strict=True)
    )


def _even(self: Tensor, step: complex, dim: int, edge_order: int) -> Tensor:
    """Of samples that are ``step`` apart."""
    part = functools.partial(slice_, self, dim)
    middle = (part(2) - part(0, -2)) / step
    if edge_order == 1:
        first, last = (part(1, 2) - part(0, 1)) / step, (part(-1) - part(-2, -1)) / step
    else:
        first = (-1.5 * part(0, 1) + 2 * part(1, 2) - 0.5 * part(2, 3)) / step
        last = (0.5 * part(-3, -2) - 2 * part(-2, -1) + 1.5 * part(-1)) / step
    return cat([first, middle / 2, last], dim)


def _uneven(self: Tensor, at: Tensor, dim: int, edge_order: int) -> Tensor:
    """Of samples at these coordinates: the slope of the parabola through three of them."""
    part = functools.partial(slice_, self, dim)
    steps = diff(at)
    before, after = slice_(steps, 0, 0, -1), slice_(steps, 0, 1)
    both = before + after
    shape = [-1 if d == dim else 1 for d in range(self.dim())]
    weights = [
        one.reshape(shape)
        for one in (-after / (before * both), (after - before) / (before * after), before / (after * both))
    ]
    middle = weights[0] * part(0, -2) + weights[1] * part(1, -1) + weights[2] * part(2)
    if edge_order == 1:
        first, last = (part(1, 2) - part(0, 1)) / steps[0], (part(-1) - part(-2, -1)) / steps[-1]
    else:
        near, far = steps[0], steps[1]
        first = _parabola(near, far, [part(0, 1), part(1, 2), part(2, 3)])
        near, far = steps[-1], steps[-2]
        a, b, c = near / (far * (near + far)), -(near + far) / (near * far), (2 * near + far) / (near * (near + far))
        last = a * part(-3, -2) + b * part(-2, -1) + c * part(-1)
    return cat([first, middle, last], dim)


def _parabola(near: Tensor, far: Tensor, samples: Sequence[Tensor]) -> Tensor:
    """The slope at the first of three samples."""
    both = near + far
    a, b, c = -(2 * near + far) / (near * both), both / (near * far), -near / (far * both)
    return a * samples[0] + b * samples[1] + c * samples[2]


for _overload, _given in {
    "array": "int[] dim",
    "scalararray": "Scalar spacing, int[] dim",
    "scalarint": "Scalar? spacing=None, int? dim=None",
    "scalarrayint": "Scalar[] spacing, int? dim=None",
    "scalarrayarray": "Scalar[] spacing, int[] dim",
    "tensorarrayint": "Tensor[] spacing, int? dim=None",
    "tensorarray": "Tensor[] spacing, int[] dim",
}.items():
    gradient = op(
        f"gradient.{_overload}(Tensor self, *, {_given}, int edge_order=1) -> Tensor[]", method=False,
        composite=(lambda self, dim, edge_order: _gradient(self, None, dim, edge_order))
        if _overload == "array" else _gradient,
    )  # fmt: skip

"""Python functions of one element at a time, slow but handy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor


def _changed(name: str, tensors: tuple[Tensor, ...], function: Callable[..., Any]) -> Tensor:
    """Write what the function gives for the elements of all tensors into the first.

    As in torch, its version stays.

    Raises:
        RuntimeError: for tensors that are tracked, or whose shapes do not fit.
        TypeError: for tensors of another dtype, for results that are no numbers.
    """
    target, *others = tensors
    if any(one.requires_grad for one in tensors):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    for argument, one in zip(("other",) if len(others) == 1 else ("x", "y"), others, strict=False):
        if one._dtype is not target._dtype:
            wanted, given = (f"torch.{d.scalar_type}Tensor" for d in (target._dtype, one._dtype))
            raise TypeError(f"{name}: expected {wanted} for '{argument}' (got {given})")
    into = target._array
    sources = [into, *(one.expand(into.shape)._array for one in others)]
    number = {"b": bool, "c": complex, "f": float}.get(into.dtype.kind, int)
    for place in np.ndindex(into.shape):
        into[place] = number(function(*(source[place].item() for source in sources)))
    return target


def _apply(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what the function gives for it.  Source: ``torch.Tensor.apply_``."""
    return _changed("apply_", (self,), callable)


def _map(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """The same for a function of two elements, one of each tensor.  Source: ``torch.Tensor.map_``."""
    return _changed("map_", (self, tensor), callable)


def _map2(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """The same for a function of three."""
    return _changed("map2_", (self, x, y), callable)


Tensor.apply_, Tensor.map_, Tensor.map2_ = _apply, _map, _map2
for _method in (_apply, _map, _map2):
    _method.__name__ = f"{_method.__name__.removeprefix('_')}_"

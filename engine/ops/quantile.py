"""Quantiles: composites of a sort, a lookup and an interpolation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.levels import wrapped
from ..declare.op import op
from ..dispatch.outputs import Output
from ..dtypes import FLOATING_DTYPES, int64
from ..layout import wrap_dim
from ..tensor import Tensor, wrap
from .sorting import sort


def _check_quantile(self: Tensor, q: Any, dim: int | None, interpolation: str) -> None:
    if self.numel() == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if self._dtype not in _QUANTILES:
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if isinstance(q, Tensor):
        if q.dim() > 1:
            raise RuntimeError("quantile() q must be a scalar or 1D tensor")
        if q._dtype is not self._dtype:
            raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    wrap_dim(dim or 0, self.dim())
    if isinstance(q, Tensor) and wrapped(q) is not None:
        return  # under a transform torch does not look at the values
    numbers = q._array if isinstance(q, Tensor) else np.asarray(q)
    if not np.all((numbers >= 0) & (numbers <= 1)):
        raise RuntimeError(
            "quantile() q values must be in the range [0, 1]" if isinstance(q, Tensor)
            else f"quantile() q must be in the range [0, 1] but got {q:g}"
        )  # fmt: skip


_QUANTILES = frozenset(d for d in FLOATING_DTYPES if d.itemsize >= 4)


def _quantile(name: str, self: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Tensor:
    """Sort, and interpolate between the two elements at each fractional rank; as torch composes it."""
    _check_quantile(self, q, dim, interpolation)
    asked = q if isinstance(q, Tensor) else wrap(np.asarray(q, self._dtype.numpy), self._dtype).to(self.device)
    if dim is None:
        lanes, shape = self.flatten(), [1] * self.dim() if keepdim else []
    else:
        dim = wrap_dim(dim, self.dim())
        lanes = self if dim == self.dim() - 1 else self.unsqueeze(-1).transpose(dim, -1)
        shape = [1 if d == dim else n for d, n in enumerate(self.shape) if d != dim or keepdim]
    n = lanes.shape[-1]
    ordered = sort(lanes, -1)[0].view((*shape, n))
    ranks = _ranks(ordered._detached(), asked.reshape(-1), name == "nanquantile")
    ranks = _ROUNDED.get(interpolation, lambda one: one)(ranks)
    below = ranks.to(int64)
    found = ordered.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weights = ranks.new_full(ranks.shape, 0.5) if interpolation == "midpoint" else ranks - below
        found.lerp_(ordered.gather(-1, ranks.ceil().to(int64)), weights)
    if asked.dim():
        found.unsqueeze_(0).transpose_(0, -1)
    return found.squeeze_(-1)


def _ranks(ordered: Tensor, q: Tensor, skip: bool) -> Tensor:
    """The fractional ranks of quantiles; the last one where a NaN makes all of them NaN, unless it is to be skipped."""
    broken = ordered.isnan()
    if skip:
        last = broken.logical_not().sum(-1, True) - 1
        return (q * last).masked_fill(last < 0, 0)
    last = ordered.shape[-1] - 1
    return (q * last).masked_fill(broken.any(-1, True), last)


_ROUNDED: dict[str, Callable[[Tensor], Tensor]] = {
    "lower": Tensor.floor, "higher": Tensor.ceil, "nearest": Tensor.round,
}  # fmt: skip
"""What an interpolation does to a fractional rank."""
_OUT_OF_QUANTILE = "quantile() out tensor must be same dtype as the input tensor"


def _declare_quantile(name: str) -> Any:
    rules: dict[str, Any] = {
        "composite": lambda self, q, dim, keepdim, interpolation: _quantile(name, self, q, dim, keepdim, interpolation),
        "out": Output(_OUT_OF_QUANTILE),
    }
    options = "int? dim=None, bool keepdim=False, *, str interpolation='linear'"
    op(f"{name}(Tensor self, Tensor q, {options}) -> Tensor", **rules)
    return op(f"{name}.scalar(Tensor self, float q, {options}) -> Tensor", **rules)


quantile = _declare_quantile("quantile")
nanquantile = _declare_quantile("nanquantile")

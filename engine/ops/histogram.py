"""Counts of elements: by value, and by the bin of a grid."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import REAL, missing, op
from ..dispatch.devices import NO_META_KERNEL
from ..dispatch.outputs import Output
from ..dtypes import FLOATING_DTYPES, bool_
from ..kernels import histogram as kernels
from ..return_types import named
from ..tensor import Tensor


def _check_bincount(self: Tensor, weights: Tensor | None, minlength: int) -> None:
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self._dtype not in _COUNTED:
        raise not_implemented("bincount_cpu")(self._dtype)
    if self.dim() != 1 or (self.numel() and self._array.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and (weights.dim() != 1 or weights.shape != self.shape):
        raise RuntimeError("weights should be 1-d and have the same length as input")


_COUNTED = frozenset(d for d in REAL if not d.is_floating_point)
bincount = op(
    "bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor", kernels.bincount,
    self=missing("bincount"), weights=missing("bincount"), node="NotImplemented",
    check=_check_bincount, dtypes=_COUNTED, unsupported=not_implemented("bincount_cpu"), on_meta=NO_META_KERNEL,
    writes=1,
)  # fmt: skip


def _check_bins(bins: int, dim: int = 0) -> None:
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {dim}")


def _bounds(self: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """The two numbers, or those of the elements if these are equal."""
    if low == high and self.size:
        low, high = float(self.min()), float(self.max())
    return low, high


def _histc(self: np.ndarray, bins: int, min: Any, max: Any) -> np.ndarray:
    low, high = _bounds(self, float(min), float(max))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    return kernels.histc(self, bins, low, high)


def _check_histc(self: Tensor, bins: int, min: Any, max: Any) -> None:
    _check_bins(bins)
    if self._dtype.is_complex and min == max:  # bounds are sought
        raise not_implemented("aminmax_cpu")(self._dtype)


_HIST = Output(
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {result.c_name} and hist "
    "{out.c_name}"
)
histc = op(
    "histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor", _histc,
    check=_check_histc, dtypes=FLOATING_DTYPES,
    unsupported=lambda d: not_implemented("linspace_cpu" if d is bool_ else "histogram_cpu")(d),
    out=_HIST,
    writes=2,
)  # fmt: skip


def _check_points(self: Tensor, bins: Sequence[Any], weight: Tensor | None) -> None:
    if len(bins) != self.shape[-1]:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    for dim, one in enumerate(bins):
        if isinstance(one, Tensor):
            _check_edges(self, one, dim)
        else:
            _check_bins(one, dim)
    if weight is None:
        return
    if weight._dtype is not self._dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same "
            f"dtype, but got input({self._dtype.c_name}), and weight({weight._dtype.c_name})"
        )
    if weight.shape != self.shape[:-1]:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(self.shape)} and weight with shape "
            f"{list(weight.shape)}"
        )


def _check_edges(self: Tensor, edges: Tensor, dim: int) -> None:
    if edges._dtype is not self._dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
            f"{self._dtype.c_name} and bins for dimension {dim} with dtype {edges._dtype.c_name}"
        )
    if edges.dim() != 1:
        raise RuntimeError(
            f"torch.histogramdd: bins tensor should have one dimension, but got {edges.dim()} dimensions in the bins "
            f"tensor for dimension {dim}"
        )
    if edges.numel() == 0:
        raise RuntimeError(
            "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for "
            f"dimension {dim}"
        )


def _edges(self: np.ndarray, bins: Sequence[int], range: Sequence[float] | None) -> list[np.ndarray]:
    """The edges of bins of equal width, for each column between its extremes or between two given numbers."""
    columns = len(bins)
    if range is not None and len(range) != 2 * columns:
        raise RuntimeError(
            f"torch.histogramdd: for a {columns}-dimensional histogram range should have {2 * columns} elements, but "
            f"got {len(range)}"
        )
    found = []
    for dim, (column, n) in enumerate(zip(self.T, bins, strict=True)):
        low, high = (0.0, 1.0) if not column.size else (float(column.min()), float(column.max()))
        if range is not None:
            low, high = range[2 * dim : 2 * dim + 2]
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(f"torch.histogramdd: dimension {dim}'s range [{low:g}, {high:g}] is not finite")
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {dim}"
            )
        if low == high:
            low, high = low - 0.5, high + 0.5
        found.append(np.linspace(low, high, n + 1, dtype=self.dtype))
    return found


def _counted(
    self: np.ndarray, bins: Sequence[Any], range: Any, weight: np.ndarray | None, density: bool
) -> tuple[np.ndarray, ...]:
    """The histogram of the rows, and the edges of its bins; for each dimension a number of them, or the edges."""
    given = isinstance(bins[0], np.ndarray)
    rows = self.reshape(-1, self.shape[-1])
    edges = [one.copy() for one in bins] if given else _edges(rows, bins, range)
    weights = None if weight is None else weight.reshape(-1)
    return kernels.histogram(rows, edges, weights, density), *edges


_HISTOGRAM: dict[str, Any] = {
    "node": "NotImplemented", "dtypes": frozenset(d for d in FLOATING_DTYPES if d.itemsize >= 4),
    "unsupported": not_implemented("histogramdd"), "returns": named("histogram", "hist", "bin_edges"),
    "out": dataclasses.replace(_HIST, last_first=True),
}  # fmt: skip


def _check_histogram(self: Tensor, bins: Any, *rest: Any) -> None:
    _check_points(self.reshape((-1, 1)), [bins], rest[-2] if rest[-2] is None else rest[-2].reshape(-1))


histogram = op(
    "histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False)"
    " -> (Tensor hist, Tensor bin_edges)",
    lambda self, bins, weight, density: _counted(self.reshape(-1, 1), [bins], None, weight, density),
    self=missing("histogram"), bins=missing("histogram"), weight=missing("histogram"), check=_check_histogram,
    **_HISTOGRAM,
)  # fmt: skip
histogram = op(
    "histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool density=False)"
    " -> (Tensor hist, Tensor bin_edges)",
    lambda self, bins, range, weight, density: _counted(self.reshape(-1, 1), [bins], range, weight, density),
    self=missing("histogram"), weight=missing("histogram"), check=_check_histogram, **_HISTOGRAM,
)  # fmt: skip
_histogramdd = op(
    "_histogramdd_from_bin_cts(Tensor self, int[] bins, *, float[]? range=None, Tensor? weight=None, "
    "bool density=False) -> Tensor",
    lambda self, bins, range, weight, density: _counted(self, bins, range, weight, density)[0],
    self=missing("_histogramdd_from_bin_cts"), weight=missing("_histogramdd_from_bin_cts"), node="NotImplemented",
    check=lambda self, bins, range, weight, density: _check_points(self, bins, weight), method=False,
    dtypes=_HISTOGRAM["dtypes"], unsupported=not_implemented("histogramdd"),
)  # fmt: skip
_bin_edges = op(
    "_histogramdd_bin_edges(Tensor self, int[] bins, *, float[]? range=None, Tensor? weight=None, bool density=False)"
    " -> Tensor[]",
    lambda self, bins, range, weight, density: _counted(self, bins, range, weight, density)[1:],
    self=missing("_histogramdd_bin_edges"), weight=missing("_histogramdd_bin_edges"), node="NotImplemented",
    check=lambda self, bins, range, weight, density: _check_points(self, bins, weight), method=False,
    dtypes=_HISTOGRAM["dtypes"], unsupported=not_implemented("histogramdd"),
)  # fmt: skip
_histogramdd_of_bins = op(
    "_histogramdd_from_bin_tensors(Tensor self, Tensor[] bins, *, Tensor? weight=None, bool density=False) -> Tensor",
    lambda self, bins, weight, density: _counted(self, bins, None, weight, density)[0],
    self=missing("_histogramdd_from_bin_tensors"), bins=missing("_histogramdd_from_bin_tensors"),
    weight=missing("_histogramdd_from_bin_tensors"), node="NotImplemented",
    check=lambda self, bins, weight, density: _check_points(self, bins, weight), method=False,
    dtypes=_HISTOGRAM["dtypes"], unsupported=not_implemented("histogramdd"),
)  # fmt: skip
_histogramdd_result = named("histogramdd", "hist", "bin_edges")


def histogramdd(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Any:
    """The histogram of points, on a grid.

    Args:
        input: ``(..., n)``, float32 or float64: points of ``n`` coordinates.
        bins: a number of bins, such a number for each coordinate, or the edges for each.
        range: the least and largest edge for each coordinate, one after the other; by default the extremes.
        weight: ``(...)``: how much each point counts.
        density: divide by the total and the sizes of the boxes.

    Raises:
        RuntimeError: if shapes or dtypes do not fit.

    Source: ``torch.histogramdd``.
    """
    if input.dim() < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    if isinstance(bins, int):
        bins = [bins] * input.shape[-1]
    if bins and isinstance(bins[0], Tensor):
        return _histogramdd_result((_histogramdd_of_bins(input, bins, weight=weight, density=density), tuple(bins)))
    options = {"range": range, "weight": weight, "density": density}
    return _histogramdd_result((_histogramdd(input, bins, **options), _bin_edges(input, bins, **options)))

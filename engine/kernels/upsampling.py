"""Signals and images of another size, and samples of them at any places.

A size of one dimension becomes another by *taps*: for each element of the result, the places of the input that it is
made of and their weights.  All modes differ in their taps alone, and dimensions are done one after the other: from the
last to the first, and rounded as torch's compiler has it, which fuses products and sums.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..strides import laid_out_like
from .rounding import FEW, Rounding, fma
from .sums import VECTOR

Array = np.ndarray
Sizes = tuple[int, ...]


class Taps(NamedTuple):
    """Of one dimension: ``places`` and ``weights``, each ``(out, k)``; no weights stand for ones."""

    places: Array
    weights: Array | None
    antialiased: bool = False


def taps(mode: str, size: int, out: int, align_corners: bool, scale: float | None, d: np.dtype) -> Taps:
    """How ``out`` elements are made of ``size``.

    Args:
        mode: ``nearest``, ``nearest-exact``, ``linear``, ``cubic``, or ``linear-aa``, ``cubic-aa``, ``lanczos-aa``.
        size: the elements of the input.
        out: those of the result.
        align_corners: the centres of the outer elements coincide, instead of their outer edges.
        scale: how much larger the result was asked to be, if that was said.
        d: the dtype of the computation, on which depends to which side a place on an edge falls.
    """
    real: Any = d.type if d.kind == "f" else np.float32 if mode.startswith("nearest") else np.float64
    if align_corners:
        step = real(size - 1) / real(out - 1) if out > 1 else real(0)
    else:
        step = real(1 / scale) if scale is not None and scale > 0 else real(size) / real(out)
    index = np.arange(out).astype(real)
    if mode.endswith("-aa"):
        return _antialiased(mode.removesuffix("-aa"), size, index, step, real)
    if mode == "nearest":
        return Taps(np.minimum(np.floor(index * step).astype(np.int64), size - 1)[:, None], None)
    if mode == "nearest-exact":
        return Taps(np.minimum(np.floor((index + real(0.5)) * step).astype(np.int64), size - 1)[:, None], None)
    if align_corners:
        place = index * step
    elif d.kind == "f":
        place = fma(index + real(0.5), step, real(-0.5))
    else:
        place = step * (index + real(0.5)) - real(0.5)
    if mode == "linear":
        if size == out:  # the second place is the first again, with no weight
            both = np.stack([np.arange(out)] * 2, 1)
            return Taps(both, np.stack([np.ones(out), np.zeros(out)], 1).astype(real))
        place = np.maximum(place, 0)
    first = np.minimum(np.floor(place).astype(np.int64), size - 1)
    rest = np.clip(place - first, 0, 1).astype(real)
    if mode == "linear":
        places, weights = [first, np.minimum(first + 1, size - 1)], [1 - rest, rest]
    else:
        places = [np.clip(first + k, 0, size - 1) for k in (-1, 0, 1, 2)]
        weights = [_far(rest + 1), _near(rest), _near(1 - rest), _far(2 - rest)]
    return Taps(np.stack(places, 1), np.stack(weights, 1).astype(real))


_SLOPE = -0.75
"""Of Keys' kernel of cubic convolution, at distance one."""


def _near(distance: Array) -> Array:
    """Keys' kernel up to distance one."""
    a = distance.dtype.type(_SLOPE)
    return ((a + 2) * distance - (a + 3)) * distance * distance + 1


def _far(distance: Array) -> Array:
    """Keys' kernel from distance one to two, whose first two products are fused."""
    a = distance.dtype.type(_SLOPE)
    return fma(fma(distance, a, -5 * a), distance, 8 * a) * distance - 4 * a


def _cubic(distance: Array, a: float) -> Array:
    """Keys' kernel of cubic convolution, whose slope at distance one is ``a``."""
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = (((distance - 5) * distance + 8) * distance - 4) * a
    return np.where(distance < 1, near, np.where(distance < 2, far, 0))


def _lanczos(distance: Array) -> Array:
    return np.where(distance < 3, np.sinc(distance) * np.sinc(distance / 3), 0)


FILTERS = {
    "linear": (1, lambda distance: np.maximum(1 - distance, 0)),
    "cubic": (2, lambda distance: _cubic(distance, -0.5)),
    "lanczos": (3, _lanczos),
}
"""Of each mode with antialiasing: how far its filter reaches, and the filter."""


def _antialiased(mode: str, size: int, index: Array, step: float, real: type) -> Taps:
    """As many taps as the filter reaches when it is as wide as an element of the result."""
    reach, weigh = FILTERS[mode]
    support = real(reach) * max(step, real(1))
    centre = step * (index + real(0.5))
    first = np.maximum((centre - support + real(0.5)).astype(np.int64), 0)
    count = np.minimum((centre + support + real(0.5)).astype(np.int64), size) - first
    offsets = np.arange(int(count.max(initial=0)))
    inverse = real(1) / step if step >= 1 else real(1)
    distance = np.abs((offsets + first[:, None] - centre[:, None] + real(0.5)) * inverse)
    weights: Array = np.where(offsets < count[:, None], weigh(distance), 0).astype(real)
    return Taps(np.minimum(first[:, None] + offsets, size - 1), weights / weights.sum(1, keepdims=True), True)


def resample(self: Array, each: list[Taps], rounded: Rounding | None = None) -> Array:
    """The last dimensions made anew of their taps, whose weights are of half precision where the result is."""
    is_linear = all(one.weights is not None and one.weights.shape[1] == 2 for one in each)
    count = math.prod(self.shape[: self.ndim - len(each)]) * math.prod(len(one.places) for one in each)
    is_bilinear = is_linear and len(each) == 2 and not each[0].antialiased
    if is_bilinear and self.dtype.kind == "f" and count <= FEW:
        return laid_out_like(_bilinear(self, *each), self)
    if rounded is not None and not (is_bilinear or each[0].antialiased):
        each = [_with_rounded_weights(one, rounded) for one in each]
    found = self
    dims = [*enumerate(each, self.ndim - len(each))]
    in_order = each[0].antialiased and self.dtype.kind == "f"
    for dim, (places, weights, antialiased) in dims if in_order else reversed(dims):
        if weights is None:
            found = found.take(places[:, 0], dim)
            continue
        shape = (-1, *[1] * (self.ndim - dim - 1))
        if self.dtype.kind != "f":
            found = _in_whole_numbers(found, places, weights, dim, shape)
            continue
        parts = [(found.take(places[:, k], dim), weights[:, k].reshape(shape)) for k in range(places.shape[1])]
        found = _sum(parts) if antialiased else _fused_sum(parts)
    return laid_out_like(found, self)


def _with_rounded_weights(one: Taps, rounded: Rounding) -> Taps:
    if one.weights is None:
        return one
    weights = rounded(one.weights)
    if weights.shape[1] == 2:
        weights[:, 0] = rounded(1 - weights[:, 1])
    return one._replace(weights=weights)


def _sum(parts: list[tuple[Array, Array]]) -> Array:
    total: Any = 0
    for part, weight in parts:
        total = total + part * weight
    return total


def _fused_sum(parts: list[tuple[Array, Array]]) -> Array:
    """The sum of weighted parts: the second is rounded before it is added, the others together with the sum; of many
    elements, all are rounded before."""
    second, weight = parts.pop(1)
    total = second * weight
    for part, weight in parts:
        total = fma(part, weight, total) if part.size <= FEW else part * weight + total
    return total


def _bilinear(self: Array, rows: Taps, columns: Taps) -> Array:
    """Of all four neighbours at once; in another order for the channels that fill no vector of the processor's."""
    corners = []
    for i in range(2):
        lines = self.take(rows.places[:, i], -2)
        for j in range(2):
            weight = rows.weights[:, i, None] * columns.weights[:, j]  # type: ignore[index]
            corners.append((lines.take(columns.places[:, j], -1), weight))
    channels = self.shape[1]
    whole = channels - channels % (VECTOR // self.itemsize)
    found = np.empty(corners[0][0].shape, self.dtype)
    for some, order in ((slice(whole), (3, 2, 1, 0)), (slice(whole, None), (0, 1, 2, 3))):
        found[:, some] = _fused_sum([(corners[k][0][:, some], corners[k][1]) for k in order])
    return found


def _in_whole_numbers(self: Array, places: Array, weights: Array, dim: int, shape: Sizes) -> Array:
    """Bytes made of bytes, as Pillow does it and torch after it: by weights of 16 bits, each dimension rounded."""
    weights = weights.copy()
    for k in range(1, places.shape[1]):  # what falls on one place is one weight
        again = places[:, k] == places[:, k - 1]
        weights[again, k] += weights[again, k - 1]
        weights[again, k - 1] = 0
    bits = 0
    while bits < 22 and int(0.5 + weights.max() * (1 << (bits + 1))) < 1 << 15:
        bits += 1
    scaled = weights * (1 << bits)
    whole = np.trunc(scaled + np.where(scaled < 0, -0.5, 0.5)).astype(np.int64)
    total: Any = 1 << (bits - 1)
    for k in range(places.shape[1]):
        total = total + self.take(places[:, k], dim).astype(np.int64) * whole[:, k].reshape(shape)
    return np.clip(total >> bits, 0, 255).astype(self.dtype)


def resample_backward(grad_output: Array, input_size: Sizes, each: list[Taps]) -> Array:
    """Each element's gradient to the places that it was made of."""
    found = grad_output
    for dim, (places, weights, _) in enumerate(each, grad_output.ndim - len(each)):
        given = np.moveaxis(found, dim, 0)
        total = np.zeros((input_size[dim], *given.shape[1:]), grad_output.dtype)
        for i, row in enumerate(places):
            for k, place in enumerate(row):
                total[place] += given[i] if weights is None else given[i] * weights[i, k]
        found = np.moveaxis(total, 0, dim)
    return laid_out_like(found, grad_output)

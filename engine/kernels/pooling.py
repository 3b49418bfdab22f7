"""Pooling: the largest or the mean element of each window of the last dimensions."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..strides import in_rows, laid_out_like
from .rounding import Rounding

Array = np.ndarray
Sizes = tuple[int, ...]


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows there are; in ceil mode, also those that start inside and end outside."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return room // stride + 1
    found = -(-room // stride) + 1
    return found - ((found - 1) * stride >= size + padding)


def _windows(
    self: Array, out: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, value: float
) -> Array:
    """``(*lead, *out, *kernel)``; what lies outside has this value."""
    rank = len(kernel)
    lead = self.ndim - rank
    needed = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(out, stride, dilation, kernel, strict=True)]
    margins = [(p, max(m - n - p, 0)) for p, m, n in zip(padding, needed, self.shape[lead:], strict=True)]
    padded = np.pad(self, [(0, 0)] * lead + margins, constant_values=value)
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    found = sliding_window_view(padded, spans, tuple(range(lead, self.ndim)))
    steps = [slice(0, (n - 1) * s + 1, s) for n, s in zip(out, stride, strict=True)]
    chosen: Any = (..., *steps, *(slice(None, None, d) for d in dilation))
    return found[chosen]


def max_pool(
    self: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Array, Array]:
    """The largest element of each window, and its place in the flat plane; NaN is largest."""
    rank = len(kernel)
    sizes = self.shape[self.ndim - rank :]
    out = tuple(output_size(*one, ceil_mode) for one in zip(sizes, kernel, stride, padding, dilation, strict=True))
    least = -np.inf if self.dtype.kind not in "iu" else np.iinfo(self.dtype).min
    windows = _windows(self, out, kernel, stride, padding, dilation, least)
    flat = windows.reshape(*windows.shape[: self.ndim], math.prod(kernel))
    best = _largest(flat)
    place = np.zeros(best.shape, np.int64)
    for dim, inner in enumerate(np.unravel_index(best, kernel)):
        start = (np.arange(out[dim]) * stride[dim] - padding[dim]).reshape(-1, *[1] * (rank - dim - 1))
        place = place * sizes[dim] + start + inner * dilation[dim]
    found = np.take_along_axis(flat, best[..., None], -1)[..., 0]
    return laid_out_like(found, self, rank), laid_out_like(place, self, rank)


def _largest(windows: Array) -> Array:
    """Where the largest element of the last dimension is: the first of equals, but the last NaN."""
    if windows.dtype.kind == "f":
        missing = np.isnan(windows)
        if missing.any():
            last = windows.shape[-1] - 1 - missing[..., ::-1].argmax(-1)
            return np.where(missing.any(-1), last, windows.argmax(-1))
    return windows.argmax(-1)


def to_places(values: Array, places: Array, sizes: Sizes, *, adds: bool = True) -> Array:
    """Zeros of the last dimensions' ``sizes``, with each value added, or put, at its place in the flat plane."""
    rank = len(sizes)
    lead, plane = values.shape[: values.ndim - rank], math.prod(sizes)
    found = np.zeros(math.prod(lead) * plane, values.dtype)
    rows = places.reshape(math.prod(lead), math.prod(places.shape[values.ndim - rank :]))
    index = (rows + np.arange(math.prod(lead))[:, None] * plane).ravel()
    if adds:
        np.add.at(found, index, values.ravel())
    else:
        found[index] = values.ravel()
    return laid_out_like(found.reshape(*lead, *sizes), values, rank)


def adaptive_max_pool(self: Array, output_size: Sizes) -> tuple[Array, Array]:
    """The largest elements of as many windows as are asked for, and their places in the flat plane."""
    rank = len(output_size)
    lead, sizes = self.shape[: self.ndim - rank], self.shape[self.ndim - rank :]
    values = np.empty((*lead, *output_size), self.dtype)
    places = np.empty(values.shape, np.int64)
    bounds = [
        [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)] for n, out in zip(sizes, output_size, strict=True)
    ]
    for where in np.ndindex(*output_size):
        window = [bounds[dim][i] for dim, i in enumerate(where)]
        chosen: Any = (..., *(slice(*one) for one in window))
        part = self[chosen]
        flat = part.reshape(*lead, math.prod(part.shape[len(lead) :]))
        best = _largest(flat)
        target: Any = (..., *where)
        values[target] = np.take_along_axis(flat, best[..., None], -1)[..., 0]
        place: Any = 0
        for inner, n, (start, _) in zip(np.unravel_index(best, part.shape[len(lead) :]), sizes, window, strict=True):
            place = place * n + inner + start
        places[target] = place
    return laid_out_like(values, self, rank), laid_out_like(places, self, rank)


def fractional_max_pool(self: Array, kernel: Sizes, output_size: Sizes, samples: Array) -> tuple[Array, Array]:
    """The largest elements of windows that start at random, after Graham, "Fractional max-pooling" (2014).

    Args:
        self: ``(..., C, *sizes)``.
        kernel, output_size: the windows' lengths and number.
        samples: ``(N, C, rank)``, from 0 to 1: of images the last dimension's first.

    Returns:
        The elements, and their places in the flat plane.
    """
    rank = len(kernel)
    lead, sizes = self.shape[: self.ndim - rank], self.shape[self.ndim - rank :]
    planes = self.reshape(-1, *sizes)
    drawn = samples.reshape(-1, rank)[:, ::-1] if rank == 2 else samples.reshape(-1, rank)
    windows = sliding_window_view(planes, kernel, tuple(range(1, rank + 1)))
    values = np.empty((len(planes), *output_size), self.dtype)
    places = np.empty(values.shape, np.int64)
    for plane in range(len(planes)):
        starts = [
            _starts(drawn[plane, dim], n, out, k)
            for dim, (n, out, k) in enumerate(zip(sizes, output_size, kernel, strict=True))
        ]
        flat = windows[plane][np.ix_(*starts)].reshape(*output_size, math.prod(kernel))
        best = _largest(flat)
        values[plane] = np.take_along_axis(flat, best[..., None], -1)[..., 0]
        place: Any = 0
        for inner, n, start in zip(np.unravel_index(best, kernel), sizes, np.ix_(*starts), strict=True):
            place = place * n + inner + start
        places[plane] = place
    return values.reshape(*lead, *output_size), places.reshape(*lead, *output_size)


def _starts(sample: Any, size: int, out: int, kernel: int) -> Array:
    """Where the windows of one dimension start; the last ends with it."""
    found = np.full(out, size - kernel)
    if out > 1:
        step = sample.dtype.type(size - kernel) / sample.dtype.type(out - 1)
        found[:-1] = ((np.arange(out - 1) + sample) * step).astype(np.int64) - int(sample * step)
    return found


def _divisors(
    sizes: Sizes, out: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, count_include_pad: bool,
    divisor_override: int | None,
) -> Array | int:  # fmt: skip
    """By what each window's sum is divided: the elements inside, with or without the margin."""
    if divisor_override is not None:
        return divisor_override
    found: Array = np.ones((), np.int64)
    for n, m, k, s, p in zip(sizes, out, kernel, stride, padding, strict=True):
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)
        inside = end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0)
        found = found[..., None] * inside
    return found


def avg_pool(
    self: Array, kernel: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool, count_include_pad: bool,
    divisor_override: int | None,
) -> Array:  # fmt: skip
    """The mean of each window."""
    rank = len(kernel)
    sizes, ones = self.shape[self.ndim - rank :], (1,) * rank
    out = tuple(output_size(*one, ceil_mode) for one in zip(sizes, kernel, stride, padding, ones, strict=True))
    windows = _windows(self, out, kernel, stride, padding, ones, 0)
    total = np.zeros(windows.shape[:-rank], self.dtype)
    for place in itertools.product(*map(range, kernel)):
        where: Any = (..., *place)
        total += windows[where]
    divisor = _divisors(sizes, out, kernel, stride, padding, count_include_pad, divisor_override)
    if self.dtype.kind in "iu":  # rounded towards zero, as C does
        found = np.sign(total) * np.sign(divisor) * (np.abs(total) // np.abs(divisor))
    else:
        found = total / np.asarray(divisor, total.dtype)
    found = found.astype(self.dtype, copy=False)
    return laid_out_like(found, self) if rank < 3 else in_rows(found)


def avg_pool_backward(
    grad_output: Array, self: Array, kernel: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Array:  # fmt: skip
    """Each window's gradient, shared by its elements."""
    rank = len(kernel)
    lead, sizes = self.shape[: self.ndim - rank], self.shape[self.ndim - rank :]
    out = grad_output.shape[self.ndim - rank :]
    divisor = _divisors(sizes, out, kernel, stride, padding, count_include_pad, divisor_override)
    part = (grad_output / divisor).astype(grad_output.dtype)
    room = [max(n + 2 * p, (m - 1) * s + k) for n, p, m, s, k in zip(sizes, padding, out, stride, kernel, strict=True)]
    found = np.zeros((*lead, *room), grad_output.dtype)
    for place in itertools.product(*map(range, kernel)):
        steps = (slice(a, a + s * (m - 1) + 1, s) for a, s, m in zip(place, stride, out, strict=True))
        where: Any = (..., *steps)
        found[where] += part
    inside: Any = (..., *(slice(p, p + n) for p, n in zip(padding, sizes, strict=True)))
    return laid_out_like(found[inside], grad_output, rank)


def _cuts(size: int, out: int) -> list[tuple[int, int]]:
    """Where the windows begin and end into which a dimension is divided; they may overlap."""
    return [(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]


def adaptive_avg_pool(self: Array, output_size: Sizes, rounded: Rounding | None = None) -> Array:
    """The means of as many windows as are asked for; in volumes of half precision each sum is rounded."""
    given, rank = self, len(output_size)
    if not self.size or 0 in output_size:  # of any dtype: nothing is divided
        return np.empty((*self.shape[: self.ndim - rank], *output_size), self.dtype)
    found = np.zeros((*self.shape[: self.ndim - rank], *output_size), self.dtype)
    indices, sizes = [], []
    for n, out in zip(self.shape[self.ndim - rank :], output_size, strict=True):
        starts, ends = np.asarray(_cuts(n, out)).T
        sizes.append(ends - starts)
        place = starts + np.arange(sizes[-1].max())[:, None]
        indices.append(np.where(place < ends, place, n))  # a zero follows the last

    def add(windows: Array, dim: int) -> None:
        if dim == rank:
            np.add(found, windows, out=found)
            if rounded is not None and rank == 3:
                found[...] = rounded(found)
            return
        for index in indices[dim]:
            add(windows.take(index, dim - rank), dim + 1)

    add(np.pad(self, [(0, 0)] * (self.ndim - rank) + [(0, 1)] * rank), 0)
    for dim, size in enumerate(sizes, -rank):
        found /= size.astype(self.dtype).reshape(-1, *[1] * (-1 - dim))
    return laid_out_like(found, given, rank) if rank == 2 else in_rows(found)


def adaptive_avg_pool_backward(grad_output: Array, self: Array, rank: int) -> Array:
    """Each window's gradient, shared by its elements."""
    found = grad_output
    for dim in range(self.ndim - rank, self.ndim):
        lines = np.moveaxis(found, dim, 0)
        shared = np.zeros((self.shape[dim], *lines.shape[1:]), found.dtype)
        for line, (start, end) in zip(lines, _cuts(len(shared), len(lines)), strict=True):
            shared[start:end] += line / found.dtype.type(end - start)
        found = np.moveaxis(shared, 0, dim)
    return laid_out_like(found, self, rank) if rank == 2 else in_rows(found)

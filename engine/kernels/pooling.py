"""Pooling: the largest or the mean element of each window of the last dimensions."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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
    best = flat.argmax(-1)
    place = np.zeros(best.shape, np.int64)
    for dim, inner in enumerate(np.unravel_index(best, kernel)):
        start = (np.arange(out[dim]) * stride[dim] - padding[dim]).reshape(-1, *[1] * (rank - dim - 1))
        place = place * sizes[dim] + start + inner * dilation[dim]
    return np.take_along_axis(flat, best[..., None], -1)[..., 0], place


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
    total = windows.sum(tuple(range(-rank, 0)), dtype=self.dtype)
    divisor = _divisors(sizes, out, kernel, stride, padding, count_include_pad, divisor_override)
    return (total // divisor if self.dtype.kind in "iu" else total / divisor).astype(self.dtype)


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
    return found[inside]


def _averages(size: int, out: int, d: np.dtype) -> Array:
    """The matrix whose rows average the windows into which ``size`` is divided."""
    found = np.zeros((out, size), d)
    for i in range(out):
        start, end = i * size // out, -(-(i + 1) * size // out)
        found[i, start:end] = 1 / (end - start)
    return found


def adaptive_avg_pool(self: Array, output_size: Sizes) -> Array:
    """The means of as many windows as are asked for."""
    rank = len(output_size)
    for dim, out in enumerate(output_size, self.ndim - rank):
        matrix = _averages(self.shape[dim], out, self.dtype)
        self = np.moveaxis(np.tensordot(self, matrix, ((dim,), (1,))), -1, dim)
    return np.ascontiguousarray(self)


def adaptive_avg_pool_backward(grad_output: Array, self: Array, rank: int) -> Array:
    """Each window's gradient, shared by its elements."""
    found = grad_output
    for dim in range(self.ndim - rank, self.ndim):
        matrix = _averages(self.shape[dim], grad_output.shape[dim], grad_output.dtype)
        found = np.moveaxis(np.tensordot(found, matrix, ((dim,), (0,))), -1, dim)
    return np.ascontiguousarray(found)

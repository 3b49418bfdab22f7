"""Convolutions of any number of dimensions, as products of matrices.

``columns`` lays the window of each output beside the others: then a convolution is one product per image and group,
and each of its gradients another.

Shapes: input ``(N, C, *in)``, weight ``(O, C / groups, *kernel)``, output ``(N, O, *out)``.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from ..strides import has_channels_last, with_channels_last

Array = np.ndarray
Sizes = tuple[int, ...]


def columns(
    input: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int, out: Sizes | None = None
) -> Array:
    """The windows, or the first ones: ``(N, groups, C / groups * prod(kernel), prod(out))``."""
    if any(padding):
        input = np.pad(input, ((0, 0), (0, 0), *((p, p) for p in padding)))
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    windows = sliding_window_view(input, spans, tuple(range(2, input.ndim)))
    where: Any = (..., *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))
    windows = windows[where]
    if out is not None:
        windows = windows[(slice(None), slice(None), *map(slice, out))]
    rank = len(kernel)
    moved = windows.transpose((0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank)))
    rows = input.shape[1] // groups * math.prod(kernel)
    return moved.reshape(len(input), groups, rows, math.prod(moved.shape[2 + rank :]))


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many windows fit."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _rows(weight: Array, groups: int) -> Array:
    return weight.reshape(groups, weight.shape[0] // groups, -1)


def forward(input: Array, weight: Array, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Array:
    """The convolution."""
    kernel = weight.shape[2:]
    out = map(output_size, input.shape[2:], kernel, stride, padding, dilation)
    found = np.matmul(_rows(weight, groups), columns(input, kernel, stride, padding, dilation, groups))
    return found.reshape(len(input), weight.shape[0], *out)


def input_gradient(
    grad: Array, weight: Array, sizes: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The transpose of the convolution: the gradient of an input of these sizes."""
    kernel, out = weight.shape[2:], grad.shape[2:]
    flat = grad.reshape(len(grad), groups, grad.shape[1] // groups, math.prod(out))
    parts = np.matmul(_rows(weight, groups).swapaxes(1, 2), flat)
    parts = parts.reshape(len(grad), weight.shape[1] * groups, *kernel, *out)
    padded = tuple(n + 2 * p for n, p in zip(sizes, padding, strict=True))
    found = np.zeros((len(grad), weight.shape[1] * groups, *padded), parts.dtype)
    for place in itertools.product(*map(range, kernel)):
        starts = [k * d for k, d in zip(place, dilation, strict=True)]
        where = tuple(slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, out, strict=True))
        found[(slice(None), slice(None), *where)] += parts[(slice(None), slice(None), *place)]
    inner: Any = (..., *(slice(p, p + n) for p, n in zip(padding, sizes, strict=True)))
    return found[inner]


def weight_gradient(
    input: Array, grad: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The gradient of a weight with this kernel."""
    flat = grad.reshape(len(grad), groups, grad.shape[1] // groups, math.prod(grad.shape[2:]))
    windows = columns(input, kernel, stride, padding, dilation, groups, grad.shape[2:])
    found = np.matmul(flat, windows.swapaxes(2, 3)).sum(0)
    return found.reshape(grad.shape[1], input.shape[1] // groups, *kernel)


def transposed_size(size: int, kernel: int, stride: int, padding: int, dilation: int, output_padding: int) -> int:
    """The size of the input whose convolution has this size."""
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + output_padding


def convolution(
    input: Array, weight: Array, bias: Array | None, stride: Sizes, padding: Sizes, dilation: Sizes, transposed: bool,
    output_padding: Sizes, groups: int,
) -> Array:  # fmt: skip
    """The convolution, or its transpose, and a bias for each channel.  That of no channels has no channels."""
    geometry = (input.shape[2:], weight.shape[2:], stride, padding, dilation)
    if transposed:
        sizes = tuple(map(transposed_size, *geometry, output_padding))
    if 0 in input.shape[:2]:
        channels = weight.shape[1] * groups if transposed else weight.shape[0]
        out = sizes if transposed else tuple(map(output_size, *geometry))
        return np.zeros((len(input), channels if input.shape[1] else 0, *out), input.dtype)
    if transposed:
        found = input_gradient(input, weight, sizes, stride, padding, dilation, groups)
    else:
        found = forward(input, weight, stride, padding, dilation, groups)
    if bias is not None:
        found = found + bias.reshape(-1, *[1] * (input.ndim - 2))
    found = found.astype(input.dtype, copy=False)
    return with_channels_last(found) if _gives_channels_last(input, weight) else np.ascontiguousarray(found)


def _gives_channels_last(input: Array, weight: Array) -> bool:
    """Whether torch lays out the result so: if it finds it in either, but for signals only in the weight, which it
    makes an image of, and volumes only where oneDNN computes."""
    if input.ndim == 3:
        (*shape, n), (*strides, step) = weight.shape, weight.strides
        return has_channels_last(as_strided(weight, (*shape, 1, n), (*strides, n * step, step)))
    if input.ndim == 5 and input.dtype.itemsize == 8:
        return False
    return has_channels_last(input) or has_channels_last(weight)


def conv_tbc(self: Array, weight: Array, bias: Array, pad: int) -> Array:
    """The convolution of ``(T, N, C)`` by ``(k, C, O)``."""
    padded = np.pad(self, ((pad, pad), (0, 0), (0, 0)))
    steps = len(padded) - len(weight) + 1
    return sum((padded[k : k + steps] @ one for k, one in enumerate(weight)), bias)

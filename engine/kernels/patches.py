"""Images as columns of patches, and pixels in other channels."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..strides import laid_out_like

Array = np.ndarray
Sizes = tuple[int, ...]


def blocks(size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Sizes:
    """How many patches there are in each dimension."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(size, kernel, dilation, padding, stride, strict=True)
    )


def im2col(self: Array, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Array:
    """``(..., C, H, W)`` to ``(..., C * kernel elements, patches)``."""
    *lead, channels, _, _ = self.shape
    height, width = padding
    padded = np.pad(self, [(0, 0)] * (self.ndim - 2) + [(height, height), (width, width)])
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    windows = sliding_window_view(padded, spans, (-2, -1))
    chosen = windows[..., :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    rows = np.moveaxis(chosen, (-2, -1), (-4, -3))
    return rows.reshape(*lead, channels * kernel[0] * kernel[1], rows.shape[-2] * rows.shape[-1])


def col2im(self: Array, output_size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Array:
    """The transpose of `im2col`: each pixel is the sum of its places in the patches."""
    *lead, rows, _ = self.shape
    down, across = blocks(output_size, kernel, dilation, padding, stride)
    channels = rows // (kernel[0] * kernel[1])
    patches = self.reshape(*lead, channels, *kernel, down, across)
    room = [n + 2 * p for n, p in zip(output_size, padding, strict=True)]
    found = np.zeros((*lead, channels, *room), self.dtype)
    for i, j in np.ndindex(*kernel):
        top, left = i * dilation[0], j * dilation[1]
        rows_of = slice(top, top + (down - 1) * stride[0] + 1, stride[0])
        columns_of = slice(left, left + (across - 1) * stride[1] + 1, stride[1])
        found[..., rows_of, columns_of] += patches[..., i, j, :, :]
    height, width = padding
    image = found[..., height : height + output_size[0], width : width + output_size[1]]
    return np.array(image, order="C")


def pixel_shuffle(self: Array, upscale_factor: int) -> Array:
    """``(..., C * r * r, H, W)`` to ``(..., C, H * r, W * r)``."""
    r = upscale_factor
    *lead, channels, height, width = self.shape
    found = self.reshape(*lead, channels // (r * r), r, r, height, width)
    n = len(lead)
    moved = found.transpose(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return laid_out_like(moved.reshape(*lead, channels // (r * r), height * r, width * r), self)


def pixel_unshuffle(self: Array, downscale_factor: int) -> Array:
    """``(..., C, H * r, W * r)`` to ``(..., C * r * r, H, W)``."""
    r = downscale_factor
    *lead, channels, height, width = self.shape
    found = self.reshape(*lead, channels, height // r, r, width // r, r)
    n = len(lead)
    moved = found.transpose(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return laid_out_like(moved.reshape(*lead, channels * r * r, height // r, width // r), self)


def channel_shuffle(self: Array, groups: int) -> Array:
    """The channels, dealt out to as many groups."""
    n, channels, *rest = self.shape
    found = self.reshape(n, groups, channels // groups, *rest)
    return laid_out_like(np.swapaxes(found, 1, 2).reshape(self.shape), self)

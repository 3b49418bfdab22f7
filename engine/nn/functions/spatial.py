"""Convolution, padding, patches and normalisation, as ``torch.nn.functional`` has them."""

from __future__ import annotations

import math
from typing import Any

from ...dispatch.overrides import overridable_functional
from ...ops import normalization as norms
from ...ops import padding as pads
from ...ops.arithmetic import div
from ...ops.convolution import conv1d as conv1d
from ...ops.convolution import conv2d as conv2d
from ...ops.convolution import conv3d as conv3d
from ...ops.convolution import conv_transpose1d as conv_transpose1d
from ...ops.convolution import conv_transpose2d as conv_transpose2d
from ...ops.convolution import conv_transpose3d as conv_transpose3d
from ...ops.patches import col2im, im2col
from ...ops.pooling import avg_pool2d, avg_pool3d
from ...tensor import Tensor

# Padding.


@overridable_functional
def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """The input with a margin.

    Args:
        input: any shape; other modes than constant take two to five dimensions.
        pad: before and after the last dimension, then the one before it, and so on.
        mode: ``constant``, ``reflect``, ``replicate`` or ``circular``.
        value: of the constant margin, 0 by default.

    Raises:
        NotImplementedError: for another mode, or a number of dimensions that the mode does not take.
        RuntimeError: for an odd number of margins, more than there are dimensions, or a value with another mode.
    """
    return pads.pad(input, pad, mode, value)


# Patches.


def _pair(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


@overridable_functional
def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches of ``(N, C, H, W)`` or ``(C, H, W)`` as columns, ``(N, C * kernel elements, patches)``."""
    return im2col(input, *map(_pair, (kernel_size, dilation, padding, stride)))


@overridable_functional
def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The image ``(N, C, *output_size)`` of which each pixel is the sum of its places in patches, which are columns."""
    return col2im(input, *map(_pair, (output_size, kernel_size, dilation, padding, stride)))


# Normalisation.


@overridable_functional
def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalised over the last dimensions, whose shape is given."""
    return norms.layer_norm(input, normalized_shape, weight, bias, eps)


@overridable_functional
def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """Over the root of the mean square of the last dimensions, whose shape is given."""
    return norms.rms_norm(input, normalized_shape, weight, eps)


def _check_count(size: Any, count: int, what: str) -> None:
    if count == 1:
        raise ValueError(f"Expected more than 1 {what} when training, got input size {size}")


@overridable_functional
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalised over groups of channels of each image."""
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    if num_groups > 0:
        size = [input.shape[0] * input.shape[1] // num_groups, num_groups, *input.shape[2:]]
        _check_count(size, size[0] * math.prod(size[2:]), "value per channel")
    return norms.group_norm(input, num_groups, weight, bias, eps)


@overridable_functional
def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalised over all but the channels; training uses the batch and moves the running statistics.

    Raises:
        ValueError: in training, for one element per channel; for an ``eps`` that is negative, or 0 in training.
    """
    if training:
        size = input.shape
        _check_count(size, size[0] * math.prod(size[2:]), "value per channel")
    if eps < 0.0 or (training and eps == 0.0):
        kind = "positive during training" if training else "non-negative"
        raise ValueError(f"batch_norm eps must be {kind}, but got {eps}")
    return norms.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, False)


@overridable_functional
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalised over each channel of each instance.

    Raises:
        ValueError: for one element per channel.
    """
    if use_input_stats:
        _check_count(input.size(), input.shape[2:].numel(), "spatial element")
    return norms.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, False)


@overridable_functional
def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """Divided by the norm along a dimension, which counts as at least ``eps``; into ``out``, if it is given."""
    norm = input.norm(p, dim, keepdim=True).clamp_min(eps)
    return div(input, norm.expand_as(input), out=out)


@overridable_functional
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divided by a power of the mean square over ``size`` channels around each.

    Raises:
        ValueError: for less than three dimensions.
    """
    ndim = input.dim()
    if ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {ndim} dimensions)")
    if input.numel() == 0:
        return input
    square = input.mul(input)
    margin = (size // 2, (size - 1) // 2)
    if ndim == 3:
        square = avg_pool2d(pad(square.unsqueeze(1), (0, 0, *margin)), (size, 1), 1).squeeze(1)
    else:
        shape = input.shape
        volume = pad(square.view((shape[0], 1, shape[1], shape[2], -1)), (0, 0, 0, 0, *margin))
        square = avg_pool3d(volume, (size, 1, 1), 1).squeeze(1).view(shape)
    return input / square.mul(alpha).add(k).pow(beta)

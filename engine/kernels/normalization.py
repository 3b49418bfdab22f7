"""Normalisations: less the mean, over the deviation."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def moments(input: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array, Array]:
    """The normalised input, and mean and inverse deviation along the axes, which stay as ones."""
    mean = input.mean(axes, keepdims=True, dtype=input.dtype)
    centred = input - mean
    variance = np.square(centred).mean(axes, keepdims=True, dtype=input.dtype)
    rstd = np.reciprocal(np.sqrt(variance + input.dtype.type(eps)))
    return np.multiply(centred, rstd, out=centred), mean, rstd


def layer_norm(
    input: Array, normalized_shape: tuple[int, ...], weight: Array | None, bias: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """Normalised over the last dimensions; scaled and shifted element by element there."""
    found, mean, rstd = moments(input, tuple(range(input.ndim - len(normalized_shape), input.ndim)), eps)
    return _affine(found, weight, bias), mean, rstd


def _affine(found: Array, weight: Array | None, bias: Array | None) -> Array:
    if weight is not None:
        found *= weight
    if bias is not None:
        found += bias
    return found


def group_norm(
    input: Array, weight: Array | None, bias: Array | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Array, Array, Array]:
    """Normalised over groups of channels of each image; scaled and shifted by channel."""
    found, mean, rstd = moments(input.reshape(N, group, C // group * HxW), (2,), eps)
    channels = [None if one is None else one.reshape(1, C, 1) for one in (weight, bias)]
    found = _affine(found.reshape(N, C, HxW), *channels)
    return found.reshape(input.shape), mean.reshape(N, group), rstd.reshape(N, group)


def batch_norm(
    input: Array, weight: Array | None, bias: Array | None, running_mean: Array | None, running_var: Array | None,
    training: bool, momentum: float, eps: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Normalised over all but the channels; training moves the running statistics, in place."""
    shape = (1, -1, *[1] * (input.ndim - 2))
    channels = [None if one is None else one.reshape(shape) for one in (weight, bias)]
    if not training:
        assert running_mean is not None and running_var is not None
        rstd = 1 / np.sqrt(running_var + running_var.dtype.type(eps))
        found = (input - running_mean.reshape(shape)) * rstd.reshape(shape)
        none = np.zeros(0, input.dtype)
        return _affine(found.astype(input.dtype, copy=False), *channels), none, none
    axes = (0, *range(2, input.ndim))
    found, mean, rstd = moments(input, axes, eps)
    count = input.size // max(input.shape[1], 1)
    if running_mean is not None:
        running_mean += (mean.ravel() - running_mean) * running_mean.dtype.type(momentum)
    if running_var is not None:
        unbiased = (1 / np.square(rstd.ravel()) - eps) * (count / max(count - 1, 1))
        running_var += ((unbiased - running_var) * momentum).astype(running_var.dtype)
    return _affine(found, *channels), mean.ravel(), rstd.ravel()

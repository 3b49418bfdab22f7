"""Dropout: masks that come from the random stream."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.levels import LEVELS
from ..autograd.modes import GRAD
from ..declare.op import DEFAULT, missing, op
from ..dtypes import bool_, default_dtype
from ..kernels import random
from ..random import default_generator
from ..tensor import Tensor
from .creation import empty_like


def _check_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")


def _noise(input: Tensor, p: float, *, feature: bool) -> Tensor:
    """Which elements, or which channels, stay: each with probability ``1 - p``.

    Raises:
        RuntimeError: for channels of fewer than two dimensions.
    """
    if not feature:
        levels = LEVELS.get()
        if levels and levels[-1].is_batched and levels[-1].mine(input) is None:
            return input.detach().bernoulli(1 - p)  # which may differ from example to example
        return empty_like(input).bernoulli_(1 - p)
    if input.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return input.new_empty((*input.shape[:2], *[1] * (input.dim() - 2))).bernoulli_(1 - p)


def _dropout(input: Tensor, p: float, train: bool, *, feature: bool = False) -> Tensor:
    _check_probability(p)
    if p == 0 or not train or not input.numel():
        return input
    if p == 1:
        return input * input.new_zeros(())
    return input * _noise(input, p, feature=feature).div_(1 - p)


def _alpha_noise(input: Tensor, p: float, *, feature: bool) -> tuple[Tensor, Tensor]:
    """By what to scale and to shift: what is dropped takes SELU's value at minus infinity, and the rest is scaled so
    that mean and variance stay."""
    alpha = 1.7580993408473766
    scale = 1 / ((alpha**2 * p + 1) * (1 - p)) ** 0.5
    noise = _noise(input, p, feature=feature)
    shift = noise.add(-1).mul_(alpha * scale).add_(alpha * scale * p)
    return noise.mul_(scale), shift


def _alpha_dropout(input: Tensor, p: float, train: bool, *, feature: bool = False) -> Tensor:
    _check_probability(p)
    if p == 0 or not train or not input.numel():
        return input
    if p == 1:
        return input * input.new_zeros(())
    factor, shift = _alpha_noise(input, p, feature=feature)
    return (input * factor).add_(shift)


def _declare_dropout(name: str, function: Any, feature: bool) -> Any:
    return op(
        f"{name}(Tensor input, float p, bool train) -> Tensor",
        composite=lambda input, p, train: function(input, p, train, feature=feature), method=False,
    )  # fmt: skip


dropout = _declare_dropout("dropout", _dropout, False)
feature_dropout = _declare_dropout("feature_dropout", _dropout, True)
alpha_dropout = _declare_dropout("alpha_dropout", _alpha_dropout, False)
feature_alpha_dropout = _declare_dropout("feature_alpha_dropout", _alpha_dropout, True)


def _native_dropout(input: np.ndarray, p: float, train: bool | None) -> tuple[np.ndarray, np.ndarray]:
    if train is False:
        return input.copy(), np.ones(input.shape, bool)
    if not input.size:
        return input.copy(), np.zeros(input.shape, bool)
    mask = random.bernoulli(default_generator, input.shape, 1 - p, bool_)
    return input * mask * input.dtype.type(0 if p == 1 else 1 / (1 - p)), mask


def _native_dropout_backward(grad: Tensor, mask: Tensor, p: float, train: bool | None) -> Tensor:
    scale = (0.0 if p == 1 else 1 / (1 - p)) if train else 1.0
    if GRAD.get():
        return grad * (mask.type_as(grad) * scale)
    return native_dropout_backward(grad, mask, scale)


native_dropout = op(
    "native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)", _native_dropout,
    input=lambda grad, result1, p, train: _native_dropout_backward(grad, result1, p, train), method=False,
    tangent=lambda input_t, result1, p, train: (
        (0.0 if p == 1 else 1 / (1 - p)) * input_t * result1 if train is None or train else input_t
    ),
)  # fmt: skip


def _kept(grad_output: np.ndarray, mask: np.ndarray, scale: float) -> np.ndarray:
    """Whole numbers times the mask are such, whose zeros have no sign, and real by the scale."""
    kept = grad_output * mask
    return (kept if kept.dtype.kind in "fc" else kept.astype(default_dtype().numpy)) * scale


native_dropout_backward = op(
    "native_dropout_backward(Tensor grad_output, Tensor mask, float scale) -> Tensor",
    _kept,
    grad_output=lambda grad, grad_output, mask, scale: mask.type_as(grad_output) * scale * grad,
    mask=missing("native_dropout_backward: mask"), promote=DEFAULT, method=False, out=True, forward=False,
)  # fmt: skip

# In place.


def _dropout_in_place(input: Tensor, p: float, train: bool, feature: bool) -> Tensor:
    _check_probability(p)
    if p == 0 or not train or not input.numel():
        return input
    if p == 1:
        return input.mul_(input.new_zeros(()))
    return input.mul_(_noise(input, p, feature=feature).div_(1 - p))


def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """``dropout`` in place.  Source: ``torch.dropout_``."""
    return _dropout_in_place(input, p, train, False)


def feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """``feature_dropout`` in place.  Source: ``torch.feature_dropout_``."""
    return _dropout_in_place(input, p, train, True)


def _alpha_dropout_in_place(input: Tensor, p: float, train: bool, feature: bool) -> Tensor:
    _check_probability(p)
    if p == 0 or not train or not input.numel():
        return input
    if p == 1:
        return input.mul_(input.new_zeros(()))
    factor, shift = _alpha_noise(input, p, feature=feature)
    return input.mul_(factor).add_(shift)


def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """``alpha_dropout`` in place.  Source: ``torch.alpha_dropout_``."""
    return _alpha_dropout_in_place(input, p, train, False)


def feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """``feature_alpha_dropout`` in place.  Source: ``torch.feature_alpha_dropout_``."""
    return _alpha_dropout_in_place(input, p, train, True)

"""Gradients of activation functions."""

from __future__ import annotations

import math

import numpy as np

from . import choice
from .rounding import Rounding, fused
from .sums import add_up_lanes
from .transcendental import exp, tanh

Array = np.ndarray


def chosen(mask: Array, grad: Array, slope: float) -> Array:
    """The gradient where the mask is set, ``slope`` times it elsewhere."""
    return choice.where(mask, grad, grad * grad.dtype.type(slope) if slope else grad.dtype.type(0))


def elu(
    grad_output: Array, alpha: float, scale: float, input_scale: float, is_result: bool, self_or_result: Array
) -> Array:
    """The lower branch includes zero; from the result, it is ``alpha * scale`` less than an exponential."""
    number = grad_output.dtype.type
    if is_result:
        below = grad_output * number(input_scale) * (self_or_result + number(alpha * scale))
    else:
        power = exp(np.minimum(self_or_result, 0) * number(input_scale))
        below = grad_output * number(input_scale * alpha * scale) * power
    return choice.where(self_or_result <= 0, below, grad_output * number(scale))


def prelu(grad_output: Array, self: Array, weight: Array) -> tuple[Array, Array]:
    """Those of the input and of the weight."""
    above, number = self > 0, self.dtype.type
    return choice.where(above, grad_output, grad_output * weight), choice.where(above, number(0), grad_output * self)


def glu(grad_output: Array, self: Array, dim: int, rounded: Rounding = np.asarray) -> Array:
    """Those of the two halves."""
    first, second = np.split(self, 2, dim)
    sigmoid = rounded(1 / (1 + exp(-second)))
    return np.concatenate([sigmoid * grad_output, (1 - sigmoid) * sigmoid * grad_output * first], dim)


def gelu(grad_output: Array, self: Array, approximate: str) -> Array:
    """By the product rule."""
    number = self.dtype.type
    if approximate == "tanh":
        outer = number(math.sqrt(2 / math.pi))
        bend = tanh(outer * (self + number(0.044715) * self**3))
        slope = outer * (1 + number(3 * 0.044715) * self * self)
        return grad_output * (number(0.5) * (1 + bend) + number(0.5) * self * (1 - bend * bend) * slope)
    from scipy import special

    density = exp(number(-0.5) * self * self) / number(math.sqrt(2 * math.pi))
    return grad_output * (number(0.5) * (1 + special.erf(self * number(math.sqrt(0.5)))) + self * density)


SIXTH = 0.1666666716337204
"""The slope of ``hardsigmoid``: torch has it in float32 for every dtype."""


def hardsigmoid(grad_output: Array, self: Array) -> Array:
    """Nothing at the bends and beyond."""
    number = self.dtype.type
    return choice.where((self > -3) & (self < 3), grad_output * number(SIXTH), number(0))


def hardswish(grad_output: Array, self: Array) -> Array:
    """At the bends the slope is that outside: 0 at -3, 1 at 3."""
    number = self.dtype.type
    inside = grad_output * (self / number(3) + number(0.5))
    return choice.where(self <= -3, number(0), choice.where(self < 3, inside, grad_output))


def softplus(grad_output: Array, self: Array, beta: float, threshold: float) -> Array:
    """The sigmoid; one above the threshold."""
    scaled = self * self.dtype.type(beta)
    power = exp(np.minimum(scaled, threshold))
    found = choice.where(scaled > threshold, grad_output, grad_output * power / (power + 1))
    return found.astype(self.dtype, copy=False)


def log_sigmoid(grad_output: Array, self: Array, buffer: Array) -> Array:
    """The sigmoid of the opposite, from ``exp(-abs(self))``."""
    small = buffer / (1 + buffer)
    return grad_output * choice.where(self < 0, 1 - small, small)


def softmax(grad_output: Array, output: Array, dim: int, input_dtype: object) -> Array:
    """Along a dimension, the weights' share of their mean."""
    return (grad_output - _total(grad_output * output, dim)) * output


def log_softmax(grad_output: Array, output: Array, dim: int, input_dtype: object) -> Array:
    """What is left when the mean by the weights is gone."""
    return fused(-exp(output), _total(grad_output, dim), grad_output)


def _total(array: Array, dim: int) -> Array:
    """The sum; along the last dimension torch starts with the first element, not with 0.0: of -0.0 alone it is -0.0."""
    if not array.ndim:
        return array
    if array.size and dim % array.ndim == array.ndim - 1:
        return add_up_lanes(array)
    return np.add.reduce(array, dim, keepdims=True, initial=array.dtype.type(0.0))

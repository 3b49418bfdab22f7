"""Derivatives of activation functions, written on tensors so that they differentiate again."""

from __future__ import annotations

import math

from ..tensor import Tensor

SIXTH = 0.1666666716337204
"""The slope of ``hardsigmoid``: torch has it in float32 for every dtype."""


def elu_backward(grad: Tensor, self: Tensor, alpha: float, scale: float, input_scale: float) -> Tensor:
    """The lower branch includes zero."""
    below = (self.clamp(max=0) * input_scale).exp() * (alpha * scale * input_scale)
    return (grad * below).where(self <= 0, grad * scale)


def elu_result_backward(grad: Tensor, result: Tensor, alpha: float, scale: float, input_scale: float) -> Tensor:
    """`elu_backward` from the result, which below zero is ``alpha * scale`` less than an exponential."""
    return (grad * (result + alpha * scale) * input_scale).where(result <= 0, grad * scale)


def prelu_backward(grad: Tensor, self: Tensor, weight: Tensor) -> list[Tensor]:
    """The gradients of the input and of the weight."""
    return [grad.where(self > 0, grad * weight), (grad * self).masked_fill(self > 0, 0)]


def gelu_backward(grad: Tensor, self: Tensor, approximate: str) -> Tensor:
    """By the product rule."""
    if approximate == "tanh":
        outer = math.sqrt(2 / math.pi)
        tanh = (outer * (self + 0.044715 * self**3)).tanh()
        slope = outer * (1 + 3 * 0.044715 * self * self)
        return grad * (0.5 * (1 + tanh) + 0.5 * self * (1 - tanh * tanh) * slope)
    density = (-0.5 * self * self).exp() / math.sqrt(2 * math.pi)
    return grad * (0.5 * (1 + (self * math.sqrt(0.5)).erf()) + self * density)


def hardsigmoid_backward(grad: Tensor, self: Tensor) -> Tensor:
    """Zero at the bends and beyond."""
    return (grad * SIXTH).where((self > -3).logical_and(self < 3), grad.new_zeros(()))


def hardswish_backward(grad: Tensor, self: Tensor) -> Tensor:
    """At the bends the slope is that outside: 0 at -3, 1 at 3."""
    inside = (grad * (self / 3 + 0.5)).where(self < 3, grad)
    return inside.where(self > -3, grad.new_zeros(()))


def log_sigmoid_backward(grad: Tensor, self: Tensor) -> Tensor:
    """The sigmoid of the opposite."""
    return grad * (-self).sigmoid()


def silu_backward(grad: Tensor, self: Tensor) -> Tensor:
    """By the product rule."""
    sigmoid = self.sigmoid().conj()
    return grad * sigmoid * (1 + self.conj() * (1 - sigmoid))


def mish_backward(grad: Tensor, self: Tensor, softplus_of: Tensor) -> Tensor:
    """By the product rule."""
    tanh = softplus_of.tanh()
    return grad * (tanh + self * self.sigmoid() * (1 - tanh * tanh))


def softplus_backward(grad: Tensor, self: Tensor, beta: float, threshold: float) -> Tensor:
    """The sigmoid; one above the threshold."""
    scaled = self * beta
    return grad.where(scaled > threshold, grad * scaled.sigmoid())


def glu_backward(grad: Tensor, self: Tensor, dim: int) -> list[Tensor]:
    """The gradients of the two halves."""
    first, second = self.chunk(2, dim)
    sigmoid = second.sigmoid()
    return [grad * sigmoid, grad * first * sigmoid * (1 - sigmoid)]


def softmax_backward(grad: Tensor, result: Tensor, dim: int) -> Tensor:
    """Along a dimension, the weights' share of their mean."""
    weighted = grad * result
    return weighted - result * weighted.sum(dim, keepdim=True)


def log_softmax_backward(grad: Tensor, result: Tensor, dim: int) -> Tensor:
    """What is left when the mean by the weights is gone."""
    return grad - result.exp() * grad.sum(dim, keepdim=True)

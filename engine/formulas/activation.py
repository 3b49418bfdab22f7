"""Derivatives of activation functions, written on tensors so that they differentiate again."""

from __future__ import annotations

import math

from ..tensor import Tensor

SIXTH = 0.1666666716337204
"""The slope of ``hardsigmoid``: torch has it in float32 for every dtype."""


def gelu_twice(grad: Tensor, self: Tensor, approximate: str) -> Tensor:
    """The second derivative."""
    if approximate == "tanh":
        outer = math.sqrt(2 / math.pi)
        tanh = (outer * (self + 0.044715 * self**3)).tanh()
        slope = outer * (1 + 3 * 0.044715 * self * self)
        bend = outer * 6 * 0.044715 * self
        return grad * (1 - tanh * tanh) * (slope + 0.5 * self * (bend - 2 * tanh * slope * slope))
    return grad * ((-0.5 * self * self).exp() / math.sqrt(2 * math.pi)) * (2 - self * self)


def hardsigmoid_backward(grad: Tensor, self: Tensor) -> Tensor:
    """Zero at the bends and beyond."""
    return (grad * SIXTH).where((self > -3).logical_and(self < 3), grad.new_zeros(()))


def log_sigmoid_twice(grad: Tensor, self: Tensor) -> Tensor:
    """The second derivative."""
    sigmoid = self.sigmoid()
    return grad * (sigmoid - 1) * sigmoid


def softplus_twice(grad: Tensor, self: Tensor, beta: float, threshold: float) -> Tensor:
    """The second derivative; zero from the threshold on."""
    scaled = self * beta
    sigmoid = scaled.sigmoid()
    return grad * (1 - sigmoid) * sigmoid * (scaled < threshold).type_as(grad) * beta


def softmax_twice(grad: Tensor, grad_output: Tensor, output: Tensor, dim: int) -> Tensor:
    """The derivative of ``output * (grad_output - (grad_output * output).sum())`` by the output."""
    mean = (output * grad_output).sum(dim, True)
    return grad_output * grad - mean * grad - grad_output * (output * grad).sum(dim, True)


def silu_backward(grad: Tensor, self: Tensor) -> Tensor:
    """By the product rule."""
    sigmoid = self.sigmoid().conj()
    return grad * sigmoid * (1 + self.conj() * (1 - sigmoid))


def mish_backward(grad: Tensor, self: Tensor, softplus_of: Tensor) -> Tensor:
    """By the product rule."""
    tanh = softplus_of.tanh()
    return grad * (tanh + self * self.sigmoid() * (1 - tanh * tanh))


def glu_of_grad(grad: Tensor, self: Tensor, dim: int) -> Tensor:
    """What of a gradient's gradient arrives at the gradient of the product."""
    (of_first, of_second), (first, second) = grad.chunk(2, dim), self.chunk(2, dim)
    sigmoid = second.sigmoid()
    return of_first * sigmoid + of_second * (sigmoid * (1 - sigmoid)) * first


def glu_twice(grad: Tensor, grad_output: Tensor, self: Tensor, dim: int) -> list[Tensor]:
    """The second derivative, of the two halves."""
    (of_first, of_second), (first, second) = grad.chunk(2, dim), self.chunk(2, dim)
    sigmoid = second.sigmoid()
    rest = 1 - sigmoid
    slope = sigmoid * rest
    bend = slope * rest - sigmoid * slope
    return [
        of_second * grad_output * slope,
        of_second * first * grad_output * bend + of_first * grad_output * slope,
    ]


def glu_tangent(self_t: Tensor, self: Tensor, dim: int, result: Tensor) -> Tensor:
    """By the product rule, from the product."""
    size = result.shape[dim]
    sigmoid = self.narrow(dim, size, size).sigmoid()
    first, second = self_t.narrow(dim, 0, size), self_t.narrow(dim, size, size)
    return first * sigmoid + second * (result - sigmoid * result)

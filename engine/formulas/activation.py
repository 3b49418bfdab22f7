"""Derivatives of activation functions, written on tensors so that they differentiate again."""

from __future__ import annotations

import math
from typing import Any

from ..tensor import Tensor
from .arithmetic import constant


def gelu_twice(grad: Tensor, self: Tensor, approximate: str) -> Tensor:
    """The second derivative."""
    if approximate == "tanh":
        outer = math.sqrt(2 / math.pi)
        inner = outer * (self + 0.044715 * self**3)
        tanh, cosh = inner.tanh(), inner.cosh()
        sech = constant(1, cosh) / cosh
        half = 0.5 * self
        bell = constant(1, tanh) - tanh * tanh
        slope = outer * (1 + 3 * 0.044715 * self * self)
        by_half = 0.5 * bell * slope
        by_bell = half * slope * ((2 * sech) * (-sech * tanh) * slope)
        by_slope = half * bell * (6 * 0.044715 * self * outer)
        return grad * (2 * by_half + by_bell + by_slope)
    square = self * self
    density = (0.5 * math.sqrt(2 / math.pi)) * (-0.5 * square).exp()
    return grad * (2 * density - square * density)


def log_sigmoid_twice(grad: Tensor, self: Tensor) -> Tensor:
    """The second derivative."""
    sigmoid = self.sigmoid()
    return grad * (sigmoid - 1) * sigmoid


def softmax_backward(grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any) -> Tensor:
    """The derivative of the softmax by its input."""
    weighed = grad_output * output
    return weighed - output * weighed.sum(dim, True)


def log_softmax_backward(grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any) -> Tensor:
    """The derivative of the logarithm of the softmax by its input."""
    total = grad_output.sum(dim, True)
    return grad_output - output.exp() * total


def softmax_twice(grad: Tensor, grad_output: Tensor, output: Tensor, dim: int) -> Tensor:
    """The derivative of ``output * (grad_output - (grad_output * output).sum())`` by the output."""
    mean = (output * grad_output).sum(dim, True)
    return grad_output * grad - mean * grad - grad_output * (output * grad).sum(dim, True)


def silu_backward(grad: Tensor, self: Tensor) -> Tensor:
    """By the product rule."""
    sigmoid = self.sigmoid().conj()
    slope = 1 + self.conj() * (constant(1, sigmoid) - sigmoid)  # first: C++ computes the right operand before the left
    return grad * sigmoid * slope


def mish_backward(grad: Tensor, self: Tensor) -> Tensor:
    """By the product rule."""
    tanh = self.exp().log1p().tanh()
    slope = constant(1, tanh) - tanh * tanh
    return grad * (tanh + self * self.sigmoid() * slope)


def glu_of_grad(grad: Tensor, self: Tensor, dim: int) -> Tensor:
    """What of a gradient's gradient arrives at the gradient of the product."""
    (of_first, of_second), (first, second) = grad.chunk(2, dim), self.chunk(2, dim)
    sigmoid = second.sigmoid()
    return of_first * sigmoid + of_second * (sigmoid * (constant(1, sigmoid) - sigmoid)) * first


def glu_twice(grad: Tensor, grad_output: Tensor, self: Tensor, dim: int) -> list[Tensor]:
    """The second derivative, of the two halves."""
    (of_first, of_second), (first, second) = grad.chunk(2, dim), self.chunk(2, dim)
    sigmoid = second.sigmoid()
    rest = constant(1, sigmoid) - sigmoid
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

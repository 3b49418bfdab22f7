"""Activation functions, softmax, and masks of dropout."""

from __future__ import annotations

import math

import numpy as np

from ..dtypes import FROM_NUM, number
from . import choice
from .complex import in_vectors
from .pointwise import sigmoid
from .rounding import Rounding
from .sums import add_up_lanes
from .transcendental import exp, expm1, log, log1p, tanh

Array = np.ndarray


def elu(self: Array, alpha: float, scale: float, input_scale: float) -> Array:
    """``scale * self`` from zero on, ``scale * alpha * (exp(input_scale * self) - 1)`` below."""
    below = expm1(np.minimum(self, 0) * self.dtype.type(input_scale))
    return choice.where(self < 0, below * self.dtype.type(alpha * scale), self * self.dtype.type(scale))


def leaky_relu(self: Array, negative_slope: float) -> Array:
    """``self`` above zero, ``negative_slope * self`` below."""
    return choice.where(self > 0, self, self * self.dtype.type(negative_slope))


def prelu(self: Array, weight: Array) -> Array:
    """``self`` above zero, ``weight * self`` below."""
    return choice.where(self > 0, self, weight * self)


def gelu(self: Array, approximate: str) -> Array:
    """``self`` times the normal distribution's probability of less, or an approximation by ``tanh``."""
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (self + 0.044715 * self**3)
        return (0.5 * self * (1 + tanh(inner))).astype(self.dtype, copy=False)
    from scipy import special

    return (0.5 * self * (1 + special.erf(self * self.dtype.type(math.sqrt(0.5))))).astype(self.dtype, copy=False)


def hardsigmoid(self: Array) -> Array:
    """A line from 0 at -3 to 1 at 3."""
    return np.clip(self + self.dtype.type(3), 0, 6) / self.dtype.type(6)


def hardswish(self: Array) -> Array:
    """``self`` times `hardsigmoid`."""
    return self * np.clip(self + self.dtype.type(3), 0, 6) / self.dtype.type(6)


def log_sigmoid(self: Array) -> tuple[Array, Array]:
    """The logarithm of the sigmoid; and ``exp(-abs(self))``, which its gradient needs."""
    self = self.copy()  # row-major: so are torch's results, whatever the input is
    buffer = exp(-np.abs(self))
    return np.minimum(self, 0) - log1p(buffer), buffer


def silu(self: Array) -> Array:
    """``self`` times its sigmoid."""
    return self / (1 + exp(-self))


def mish(self: Array) -> Array:
    """``self * tanh(log(1 + exp(self)))``."""
    return self * tanh(log1p(exp(self)))


def softplus(self: Array, beta: float, threshold: float) -> Array:
    """``log(1 + exp(beta * self)) / beta``; ``self`` where ``beta * self`` exceeds the threshold."""
    scaled = self * self.dtype.type(beta)
    found = log1p(exp(np.minimum(scaled, threshold))) / self.dtype.type(beta)
    return choice.where(scaled > threshold, self, found).astype(self.dtype, copy=False)


def hardshrink(self: Array, lambd: float) -> Array:
    """Zero between ``-lambd`` and ``lambd``."""
    return choice.where((self >= -lambd) & (self <= lambd), self.dtype.type(0), self)


def softshrink(self: Array, lambd: float) -> Array:
    """Closer to zero by ``lambd``; the zeros that torch computes in whole vectors, two at once, have no sign."""
    wide = self.astype(np.float32) if self.dtype.itemsize == 2 else self
    shrunk = wide - np.copysign(wide.dtype.type(lambd), wide)
    found = choice.where((wide > lambd) | (wide < -lambd), shrunk, wide * wide.dtype.type(0))
    found = found.astype(self.dtype, copy=False)
    return np.add(found, self.dtype.type(0), out=found, where=in_vectors(self))


def threshold(self: Array, threshold: float, value: float) -> Array:
    """``self`` above the threshold, ``value`` elsewhere."""
    d = FROM_NUM[self.dtype.num]
    return choice.where(self <= number(threshold, d), number(value, d), self)


def threshold_backward(grad_output: Array, self: Array, threshold: float) -> Array:
    """The gradient above the threshold, zero elsewhere."""
    return choice.where(self <= number(threshold, FROM_NUM[self.dtype.num]), self.dtype.type(0), grad_output)


def hardtanh(self: Array, min_val: float, max_val: float) -> Array:
    """``self`` between the bounds."""
    return np.clip(self, self.dtype.type(min_val), self.dtype.type(max_val))


def glu(self: Array, dim: int) -> Array:
    """The first half times the sigmoid of the second."""
    first, second = np.split(self, 2, dim)
    return first * sigmoid(second)


def softmax(self: Array, dim: int, half_to_float: bool, rounded: Rounding | None = None) -> Array:
    """Exponentials divided by their sum along a dimension."""
    if self.ndim == 0:
        return exp(self - self)
    self = np.ascontiguousarray(self)  # torch's result is contiguous, whatever the input is
    if not self.size:
        return self.copy()
    found = exp(self - np.maximum.reduce(self, dim, keepdims=True))
    if dim % self.ndim < self.ndim - 1:
        total = np.add.reduce(found, dim, keepdims=True)
        return np.divide(found if rounded is None else rounded(found), total, out=found)
    return np.multiply(found, np.reciprocal(add_up_lanes(found)), out=found)


def log_softmax(self: Array, dim: int, half_to_float: bool, rounded: Rounding | None = None) -> Array:
    """The logarithm of `softmax`, without cancellation."""
    if self.ndim == 0:
        return self - self
    self = np.ascontiguousarray(self)
    if not self.size:
        return self.copy()
    found = self - np.maximum.reduce(self, dim, keepdims=True)
    powers = exp(found)
    is_last = dim % self.ndim == self.ndim - 1
    total = add_up_lanes(powers) if is_last else np.add.reduce(powers, dim, keepdims=True)
    if is_last and rounded is not None:
        return np.subtract(found, rounded(log(rounded(total))), out=found)
    return np.subtract(found, log(total), out=found)


def safe_softmax(self: Array, dim: int) -> Array:
    """`softmax`; zeros where all elements are minus infinity."""
    if not self.size:
        return self.copy()
    found = exp(self - finite(np.max(self, dim, keepdims=True)))
    total = np.sum(found, dim, keepdims=True)
    return np.asarray(found / choice.where(total == 0, total.dtype.type(1), total))


def finite(one: Array) -> Array:
    """Zero instead of minus infinity."""
    return choice.where(np.isneginf(one), one.dtype.type(0), one)

"""Gradients of activation functions, each an operation with derivatives of its own, as torch records them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import DEFAULT, FLOATING, missing, op
from ..formulas import activation as formulas
from ..kernels import activation_backward as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from .joining import cat
from .pointwise import sigmoid_backward

# Those that look at the input only to choose; so its gradient is zero.


def _zeros(grad: Tensor) -> Tensor:
    return grad.new_zeros(grad.shape)


def _none_of(result: Tensor) -> Tensor:
    return result.new_zeros(()).expand_as(result)


def check_slope(negative_slope: float, self_is_result: bool) -> None:
    """The sign of the input is that of the result only if the slope is positive.

    Raises:
        RuntimeError: if it is not.
    """
    if self_is_result and negative_slope < 0:
        raise RuntimeError(
            "In-place leakyReLu backward calculation is triggered with a negative slope which is not supported. This "
            "is caused by calling in-place forward function with a negative slope, please call out-of-place version "
            "instead. File an issue at https://github.com/pytorch/pytorch if you do require supporting in-place "
            "leakRelu backward calculation with negative slope"
        )


leaky_relu_backward = op(
    "leaky_relu_backward(Tensor grad_output, Tensor self, Scalar negative_slope, bool self_is_result) -> Tensor",
    lambda grad_output, self, slope, _: np.where(self > 0, grad_output, grad_output * grad_output.dtype.type(slope)),
    grad_output=lambda grad, self, negative_slope: leaky_relu_backward(grad, self, negative_slope, False),
    tangent=lambda grad_output_t, self, negative_slope, self_is_result: leaky_relu_backward(
        grad_output_t, self, negative_slope, self_is_result),
    check=lambda grad_output, self, negative_slope, self_is_result: check_slope(negative_slope, self_is_result),
    self=_zeros, promote=DEFAULT, method=False,
)  # fmt: skip
hardtanh_backward = op(
    "hardtanh_backward(Tensor grad_output, Tensor self, Scalar min_val, Scalar max_val) -> Tensor",
    lambda grad_output, self, low, high: kernels.chosen(~((self <= low) | (self >= high)), grad_output, 0),
    grad_output=lambda grad, self, min_val, max_val: hardtanh_backward(grad, self, min_val, max_val),
    tangent=lambda grad_output_t, self, min_val, max_val, result: grad_output_t.where(
        (self > min_val).logical_and(self < max_val), _none_of(result)),
    self=_zeros, promote=DEFAULT, method=False,
)  # fmt: skip
_SIXTH = 0.1666666716337204
"""The slope of ``hardsigmoid``: torch has it in float32 for every dtype."""
# It is differentiated no further.
hardsigmoid_backward = op(
    "hardsigmoid_backward(Tensor grad_output, Tensor self) -> Tensor",
    lambda grad_output, self: kernels.chosen((self > -3) & (self < 3), grad_output * self.dtype.type(_SIXTH), 0),
    grad_output=missing("hardsigmoid_backward"), self=missing("hardsigmoid_backward"), node="NotImplemented",
    promote=DEFAULT, method=False,
)  # fmt: skip
hardshrink_backward = op(
    "hardshrink_backward(Tensor grad_out, Tensor self, Scalar lambd) -> Tensor",
    lambda grad_out, self, lambd: kernels.chosen(~((self >= -lambd) & (self <= lambd)), grad_out, 0),
    grad_out=lambda grad, self, lambd: hardshrink_backward(grad, self, lambd),
    tangent=lambda grad_out_t, self, lambd, result: grad_out_t.where(
        (self > lambd).logical_or(self < -lambd), _none_of(result)),
    self=_zeros, promote=DEFAULT, method=False,
)  # fmt: skip
softshrink_backward = op(
    "softshrink_backward(Tensor grad_output, Tensor self, Scalar lambd) -> Tensor",
    lambda grad_output, self, lambd: kernels.chosen(~((self >= -lambd) & (self <= lambd)), grad_output, 0),
    grad_output=lambda grad, self, lambd: softshrink_backward(grad, self, lambd),
    tangent=lambda grad_output_t, self, lambd, result: grad_output_t.where(
        (self > lambd).logical_or(self < -lambd), _none_of(result)),
    self=_zeros, promote=DEFAULT, method=False,
)  # fmt: skip

# Those that bend.


def _check_elu(alpha: float, is_result: bool) -> None:
    if is_result and alpha < 0:
        raise RuntimeError(
            "In-place elu backward calculation is triggered with a negative slope which is not supported. This is "
            "caused by calling in-place forward function with a negative slope, please call out-of-place version "
            "instead."
        )


elu_backward = op(
    "elu_backward(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, bool is_result, "
    "Tensor self_or_result) -> Tensor", kernels.elu,
    grad_output=lambda grad, alpha, scale, input_scale, is_result, self_or_result: elu_backward(
        grad, alpha, scale, input_scale, is_result, self_or_result),
    self_or_result=lambda grad, grad_output, alpha, scale, input_scale, is_result, self_or_result: _elu_twice(
        grad * grad_output * input_scale, alpha, scale, input_scale, is_result, self_or_result),
    tangent=lambda grad_output_t, self_or_result_t, grad_output, alpha, scale, input_scale, is_result, self_or_result: (
        elu_backward(grad_output_t, alpha, scale, input_scale, is_result, self_or_result)
        + _elu_twice(self_or_result_t * grad_output * input_scale, alpha, scale, input_scale, is_result, self_or_result)
    ),
    check=lambda grad_output, alpha, scale, input_scale, is_result, self_or_result: _check_elu(alpha, is_result),
    promote=DEFAULT, method=False,
)  # fmt: skip


def _elu_twice(grad: Tensor, alpha: float, scale: float, input_scale: float, is_result: bool, given: Tensor) -> Tensor:
    curved = grad if is_result else elu_backward(grad, alpha, scale, input_scale, is_result, given)
    return curved * (given < 0).type_as(grad)


gelu_backward = op(
    "gelu_backward(Tensor grad_output, Tensor self, *, str approximate='none') -> Tensor", kernels.gelu,
    grad_output=lambda grad, self, approximate: gelu_backward(grad, self, approximate=approximate),
    self=lambda grad, grad_output, self, approximate: formulas.gelu_twice(grad * grad_output, self, approximate),
    tangent=lambda grad_output_t, self_t, grad_output, self, approximate: (
        gelu_backward(grad_output_t, self, approximate=approximate)
        + formulas.gelu_twice(self_t * grad_output, self, approximate)
    ),
    promote=DEFAULT, method=False,
)  # fmt: skip
hardsigmoid_backward = op(
    "hardsigmoid_backward(Tensor grad_output, Tensor self) -> Tensor", kernels.hardsigmoid,
    grad_output=missing("hardsigmoid_backward"), self=missing("hardsigmoid_backward"), node="NotImplemented",
    promote=DEFAULT, method=False,
)  # fmt: skip
hardswish_backward = op(
    "hardswish_backward(Tensor grad_output, Tensor self) -> Tensor", kernels.hardswish,
    grad_output=lambda grad, self: hardswish_backward(grad, self),
    self=lambda grad, grad_output, self: (grad * grad_output / 3).where(
        (self > -3).logical_and(self < 3), self.new_zeros(())),
    tangent=lambda grad_output_t, self_t, grad_output, self: (
        hardswish_backward(grad_output_t, self)
        + (self_t * grad_output / 3.0).where((self > -3).logical_and(self < 3), self.new_zeros(()))
    ),
    promote=DEFAULT, method=False,
)  # fmt: skip


def _softplus_twice(grad: Tensor, self: Tensor, beta: float, threshold: float) -> Tensor:
    """The second derivative; zero from the threshold on."""
    scaled = self * beta
    sigmoid = scaled.sigmoid()
    return sigmoid_backward(grad, sigmoid) * (scaled < threshold).type_as(grad) * beta


softplus_backward = op(
    "softplus_backward(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold) -> Tensor", kernels.softplus,
    grad_output=lambda grad, self, beta, threshold: softplus_backward(grad, self, beta, threshold),
    self=lambda grad, grad_output, self, beta, threshold: _softplus_twice(
        grad * grad_output, self, beta, threshold),
    tangent=lambda grad_output_t, self_t, grad_output, self, beta, threshold: (
        softplus_backward(grad_output_t, self, beta, threshold)
        + _softplus_twice(self_t * grad_output, self, beta, threshold)
    ),
    promote=DEFAULT, method=False,
)  # fmt: skip
log_sigmoid_backward = op(
    "log_sigmoid_backward(Tensor grad_output, Tensor self, Tensor buffer) -> Tensor", kernels.log_sigmoid,
    grad_output=lambda grad, self, buffer: log_sigmoid_backward(grad, self, buffer),
    self=lambda grad, grad_output, self: formulas.log_sigmoid_twice(grad * grad_output, self),
    tangent=lambda grad_output_t, self_t, grad_output, self, buffer: (
        log_sigmoid_backward(grad_output_t, self, buffer) + formulas.log_sigmoid_twice(self_t * grad_output, self)
    ),
    promote=DEFAULT, method=False,
    constants=("buffer",),
)  # fmt: skip


def _prelu_twice(
    grads: Sequence[Any], grad_output: Tensor, self: Tensor, weight: Tensor, needs: Sequence[bool]
) -> list[Tensor | None]:
    """Of the gradients of input and weight, by the gradient that arrived, the input and the weight."""
    of_input, of_weight = grads
    above = self >= 0
    zero = grad_output.new_zeros(())
    nothing = self.new_zeros(self.shape)
    found: list[Tensor | None] = [None, nothing, nothing]
    if of_input is not None:
        below = of_input * weight if of_weight is None else of_input * weight + of_weight * self
        found[0] = of_input.where(above, below)
        found[2] = zero.where(above, grad_output * of_input)
    elif of_weight is not None:
        found[0] = zero.where(above, of_weight * self)
    if of_weight is not None:
        found[1] = zero.where(above, grad_output * of_weight)
    return [one if need else None for one, need in zip(found, needs, strict=True)]


prelu_kernel_backward = op(
    "_prelu_kernel_backward(Tensor grad_output, Tensor self, Tensor weight) -> (Tensor, Tensor)", kernels.prelu,
    jointly=_prelu_twice, promote=DEFAULT, method=False,
)  # fmt: skip

glu_backward = op(
    "glu_backward(Tensor grad_output, Tensor self, int dim) -> Tensor", kernels.glu,
    grad_output=lambda grad, self, dim: formulas.glu_of_grad(grad, self, dim),
    self=lambda grad, grad_output, self, dim: cat(formulas.glu_twice(grad, grad_output, self, dim), dim),
    method=False, stepwise=True,
)  # fmt: skip

# Of softmax.


def _check_kinds(name: str, grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any) -> None:
    """Refuse a dimension that is none, dtypes that have no such function, and dtypes that differ.

    Raises:
        IndexError, NotImplementedError, RuntimeError: for those.
    """
    place, given = wrap_dim(dim, output.dim()), grad_output._dtype
    if given not in FLOATING:
        last = "lastdim_" if place == max(output.dim(), 1) - 1 else ""
        raise not_implemented(f"{name}_backward_{last}kernel_impl")(given)
    for other in (input_dtype, output._dtype):
        if other is not given:
            raise RuntimeError(f"expected scalar type {given.scalar_type} but found {other.scalar_type}")


def _check_softmax_backward(grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any) -> None:
    if grad_output.shape != output.shape:
        raise RuntimeError(
            "Expected tensor for argument #1 'grad' to have same size as tensor for argument #2 'output'; but "
            f"{list(grad_output.shape)} does not equal {list(output.shape)} (while checking arguments for "
            "softmax_backward)"
        )
    _check_kinds("softmax", grad_output, output, dim, input_dtype)


softmax_backward_data = op(
    "_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    kernels.softmax,
    grad_output=lambda grad, output, dim, input_dtype: softmax_backward_data(grad, output, dim, input_dtype),
    output=lambda grad, grad_output, output, dim: formulas.softmax_twice(grad, grad_output, output, dim),
    check=_check_softmax_backward, method=False, decomposed=formulas.softmax_backward,
)  # fmt: skip
log_softmax_backward_data = op(
    "_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    kernels.log_softmax,
    grad_output=lambda grad, output, dim: grad - (grad * output.exp()).sum(dim, True),
    output=lambda grad, grad_output, output, dim: -grad_output.sum(dim, True) * output.exp() * grad,
    check=partial(_check_kinds, "log_softmax"), method=False, decomposed=formulas.log_softmax_backward,
)  # fmt: skip

"""Activation functions and softmax."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .. import dtypes
from ..checks import not_implemented
from ..declare.op import ALONG, COMPLEX, EACH, FLOATING, REAL, op, real_gradient
from ..dispatch.outputs import FOUND, SAME, Output
from ..dispatch.overrides import of_one_tensor
from ..dtypes import INTEGRAL, bfloat16, bool_, dtype, float32, float64, number, uint8
from ..formulas import activation as formulas
from ..formulas.reduction import logsumexp_tangent
from ..kernels import activation as kernels
from ..kernels import random
from ..kernels.activation_backward import chosen
from ..layout import wrap_dim
from ..random import default_generator
from ..tensor import Tensor
from .activation_backward import (
    check_slope,
    elu_backward,
    gelu_backward,
    glu_backward,
    hardshrink_backward,
    hardsigmoid_backward,
    hardswish_backward,
    hardtanh_backward,
    leaky_relu_backward,
    log_sigmoid_backward,
    log_softmax_backward_data,
    prelu_kernel_backward,
    softmax_backward_data,
    softplus_backward,
    softshrink_backward,
)
from .pointwise import threshold_backward

# Piecewise.

elu = op(
    "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor", kernels.elu,
    self=lambda grad, self, alpha, scale, input_scale: elu_backward(
        grad, alpha, scale, input_scale, False, self),
    dtypes=FLOATING, unsupported=not_implemented("elu_cpu"), method=False, out=True, batch=EACH,
)  # fmt: skip
celu = op(
    "celu(Tensor self, Scalar alpha=1.0) -> Tensor", lambda self, alpha: kernels.elu(self, alpha, 1, 1 / alpha),
    self=lambda grad, self, alpha: elu_backward(grad, alpha, 1, 1 / alpha, False, self),
    check=lambda self, alpha: _check_celu(alpha), dtypes=FLOATING, unsupported=not_implemented("elu_cpu"),
    method=False,
)  # fmt: skip


def _check_celu(alpha: float) -> None:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")


_SELU = {"alpha": 1.6732632423543772848170429916717, "scale": 1.0507009873554804934193349852946}
selu = op("selu(Tensor self) -> Tensor", composite=lambda self: elu(self, *_SELU.values()), method=False)

leaky_relu = op(
    "leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor", kernels.leaky_relu,
    self=lambda grad, self, negative_slope: leaky_relu_backward(grad, self, negative_slope, False),
    dtypes=FLOATING, unsupported=not_implemented("leaky_relu_cpu"), method=False, out=True, batch=EACH,
)  # fmt: skip


def _unbounded(d: dtype) -> Exception:
    if d is bool_:
        return RuntimeError("Bool inputs not supported for hardtanh")
    return NotImplementedError("clamp is not supported for complex types")


def _check_hardtanh(self: Tensor, min_val: float, max_val: float) -> None:
    if self._dtype is uint8 and min_val < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if self._dtype.category == INTEGRAL:
        for bound in (min_val, max_val):
            number(bound, self._dtype)


hardtanh = op(
    "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor", kernels.hardtanh,
    self=lambda grad, self, min_val, max_val: hardtanh_backward(grad, self, min_val, max_val),
    check=_check_hardtanh, dtypes=REAL, unsupported=_unbounded, method=False, inplace=True, out=True, batch=EACH,
    writes=1,
)  # fmt: skip
relu6 = op("relu6(Tensor self) -> Tensor", composite=lambda self: hardtanh(self, 0, 6), method=False)
hardsigmoid = op(
    "hardsigmoid(Tensor self) -> Tensor", kernels.hardsigmoid,
    self=lambda grad, self: hardsigmoid_backward(grad, self),
    dtypes=FLOATING, unsupported=not_implemented("hardsigmoid_cpu"), method=False, inplace=True, out=True, batch=EACH,
)  # fmt: skip
hardswish = op(
    "hardswish(Tensor self) -> Tensor", kernels.hardswish,
    self=lambda grad, self: hardswish_backward(grad, self),
    dtypes=FLOATING, unsupported=not_implemented("hardswish_cpu"), method=False, inplace=True, out=True, batch=EACH,
)  # fmt: skip
hardshrink = op(
    "hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor", kernels.hardshrink,
    self=lambda grad, self, lambd: hardshrink_backward(grad, self, lambd),
    dtypes=FLOATING, unsupported=not_implemented("hardshrink_cpu"), out=FOUND, batch=EACH,
)  # fmt: skip


def _check_softshrink(self: Tensor, lambd: float) -> None:
    if lambd < 0:
        raise RuntimeError(
            f"lambda must be in range [0, {dtypes.bounds(self._dtype)[1]:g}] for input dtype "
            f"{self._dtype.scalar_type}, but found {lambd:g}"
        )


softshrink = op(
    "softshrink(Tensor self, Scalar lambd=0.5) -> Tensor", kernels.softshrink,
    self=lambda grad, self, lambd: softshrink_backward(grad, self, lambd),
    check=_check_softshrink, dtypes=FLOATING, unsupported=not_implemented("softshrink_check"), method=False, out=FOUND,
    batch=EACH, structural=True,  # 16 bits have vectors of their own
)  # fmt: skip
threshold = op(
    "threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor", kernels.threshold,
    self=lambda grad, self, threshold: threshold_backward(grad, self, threshold),
    dtypes=REAL, unsupported=not_implemented("threshold_cpu"), method=False, out=True, batch=EACH,
)  # fmt: skip
op(
    "threshold_(Tensor(a!) self, Scalar threshold, Scalar value) -> Tensor(a!)", kernels.threshold,
    self=lambda grad, self, threshold: threshold_backward(grad, self, threshold), node="ThresholdBackward1",
    dtypes=REAL, unsupported=not_implemented("threshold_cpu"),
)  # fmt: skip


_prelu_kernel = op(
    "_prelu_kernel(Tensor self, Tensor weight) -> Tensor", kernels.prelu,
    jointly=lambda grad, self, weight: prelu_kernel_backward(grad, self, weight),
    tangent=lambda self_t, weight_t, self, weight: self_t.where(self >= 0, weight * self_t + weight_t * self),
    dtypes=FLOATING, unsupported=not_implemented("prelu_cpu"), method=False,
)  # fmt: skip


def _prelu(self: Tensor, weight: Tensor) -> Tensor:
    if self._dtype is not weight._dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {self._dtype.scalar_type} and {weight._dtype.scalar_type}"
        )
    if weight.numel() != 1:
        if self.dim() == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = self.shape[1] if self.dim() > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} "
                f"and channel size = {channels}."
            )
    if weight.dim() > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}")
    if self.dim() != weight.dim():
        weight = weight.view(tuple(weight.numel() if dim == (1 if self.dim() > 1 else 0) else 1
                                   for dim in range(self.dim())))  # fmt: skip
    return _prelu_kernel(self, weight)


prelu = op("prelu(Tensor self, Tensor weight) -> Tensor", composite=_prelu)

# In place, where only the result is left: the input's sign is the same.

op(
    "elu_(Tensor(a!) self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor(a!)", kernels.elu,
    self=lambda grad, alpha, scale, input_scale, result: elu_backward(
        grad, alpha, scale, input_scale, True, result),
    dtypes=FLOATING, unsupported=not_implemented("elu_cpu"), node="EluBackward1",
)  # fmt: skip
op(
    "celu_(Tensor(a!) self, Scalar alpha=1.0) -> Tensor(a!)",
    lambda self, alpha: kernels.elu(self, alpha, 1, 1 / alpha),
    self=lambda grad, alpha, result: elu_backward(grad, alpha, 1, 1 / alpha, True, result),
    check=lambda self, alpha: _check_celu(alpha), dtypes=FLOATING, unsupported=not_implemented("elu_cpu"),
    node="CeluBackward1",
)  # fmt: skip
op(
    "leaky_relu_(Tensor(a!) self, Scalar negative_slope=0.01) -> Tensor(a!)", kernels.leaky_relu,
    self=lambda grad, negative_slope, result: leaky_relu_backward(grad, result, negative_slope, True),
    dtypes=FLOATING, unsupported=not_implemented("leaky_relu_cpu"), node="LeakyReluBackward1",
)  # fmt: skip

# Smooth.

_GELU = replace(FOUND, choose=lambda self, approximate: (
    _DENSE_GELU if approximate == "none" and self._dtype in (float32, bfloat16) else FOUND
))  # fmt: skip
_DENSE_GELU = replace(FOUND, dense=True)
"""oneDNN's, whose result torch does not copy to where it was to be."""
gelu = op(
    "gelu(Tensor self, *, str approximate='none') -> Tensor", kernels.gelu,
    self=lambda grad, self, approximate: gelu_backward(grad, self, approximate=approximate),
    check=lambda self, approximate: _check_gelu(approximate), dtypes=FLOATING,
    unsupported=not_implemented("GeluKernelImpl"), method=False, inplace=True, out=_GELU, batch=EACH,
)  # fmt: skip


def _check_gelu(approximate: str) -> None:
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")


log_sigmoid_forward = op(
    "log_sigmoid_forward(Tensor self) -> (Tensor output, Tensor buffer)", kernels.log_sigmoid,
    self=lambda grad, self, buffer: log_sigmoid_backward(grad, self, buffer), node="LogSigmoidBackward0",
    tangent=lambda self_t, self, buffer: log_sigmoid_backward(self_t.conj(), self, buffer).conj(),
    dtypes=FLOATING, unsupported=not_implemented("log_sigmoid_cpu"), method=False, batch=EACH,
)  # fmt: skip
log_sigmoid = op(
    "log_sigmoid(Tensor self) -> Tensor",
    composite=lambda self: log_sigmoid_forward(self)[0],
    method=False,
    out=Output("expected scalar type {result.scalar_type} but found {out.scalar_type}", warns=False),
)
silu = op(
    "silu(Tensor self) -> Tensor", kernels.silu,
    self=lambda grad, self: formulas.silu_backward(grad, self),
    check=real_gradient("silu"),
    dtypes=FLOATING | COMPLEX, unsupported=not_implemented("silu_cpu"), method=False, inplace=True, out=True,
    batch=EACH,
)  # fmt: skip
mish = op(
    "mish(Tensor self) -> Tensor", kernels.mish,
    self=lambda grad, self: formulas.mish_backward(grad, self),
    dtypes=FLOATING, unsupported=not_implemented("mish_cpu"), method=False, inplace=True, out=True, batch=EACH,
)  # fmt: skip
softplus = op(
    "softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor", kernels.softplus,
    self=lambda grad, self, beta, threshold: softplus_backward(grad, self, beta, threshold),
    dtypes=FLOATING, unsupported=not_implemented("softplus_cpu"), method=False, out=FOUND, batch=EACH,
)  # fmt: skip


def _check_glu(self: Tensor, dim: int) -> None:
    if self.dim() == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    dim = wrap_dim(dim, self.dim())
    if self.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {self.shape[dim]}")


glu = op(
    "glu(Tensor self, int dim=-1) -> Tensor", kernels.glu,
    self=lambda grad, self, dim: glu_backward(grad, self, dim),
    tangent=lambda self_t, self, dim, result: formulas.glu_tangent(self_t, self, dim, result),
    check=_check_glu, dtypes=FLOATING, unsupported=not_implemented("glu_cpu"), method=False, out=True, batch=ALONG,
)  # fmt: skip

# Softmax.


def _check_softmax(self: Tensor, dim: int, half_to_float: bool, name: str = "softmax") -> None:
    dim = wrap_dim(dim, self.dim())
    if not self.numel():  # the kernel is not asked
        real_gradient(f"_{name}")(self)
    elif self._dtype not in FLOATING:
        last = "lastdim_" if dim == max(self.dim() - 1, 0) else ""
        raise not_implemented(f"{name}_{last}kernel_impl")(self._dtype)


_softmax = op(
    "_softmax(Tensor self, int dim, bool half_to_float) -> Tensor", kernels.softmax,
    self=lambda grad, result, dim, self_scalar_type: softmax_backward_data(grad, result, dim, self_scalar_type),
    tangent=lambda self_t, self, dim, result: result * (self_t - logsumexp_tangent(self_t, self, (dim,), True)),
    check=_check_softmax, node="SoftmaxBackward0", method=False, batch=ALONG, stepwise=True,
)  # fmt: skip
_log_softmax = op(
    "_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor", kernels.log_softmax,
    self=lambda grad, result, dim, self_scalar_type: log_softmax_backward_data(
        grad, result, dim, self_scalar_type),
    tangent=lambda self_t, self, dim: self_t - logsumexp_tangent(self_t, self, (dim,), True),
    check=lambda self, dim, half_to_float: _check_softmax(self, dim, half_to_float, "log_softmax"),
    node="LogSoftmaxBackward0", method=False, batch=ALONG, stepwise=True,
)  # fmt: skip
softmax = op(
    "softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    composite=lambda self, dim, dtype: _softmax(self if dtype is None else self.to(dtype), dim, False), out=SAME,
)  # fmt: skip
log_softmax = op(
    "log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    composite=lambda self, dim, dtype: _log_softmax(self if dtype is None else self.to(dtype), dim, False), out=SAME,
)  # fmt: skip


_safe_softmax = op(
    "_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, dtype: kernels.safe_softmax(self if dtype is None else self.astype(dtype.numpy), dim),
    self=lambda grad, result, dim, self_scalar_type: softmax_backward_data(grad, result, dim, self_scalar_type),
    check=lambda self, dim, dtype: _check_softmax(self if dtype is None else self._detached().to(dtype), dim, False),
    method=False, batch=ALONG,
)  # fmt: skip

# Leaky with a random slope.


def _check_rrelu(self: Tensor, noise: Tensor, lower: float, upper: float, training: bool, generator: Any) -> None:
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if training and self._dtype not in (float32, float64, bfloat16):
        raise not_implemented("rrelu_with_noise_out_cpu")(self._dtype)
    if self._dtype not in FLOATING:
        raise not_implemented("leaky_relu_cpu")(self._dtype)


def _rrelu_backward(
    grad_output: np.ndarray, self: np.ndarray, noise: np.ndarray, lower: float, upper: float, training: bool,
    self_is_result: bool,
) -> np.ndarray:  # fmt: skip
    """With the slopes that were drawn, or else the mean slope."""
    if training:
        return grad_output * noise
    slope = (lower + upper) / 2
    check_slope(slope, self_is_result)
    return chosen(self > 0, grad_output, slope)


def _rrelu(self: np.ndarray, noise: np.ndarray, lower: float, upper: float, training: bool, generator: Any) -> Any:
    """Slopes drawn for the elements that are not positive are kept in ``noise``."""
    if not training:
        return kernels.leaky_relu(self, (lower + upper) / 2)
    noise[...] = 1
    negative = self <= 0
    source = generator or default_generator
    noise[negative] = random.uniform(source, (int(negative.sum()),), lower, upper, float64).astype(self.dtype)
    return self * noise


rrelu_with_noise_backward = op(
    "rrelu_with_noise_backward(Tensor grad_output, Tensor self, Tensor noise, Scalar lower, Scalar upper, "
    "bool training, bool self_is_result) -> Tensor", _rrelu_backward,
    grad_output=lambda grad, self, noise, lower, upper, training: rrelu_with_noise_backward(
        grad, self, noise, lower, upper, training, False),
    self=lambda grad: grad.new_zeros(grad.shape), method=False,
    constants=("noise",),
)  # fmt: skip
_RRELU = "Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None"
rrelu_with_noise = op(
    f"rrelu_with_noise(Tensor self, Tensor(b!) noise, {_RRELU}) -> Tensor", _rrelu,
    self=lambda grad, self, noise, lower, upper, training: rrelu_with_noise_backward(
        grad, self, noise, lower, upper, training, False),
    check=_check_rrelu, structural=True, method=False,
)  # fmt: skip
op(
    f"rrelu_with_noise_(Tensor(a!) self, Tensor(b!) noise, {_RRELU}) -> Tensor(a!)", _rrelu,
    self=lambda grad, result, noise, lower, upper, training: rrelu_with_noise_backward(
        grad, result, noise, lower, upper, training, True),
    check=_check_rrelu, structural=True, node="RreluWithNoiseBackward1", forward=False,
)  # fmt: skip
rrelu = op(
    f"rrelu(Tensor self, {_RRELU}) -> Tensor",
    composite=lambda self, *given: rrelu_with_noise(self, self.new_zeros(self.shape), *given), method=False,
)  # fmt: skip


def rrelu_(
    input: Tensor, lower: float = 0.125, upper: float = 0.3333333333333333, training: bool = False,
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """``rrelu`` in place.  Source: ``torch.rrelu_``."""
    return input.rrelu_with_noise_(input.new_zeros(input.shape), lower, upper, training, generator)


@of_one_tensor
def selu_(input: Tensor) -> Tensor:
    """``selu`` in place.  Source: ``torch.selu_``."""
    return input.elu_(*_SELU.values())

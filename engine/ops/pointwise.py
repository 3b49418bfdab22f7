"""Functions of one element."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import COMPLEX, DEFAULT, FLOATING, INT_TO_FLOAT, REAL, not_differentiable, op, real_gradient
from ..dispatch.outputs import CASTABLE, FOUND, Output
from ..dispatch.slow import common_dtype
from ..dtypes import COMPUTED, FLOAT8, bool_
from ..formulas.arithmetic import constant
from ..formulas.pointwise import (
    abs_backward,
    acosh_backward,
    angle_backward,
    atan2_backward,
    clamp_backward,
    clamp_tangent,
    clamp_tensors_backward,
    logit_backward,
    rsqrt_backward,
    sgn_backward,
)
from ..kernels import activation, transcendental
from ..kernels import complex as of_complex
from ..kernels import pointwise as kernels
from ..pending_array import toggled
from ..tensor import Tensor, refuse_arguments
from .creation import zeros_like

_REAL = frozenset(COMPUTED) - COMPLEX
_NUMERIC = frozenset(COMPUTED) - {bool_}

# Exponentials and logarithms.

exp = op(
    "exp(Tensor self) -> Tensor", transcendental.exp,
    self=lambda grad, result: grad * result.conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
exp2 = op(
    "exp2(Tensor self) -> Tensor", transcendental.exp2,
    self=lambda grad, result: grad * result.conj() * math.log(2),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
expm1 = op(
    "expm1(Tensor self) -> Tensor", transcendental.expm1,
    self=lambda grad, result: grad * (result.conj() + 1),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
log = op(
    "log(Tensor self) -> Tensor", transcendental.log,
    self=lambda grad, self: grad / self.conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
log2 = op(
    "log2(Tensor self) -> Tensor", transcendental.log2,
    self=lambda grad, self: grad / (self.conj() * math.log(2)),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
log10 = op(
    "log10(Tensor self) -> Tensor", transcendental.log10,
    self=lambda grad, self: grad / (self.conj() * math.log(10)),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
log1p = op(
    "log1p(Tensor self) -> Tensor", of_complex.log1p, plain=transcendental.log1p,
    self=lambda grad, self: grad / (self + 1).conj(),
    promote=INT_TO_FLOAT, node="Log1PBackward0", inplace=True, out=True,
)  # fmt: skip

# Roots.

sqrt = op(
    "sqrt(Tensor self) -> Tensor", np.sqrt,
    self=lambda grad, result: grad / (2 * result.conj()),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
rsqrt = op(
    "rsqrt(Tensor self) -> Tensor", kernels.rsqrt, stepwise=True,
    self=lambda grad, result: rsqrt_backward(grad, result),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip

# Trigonometric and hyperbolic functions.

sin = op(
    "sin(Tensor self) -> Tensor", np.sin,
    self=lambda grad, self: grad * self.cos().conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
cos = op(
    "cos(Tensor self) -> Tensor", np.cos,
    self=lambda grad, self: grad * -self.sin().conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
tan = op(
    "tan(Tensor self) -> Tensor", transcendental.tan,
    self=lambda grad, result: grad * (1 + result**2).conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
asin, arcsin = op(
    "asin(Tensor self) -> Tensor", transcendental.arcsin,
    self=lambda grad, self: grad * (-self * self + 1).rsqrt().conj(),
    promote=INT_TO_FLOAT, also=("arcsin",), inplace=True, out=True,
)  # fmt: skip
acos, arccos = op(
    "acos(Tensor self) -> Tensor", of_complex.arccos, plain=transcendental.arccos,
    self=lambda grad, self: grad * -((-self * self + 1).rsqrt()).conj(),
    promote=INT_TO_FLOAT, also=("arccos",), inplace=True, out=True,
)  # fmt: skip
atan, arctan = op(
    "atan(Tensor self) -> Tensor", transcendental.arctan,
    self=lambda grad, self: grad / (self * self + 1).conj(),
    promote=INT_TO_FLOAT, also=("arctan",), inplace=True, out=True,
)  # fmt: skip
sinh = op(
    "sinh(Tensor self) -> Tensor", transcendental.sinh,
    self=lambda grad, self: grad * self.cosh().conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
cosh = op(
    "cosh(Tensor self) -> Tensor", transcendental.cosh,
    self=lambda grad, self: grad * self.sinh().conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
tanh = op(
    "tanh(Tensor self) -> Tensor", transcendental.tanh,
    self=lambda grad, result: tanh_backward(grad, result),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
tanh_backward = op(
    "tanh_backward(Tensor grad_output, Tensor output) -> Tensor",
    kernels.tanh_backward,
    grad_output=lambda grad, output: tanh_backward(grad, output.conj()),
    output=lambda grad, grad_output, output: grad.conj() * (-2 * output.conj() * grad_output),
    tangent=lambda grad_output_t, output_t, grad_output, output: (
        tanh_backward(grad_output_t, output) + output_t.conj() * (-2 * output.conj() * grad_output)
    ),
    promote=DEFAULT, method=False,
)  # fmt: skip
asinh, arcsinh = op(
    "asinh(Tensor self) -> Tensor", np.arcsinh,
    self=lambda grad, self: grad * (self.pow(2) + 1).rsqrt().conj(),
    promote=INT_TO_FLOAT, also=("arcsinh",), out=True,
)  # fmt: skip
op(
    "asinh_(Tensor(a!) self) -> Tensor(a!)", np.arcsinh,
    self=not_differentiable("the derivative for 'inplace version of asinh' is not implemented."),
    promote=INT_TO_FLOAT, node="AsinhBackward1", also=("arcsinh_",), forward=False,
)  # fmt: skip
acosh, arccosh = op(
    "acosh(Tensor self) -> Tensor", np.arccosh,
    self=acosh_backward,
    promote=INT_TO_FLOAT, also=("arccosh",), out=True,
)  # fmt: skip
op(
    "acosh_(Tensor(a!) self) -> Tensor(a!)", np.arccosh,
    self=not_differentiable("the derivative for 'inplace version of acosh' is not implemented."),
    promote=INT_TO_FLOAT, node="AcoshBackward1", also=("arccosh_",), forward=False,
)  # fmt: skip
atanh, arctanh = op(
    "atanh(Tensor self) -> Tensor", np.arctanh,
    self=lambda grad, self: grad * 1 / (constant(1, self) - self.pow(2)).conj(),
    promote=INT_TO_FLOAT, also=("arctanh",), out=True,
)  # fmt: skip
op(
    "atanh_(Tensor(a!) self) -> Tensor(a!)", np.arctanh,
    self=not_differentiable("the derivative for 'inplace version of atanh' is not implemented."),
    promote=INT_TO_FLOAT, node="AtanhBackward1", also=("arctanh_",), forward=False,
)  # fmt: skip
atan2, arctan2 = op(
    "atan2(Tensor self, Tensor other) -> Tensor", transcendental.arctan2,
    jointly=atan2_backward,
    tangent=lambda self_t, other_t, self, other: (-self * other_t + other * self_t) / (self.pow(2) + other.pow(2)),
    dtypes=_REAL, unsupported=not_implemented("atan2_cpu"), promote=INT_TO_FLOAT, also=("arctan2",), inplace=True,
    out=True,
)  # fmt: skip
hypot = op(
    "hypot(Tensor self, Tensor other) -> Tensor", np.hypot,
    self=lambda grad, self, result: grad * self / result,
    other=lambda grad, other, result: grad * other / result,
    tangent=lambda self_t, other_t, self, other, result: self_t * self / result + other_t * other / result,
    dtypes=FLOATING, unsupported=not_implemented("hypot_cpu"), promote=DEFAULT, inplace=True, out=True,
)  # fmt: skip

# Activations that are also plain functions.

sigmoid = op(
    "sigmoid(Tensor self) -> Tensor", kernels.sigmoid,
    self=lambda grad, result: sigmoid_backward(grad, result),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
sigmoid_backward = op(
    "sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor",
    lambda grad_output, output: grad_output * (1 - output).conj() * output.conj(),
    grad_output=lambda grad, output: sigmoid_backward(grad, output.conj()),
    output=lambda grad, grad_output, output: grad.conj() * grad_output * (-2 * output.conj() + 1),
    tangent=lambda grad_output_t, output_t, grad_output, output: (
        sigmoid_backward(grad_output_t, output) + output_t.conj() * grad_output * (-2 * output.conj() + 1)
    ),
    promote=DEFAULT, method=False,
)  # fmt: skip
relu = op(
    "relu(Tensor self) -> Tensor", kernels.relu,
    self=lambda grad, result: threshold_backward(grad, result, 0),
    dtypes=_REAL - {bool_}, unsupported=lambda d: (
        RuntimeError("Boolean inputs not supported for relu") if d is bool_
        else NotImplementedError("clamp is not supported for complex types")
    ),
    promote=DEFAULT, inplace=True,
)  # fmt: skip
threshold_backward = op(
    "threshold_backward(Tensor grad_output, Tensor self, Scalar threshold) -> Tensor",
    activation.threshold_backward,
    grad_output=lambda grad, self, threshold: threshold_backward(grad, self, threshold),
    self=lambda grad: zeros_like(grad),
    tangent=lambda grad_output_t, self_t, self, threshold: (
        self_t.new_zeros(self_t.shape) + threshold_backward(grad_output_t, self, threshold)
    ),
    promote=DEFAULT, method=False,
)  # fmt: skip
logit = op(
    "logit(Tensor self, float? eps=None) -> Tensor", kernels.logit,
    self=lambda grad, self, eps: logit_backward(grad, self, eps), structural=True,  # each step is rounded
    dtypes=_REAL, unsupported=not_implemented("logit_cpu"), promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
erf = op(
    "erf(Tensor self) -> Tensor", kernels.erf,
    self=lambda grad, self: 2 / math.sqrt(math.pi) * (-self.pow(2)).exp() * grad,
    dtypes=_REAL, unsupported=not_implemented("erf_vml_cpu"), promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
erfc = op(
    "erfc(Tensor self) -> Tensor", kernels.erfc,
    self=lambda grad, self: -2 / math.sqrt(math.pi) * (-self.pow(2)).exp() * grad,
    dtypes=_REAL, unsupported=not_implemented("erfc_vml_cpu"), promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip

# Sign, magnitude, parts of complex numbers.

_MAGNITUDE = replace(FOUND, choose=lambda self: CASTABLE if self._dtype.is_complex else FOUND)
abs, absolute = op(
    "abs(Tensor self) -> Tensor", kernels.absolute,
    self=lambda grad, self: abs_backward(grad, self),
    dtypes=_NUMERIC | FLOAT8, unsupported=not_implemented("abs_cpu"), also=("absolute",), out=_MAGNITUDE,
    operators=("__abs__",), elementwise=True,
    writes=1,
)  # fmt: skip
op(
    "abs_(Tensor(a!) self) -> Tensor(a!)", kernels.absolute,
    self=lambda grad, self: abs_backward(grad, self),
    dtypes=(_NUMERIC | FLOAT8) - COMPLEX, unsupported=lambda d: (
        not_implemented("abs_cpu")(d) if d is bool_
        else RuntimeError("In-place abs is not supported for complex tensors.")
    ),
    also=("absolute_",),
)  # fmt: skip
sign = op(
    "sign(Tensor self) -> Tensor", kernels.sgn,
    self=lambda grad: zeros_like(grad),
    dtypes=_REAL, unsupported=lambda d: NotImplementedError(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."
    ),
    inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
sgn = op(
    "sgn(Tensor self) -> Tensor", of_complex.sgn, plain=kernels.sgn,
    self=lambda grad, self, result: sgn_backward(grad, self, result),
    tangent=lambda self_t, self, result: sgn_backward(self_t, self, result),
    inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
angle = op(
    "angle(Tensor self) -> Tensor", kernels.angle,
    self=lambda grad, self: angle_backward(grad, self),
    promote=INT_TO_FLOAT, out=True,
)  # fmt: skip


def _conj(self: Tensor, *given: Any) -> Tensor:
    if given:
        refuse_arguments("conj", given)
    if not self._dtype.is_complex:
        return self
    return _conj_physical(self) if self.is_sparse else _conjugated(self)


_conjugated = op(
    "_conj(Tensor(a) self) -> Tensor(a)", toggled,
    self=lambda grad: grad.conj(),
    structural=True, view="view", node="ConjBackward0",
)  # fmt: skip
_neg_view = op(
    "_neg_view(Tensor(a) self) -> Tensor(a)", toggled,
    self=lambda grad: -grad,
    structural=True, view="view",
)  # fmt: skip
_conj_physical = op(
    "_conj_physical(Tensor self) -> Tensor", np.conjugate,
    self=lambda grad: grad.conj_physical(),
    node="ConjPhysicalBackward0", method=False,
)  # fmt: skip
conj_physical = op(
    "conj_physical(Tensor self) -> Tensor",
    composite=lambda self: _conj_physical(self) if self._dtype.is_complex else self,
    out=FOUND,
)
op(
    "conj_physical_(Tensor(a!) self) -> Tensor(a!)",
    lambda self: np.conjugate(self) if self.dtype.kind == "c" else self,
    self=lambda grad: grad.conj_physical(),
    node="ConjPhysicalBackward1",
)  # fmt: skip
conj = op("conj(Tensor(a) self) -> Tensor(a)", composite=_conj)
Tensor.conj = _conj  # bare: almost every derivative conjugates, most of them real tensors

# Rounding.


def _unrounded(name: str) -> Any:
    return lambda d: (
        NotImplementedError(f"{name} is not supported for complex inputs")
        if d.is_complex else NotImplementedError(f"\"{name}_vml_cpu\" not implemented for 'Bool'")
    )  # fmt: skip


floor = op(
    "floor(Tensor self) -> Tensor", lambda self: np.floor(self) if self.dtype.kind == "f" else self.copy(),
    self=lambda grad: zeros_like(grad),
    dtypes=_REAL - {bool_}, unsupported=_unrounded("floor"), inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
ceil = op(
    "ceil(Tensor self) -> Tensor", lambda self: np.ceil(self) if self.dtype.kind == "f" else self.copy(),
    self=lambda grad: zeros_like(grad),
    dtypes=_REAL - {bool_}, unsupported=_unrounded("ceil"), inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
trunc, fix = op(
    "trunc(Tensor self) -> Tensor", lambda self: np.trunc(self) if self.dtype.kind == "f" else self.copy(),
    self=lambda grad: zeros_like(grad),
    dtypes=_REAL - {bool_}, unsupported=_unrounded("trunc"), also=("fix",), inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
frac = op(
    "frac(Tensor self) -> Tensor", kernels.frac,
    self=lambda grad: grad,
    dtypes=FLOATING, unsupported=not_implemented("frac_cpu"),
    inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
round = op(
    "round(Tensor self) -> Tensor", lambda self: np.round(self) if self.dtype.kind == "f" else self.copy(),
    self=lambda grad: zeros_like(grad),
    dtypes=_REAL - {bool_}, unsupported=not_implemented("round_vml_cpu"), inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip


def _check_decimals(self: Tensor, decimals: int) -> None:
    if not self._dtype.is_floating_point:
        raise not_implemented("round_cpu" if decimals else "round_vml_cpu")(self._dtype)


round = op(
    "round.decimals(Tensor self, *, int decimals) -> Tensor", kernels.round_decimals,
    self=lambda grad: zeros_like(grad),
    check=_check_decimals, node="RoundBackward1", inplace=True, out=FOUND, elementwise=True,
)  # fmt: skip
special_round = op(
    "special_round(Tensor self, *, int decimals=0) -> Tensor", method=False, out=FOUND,
    composite=lambda self, decimals: round(self, decimals=decimals),
)  # fmt: skip

# Bounds.


def _check_clamp(self: Any, min: Any, max: Any) -> None:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")


def _check_bounds(self: Tensor, min: Any, max: Any) -> None:
    _check_clamp(self, min, max)
    if any(isinstance(one, complex) for one in (min, max)) and not self._dtype.is_complex:
        raise RuntimeError("value cannot be converted to type double without overflow")


def _check_tensor_bounds(self: Tensor, min: Any, max: Any) -> None:
    """With one bound it is a maximum or a minimum to torch, which has those of bools, too."""
    _check_clamp(self, min, max)
    d = common_dtype([one for one in (self, min, max) if one is not None])
    kernel = "maximum_cpu" if max is None else "minimum_cpu" if min is None else "clamp_cpu"
    if (d.is_complex and not self._dtype.is_complex) or (d is bool_ and kernel == "clamp_cpu"):
        raise not_implemented(kernel)(d)


def _no_complex(d: Any) -> Exception:
    return NotImplementedError("clamp is not supported for complex types")


def _not_clamped(d: Any) -> Exception:
    return not_implemented("clamp_cpu")(d) if d is bool_ else _no_complex(d)


def _not_bounded(name: str) -> Any:
    return lambda d: not_implemented(f"{name}_scalar_cpu")(d) if d is bool_ else _no_complex(d)


_CLAMPED = Output(
    "Found dtype {out.scalar_type} but expected {result.scalar_type}",
    inplace="result type {result.scalar_type} can't be cast to the desired output type {out.c_name}",
)
clamp, clip = op(
    "clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor", kernels.clamp_tensors,
    jointly=lambda grad, self, min, max, needs: clamp_tensors_backward(grad, self, min, max, needs),
    tangent=lambda self_t, min_t, max_t, self, min, max: clamp_tangent(self_t, min_t, max_t, self, min, max),
    promote=DEFAULT, check=_check_tensor_bounds, dtypes=_REAL, unsupported=_not_clamped, node="ClampBackward0",
    also=("clip",), inplace=True, out=True,
)  # fmt: skip
clamp, clip = op(
    "clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor", kernels.clamp,
    self=lambda grad, self, min, max: clamp_backward(grad, self, min, max),
    promote=DEFAULT, check=_check_bounds, dtypes=REAL, unsupported=_not_clamped, node="ClampBackward1",
    also=("clip",), inplace=True, out=_CLAMPED, scalars="check",
)  # fmt: skip
clamp_min = op(
    "clamp_min.Tensor(Tensor self, Tensor min) -> Tensor", np.maximum,
    self=lambda grad, self, min: grad.where(self >= min, 0),
    min=lambda grad, self, min: grad.where(self < min, 0),
    tangent=lambda self_t, min_t, self, min: self_t.where(self >= min, min_t),
    promote=DEFAULT, dtypes=_REAL, unsupported=not_implemented("maximum_cpu"), node="ClampMinBackward1", inplace=True,
    out=True,
)  # fmt: skip
clamp_min = op(
    "clamp_min(Tensor self, Scalar min) -> Tensor", lambda self, min: kernels.clamp(self, min, None),
    self=lambda grad, self, min: grad.where(self >= min, 0),
    promote=DEFAULT, dtypes=REAL, unsupported=_not_bounded("clamp_min"), inplace=True, out=_CLAMPED, scalars="check",
)  # fmt: skip
clamp_max = op(
    "clamp_max.Tensor(Tensor self, Tensor max) -> Tensor", np.minimum,
    self=lambda grad, self, max: grad.where(self <= max, 0),
    max=lambda grad, self, max: grad.where(self > max, 0),
    tangent=lambda self_t, max_t, self, max: self_t.where(self <= max, max_t),
    promote=DEFAULT, dtypes=_REAL, unsupported=not_implemented("minimum_cpu"), node="ClampMaxBackward1", inplace=True,
    out=True,
)  # fmt: skip
clamp_max = op(
    "clamp_max(Tensor self, Scalar max) -> Tensor", lambda self, max: kernels.clamp(self, None, max),
    self=lambda grad, self, max: grad.where(self <= max, 0),
    promote=DEFAULT, dtypes=REAL, unsupported=_not_bounded("clamp_max"), inplace=True, out=_CLAMPED, scalars="check",
)  # fmt: skip
nan_to_num = op(
    "nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor", kernels.nan_to_num,
    self=lambda grad, self: grad.masked_fill(self.isfinite().logical_not(), 0),
    check=real_gradient("nan_to_num"),
    inplace=True, out=Output(
        "nan_to_num: dtype of out: {out.scalar_type} should be same as input: {result.scalar_type}"
    ), elementwise=True,
    writes=1,
)  # fmt: skip

"""Arithmetic: sums, products, quotients, powers, and Python's operators for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import (
    broadcast,
    check_alpha,
    check_bool_subtraction,
    check_negation,
    check_positive,
    is_integral,
    not_implemented,
)
from ..declare.op import DEFAULT, DIFFERENTIABLE, INT_TO_FLOAT, NUMERIC, REAL, missing, op
from ..dispatch.outputs import FOUND
from ..dispatch.slow import common_dtype
from ..dtypes import dtype
from ..formulas.arithmetic import (
    constant,
    div_backward_other,
    pow_backward,
    pow_backward_exponent,
    pow_backward_scalar_base,
    pow_backward_self,
    reciprocal_backward,
    scaled,
    times,
)
from ..kernels import arithmetic as kernels
from ..kernels import complex as of_complex
from ..tensor import Tensor

add = op(
    "add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", kernels.add, plain=np.add,
    self=lambda grad: grad,
    other=lambda grad, alpha: times(grad, alpha),
    tangent=lambda self_t, other_t, alpha: self_t + scaled(other_t, alpha),
    promote=DEFAULT, check=check_alpha, numbers=True, inplace=True, out=True, operators=("__add__", "__radd__"),
    stepwise=True,
    deprecated=("add(Tensor self, Scalar alpha, Tensor other) -> Tensor",),
)  # fmt: skip
sub, subtract = op(
    "sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", kernels.sub, plain=np.subtract,
    self=lambda grad: grad,
    other=lambda grad, alpha: times(-grad, alpha),
    tangent=lambda self_t, other_t, alpha: self_t - scaled(other_t, alpha),
    promote=DEFAULT, check=check_bool_subtraction, numbers=True, also=("subtract",), inplace=True, out=True,
    stepwise=True,
    operators=("__sub__",), deprecated=("sub(Tensor self, Scalar alpha, Tensor other) -> Tensor",),
)  # fmt: skip


def _check_rsub(self: Tensor, other: Tensor, alpha: complex) -> None:
    check_bool_subtraction(self, other, alpha)
    broadcast(other._array.shape, self._array.shape)  # it is a difference the other way round


rsub = op(
    "rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", kernels.rsub,
    self=lambda grad, alpha: times(-grad, alpha),
    other=lambda grad: grad,
    tangent=lambda self_t, other_t, alpha: -scaled(self_t, alpha) + other_t,
    promote=DEFAULT, check=_check_rsub, method=False, stepwise=True,
)  # fmt: skip
rsub = op(
    "rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", kernels.rsub,
    self=lambda grad, alpha: times(-grad, alpha),
    promote=DEFAULT, check=check_bool_subtraction, node="RsubBackward1", method=False, operators=("__rsub__",),
    scalars="wrap", stepwise=True,
)  # fmt: skip
mul, multiply = op(
    "mul.Tensor(Tensor self, Tensor other) -> Tensor", of_complex.multiply, plain=np.multiply,
    self=lambda grad, other: grad * other.conj(),
    other=lambda grad, self: grad * self.conj(),
    tangent=lambda self_t, other_t, self, other: other_t * self + self_t * other,
    promote=DEFAULT, numbers=True, exact=True, also=("multiply",), inplace=True, out=True,
    operators=("__mul__", "__rmul__"),
)  # fmt: skip
div, divide, true_divide = op(
    "div.Tensor(Tensor self, Tensor other) -> Tensor", of_complex.divide, plain=np.true_divide,
    self=lambda grad, other: grad / other.conj(),
    other=lambda grad, self, other: div_backward_other(grad, self, other),
    tangent=lambda self_t, other_t, other, result: (self_t - other_t * result) / other,
    promote=INT_TO_FLOAT, numbers=True, exact=True, also=("divide", "true_divide"), inplace=True, out=True,
    operators=("__truediv__",),
)  # fmt: skip


def _check_rounding(self: Any, other: Any, rounding_mode: str | None) -> None:
    if rounding_mode is None:
        return
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    common = common_dtype((self, other))
    if common not in REAL:
        raise not_implemented(f"div_{rounding_mode}_cpu")(common)


div, divide = op(
    "div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor", kernels.div,
    self=lambda grad, other, rounding_mode: (
        grad / other.conj() if rounding_mode is None else grad.new_zeros(grad.shape)
    ),
    other=lambda grad, self, other, rounding_mode: (
        div_backward_other(grad, self, other) if rounding_mode is None else grad.new_zeros(grad.shape)
    ),
    tangent=lambda self_t, other_t, self, other, rounding_mode, result: (
        self_t / other - other_t * (self / other) / other if rounding_mode is None else result.new_zeros(result.shape)
    ),
    promote=DEFAULT, check=_check_rounding, numbers=True, node="DivBackward2", also=("divide",), inplace=True, out=True,
    structural=True,  # 16-bit quotients are rounded before they are truncated
)  # fmt: skip
floor_divide = op(
    "floor_divide(Tensor self, Tensor other) -> Tensor", kernels.floor_divide,
    self=missing("floor_divide"), other=missing("floor_divide"), node="NotImplemented",
    dtypes=REAL, unsupported=not_implemented("div_floor_cpu"), promote=DEFAULT, numbers=True, exact=True,
    inplace=True, out=True, operators=("__floordiv__",),
)  # fmt: skip
remainder = op(
    "remainder.Tensor(Tensor self, Tensor other) -> Tensor", kernels.remainder,
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * self.div(other, rounding_mode="floor"),
    tangent=lambda self_t, other_t, self, other: self_t - other_t * self.div(other, rounding_mode="floor"),
    dtypes=REAL, unsupported=not_implemented("remainder_cpu"), promote=DEFAULT, node="RemainderBackward1",
    inplace=True, out=True,
)  # fmt: skip
remainder = op(
    "remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", kernels.remainder_of_scalar,
    other=missing("remainder"), node="NotImplemented",
    dtypes=REAL, unsupported=not_implemented("remainder_cpu"), promote=DEFAULT, scalars="wrap",
)  # fmt: skip
remainder = op(
    "remainder.Scalar(Tensor self, Scalar other) -> Tensor", kernels.remainder,
    self=lambda grad: grad,
    dtypes=REAL, unsupported=not_implemented("remainder_cpu"), promote=DEFAULT, node="RemainderBackward0",
    inplace=True, out=True, operators=("__mod__",), scalars="wrap",
)  # fmt: skip
fmod = op(
    "fmod.Tensor(Tensor self, Tensor other) -> Tensor", kernels.fmod,
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * self.div(other, rounding_mode="trunc"),
    tangent=lambda self_t, other_t, self, other: self_t - other_t * self.div(other, rounding_mode="trunc"),
    dtypes=REAL, unsupported=not_implemented("fmod_cpu"), promote=DEFAULT, node="FmodBackward1", inplace=True, out=True,
)  # fmt: skip
fmod = op(
    "fmod.Scalar(Tensor self, Scalar other) -> Tensor", kernels.fmod,
    self=lambda grad: grad,
    dtypes=REAL, unsupported=not_implemented("fmod_cpu"), promote=DEFAULT, node="FmodBackward0", inplace=True, out=True,
    scalars="wrap",
)  # fmt: skip
neg, negative = op(
    "neg(Tensor self) -> Tensor", of_complex.negative, plain=np.negative,
    self=lambda grad: -grad,
    promote=DEFAULT, check=check_negation, also=("negative",), inplace=True, out=FOUND, operators=("__neg__",),
    linear=True,
)  # fmt: skip
positive = op(
    "positive(Tensor self) -> Tensor", composite=lambda self: self, check=check_positive, operators=("__pos__",)
)
reciprocal = op(
    "reciprocal(Tensor self) -> Tensor", of_complex.reciprocal,
    self=lambda grad, result: reciprocal_backward(grad, result),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip


def _check_integer_power(self: Any, exponent: Any) -> None:
    if isinstance(exponent, int) and exponent < 0 and isinstance(self, Tensor) and is_integral(self):
        raise RuntimeError("Integers to negative integer powers are not allowed.")


pow = op(
    "pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", kernels.power,
    self=lambda grad, self, exponent: pow_backward_self(grad, self, exponent),
    exponent=lambda grad, self, exponent, result: pow_backward_exponent(grad, self, exponent, result),
    tangent=lambda self_t, exponent_t, self, exponent, result: (
        pow_backward_self(self_t.conj(), self, exponent)
        + pow_backward_exponent(exponent_t.conj(), self, exponent, result)
    ).conj(),
    dtypes=NUMERIC, unsupported=not_implemented("pow"), promote=DEFAULT, node="PowBackward1", inplace=True, out=True,
)  # fmt: skip
pow = op(
    "pow.Scalar(Scalar self, Tensor exponent) -> Tensor", kernels.power_of_scalar,
    exponent=lambda grad, self, exponent, result: pow_backward_scalar_base(grad, self, exponent, result),
    dtypes=NUMERIC, unsupported=not_implemented("pow"), promote=DEFAULT, node="PowBackward2", out=True, scalars="check",
    writes=1,
)  # fmt: skip
pow = op(
    "pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", kernels.power_scalar,
    self=lambda grad, self, exponent: pow_backward(grad, self, exponent),
    promote=DEFAULT, check=_check_integer_power, node="PowBackward0", inplace=True, out=True,
    operators=("__pow__",), scalars="check",
)  # fmt: skip
square = op(
    "square(Tensor self) -> Tensor", composite=lambda self: pow(self, 2), inplace=lambda self: self.pow_(2), out=True
)


def _whole_division(d: dtype) -> Exception:
    return RuntimeError(
        "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true "
        "division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * "
        "torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) "
        "for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / "
        "tensor2), for all dtypes."
    )


def _check_addcdiv(self: Tensor, tensor1: Tensor, tensor2: Tensor, value: complex) -> None:
    if is_integral(tensor1) and is_integral(tensor2):
        raise _whole_division(tensor1._dtype)


def _check_lerp(self: Tensor, end: Tensor, weight: Any) -> None:
    for name, one in (("end", end), ("weight", weight)):
        if isinstance(one, Tensor) and one._dtype is not self._dtype:
            raise RuntimeError(f"expected dtype {self._dtype.c_name} for `{name}` but got dtype {one._dtype.c_name}")


addcmul = op(
    "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", kernels.addcmul,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (tensor2 * value).conj(),
    tensor2=lambda grad, tensor1, value: grad * (tensor1 * value).conj(),
    tangent=lambda self_t, tensor1_t, tensor2_t, tensor1, tensor2, value: (
        self_t + scaled(tensor1_t * tensor2, value) + scaled(tensor2_t * tensor1, value)
    ),
    dtypes=NUMERIC, unsupported=not_implemented("addcmul_cpu_out"), promote=DEFAULT, inplace=True, out=True,
    deprecated=("addcmul(Tensor self, Scalar value, Tensor tensor1, Tensor tensor2) -> Tensor",),
)  # fmt: skip
addcdiv = op(
    "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", kernels.addcdiv,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (constant(value, tensor2) / tensor2).conj(),
    tensor2=lambda grad, tensor1, tensor2, value: -grad * (value * tensor1 / (tensor2 * tensor2)).conj(),
    tangent=lambda self_t, tensor1_t, tensor2_t, tensor1, tensor2, value: (
        self_t + scaled(tensor1_t / tensor2, value) - scaled(tensor2_t * (tensor1 / tensor2) / tensor2, value)
    ),
    check=_check_addcdiv, dtypes=DIFFERENTIABLE, unsupported=_whole_division,
    promote=DEFAULT, inplace=True, out=True,
    deprecated=("addcdiv(Tensor self, Scalar value, Tensor tensor1, Tensor tensor2) -> Tensor",),
)  # fmt: skip
lerp = op(
    "lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor", kernels.lerp,
    self=lambda grad, weight: grad * (constant(1, weight) - weight).conj(),
    end=lambda grad, weight: grad * weight.conj(),
    weight=lambda grad, self, end: grad * (end - self).conj(),
    tangent=lambda self_t, end_t, weight_t, self, end, weight: self_t.lerp(end_t, weight) + weight_t * (end - self),
    dtypes=DIFFERENTIABLE, unsupported=not_implemented("lerp_kernel_tensor"), check=_check_lerp, promote=DEFAULT,
    node="LerpBackward1", inplace=True, out=FOUND,
)  # fmt: skip
lerp = op(
    "lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor", kernels.lerp,
    self=lambda grad, weight: grad * (1 - weight).conjugate(),
    end=lambda grad, weight: grad * weight.conjugate(),
    dtypes=DIFFERENTIABLE, unsupported=not_implemented("lerp_kernel_scalar"), check=_check_lerp, promote=DEFAULT,
    inplace=True, out=True,
)  # fmt: skip


# Operators with a number on the left, which torch composes in Python.


def reflected(function: Any) -> Any:
    """An operator of which the tensor is the right operand; an operand that the function refuses is Python's matter."""

    def operator(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError:
            return NotImplemented

    operator.__wrapped__ = function  # its parameters are this one's
    return operator


Tensor.__rtruediv__ = Tensor.__rdiv__ = reflected(lambda self, other: self.reciprocal() * other)
Tensor.__rfloordiv__ = reflected(lambda self, other: floor_divide(other, self))
Tensor.__rmod__ = reflected(lambda self, other: remainder(other, self))
Tensor.__rpow__ = reflected(lambda self, other: pow(other, self))
Tensor.__div__, Tensor.__idiv__ = Tensor.__truediv__, Tensor.__itruediv__  # Python 2's

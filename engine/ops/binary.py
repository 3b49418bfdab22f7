"""Functions of two numbers, and those that take numbers apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..checks import check_broadcast, not_implemented
from ..declare.op import COMPLEX, DEFAULT, FLOATING, INT_TO_FLOAT, INTEGRAL, missing, op
from ..dispatch.outputs import Output
from ..dtypes import COMPUTED, FLOAT8, STORED, bfloat16, bool_, complex128, float32, float64
from ..kernels import special as kernels
from ..kernels.pointwise import of_parts
from ..kernels.transcendental import exp2
from ..return_types import named
from ..tensor import Tensor, wrap, written_zeros
from .conversion import complex_

_REAL = frozenset(COMPUTED) - COMPLEX


def _copysign_backward(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    """With the sign changed where the result's is; nothing at zero."""
    return grad * (result / self).masked_fill(self == 0, 0)


_COPYSIGN: dict[str, Any] = {
    "promote": INT_TO_FLOAT, "dtypes": _REAL, "unsupported": not_implemented("copysign_cpu"), "inplace": True,
    "out": True,
}  # fmt: skip
copysign = op(
    "copysign.Tensor(Tensor self, Tensor other) -> Tensor", np.copysign,
    self=lambda grad, self, result: _copysign_backward(grad, self, result),
    other=lambda grad, other_info: written_zeros(grad, other_info),
    tangent=lambda self_t, self, result: _copysign_backward(self_t, self, result),
    **_COPYSIGN,
)  # fmt: skip
copysign = op(
    "copysign.Scalar(Tensor self, Scalar other) -> Tensor", np.copysign,
    self=lambda grad, self, result: _copysign_backward(grad, self, result),
    node="CopysignBackward1", scalars="wrap", **_COPYSIGN,
)  # fmt: skip


def _angle(name: str, factor: float) -> Any:
    return op(
        f"{name}(Tensor self) -> Tensor", lambda self: self * self.dtype.type(factor),
        self=lambda grad: grad * factor,
        promote=INT_TO_FLOAT, dtypes=_REAL, unsupported=lambda d: RuntimeError(
            f"{name} is not supported for complex tensors."
        ), node="".join(part.capitalize() for part in name.partition("2")) + "Backward0", inplace=True, out=True,
        writes=1,
    )  # fmt: skip


deg2rad = _angle("deg2rad", math.pi / 180)
rad2deg = _angle("rad2deg", 180 / math.pi)


def _heaviside(self: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(self == 0, values, (self > 0).astype(self.dtype))


_DIFFERENT = "heaviside is not yet implemented for tensors with different dtypes."


def _check_heaviside(self: Tensor, values: Tensor) -> None:
    if self._dtype is not values._dtype and not (self.is_complex() or values.is_complex()):
        raise RuntimeError(_DIFFERENT)
    check_broadcast(self, values)


heaviside = op(
    "heaviside(Tensor self, Tensor values) -> Tensor", _heaviside,
    self=missing("heaviside"), values=missing("heaviside"), node="NotImplemented",
    promote=DEFAULT, dtypes=_REAL, unsupported=lambda d: RuntimeError(
        "heaviside is not yet implemented for complex tensors."
    ), check=_check_heaviside, inplace=True, out=Output(_DIFFERENT),
)  # fmt: skip
gcd = op(
    "gcd(Tensor self, Tensor other) -> Tensor", np.gcd, promote=DEFAULT, dtypes=INTEGRAL,
    unsupported=not_implemented("gcd_cpu"), inplace=True, out=True,
)  # fmt: skip
lcm = op(
    "lcm(Tensor self, Tensor other) -> Tensor", np.lcm, promote=DEFAULT, dtypes=INTEGRAL,
    unsupported=not_implemented("lcm_cpu"), inplace=True, out=True,
)  # fmt: skip


def _nextafter_backward(grad: Tensor, self: Tensor, other: Tensor) -> Tensor:
    return grad.masked_fill(self == other, 0)


nextafter = op(
    "nextafter(Tensor self, Tensor other) -> Tensor", np.nextafter,
    self=lambda grad, self, other: _nextafter_backward(grad, self, other),
    other=lambda grad, other_info: written_zeros(grad, other_info),
    tangent=lambda self_t, self, other: self_t.where(self != other, 0),
    promote=DEFAULT, structural=True, dtypes=FLOATING,
    unsupported=not_implemented("nextafter_cpu"), inplace=True, out=True,
)  # fmt: skip
frexp = op(
    "frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)", kernels.frexp,
    self=lambda grad, exponent: grad / exponent.exp2(),
    tangent=lambda self_t, exponent: self_t / exponent.exp2(),
    dtypes=FLOATING, unsupported=lambda d: RuntimeError("torch.frexp() only supports floating-point dtypes"),
    returns=named("frexp", "mantissa", "exponent"), out=Output(
        "torch.frexp() expects mantissa to have dtype {result.c_name} but got {out.c_name}"
    ),
    writes=1,
)  # fmt: skip


def _check_ldexp(self: Tensor, other: Tensor) -> None:
    check_broadcast(self, other)
    if self._dtype.is_floating_point and (other._dtype is bool_ or other._dtype in STORED - FLOAT8):
        raise not_implemented("ldexp_cpu_exp")(other._dtype)


ldexp = op(
    "ldexp.Tensor(Tensor self, Tensor other) -> Tensor",
    lambda self, other, rounded=np.asarray: self * rounded(exp2(other)),
    self=lambda grad, other: grad * (2**other).conj(), other=lambda grad, result: grad * result.conj() * math.log(2),
    tangent=lambda self_t, other_t, other, result: self_t * 2**other + other_t * result * math.log(2),
    promote=INT_TO_FLOAT, check=_check_ldexp, inplace=True, stepwise=True,
    out=Output(uncastable="ldexp can't be cast to the desired output type {out.scalar_type}"),
)  # fmt: skip


def _check_polar(abs: Tensor, angle: Tensor) -> None:
    for one in (abs, angle):
        if one._dtype not in FLOATING or one._dtype is bfloat16:
            raise RuntimeError(
                "Expected both inputs to be Half, Float or Double tensors but got "
                f"{abs._dtype.scalar_type} and {angle._dtype.scalar_type}"
            )
    if abs._dtype is not angle._dtype:
        raise RuntimeError(
            f"Expected object of scalar type {abs._dtype.scalar_type} but got scalar type {angle._dtype.scalar_type} "
            "for second argument"
        )


polar = op(
    "polar(Tensor abs, Tensor angle) -> Tensor",
    lambda abs, angle: of_parts(abs * np.cos(angle), abs * np.sin(angle)),
    abs=lambda grad, result: (grad.conj() * result.sgn()).real,
    angle=lambda grad, result: (grad.conj() * (result * 1j)).real,
    tangent=lambda abs_t, angle_t, abs, angle: complex_(
        abs_t * angle.cos() - angle_t * abs * angle.sin(), abs_t * angle.sin() + angle_t * abs * angle.cos()),
    check=_check_polar, dtypes=frozenset({float32, float64}), unsupported=not_implemented("polar_cpu"), method=False,
    out=Output(
        "Expected object of scalar type {result.scalar_type} but got scalar type {out.scalar_type} for argument 'out'"
    ),
    writes=1,
)  # fmt: skip


def _float_power(self: Any, exponent: Any) -> Tensor:
    is_complex = any(
        one.is_complex() if isinstance(one, Tensor) else isinstance(one, complex) for one in (self, exponent)
    )
    d = complex128 if is_complex else float64
    base, power = (one.to(d) if isinstance(one, Tensor) else one for one in (self, exponent))
    if not isinstance(base, Tensor):
        base = wrap(np.asarray(base, d.numpy))
    return base.pow(power)


def _float_power_in_place(self: Tensor, exponent: Any) -> Tensor:
    is_complex = self.is_complex() or (
        exponent.is_complex() if isinstance(exponent, Tensor) else isinstance(exponent, complex)
    )
    d = complex128 if is_complex else float64
    if self._dtype is not d:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self._dtype.scalar_type} but the operation's result requires "
            f"dtype {d.scalar_type}"
        )
    return self.pow_(exponent.to(d) if isinstance(exponent, Tensor) else exponent)


_POWER = Output(
    "the output given to float_power has dtype {out.scalar_type} but the operation's result requires dtype "
    "{result.scalar_type}"
)
float_power = op(
    "float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", composite=_float_power,
    inplace=_float_power_in_place, out=_POWER,
)  # fmt: skip
float_power = op(
    "float_power.Scalar(Scalar self, Tensor exponent) -> Tensor", composite=_float_power, out=_POWER, method=False
)
float_power = op(
    "float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", composite=_float_power,
    inplace=_float_power_in_place, out=_POWER,
)  # fmt: skip
isreal = op(
    "isreal(Tensor self) -> Tensor",
    lambda self: self.imag == 0 if self.dtype.kind == "c" else np.ones(self.shape, bool),
)

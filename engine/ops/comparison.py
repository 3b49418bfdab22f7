"""Comparisons, logic, bits, and choices between two values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.views import bump
from ..checks import check_broadcast, not_implemented
from ..declare.op import COMPARE, COMPLEX, DEFAULT, op
from ..declare.registry import OVERLOADS
from ..dispatch.devices import NO_META_KERNEL, refuse_elements
from ..dispatch.layouts import refused
from ..dispatch.outputs import FOUND, Output
from ..dispatch.subclasses import dispatched, dispatching
from ..dtypes import COMPUTED, FLOATING, STORED, bool_, dtype
from ..formulas.pointwise import share_of
from ..kernels import comparison as kernels
from ..layout import strided
from ..tensor import Tensor, written_zeros
from .arithmetic import reflected

_ORDERED = frozenset(COMPUTED) - COMPLEX
_WHOLE = frozenset(d for d in COMPUTED if d.category < FLOATING)


def _comparison(name: str, kernel: np.ufunc, operator: str, *also: str, dtypes: frozenset[dtype] | None = None) -> Any:
    """Declare a comparison with a tensor, and with a number.  Only the in-place forms are recorded: bools are not."""
    rules: dict[str, Any] = {
        "promote": COMPARE, "dtypes": dtypes, "unsupported": not_implemented(f"{name}_cpu"), "also": also,
        "inplace": True, "out": True, "self": _no_change, "tangent": lambda self_t: self_t.new_zeros(self_t.shape),
    }  # fmt: skip
    node = f"{name.capitalize()}Backward"
    op(
        f"{name}.Tensor(Tensor self, Tensor other) -> Tensor", kernel,
        check=check_broadcast, node=f"{node}1", other=_no_change, **rules,
    )  # fmt: skip
    return op(
        f"{name}.Scalar(Tensor self, Scalar other) -> Tensor", kernel, scalars="wrap",
        node=f"{node}0", operators=(operator,), **rules,
    )  # fmt: skip


def _no_change(grad: Tensor) -> Tensor:
    return written_zeros(grad, grad.shape)


eq = _comparison("eq", np.equal, "__eq__")
ne, not_equal = _comparison("ne", np.not_equal, "__ne__", "not_equal")
lt, less = _comparison("lt", np.less, "__lt__", "less", dtypes=_ORDERED)
le, less_equal = _comparison("le", np.less_equal, "__le__", "less_equal", dtypes=_ORDERED)
gt, greater = _comparison("gt", np.greater, "__gt__", "greater", dtypes=_ORDERED)
ge, greater_equal = _comparison("ge", np.greater_equal, "__ge__", "greater_equal", dtypes=_ORDERED)

isnan = op("isnan(Tensor self) -> Tensor", np.isnan, elementwise=True)
isinf = op("isinf(Tensor self) -> Tensor", np.isinf, elementwise=True)


def _isfinite(self: Tensor) -> Tensor:
    if self._dtype.is_complex:
        return _finite(self.real).logical_and_(_finite(self.imag))
    return _finite(self)


_finite = op("_isfinite(Tensor self) -> Tensor", np.isfinite, native=False, method=False)
isfinite = op("isfinite(Tensor self) -> Tensor", composite=_isfinite)
isposinf = op(
    "isposinf(Tensor self) -> Tensor",
    np.isposinf,
    dtypes=_ORDERED,
    unsupported=lambda d: RuntimeError("isposinf does not support complex inputs."),
    out=Output("isposinf does not support non-boolean outputs."),
)
isneginf = op(
    "isneginf(Tensor self) -> Tensor",
    np.isneginf,
    dtypes=_ORDERED,
    unsupported=lambda d: RuntimeError("isneginf does not support complex inputs."),
    out=Output("isneginf does not support non-boolean outputs."),
)
signbit = op(
    "signbit(Tensor self) -> Tensor",
    kernels.signbit,
    dtypes=_ORDERED,
    unsupported=lambda d: NotImplementedError("signbit is not implemented for complex tensors."),
    out=Output("signbit does not support non-boolean outputs."),
    elementwise=True,
)

logical_not = op("logical_not(Tensor self) -> Tensor", np.logical_not, inplace=True, out=True, writes=1)
logical_and = op(
    "logical_and(Tensor self, Tensor other) -> Tensor", np.logical_and, promote=COMPARE, inplace=True, out=True,
    writes=1,
)  # fmt: skip
logical_or = op(
    "logical_or(Tensor self, Tensor other) -> Tensor", np.logical_or, promote=COMPARE, inplace=True, out=True,
    writes=1,
)  # fmt: skip
logical_xor = op(
    "logical_xor(Tensor self, Tensor other) -> Tensor", np.logical_xor, promote=COMPARE, inplace=True, out=True,
    writes=1,
)  # fmt: skip


bitwise_not = op(
    "bitwise_not(Tensor self) -> Tensor", np.invert,
    dtypes=_WHOLE, unsupported=not_implemented("bitwise_not_cpu"), inplace=True, out=FOUND,
)  # fmt: skip


def _bitwise(
    name: str, kernel: np.ufunc, torchs: str, *operators: str, scalar: str = "Scalar", dtypes: frozenset[dtype] = _WHOLE
) -> Any:
    """Declare an operation on bits: of two tensors, of a number and a tensor, of a tensor and a number."""
    rules: dict[str, Any] = {"promote": DEFAULT, "dtypes": dtypes, "unsupported": not_implemented(torchs)}
    op(f"{name}.Tensor(Tensor self, Tensor other) -> Tensor", kernel, inplace=True, out=True, **rules)
    op(
        f"{name}.Scalar_Tensor(Scalar self, Tensor other) -> Tensor",
        lambda self, other: kernel(np.asarray(self).astype(other.dtype), other), scalars="wrap",
        **rules,
    )  # fmt: skip
    return op(
        f"{name}.{scalar}(Tensor self, Scalar other) -> Tensor",
        lambda self, other: kernel(self, np.asarray(other).astype(self.dtype)),
        scalars="wrap", inplace=True, out=True, operators=operators, **rules,
    )  # fmt: skip


bitwise_and = _bitwise("bitwise_and", np.bitwise_and, "bitwise_and_cpu", "__and__", "__rand__")
bitwise_or = _bitwise("bitwise_or", np.bitwise_or, "bitwise_or_cpu", "__or__", "__ror__")
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor, "bitwise_xor_cpu", "__xor__", "__rxor__")
_SHIFT: dict[str, Any] = {"scalar": "Tensor_Scalar", "dtypes": _WHOLE - {bool_} - STORED}
bitwise_left_shift = _bitwise("bitwise_left_shift", np.left_shift, "lshift_cpu", "__lshift__", **_SHIFT)
bitwise_right_shift = _bitwise("bitwise_right_shift", np.right_shift, "rshift_cpu", "__rshift__", **_SHIFT)


def _invert(self: Tensor) -> Tensor:
    if self._dtype.category >= FLOATING:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


Tensor.__invert__ = _invert
_invert.__name__ = "__invert__"


Tensor.__rlshift__ = reflected(lambda self, other: bitwise_left_shift(other, self))
Tensor.__rrshift__ = reflected(lambda self, other: bitwise_right_shift(other, self))


def _not_ordered(name: str) -> Any:
    return lambda d: RuntimeError(f"{name} not implemented for complex tensors.")


def _check_real_operands(name: str) -> Any:
    def check(self: Tensor, other: Tensor) -> None:
        if self.is_complex() or other.is_complex():
            raise _not_ordered(name)(self._dtype)
        check_broadcast(self, other)

    return check


maximum = op(
    "maximum(Tensor self, Tensor other) -> Tensor", np.maximum,
    self=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self < other, 0),
    other=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self > other, 0),
    tangent=lambda self_t, other_t, self, other, result: (
        other_t + share_of(self > other, self == other, result) * (self_t - other_t)
    ),
    promote=DEFAULT, check=_check_real_operands("maximum"), dtypes=_ORDERED, unsupported=_not_ordered("maximum"),
    out=True,
)  # fmt: skip
minimum = op(
    "minimum(Tensor self, Tensor other) -> Tensor", np.minimum,
    self=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self > other, 0),
    other=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self < other, 0),
    tangent=lambda self_t, other_t, self, other, result: (
        other_t + share_of(self < other, self == other, result) * (self_t - other_t)
    ),
    promote=DEFAULT, check=_check_real_operands("minimum"), dtypes=_ORDERED, unsupported=_not_ordered("minimum"),
    out=True,
)  # fmt: skip
fmax = op(
    "fmax(Tensor self, Tensor other) -> Tensor", np.fmax,
    self=lambda grad, self, other: grad.masked_fill((self >= other).logical_or(other.isnan()).logical_not(), 0),
    other=lambda grad, self, other: grad.masked_fill((self >= other).logical_or(other.isnan()), 0),
    tangent=lambda self_t, other_t, self, other: (
        other_t + (self > other).logical_or_(other.isnan()) * (self_t - other_t)
    ),
    promote=DEFAULT, check=_check_real_operands("fmax"), dtypes=_ORDERED, unsupported=_not_ordered("fmax"),
    out=True,
)  # fmt: skip
fmin = op(
    "fmin(Tensor self, Tensor other) -> Tensor", np.fmin,
    self=lambda grad, self, other: grad.masked_fill((self <= other).logical_or(other.isnan()).logical_not(), 0),
    other=lambda grad, self, other: grad.masked_fill((self <= other).logical_or(other.isnan()), 0),
    tangent=lambda self_t, other_t, self, other: (
        other_t + (self <= other).logical_or_(other.isnan()) * (self_t - other_t)
    ),
    promote=DEFAULT, check=_check_real_operands("fmin"), dtypes=_ORDERED, unsupported=_not_ordered("fmin"),
    out=True,
)  # fmt: skip


def _equal(self: Tensor, other: Tensor) -> bool:
    for one in (self, other):
        one._check_readable("equal")
    if takers := dispatching((self, other)):
        return dispatched(takers, OVERLOADS["equal"][0], (self, other))[0]  # type: ignore[return-value]
    refuse_elements(NO_META_KERNEL.format("equal"), self, other)
    if self.layout is not strided or other.layout is not strided:
        raise refused("equal")
    return self.shape == other.shape and bool(np.array_equal(self._array, other._array))


def _allclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> bool:
    for one in (self, other):
        one._check_readable("allclose")
    return bool(isclose(self, other, rtol, atol, equal_nan).all())


equal = op("equal(Tensor self, Tensor other) -> bool", composite=_equal)


def _check_isclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> None:
    if self._dtype is not other._dtype:
        raise RuntimeError(f"{self._dtype.scalar_type} did not match {other._dtype.scalar_type}")
    for name, given in (("rtol", rtol), ("atol", atol)):
        if given < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {given:g}")
    check_broadcast(self, other)


_close = op(
    "_isclose(Tensor self, Tensor other, float rtol, float atol, bool equal_nan) -> Tensor", kernels.isclose,
    native=False, method=False,
)  # fmt: skip


def _isclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> Tensor:
    found = _close(self, other, rtol, atol, equal_nan)
    for changed in (equal_nan and self._dtype.category >= FLOATING, rtol or atol):
        if changed:
            bump(found)  # torch puts it together in place
    return found


isclose = op(
    "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    composite=_isclose, check=_check_isclose,
)  # fmt: skip
allclose = op(
    "allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool",
    composite=_allclose,
)

"""Comparisons, logic, bits, and choices between two values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import check_broadcast, not_implemented
from ..declare.op import COMPARE, COMPLEX, DEFAULT, op
from ..dtypes import DTYPES, FLOATING, bool_
from ..kernels import comparison as kernels
from ..tensor import Tensor

_ORDERED = frozenset(DTYPES) - COMPLEX
_WHOLE = frozenset(d for d in DTYPES if d.category < FLOATING)

eq = op(
    "eq.Tensor(Tensor self, Tensor other) -> Tensor", np.equal,
    promote=COMPARE, check=check_broadcast, numbers=True, inplace=True, out=True, operators=("__eq__",),
)  # fmt: skip
ne, not_equal = op(
    "ne.Tensor(Tensor self, Tensor other) -> Tensor", np.not_equal,
    promote=COMPARE, check=check_broadcast, numbers=True, also=("not_equal",), inplace=True, out=True,
    operators=("__ne__",),
)  # fmt: skip
lt, less = op(
    "lt.Tensor(Tensor self, Tensor other) -> Tensor", np.less,
    promote=COMPARE, check=check_broadcast, dtypes=_ORDERED, unsupported=not_implemented("lt_cpu"), numbers=True,
    also=("less",), inplace=True, out=True, operators=("__lt__",),
)  # fmt: skip
le, less_equal = op(
    "le.Tensor(Tensor self, Tensor other) -> Tensor", np.less_equal,
    promote=COMPARE, check=check_broadcast, dtypes=_ORDERED, unsupported=not_implemented("le_cpu"), numbers=True,
    also=("less_equal",), inplace=True, out=True, operators=("__le__",),
)  # fmt: skip
gt, greater = op(
    "gt.Tensor(Tensor self, Tensor other) -> Tensor", np.greater,
    promote=COMPARE, check=check_broadcast, dtypes=_ORDERED, unsupported=not_implemented("gt_cpu"), numbers=True,
    also=("greater",), inplace=True, out=True, operators=("__gt__",),
)  # fmt: skip
ge, greater_equal = op(
    "ge.Tensor(Tensor self, Tensor other) -> Tensor", np.greater_equal,
    promote=COMPARE, check=check_broadcast, dtypes=_ORDERED, unsupported=not_implemented("ge_cpu"), numbers=True,
    also=("greater_equal",), inplace=True, out=True, operators=("__ge__",),
)  # fmt: skip

isnan = op("isnan(Tensor self) -> Tensor", np.isnan)
isinf = op("isinf(Tensor self) -> Tensor", np.isinf)
isfinite = op("isfinite(Tensor self) -> Tensor", np.isfinite)
isposinf = op("isposinf(Tensor self) -> Tensor", np.isposinf, out=True)
isneginf = op("isneginf(Tensor self) -> Tensor", np.isneginf, out=True)
signbit = op("signbit(Tensor self) -> Tensor", kernels.signbit, out=True)

logical_not = op("logical_not(Tensor self) -> Tensor", np.logical_not, inplace=True, out=True)
logical_and = op(
    "logical_and(Tensor self, Tensor other) -> Tensor", np.logical_and, promote=COMPARE, inplace=True, out=True
)
logical_or = op(
    "logical_or(Tensor self, Tensor other) -> Tensor", np.logical_or, promote=COMPARE, inplace=True, out=True
)
logical_xor = op(
    "logical_xor(Tensor self, Tensor other) -> Tensor", np.logical_xor, promote=COMPARE, inplace=True, out=True
)


def _not_whole(name: str) -> Any:
    return not_implemented(f"bitwise_{name}_cpu")


bitwise_not = op(
    "bitwise_not(Tensor self) -> Tensor", np.invert,
    dtypes=_WHOLE, unsupported=_not_whole("not"), inplace=True, out=True,
)  # fmt: skip
bitwise_and = op(
    "bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor", np.bitwise_and,
    promote=DEFAULT, dtypes=_WHOLE, unsupported=_not_whole("and"), numbers=True, inplace=True, out=True,
    operators=("__and__", "__rand__"),
)  # fmt: skip
bitwise_or = op(
    "bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor", np.bitwise_or,
    promote=DEFAULT, dtypes=_WHOLE, unsupported=_not_whole("or"), numbers=True, inplace=True, out=True,
    operators=("__or__", "__ror__"),
)  # fmt: skip
bitwise_xor = op(
    "bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor", np.bitwise_xor,
    promote=DEFAULT, dtypes=_WHOLE, unsupported=_not_whole("xor"), numbers=True, inplace=True, out=True,
    operators=("__xor__", "__rxor__"),
)  # fmt: skip
bitwise_left_shift = op(
    "bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor", np.left_shift,
    promote=DEFAULT, dtypes=_WHOLE - {bool_}, unsupported=not_implemented("lshift_cpu"), numbers=True, inplace=True,
    out=True, operators=("__lshift__",),
)  # fmt: skip
bitwise_right_shift = op(
    "bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor", np.right_shift,
    promote=DEFAULT, dtypes=_WHOLE - {bool_}, unsupported=not_implemented("rshift_cpu"), numbers=True, inplace=True,
    out=True, operators=("__rshift__",),
)  # fmt: skip


def _invert(self: Tensor) -> Tensor:
    if self._dtype.category >= FLOATING:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


Tensor.__invert__ = _invert

maximum = op(
    "maximum(Tensor self, Tensor other) -> Tensor", np.maximum,
    self=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self < other, 0),
    other=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self > other, 0),
    promote=DEFAULT, check=check_broadcast, dtypes=_ORDERED,
    unsupported=lambda d: RuntimeError("maximum not implemented for complex tensors."), out=True,
)  # fmt: skip
minimum = op(
    "minimum(Tensor self, Tensor other) -> Tensor", np.minimum,
    self=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self > other, 0),
    other=lambda grad, self, other: (grad / 2).where(self == other, grad).masked_fill_(self < other, 0),
    promote=DEFAULT, check=check_broadcast, dtypes=_ORDERED,
    unsupported=lambda d: RuntimeError("minimum not implemented for complex tensors."), out=True,
)  # fmt: skip
fmax = op(
    "fmax(Tensor self, Tensor other) -> Tensor", np.fmax,
    self=lambda grad, self, other: grad.masked_fill((self >= other).logical_or(other.isnan()).logical_not(), 0),
    other=lambda grad, self, other: grad.masked_fill((self >= other).logical_or(other.isnan()), 0),
    promote=DEFAULT, check=check_broadcast, out=True,
)  # fmt: skip
fmin = op(
    "fmin(Tensor self, Tensor other) -> Tensor", np.fmin,
    self=lambda grad, self, other: grad.masked_fill((self <= other).logical_or(other.isnan()).logical_not(), 0),
    other=lambda grad, self, other: grad.masked_fill((self <= other).logical_or(other.isnan()), 0),
    promote=DEFAULT, check=check_broadcast, out=True,
)  # fmt: skip


def _equal(self: Tensor, other: Tensor) -> bool:
    return self.shape == other.shape and bool(np.array_equal(self._array, other._array))


def _allclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> bool:
    return bool(isclose(self, other, rtol, atol, equal_nan).all())


equal = op("equal(Tensor self, Tensor other) -> bool", composite=_equal)
isclose = op(
    "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    kernels.isclose,
)
allclose = op(
    "allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool",
    composite=_allclose,
)

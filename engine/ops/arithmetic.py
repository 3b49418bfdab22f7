"""Arithmetic: addition, multiplication, division, powers."""

from __future__ import annotations

import numpy as np

from ..checks import check_alpha, check_bool_subtraction, check_negation
from ..declare.op import DEFAULT, INT_TO_FLOAT, op
from ..formulas.arithmetic import times
from ..kernels import arithmetic as kernels

add = op(
    "add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", kernels.add, plain=np.add,
    self=lambda grad: grad,
    other=lambda grad, alpha: times(grad, alpha),
    promote=DEFAULT, check=check_alpha, numbers=True, inplace=True, out=True, operators=("__add__", "__radd__"),
)  # fmt: skip
sub = op(
    "sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", kernels.sub, plain=np.subtract,
    self=lambda grad: grad,
    other=lambda grad, alpha: times(-grad, alpha),
    promote=DEFAULT, check=check_bool_subtraction, numbers=True, also=("subtract",), inplace=True, out=True,
    operators=("__sub__",),
)  # fmt: skip
mul = op(
    "mul.Tensor(Tensor self, Tensor other) -> Tensor", np.multiply,
    self=lambda grad, other: grad * other.conj(),
    other=lambda grad, self: grad * self.conj(),
    promote=DEFAULT, numbers=True, also=("multiply",), inplace=True, out=True, operators=("__mul__", "__rmul__"),
)  # fmt: skip
neg = op(
    "neg(Tensor self) -> Tensor", np.negative,
    self=lambda grad: -grad,
    promote=DEFAULT, check=check_negation, also=("negative",), inplace=True, out=True, operators=("__neg__",),
)  # fmt: skip
sin = op(
    "sin(Tensor self) -> Tensor", np.sin,
    self=lambda grad, self: grad * self.cos().conj(),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip
cos = op("cos(Tensor self) -> Tensor", np.cos, self=lambda grad, self: grad * -self.sin().conj(), promote=INT_TO_FLOAT)
exp = op("exp(Tensor self) -> Tensor", np.exp, self=lambda grad, result: grad * result.conj(), promote=INT_TO_FLOAT, inplace=True)

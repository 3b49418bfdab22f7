"""Determinants, inverses, solutions, powers and products of matrices: ``torch.linalg``, and what came before it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from ..checks import check_broadcast, not_implemented
from ..declare.op import LEADING, NUMERIC, op
from ..dispatch.inplace import put
from ..dispatch.outputs import SAME, Output
from ..dtypes import DIFFERENTIABLE
from ..formulas import linalg as formulas
from ..kernels import linalg as kernels
from ..layout import contiguous_format, wrap_dim
from ..return_types import named
from ..tensor import Tensor
from ..warning import warn
from .matrices import (
    LAPACK,
    castable,
    check_dtype,
    check_precise,
    check_sides,
    check_square,
    refuse,
    square,
)

# Determinants.

_linalg_det = op(
    "_linalg_det(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)", kernels.determinant,
    A=lambda grad, result, A, LU, pivots: formulas.det_backward(grad, result, A, LU, pivots),
    check=square("linalg.det", "lu_cpu"), method=False, batch=LEADING,
)  # fmt: skip
linalg_det = op("linalg_det(Tensor A) -> Tensor", composite=lambda A: _linalg_det(A)[0], out=LAPACK, method=False)
det = op("det(Tensor self) -> Tensor", composite=lambda self: _linalg_det(self)[0])
_linalg_slogdet = op(
    "_linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)",
    kernels.sign_and_logarithm,
    A=lambda grads, A, sign, LU, pivots: formulas.slogdet_backward(grads, A, sign, LU, pivots),
    check=square("linalg.slogdet"), method=False, batch=LEADING,
)  # fmt: skip
_slogdet_result, _linalg_slogdet_result = (named(name, "sign", "logabsdet") for name in ("slogdet", "linalg_slogdet"))
linalg_slogdet = op(
    "linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)",
    composite=lambda A: _linalg_slogdet_result(_linalg_slogdet(A)[:2]), returns=_linalg_slogdet_result, out=LAPACK,
    method=False,
)  # fmt: skip
slogdet = op(
    "slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)",
    composite=lambda self: _slogdet_result(_linalg_slogdet(self)[:2]), returns=_slogdet_result, out=LAPACK,
)  # fmt: skip


def _logdet(self: Tensor) -> Tensor:
    square("logdet")(self)
    sign, size = linalg_slogdet(self)
    if self._dtype.is_complex:
        return sign.log() + size
    from .masking import where

    return where(sign == -1.0, math.nan, size)


logdet = op("logdet(Tensor self) -> Tensor", composite=_logdet)

# Inverses and solutions.

_inv_ex_result = named("linalg_inv_ex", "inverse", "info")
_inv_ex = op(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    lambda A, check_errors: kernels.inverse(A),
    A=lambda grad, inverse: -(inverse.mH @ (grad @ inverse.mH)),
    check=square("linalg.inv"), method=False, name="_inv_ex", batch=LEADING,
)  # fmt: skip


def inverted(name: str, A: Tensor, check_errors: bool) -> tuple[Tensor, Tensor]:
    inverse, info = _inv_ex(A)
    if check_errors:
        refuse(info, name)
    return inverse, info


linalg_inv_ex = op(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    composite=lambda A, check_errors: _inv_ex_result(inverted("linalg.inv_ex", A, check_errors)),
    returns=_inv_ex_result, out=LAPACK, method=False,
)  # fmt: skip
linalg_inv = op(
    "linalg_inv(Tensor A) -> Tensor", composite=lambda A: inverted("linalg.inv", A, True)[0], out=LAPACK, method=False
)
inverse = op("inverse(Tensor self) -> Tensor", composite=lambda self: inverted("linalg.inv", self, True)[0], out=LAPACK)


def _is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether ``B`` is a batch of vectors, as ``torch.linalg.solve`` tells it."""
    return B.dim() == 1 or (A.dim() - 1 == B.dim() and B.shape == A.shape[:-1])


def _check_solve(A: Tensor, B: Tensor, left: bool, check_errors: bool = False) -> None:
    check_dtype("linalg.solve", A, "lu_cpu")
    if A._dtype is not B._dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {A._dtype.scalar_type} and B "
            f"of type {B._dtype.scalar_type} instead"
        )
    check_square("linalg.solve", A)
    vector = _is_vector(A, B)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    check_sides("linalg.solve", A, B.unsqueeze(-1) if vector else B, left)


_linalg_solve_ex = op(
    "_linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False)"
    " -> (Tensor result, Tensor LU, Tensor pivots, Tensor info)",
    lambda A, B, left, check_errors: kernels.solve(
        A, B, left, B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    ),
    jointly=lambda grad, result, A, LU, pivots, left, needs: formulas.solve_backward(
        grad, result, A, LU, pivots, left, needs
    ),
    check=_check_solve, method=False,
)  # fmt: skip
_solve_ex_result = named("linalg_solve_ex", "result", "info")


def _solve_ex(A: Tensor, B: Tensor, left: bool, check_errors: bool) -> Any:
    result, _, _, info = _linalg_solve_ex(A, B, left=left)
    if check_errors:
        refuse(info, "torch.linalg.solve")
    return _solve_ex_result((result, info))


linalg_solve_ex = op(
    "linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)",
    composite=_solve_ex, returns=_solve_ex_result, out=LAPACK, method=False,
)  # fmt: skip
linalg_solve = op(
    "linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    composite=lambda A, B, left: _solve_ex(A, B, left, True)[0], out=LAPACK, method=False,
)  # fmt: skip


def _check_triangular(self: Tensor, B: Tensor, upper: bool, left: bool, unitriangular: bool) -> None:
    check_square("linalg.solve_triangular", self)
    check_sides("linalg.solve_triangular", self, B, left)
    check_precise("triangular_solve_cpu", self)


def _as_right_side(out: Tensor, fits: bool, self: Tensor, B: Tensor, upper: bool, left: bool, *_: Any) -> None:
    """Leave the right side in ``out``, where the solution was to take its place; rows turned into columns."""
    put(out, B._array)
    if (fits or not left) and out._array.flags.c_contiguous:
        out._array = out._array.swapaxes(-2, -1)


linalg_solve_triangular = op(
    "linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
    lambda self, B, upper, left, unitriangular: kernels.solve_triangular(
        self, B.astype(self.dtype, copy=False), upper, left, unitriangular),
    jointly=lambda grad, self, result, upper, left, unitriangular, needs: formulas.solve_triangular_backward(
        grad, self, result, upper, left, unitriangular, needs
    ),
    check=_check_triangular, method=False,
    out=Output(
        "expected scalar type {result.scalar_type} but found {out.scalar_type}", columns=True, spoils=_as_right_side
    ),
)  # fmt: skip

# Powers and exponentials.


def _matrix_power(self: Tensor, n: int) -> Tensor:
    check_square("linalg.matrix_power", self)
    if n == 0:
        return self.clone(memory_format=contiguous_format).copy_(self.new_ones(self.shape[:-1]).diag_embed())
    if n == -1:
        return inverted("linalg.inv", self, True)[0]
    if n < 0:
        return _matrix_power(inverted("linalg.inv", self, True)[0], -n)
    if n == 1:
        return self.clone()
    if n == 3:
        return self @ self @ self
    result, square = None, self
    while n:
        if n & 1:
            result = square if result is None else result @ square
        n >>= 1
        square = square @ square if n else square
    assert result is not None
    return result


_POWER = dataclasses.replace(castable("matrix_power"), mismatch=SAME.mismatch)
linalg_matrix_power = op(
    "linalg_matrix_power(Tensor self, int n) -> Tensor",
    composite=_matrix_power,
    out=_POWER,
    method=False,
)
matrix_power = op("matrix_power(Tensor self, int n) -> Tensor", composite=_matrix_power, out=_POWER)


def _check_exp(self: Tensor) -> None:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"linalg.matrix_exp: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    check_square("linalg.matrix_exp", self)


linalg_matrix_exp = op(
    "linalg_matrix_exp(Tensor self) -> Tensor", kernels.matrix_exp,
    self=lambda grad, self: formulas.matrix_exp_backward(grad, self),
    check=_check_exp, method=False,
)  # fmt: skip
matrix_exp = op("matrix_exp(Tensor self) -> Tensor", composite=lambda self: linalg_matrix_exp(self))

# Products.


def _check_cross(self: Tensor, other: Tensor, dim: int) -> None:
    if self.dim() != other.dim():
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    wrap_dim(dim, self.dim(), scalar=False)
    if self.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {self.shape[dim]} and {other.shape[dim]}"
        )
    check_broadcast(self, other)
    if self._dtype is not other._dtype:
        raise RuntimeError(f"expected scalar type {self._dtype.scalar_type} but found {other._dtype.scalar_type}")


linalg_cross = op(
    "linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor", kernels.cross,
    self=lambda grad, other, dim: linalg_cross(other.conj(), grad, dim=dim),
    other=lambda grad, self, dim: linalg_cross(grad, self.conj(), dim=dim),
    check=_check_cross, rows=True, dtypes=NUMERIC, unsupported=not_implemented("cross"), method=False, out=SAME,
    stepwise=True,
)  # fmt: skip


def _cross(self: Tensor, other: Tensor, dim: int | None) -> Tensor:
    if dim is None:
        warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross "
            "in a future release.", once=True,
        )  # fmt: skip
        dim = next((d for d, n in enumerate(self.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


cross = op("cross(Tensor self, Tensor other, int? dim=None) -> Tensor", composite=_cross, out=LAPACK)
linalg_vecdot = op(
    "linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
    composite=lambda x, y, dim: _vecdot(x, y, dim), method=False,
    out=Output("linalg.vecdot: Expected out of dtype{result.scalar_type} but found {out.scalar_type}"),
)  # fmt: skip


def _vecdot(x: Tensor, y: Tensor, dim: int) -> Tensor:
    if x._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x._dtype.scalar_type}"
        )
    if x._dtype is not y._dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x._dtype.scalar_type} and y "
            f"of type {y._dtype.scalar_type} instead"
        )
    if x.dim() == 1 and y.dim() == 1:
        return x.vdot(y)
    wrap_dim(dim, max(x.dim(), y.dim()))
    return (x.conj() * y).sum(dim)


linalg_diagonal = op(
    "linalg_diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)",
    composite=lambda A, offset, dim1, dim2: A.diagonal(offset, dim1, dim2), method=False,
)  # fmt: skip

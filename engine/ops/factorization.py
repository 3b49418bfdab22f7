"""Cholesky's, orthogonal and triangular factorisations of matrices, and solutions by them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import broadcast, not_implemented
from ..declare.op import INTEGRAL, LEADING, missing, op
from ..dispatch.overrides import overridable_function
from ..dtypes import int32
from ..formulas import linalg as formulas
from ..kernels import linalg as kernels
from ..layout import wrap_dim
from ..return_types import named
from ..tensor import Tensor, wrap
from ..warning import warn
from .matrices import (
    LAPACK,
    PRECISE,
    castable,
    check_dtype,
    check_pivots,
    check_precise,
    check_sides,
    check_square,
    matrix,
    refuse,
    square,
)

_DEPRECATED = (
    "torch.{0} is deprecated in favor of torch.linalg.{0} and will be removed in a future PyTorch release.\n{1}".format
)
_OLD_CHOLESKY = _DEPRECATED(
    "cholesky",
    "L = torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\n"
    "U = torch.cholesky(A, upper=True)\nshould be replaced with\nU = torch.linalg.cholesky(A).mH\n"
    "This transform will produce equivalent results for all valid (symmetric positive definite) inputs.",
)
_OLD_QR = _DEPRECATED(
    "qr",
    "The boolean parameter 'some' has been replaced with a string parameter 'mode'.\n"
    "Q, R = torch.qr(A, some)\nshould be replaced with\n"
    "Q, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
)
_OLD_LU_SOLVE = (
    "torch.lu_solve is deprecated in favor of torch.linalg.lu_solveand will be removed in a future PyTorch release."
    "\nNote that torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, pivots)\nshould be "
    "replaced with\nX = torch.linalg.lu_solve(LU, pivots, B)"
)


def _check_old_cholesky(self: Tensor, upper: bool) -> None:
    warn(_OLD_CHOLESKY, once=True)
    if not self.numel():
        return
    check_square("cholesky", self)
    check_precise("cholesky_cpu", self)


def _old_qr(self: Tensor, some: bool) -> Any:
    warn(_OLD_QR, once=True)
    return _qr_result(linalg_qr(self, "reduced" if some else "complete"))


# Cholesky's factorisation.

_cholesky_ex_result = named("linalg_cholesky_ex", "L", "info")
_cholesky_ex = op(
    "linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    lambda self, upper, check_errors: kernels.cholesky(self, upper),
    self=lambda grad, upper, L: formulas.cholesky_backward(grad, upper, L),
    check=square("linalg.cholesky", "cholesky_cpu"), method=False, name="_cholesky_ex", batch=LEADING,
)  # fmt: skip


def _factor(name: str, self: Tensor, upper: bool, check_errors: bool) -> tuple[Tensor, Tensor]:
    L, info = _cholesky_ex(self, upper=upper)
    if check_errors:
        refuse(info, name)
    return L, info


linalg_cholesky_ex = op(
    "linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    composite=lambda self, upper, check_errors: _cholesky_ex_result(
        _factor("linalg.cholesky_ex", self, upper, check_errors)
    ),
    returns=_cholesky_ex_result, out=LAPACK, method=False,
)  # fmt: skip
linalg_cholesky = op(
    "linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor",
    composite=lambda self, upper: _factor("linalg.cholesky", self, upper, True)[0], out=LAPACK, method=False,
)  # fmt: skip


def _cholesky_kernel(self: np.ndarray, upper: bool) -> np.ndarray:
    if not self.size:
        return self.copy()
    found, info = kernels.cholesky(self, upper)
    refuse(wrap(np.asarray(info)), "cholesky")
    return found


cholesky = op(
    "cholesky(Tensor self, bool upper=False) -> Tensor", _cholesky_kernel,
    self=lambda grad, upper, result: formulas.cholesky_backward(grad, upper, result),
    check=_check_old_cholesky, forward=False,
    out=dataclasses.replace(castable("cholesky", columns=False), warning=_OLD_CHOLESKY),
)  # fmt: skip

# Orthogonal factorisations.


def _check_qr(A: Tensor, mode: str) -> None:
    matrix("linalg.qr", "geqrf_cpu")(A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )


_qr_result = named("qr", "Q", "R")
linalg_qr = op(
    "linalg_qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)", kernels.qr,
    A=lambda grads, Q, R, mode: formulas.qr_backward(grads, Q, R, mode),
    check=_check_qr, returns=named("linalg_qr", "Q", "R"), out=LAPACK, method=False, batch=LEADING,
)  # fmt: skip
qr = op(
    "qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)",
    composite=_old_qr,
    returns=_qr_result, out=dataclasses.replace(LAPACK, warning=_OLD_QR),
)  # fmt: skip

# Triangular factorisation.


def _check_lu(name: str) -> Any:
    def check(A: Tensor, pivot: bool, *_: Any) -> None:
        if A.dim() < 2:
            shape = list(A.shape)
            raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {shape} instead")
        if not (pivot or A.is_meta) and (A.is_floating_point() or A.is_complex()):
            raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")

    return check


linalg_lu_factor_ex = op(
    "linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False)"
    " -> (Tensor LU, Tensor pivots, Tensor info)",
    lambda A, pivot, check_errors: kernels.lu_factor(A),
    A=lambda grad, LU, pivots, pivot: formulas.lu_factor_backward(grad, LU, pivots, pivot),
    check=_check_lu("torch.lu_factor"), dtypes=PRECISE, unsupported=not_implemented("lu_cpu"),
    returns=named("linalg_lu_factor_ex", "LU", "pivots", "info"), out=LAPACK,
    method=False,
)  # fmt: skip
_lu_factor_result = named("linalg_lu_factor", "LU", "pivots")


def _lu_factor(A: Tensor, pivot: bool) -> Any:
    LU, pivots, info = linalg_lu_factor_ex(A, pivot=pivot)
    refuse(info, "torch.linalg.lu_factor")
    return _lu_factor_result((LU, pivots))


linalg_lu_factor = op(
    "linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)", composite=_lu_factor,
    returns=_lu_factor_result, out=LAPACK, method=False,
)  # fmt: skip


def _untracked(packed: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """With a permutation that has no gradient."""
    L, U, P = packed
    return P._detached(), L, U


def _factors_first(packed: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    P, L, U = packed
    return L, U, P


_lu = op(  # the permutation last, since it counts for no output of the node
    "linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor L, Tensor U, Tensor P)",
    lambda A, pivot: _factors_first(kernels.lu(A, pivot)),
    A=lambda grads, P, L, U, pivot: formulas.lu_backward(grads[0], grads[1], P.detach(), L, U, pivot),
    check=_check_lu("linalg.lu"), dtypes=PRECISE, unsupported=not_implemented("lu_cpu"), method=False, name="_lu",
)  # fmt: skip
_lu_result = named("linalg_lu", "P", "L", "U")
linalg_lu = op(
    "linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)",
    composite=lambda A, pivot: _lu_result(_untracked(_lu(A, pivot=pivot))), returns=_lu_result, out=LAPACK,
    method=False,
)  # fmt: skip


def _check_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool, unpack_pivots: bool) -> None:
    if unpack_pivots and (LU_pivots._dtype is not int32 or not LU_pivots.is_contiguous()):
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this "
            "function is intended to be used with the output produced by torch.linalg.lu_factor"
        )
    wrap_dim(-1, LU_data.dim(), scalar=False)
    wrap_dim(-2, LU_data.dim())
    if unpack_pivots:
        wrong = (
            "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
            "Did you properly pass the result of lu_factor?"
        )
        check_pivots(LU_pivots, LU_data.shape[-2], wrong, wrong)


_unpack = op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
    " -> (Tensor L, Tensor U, Tensor P)",
    lambda LU_data, LU_pivots, unpack_data, unpack_pivots: _factors_first(
        kernels.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots)
    ),
    LU_data=lambda grads, LU_data_sym_argsize_minus_2, LU_data_sym_argsize_minus_1: formulas.lu_unpack_backward(
        grads, LU_data_sym_argsize_minus_2, LU_data_sym_argsize_minus_1
    ),
    check=_check_unpack, method=False, name="_unpack",
)  # fmt: skip
_lu_unpack_result = named("lu_unpack", "P", "L", "U")
lu_unpack = op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
    " -> (Tensor P, Tensor L, Tensor U)",
    composite=lambda LU_data, LU_pivots, unpack_data, unpack_pivots: _lu_unpack_result(
        _untracked(_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots))
    ),
    returns=_lu_unpack_result, out=LAPACK, method=False,
)  # fmt: skip


def _check_lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, left: bool, adjoint: bool) -> None:
    check_dtype("torch.linalg.lu_solve", LU, "linalg.lu_solve_cpu")
    if LU._dtype is not B._dtype:
        raise RuntimeError(
            f"linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type {LU._dtype.scalar_type} "
            f"and B of type {B._dtype.scalar_type} instead"
        )
    if pivots._dtype is not int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    check_square("torch.linalg.lu_solve", LU)
    check_sides("linalg.lu_solve", LU, B, left)
    if LU.size(-1) != pivots.size(-1):
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    if LU.shape[:-1] != pivots.shape:
        raise RuntimeError(
            "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    wrong = "Pivots given to lu_solve must all be {}. Did you properly pass the result of lu_factor?"
    check_pivots(
        pivots, LU.shape[-2], wrong.format("greater or equal to 1"), wrong.format("smaller or equal to LU.size(-2)")
    )


linalg_lu_solve = op(
    "linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor",
    kernels.lu_solve,
    LU=lambda grad, LU, pivots, result, left, adjoint: formulas.lu_solve_backward(
        grad, LU, pivots, result, left, adjoint
    ),
    B=lambda grad, LU, pivots, left, adjoint: linalg_lu_solve(LU, pivots, grad, left=left, adjoint=not adjoint),
    check=_check_lu_solve, method=False, out=LAPACK,
)  # fmt: skip


def _old_lu_solve(self: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    warn(_OLD_LU_SOLVE, once=True)
    return linalg_lu_solve(LU_data, LU_pivots, self)


lu_solve = op(
    "lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor",
    composite=_old_lu_solve, out=dataclasses.replace(LAPACK, warning=_OLD_LU_SOLVE),
)  # fmt: skip


# Inverse and solution by Cholesky's factor.


def _check_cholesky_inverse(self: Tensor, upper: bool) -> None:
    check_square("cholesky_inverse", self)


def _cholesky_inverse(self: np.ndarray, upper: bool) -> np.ndarray:
    found, info = kernels.cholesky_inverse(self, upper)
    refuse(wrap(np.asarray(info)), "cholesky_inverse")
    return found


cholesky_inverse = op(
    "cholesky_inverse(Tensor self, bool upper=False) -> Tensor", _cholesky_inverse,
    self=lambda grad, self, upper, result: formulas.cholesky_inverse_backward(grad, self, upper, result),
    check=_check_cholesky_inverse, dtypes=PRECISE, unsupported=not_implemented("cholesky_inverse_out_cpu"),
    out=castable("cholesky_inverse"),
)  # fmt: skip


def check_system(name: str, B: Tensor, A: Tensor) -> None:
    """Refuse sides of an equation that do not go together, in the words of torch's older solvers."""
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        )
    if A.shape[-1] != B.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {A.shape[-1]} by {A.shape[-1]} but each b matrix "
            f"is {B.shape[-2]} by {B.shape[-1]}"
        )
    if A._dtype is not B._dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {B._dtype.scalar_type} and A of type "
            f"{A._dtype.scalar_type} instead."
        )


def _check_cholesky_solve(self: Tensor, input2: Tensor, upper: bool) -> None:
    for name, one in (("b", self), ("u", input2)):
        if one.dim() < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {one.dim()} dimensions instead")
    check_system("cholesky_solve", self, input2)


cholesky_solve = op(
    "cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor", kernels.cholesky_solve,
    jointly=lambda grad, self, input2, result, upper, needs: formulas.cholesky_solve_backward(
        grad, self, input2, result, upper, needs),
    check=_check_cholesky_solve, dtypes=PRECISE, unsupported=not_implemented("cholesky_solve_cpu"),
    out=castable("cholesky_solve", columns=False),
)  # fmt: skip

# Symmetric matrices that are not definite.

_ldl_ex_result = named("linalg_ldl_factor_ex", "LD", "pivots", "info")
_ldl_result = named("linalg_ldl_factor", "LD", "pivots")
linalg_ldl_factor_ex = op(
    "linalg_ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False)"
    " -> (Tensor LD, Tensor pivots, Tensor info)",
    lambda self, hermitian, check_errors: kernels.ldl_factor(self, hermitian),
    self=missing("linalg_ldl_factor_ex"), node="NotImplemented",
    check=square("torch.linalg.ldl_factor_ex", "ldl_factor_kernel_cpu"), returns=_ldl_ex_result, out=LAPACK,
    method=False,
)  # fmt: skip
linalg_ldl_factor = op(
    "linalg_ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)",
    composite=lambda self, hermitian: _ldl_result(linalg_ldl_factor_ex(self, hermitian=hermitian)[:2]),
    returns=_ldl_result, out=LAPACK, method=False,
)  # fmt: skip


def _check_ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, hermitian: bool) -> None:
    name = "torch.linalg.ldl_solve"
    check_square(name, LD)
    check_dtype(name, LD, "ldl_solve_kernel_cpu")
    if pivots._dtype not in INTEGRAL:
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots._dtype.scalar_type}")
    if B.dim() < 2:
        wrap_dim(-2, B.dim(), scalar=False)
        raise RuntimeError(f"{name}: Expected B to have at least 2 dimensions, but it has {B.dim()} dimensions instead")
    check_system(name, B, LD)
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    broadcast(B.shape[:-2], LD.shape[:-2])
    wrong = "Pivots given to ldl_solve must all satisfy |pivot| {}. Did you properly pass the result of ldl_factor?"
    check_pivots(pivots, LD.shape[-2], wrong.format(">= 1"), wrong.format("<= LD.size(-2)"), signed=True)


linalg_ldl_solve = op(
    "linalg_ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor", kernels.ldl_solve,
    LD=missing("linalg_ldl_solve"), B=missing("linalg_ldl_solve"), node="NotImplemented",
    check=_check_ldl_solve, out=LAPACK, method=False,
)  # fmt: skip

# The triangular factorisation under its old name.

_lu_with_info_result = named("_lu_with_info", "LU", "pivots", "info")


def _lu_with_info(self: Tensor, pivot: bool, check_errors: bool) -> Any:
    warn(
        "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in "
        "a future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = "
        "torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, info = torch.lu(A, compute_pivots, "
        "get_infos=True)\nshould be replaced with\nLU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)",
        once=True,
    )
    return _lu_with_info_result(tuple(linalg_lu_factor_ex(self, pivot=pivot)))


_lu_with_info = op(
    "_lu_with_info(Tensor self, bool pivot=True, bool check_errors=True)"
    " -> (Tensor LU, Tensor pivots, Tensor info)", composite=_lu_with_info, method=False,
)  # fmt: skip


@overridable_function(1)
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """``L`` and ``U`` of ``(..., m, n)`` in one matrix, the row interchanges, and with ``get_infos`` the success.

    Source: ``torch.lu``, which is deprecated.
    """
    found = _lu_with_info(A, pivot, not get_infos)
    results = found if get_infos else (found[0], found[1])
    if out is None:
        return results
    for one, result in zip(out, results, strict=True):
        (one if one.shape == result.shape else one.resize_(result.shape)).copy_(result)
    return out


Tensor.lu = lambda self, pivot=True, get_infos=False: tuple(lu(self, pivot, get_infos))

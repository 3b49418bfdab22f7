"""Linear algebra: ``torch.linalg``, and the functions of ``torch`` that came before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd.forward_ad import is_differentiated
from ..checks import check_broadcast, not_implemented
from ..declare.op import NUMERIC, op
from ..declare.registry import OVERLOADS
from ..dispatch.outputs import SAME, Output
from ..dtypes import COMPLEX_DTYPES, DIFFERENTIABLE, float32, float64
from ..formulas import linalg as formulas
from ..kernels import linalg as kernels
from ..return_types import named
from ..tensor import Tensor, wrap, wrap_dim
from ..warning import warn

_PRECISE = frozenset({float32, float64}) | COMPLEX_DTYPES


class _LinAlgError(RuntimeError):
    """A matrix that has no such factorisation, inverse or solution.  Source: ``torch.linalg.LinAlgError``."""

    __module__ = "torch._C"


LinAlgError = _LinAlgError


# Checks.


def _check_matrix(name: str, self: Tensor, what: str = "The input tensor A") -> None:
    if self.dim() < 2:
        raise RuntimeError(f"{name}: {what} must have at least 2 dimensions.")


def _check_square(name: str, self: Tensor, what: str = "A") -> None:
    _check_matrix(name, self, f"The input tensor {what}")
    if self.shape[-1] != self.shape[-2]:
        raise RuntimeError(
            f"{name}: {what} must be batches of square matrices, but they are {self.shape[-2]} by {self.shape[-1]} "
            "matrices"
        )


def _check_dtype(name: str, self: Tensor, kernel: str = "") -> None:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    if self._dtype not in _PRECISE and kernel:
        raise not_implemented(kernel)(self._dtype)
    if self._dtype not in _PRECISE:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {self._dtype.scalar_type}")


def _square(name: str, kernel: str = "") -> Callable[..., None]:
    """The check of operations on square matrices."""

    def check(A: Tensor, *_: Any) -> None:
        _check_square(name, A)
        _check_dtype(name, A, kernel)

    return check


def _matrix(name: str, kernel: str = "") -> Callable[..., None]:
    """The check of operations on matrices."""

    def check(A: Tensor, *_: Any) -> None:
        _check_matrix(name, A)
        _check_dtype(name, A, kernel)

    return check


def _refuse(info: Tensor, text: Callable[[int], str], name: str) -> None:
    """Raise LinAlgError for the first matrix of a batch whose ``info`` is not zero."""
    found = np.flatnonzero(info._array)
    if found.size:
        place = f"(Batch element {found[0]}): " if info.dim() else ""
        raise LinAlgError(f"{name}: {place}{text(int(info._array.flat[found[0]]))}")


_LAPACK = Output(SAME.mismatch, columns=True)


def _deprecated(name: str, advice: str) -> None:
    warn(
        f"torch.{name} is deprecated in favor of torch.linalg.{name} and will be removed in a future PyTorch release.\n"
        f"{advice}", once=True,
    )  # fmt: skip


def _check_old_cholesky(self: Tensor, upper: bool) -> None:
    _deprecated(
        "cholesky",
        "L = torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\n"
        "U = torch.cholesky(A, upper=True)\nshould be replaced with\nU = torch.linalg.cholesky(A).mH\n"
        "This transform will produce equivalent results for all valid (symmetric positive definite) inputs.",
    )
    _square("cholesky")(self, upper)


def _old_qr(self: Tensor, some: bool) -> Any:
    _deprecated(
        "qr",
        "The boolean parameter 'some' has been replaced with a string parameter 'mode'.\n"
        "Q, R = torch.qr(A, some)\nshould be replaced with\n"
        "Q, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
    )
    return _qr_result(linalg_qr(self, "reduced" if some else "complete"))


# Determinants.

_linalg_det = op(
    "_linalg_det(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)", kernels.determinant,
    A=lambda grad, result, A, LU, pivots: formulas.det_backward(grad, result, A, LU, pivots),
    check=_square("linalg.det"), method=False,
)  # fmt: skip
linalg_det = op("linalg_det(Tensor A) -> Tensor", composite=lambda A: _linalg_det(A)[0], out=_LAPACK, method=False)
det = op("det(Tensor self) -> Tensor", composite=lambda self: _linalg_det(self)[0])
_linalg_slogdet = op(
    "_linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)",
    kernels.sign_and_logarithm,
    A=lambda grads, A, sign, LU, pivots: formulas.slogdet_backward(grads, A, sign, LU, pivots),
    check=_square("linalg.slogdet"), method=False,
)  # fmt: skip
_slogdet_result, _linalg_slogdet_result = (named(name, "sign", "logabsdet") for name in ("slogdet", "linalg_slogdet"))
linalg_slogdet = op(
    "linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)",
    composite=lambda A: _linalg_slogdet_result(_linalg_slogdet(A)[:2]), returns=_linalg_slogdet_result, out=_LAPACK,
    method=False,
)  # fmt: skip
slogdet = op(
    "slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)",
    composite=lambda self: _slogdet_result(_linalg_slogdet(self)[:2]), returns=_slogdet_result, out=_LAPACK,
)  # fmt: skip


def _logdet(self: Tensor) -> Tensor:
    _square("logdet")(self)
    sign, size = linalg_slogdet(self)
    if self._dtype.is_complex:
        return sign.log() + size
    from .indexing import where

    return where(sign == -1.0, math.nan, size)


logdet = op("logdet(Tensor self) -> Tensor", composite=_logdet)

# Inverses and solutions.

_SINGULAR_INVERSE = (
    "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
)
_inv_ex_result = named("linalg_inv_ex", "inverse", "info")
_inv_ex = op(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    lambda A, check_errors: kernels.inverse(A),
    A=lambda grad, inverse: -(inverse.mH @ (grad @ inverse.mH)),
    check=_square("linalg.inv"), method=False, name="_inv_ex",
)  # fmt: skip


def _inv(name: str, A: Tensor, check_errors: bool) -> tuple[Tensor, Tensor]:
    inverse, info = _inv_ex(A)
    if check_errors:
        _refuse(info, _SINGULAR_INVERSE.format, name)
    return inverse, info


linalg_inv_ex = op(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    composite=lambda A, check_errors: _inv_ex_result(_inv("linalg.inv_ex", A, check_errors)),
    returns=_inv_ex_result, out=_LAPACK, method=False,
)  # fmt: skip
linalg_inv = op(
    "linalg_inv(Tensor A) -> Tensor", composite=lambda A: _inv("linalg.inv", A, True)[0], out=_LAPACK, method=False
)
inverse = op("inverse(Tensor self) -> Tensor", composite=lambda self: _inv("linalg.inv", self, True)[0], out=_LAPACK)


def _is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether ``B`` is a batch of vectors, as ``torch.linalg.solve`` tells it."""
    return B.dim() == 1 or (A.dim() - 1 == B.dim() and B.shape == A.shape[:-1])


def _check_solve(A: Tensor, B: Tensor, left: bool, check_errors: bool = False) -> None:
    _check_dtype("linalg.solve", A, "lu_cpu")
    if A._dtype is not B._dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {A._dtype.scalar_type} and B "
            f"of type {B._dtype.scalar_type} instead"
        )
    _check_square("linalg.solve", A)
    vector = _is_vector(A, B)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    _check_sides("linalg.solve", A, B.unsqueeze(-1) if vector else B, left)


def _check_sides(name: str, A: Tensor, B: Tensor, left: bool) -> None:
    _check_matrix(name, B, "The input tensor B")
    if A.shape[-2] != B.shape[-2 if left else -1]:
        shown = " and ".join(f"{one.shape[-2]}x{one.shape[-1]}" for one in (A, B))
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {equation} ({shown})")
    lead = wrap(np.empty(A.shape[:-2])), wrap(np.empty(B.shape[:-2]))
    check_broadcast(*lead)


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
    if check_errors and np.any(info._array):
        raise LinAlgError("torch.linalg.solve: The solver failed because the input matrix is singular.")
    return _solve_ex_result((result, info))


linalg_solve_ex = op(
    "linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)",
    composite=_solve_ex, returns=_solve_ex_result, out=_LAPACK, method=False,
)  # fmt: skip
linalg_solve = op(
    "linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    composite=lambda A, B, left: _solve_ex(A, B, left, True)[0], out=_LAPACK, method=False,
)  # fmt: skip


def _check_triangular(self: Tensor, B: Tensor, *_: Any) -> None:
    _check_dtype("linalg.solve_triangular", self)
    _check_square("linalg.solve_triangular", self)


linalg_solve_triangular = op(
    "linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
    kernels.solve_triangular,
    jointly=lambda grad, self, result, upper, left, unitriangular, needs: formulas.solve_triangular_backward(
        grad, self, result, upper, left, unitriangular, needs
    ),
    check=_check_triangular, method=False, out=_LAPACK,
)  # fmt: skip

# Cholesky's factorisation.

_cholesky_ex_result = named("linalg_cholesky_ex", "L", "info")
_cholesky_ex = op(
    "linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    lambda self, upper, check_errors: kernels.cholesky(self, upper),
    self=lambda grad, upper, L: formulas.cholesky_backward(grad, upper, L),
    check=_square("linalg.cholesky", "cholesky_cpu"), method=False, name="_cholesky_ex",
)  # fmt: skip


def _indefinite(order: int) -> str:
    return (
        "The factorization could not be completed because the input is not positive-definite (the leading minor of "
        f"order {order} is not positive-definite)."
    )


def _factor(name: str, self: Tensor, upper: bool, check_errors: bool) -> tuple[Tensor, Tensor]:
    L, info = _cholesky_ex(self, upper=upper)
    if check_errors:
        _refuse(info, _indefinite, name)
    return L, info


linalg_cholesky_ex = op(
    "linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    composite=lambda self, upper, check_errors: _cholesky_ex_result(
        _factor("linalg.cholesky_ex", self, upper, check_errors)
    ),
    returns=_cholesky_ex_result, out=_LAPACK, method=False,
)  # fmt: skip
linalg_cholesky = op(
    "linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor",
    composite=lambda self, upper: _factor("linalg.cholesky", self, upper, True)[0], out=_LAPACK, method=False,
)  # fmt: skip


def _cholesky_kernel(self: np.ndarray, upper: bool) -> np.ndarray:
    found, info = kernels.cholesky(self, upper)
    _refuse(wrap(np.asarray(info)), _indefinite, "cholesky")
    return found


cholesky = op(
    "cholesky(Tensor self, bool upper=False) -> Tensor", _cholesky_kernel,
    self=lambda grad, upper, result: formulas.cholesky_backward(grad, upper, result),
    check=_check_old_cholesky, out=_LAPACK, forward=False,
)  # fmt: skip

# Orthogonal factorisations.


def _check_qr(A: Tensor, mode: str) -> None:
    _matrix("linalg.qr", "geqrf_cpu")(A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )


_qr_result = named("qr", "Q", "R")
linalg_qr = op(
    "linalg_qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)", kernels.qr,
    A=lambda grads, Q, R, mode: formulas.qr_backward(grads, Q, R, mode),
    check=_check_qr, returns=named("linalg_qr", "Q", "R"), out=_LAPACK, method=False,
)  # fmt: skip
qr = op(
    "qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)",
    composite=_old_qr,
    returns=_qr_result, out=_LAPACK,
)  # fmt: skip

# Singular values and eigenvalues.


def _check_svd(A: Tensor, full_matrices: bool, compute_uv: bool, driver: str | None) -> None:
    _matrix("linalg.svd")(A)
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


_linalg_svd = op(
    "_linalg_svd(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None)"
    " -> (Tensor U, Tensor S, Tensor Vh)",
    lambda A, full_matrices, compute_uv, driver: kernels.svd(A, full_matrices, compute_uv),
    A=lambda grads, U, S, Vh, full_matrices: formulas.svd_backward(grads, U, S, Vh, full_matrices),
    check=_check_svd, method=False,
)  # fmt: skip
_derivative = OVERLOADS["_linalg_svd"][0].derivative
assert _derivative is not None
# torch's node also keeps the size of an output that it keeps.
setattr(_derivative.node, "_saved_S_sym_argsize_minus_1", property(lambda node: node._saved_S.shape[-1]))  # noqa: B010
_linalg_svd_result, _svd_result = named("linalg_svd", "U", "S", "Vh"), named("svd", "U", "S", "V")
linalg_svd = op(
    "linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    composite=lambda A, full_matrices, driver: _linalg_svd_result(_linalg_svd(A, full_matrices, True, driver=driver)),
    returns=_linalg_svd_result, out=_LAPACK, method=False,
)  # fmt: skip


def _svdvals(A: Tensor, driver: str | None = None) -> Tensor:
    return _linalg_svd(A, False, is_differentiated(A), driver=driver)[1]


linalg_svdvals = op(
    "linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor", composite=_svdvals, out=_LAPACK, method=False
)


def _svd(self: Tensor, some: bool, compute_uv: bool) -> Any:
    if self.dim() < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {self.dim()} dimensions instead"
        )
    if compute_uv:
        U, S, Vh = linalg_svd(self, not some)
        return _svd_result((U, S, Vh.mH))
    S = _svdvals(self)
    m, n = self.shape[-2:]
    return _svd_result(
        (S.new_zeros((*self.shape[:-2], m, m)).to(self.dtype), S, S.new_zeros((*self.shape[:-2], n, n)).to(self.dtype))
    )


svd = op(
    "svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)", composite=_svd,
    returns=_svd_result, out=_LAPACK,
)  # fmt: skip


def _check_eigh(A: Tensor, UPLO: str, compute_v: bool = True) -> None:
    _square("linalg.eigh")(A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


_linalg_eigh = op(
    '_linalg_eigh(Tensor A, str UPLO="L", bool compute_v=True) -> (Tensor eigenvalues, Tensor eigenvectors)',
    kernels.eigh,
    A=lambda grads, eigenvalues, eigenvectors: formulas.eig_backward(grads, eigenvalues, eigenvectors, hermitian=True),
    check=_check_eigh, method=False,
)  # fmt: skip
_eigh_result = named("linalg_eigh", "eigenvalues", "eigenvectors")
linalg_eigh = op(
    'linalg_eigh(Tensor self, str UPLO="L") -> (Tensor eigenvalues, Tensor eigenvectors)',
    composite=lambda self, UPLO: _eigh_result(_linalg_eigh(self, UPLO)), returns=_eigh_result, out=_LAPACK,
    method=False,
)  # fmt: skip
linalg_eigvalsh = op(
    'linalg_eigvalsh(Tensor self, str UPLO="L") -> Tensor',
    composite=lambda self, UPLO: _linalg_eigh(self, UPLO, is_differentiated(self))[0], out=_LAPACK, method=False,
)  # fmt: skip


def _check_eig(self: Tensor) -> None:
    _square("linalg.eig")(self)
    if not np.all(np.isfinite(self._array)):
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")


linalg_eig = op(
    "linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", kernels.eig,
    self=lambda grads, eigenvalues, eigenvectors, self_scalar_type: formulas.eig_backward(
        grads, eigenvalues, eigenvectors, hermitian=False
    ),
    check=_check_eig, returns=named("linalg_eig", "eigenvalues", "eigenvectors"), out=_LAPACK, method=False,
)  # fmt: skip
_linalg_eigvals = op("_linalg_eigvals(Tensor self) -> Tensor", kernels.eigvals, check=_check_eig, method=False)
linalg_eigvals = op(
    "linalg_eigvals(Tensor self) -> Tensor",
    composite=lambda self: linalg_eig(self)[0] if is_differentiated(self) else _linalg_eigvals(self), out=_LAPACK,
    method=False,
)  # fmt: skip

# Triangular factorisation.

linalg_lu_factor_ex = op(
    "linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False)"
    " -> (Tensor LU, Tensor pivots, Tensor info)",
    lambda A, pivot, check_errors: kernels.lu_factor(A, pivot),
    A=lambda grad, LU, pivots, pivot: formulas.lu_factor_backward(grad, LU, pivots, pivot),
    check=_matrix("torch.lu_factor"), returns=named("linalg_lu_factor_ex", "LU", "pivots", "info"), out=_LAPACK,
    method=False,
)  # fmt: skip
_ZERO_PIVOT = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
    "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)
_lu_factor_result = named("linalg_lu_factor", "LU", "pivots")


def _lu_factor(A: Tensor, pivot: bool) -> Any:
    LU, pivots, info = linalg_lu_factor_ex(A, pivot=pivot)
    _refuse(info, _ZERO_PIVOT.format, "torch.linalg.lu_factor")
    return _lu_factor_result((LU, pivots))


linalg_lu_factor = op(
    "linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)", composite=_lu_factor,
    returns=_lu_factor_result, out=_LAPACK, method=False,
)  # fmt: skip


def _untracked(packed: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """With a permutation that has no gradient."""
    L, U, P = packed
    return wrap(P._array), L, U


def _factors_first(packed: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    P, L, U = packed
    return L, U, P


_lu = op(  # the permutation last, since it counts for no output of the node
    "linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor L, Tensor U, Tensor P)",
    lambda A, pivot: _factors_first(kernels.lu(A, pivot)),
    A=lambda grads, P, L, U, pivot: formulas.lu_backward(grads[0], grads[1], P, L, U, pivot),
    check=_matrix("linalg.lu"), method=False, name="_lu",
)  # fmt: skip
_lu_result = named("linalg_lu", "P", "L", "U")
linalg_lu = op(
    "linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)",
    composite=lambda A, pivot: _lu_result(_untracked(_lu(A, pivot=pivot))), returns=_lu_result, out=_LAPACK,
    method=False,
)  # fmt: skip
_unpack = op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
    " -> (Tensor L, Tensor U, Tensor P)",
    lambda LU_data, LU_pivots, unpack_data, unpack_pivots: _factors_first(
        kernels.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots)
    ),
    LU_data=lambda grads, LU_data_sym_argsize_minus_2, LU_data_sym_argsize_minus_1: formulas.lu_unpack_backward(
        grads, LU_data_sym_argsize_minus_2, LU_data_sym_argsize_minus_1
    ),
    method=False, name="_unpack",
)  # fmt: skip
_lu_unpack_result = named("lu_unpack", "P", "L", "U")
lu_unpack = op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
    " -> (Tensor P, Tensor L, Tensor U)",
    composite=lambda LU_data, LU_pivots, unpack_data, unpack_pivots: _lu_unpack_result(
        _untracked(_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots))
    ),
    returns=_lu_unpack_result, out=_LAPACK, method=False,
)  # fmt: skip
linalg_lu_solve = op(
    "linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor",
    kernels.lu_solve,
    LU=lambda grad, LU, pivots, result, left, adjoint: formulas.lu_solve_backward(
        grad, LU, pivots, result, left, adjoint
    ),
    B=lambda grad, LU, pivots, left, adjoint: linalg_lu_solve(LU, pivots, grad, left=left, adjoint=not adjoint),
    method=False, out=_LAPACK,
)  # fmt: skip
lu_solve = op(
    "lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor",
    composite=lambda self, LU_data, LU_pivots: linalg_lu_solve(LU_data, LU_pivots, self), out=_LAPACK,
)  # fmt: skip

# Powers and exponentials.


def _matrix_power(self: Tensor, n: int) -> Tensor:
    _check_square("linalg.matrix_power", self)
    if n == 0:
        return self.new_ones(self.shape[:-1]).diag_embed()
    if n < 0:
        return _matrix_power(_inv("linalg.inv", self, True)[0], -n)
    if n == 1:
        return self.clone()
    result, square = None, self
    while n:
        if n & 1:
            result = square if result is None else result @ square
        n >>= 1
        square = square @ square if n else square
    assert result is not None
    return result


linalg_matrix_power = op(
    "linalg_matrix_power(Tensor self, int n) -> Tensor", composite=_matrix_power, out=_LAPACK, method=False
)
matrix_power = op("matrix_power(Tensor self, int n) -> Tensor", composite=_matrix_power, out=_LAPACK)


def _check_exp(self: Tensor) -> None:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"linalg.matrix_exp: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    _check_square("linalg.matrix_exp", self)


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
    if self.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {self.shape[dim]} and {other.shape[dim]}"
        )
    check_broadcast(self, other)


linalg_cross = op(
    "linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor", kernels.cross,
    self=lambda grad, other, dim: linalg_cross(other.conj(), grad, dim=dim),
    other=lambda grad, self, dim: linalg_cross(grad, self.conj(), dim=dim),
    check=_check_cross, dtypes=NUMERIC, unsupported=not_implemented("cross"), method=False, out=True,
)  # fmt: skip


def _cross(self: Tensor, other: Tensor, dim: int | None) -> Tensor:
    if dim is None:
        dim = next((d for d, n in enumerate(self.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


cross = op("cross(Tensor self, Tensor other, int? dim=None) -> Tensor", composite=_cross, out=_LAPACK)
linalg_vecdot = op(
    "linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
    composite=lambda x, y, dim: _vecdot(x, y, dim), out=_LAPACK, method=False,
)  # fmt: skip


def _vecdot(x: Tensor, y: Tensor, dim: int) -> Tensor:
    if x.dim() == 1 and y.dim() == 1:
        return x.vdot(y)
    wrap_dim(dim, max(x.dim(), y.dim()))
    return (x.conj() * y).sum(dim)

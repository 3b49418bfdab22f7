"""Singular values and eigenvalues, and their vectors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.forward_ad import is_differentiated
from ..autograd.modes import GRAD
from ..declare.op import LEADING, op
from ..declare.registry import OVERLOADS
from ..dispatch.inplace import write
from ..dispatch.outputs import Output
from ..dtypes import DIFFERENTIABLE
from ..formulas import linalg as formulas
from ..kernels import linalg as kernels
from ..return_types import named
from ..tensor import Tensor, wrap
from .factorization import linalg_qr
from .matrices import LAPACK, NOT_FINITE, castable, check_precise, check_square, matrix, refuse, square
from .random import randn

# Singular values and eigenvalues.


def _check_svd(A: Tensor, full_matrices: bool, compute_uv: bool, driver: str | None) -> None:
    matrix("linalg.svd", "linalg_svd_cpu")(A)
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


def _svd_kernel(A: np.ndarray, full_matrices: bool, compute_uv: bool, driver: str | None) -> Any:
    try:
        return kernels.svd(A, full_matrices, compute_uv)
    except np.linalg.LinAlgError:
        info = np.where(np.isfinite(A).all((-2, -1)), 0, NOT_FINITE).astype(np.int32)
        refuse(wrap(info), "linalg.svd")
        raise


_linalg_svd = op(
    "_linalg_svd(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None)"
    " -> (Tensor U, Tensor S, Tensor Vh)",
    _svd_kernel,
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
    returns=_linalg_svd_result, out=LAPACK, method=False,
)  # fmt: skip


def _svdvals(A: Tensor, driver: str | None = None) -> Tensor:
    return _linalg_svd(A, False, is_differentiated(A), driver=driver)[1]


linalg_svdvals = op(
    "linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor", composite=_svdvals, out=LAPACK, method=False
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


def _svd_out(outs: Sequence[Tensor], self: Tensor, some: bool, compute_uv: bool) -> None:
    """The last output is turned, takes the adjoint that is computed, and is turned again."""
    if not compute_uv:
        found = _svd(self, some, False)
        for place in (0, 2):
            expected, given = found[place]._dtype, outs[place]._dtype
            if given is not expected:
                raise RuntimeError(
                    f"torch.svd: Expected out tensor to have dtype {expected.scalar_type} but got {given.scalar_type} "
                    "instead"
                )
        for place in (1, 0, 2):
            LAPACK.prepare(outs[place], found[place]._array, found[place]._dtype, ())
            write(outs[place], found[place]._array)
        return
    V = outs[2]
    if V.dim() >= 2:
        V.transpose_(-2, -1)
    linalg_svd(self, not some, out=tuple(outs))
    V.transpose_(-2, -1)
    if V.is_complex():
        V.conj_physical_()


svd = op(
    "svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)", composite=_svd,
    returns=_svd_result, out=Output(by=_svd_out),
)  # fmt: skip


def _check_eigh(A: Tensor, UPLO: str, compute_v: bool = True) -> None:
    check_square("linalg.eigh", A)
    check_precise("linalg_eigh_cpu", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


def _eigh_kernel(A: np.ndarray, UPLO: str, compute_v: bool) -> Any:
    try:
        return kernels.eigh(A, UPLO, compute_v)
    except np.linalg.LinAlgError:
        left = A.shape[-1] - (1 if compute_v else 2)  # of the off-diagonal elements, those that do not vanish
        info = np.where(np.isfinite(A).all((-2, -1)), 0, left).astype(np.int32)
        refuse(wrap(info), "linalg.eigh")
        raise


_linalg_eigh = op(
    '_linalg_eigh(Tensor A, str UPLO="L", bool compute_v=True) -> (Tensor eigenvalues, Tensor eigenvectors)',
    _eigh_kernel,
    A=lambda grads, eigenvalues, eigenvectors: formulas.eig_backward(grads, eigenvalues, eigenvectors, hermitian=True),
    check=_check_eigh, method=False, batch=LEADING,
)  # fmt: skip
_eigh_result = named("linalg_eigh", "eigenvalues", "eigenvectors")
linalg_eigh = op(
    'linalg_eigh(Tensor self, str UPLO="L") -> (Tensor eigenvalues, Tensor eigenvectors)',
    composite=lambda self, UPLO: _eigh_result(_linalg_eigh(self, UPLO)), returns=_eigh_result,
    out=dataclasses.replace(LAPACK, last_first=True), method=False,
)  # fmt: skip
linalg_eigvalsh = op(
    'linalg_eigvalsh(Tensor self, str UPLO="L") -> Tensor',
    composite=lambda self, UPLO: _linalg_eigh(self, UPLO, is_differentiated(self))[0], out=LAPACK, method=False,
)  # fmt: skip


def _check_eig(self: Tensor, name: str = "linalg.eig") -> None:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(f"Unknown Complex ScalarType for {self._dtype.scalar_type}")
    square(name, "linalg_eig_out_cpu")(self)
    if not np.all(np.isfinite(self._array)):
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")


linalg_eig = op(
    "linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", kernels.eig,
    self=lambda grads, eigenvalues, eigenvectors, self_scalar_type: formulas.eig_backward(
        grads, eigenvalues, eigenvectors, hermitian=False
    ),
    check=_check_eig, returns=named("linalg_eig", "eigenvalues", "eigenvectors"), method=False,
    out=castable("torch.linalg.eig", "eigenvalues"),
)  # fmt: skip
_linalg_eigvals = op("_linalg_eigvals(Tensor self) -> Tensor", kernels.eigvals, method=False)


def _eigvals(self: Tensor) -> Tensor:
    if is_differentiated(self) or (self._requires_grad and GRAD()):
        return linalg_eig(self)[0]
    _check_eig(self, "linalg.eigvals")
    return _linalg_eigvals(self)


linalg_eigvals = op(
    "linalg_eigvals(Tensor self) -> Tensor", composite=_eigvals,
    out=castable("torch.linalg.eigvals", "eigenvalues"), method=False,
)  # fmt: skip


# Of low rank, from random directions: N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with randomness"
# (2009), algorithms 4.4 and 5.1.


def _basis(A: Tensor, q: int, niter: int, M: Tensor | None) -> Tensor:
    """Columns that nearly span what ``A - M`` maps to."""

    def orthonormal(matrix: Tensor, taken: Tensor | None, columns: Tensor) -> Tensor:
        product = matrix @ columns
        return linalg_qr(product if taken is None else product - taken @ columns)[0]

    adjoint = None if M is None else M.mH
    Q = orthonormal(A, M, randn(A.shape[-1], q, dtype=A.dtype, device=A.device))
    for _ in range(niter):
        Q = orthonormal(A.mH, adjoint, Q)
        Q = orthonormal(A, M, Q)
    return Q


def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """``q`` singular values of ``A - M``, ``(..., m, n)``, and their vectors: ``U``, ``S`` and ``V``.

    Source: ``torch.svd_lowrank``.
    """
    M = None if M is None else M.broadcast_to(A.shape)
    wide = A.shape[-2] < A.shape[-1]
    if wide:
        A, M = A.mH, None if M is None else M.mH
    Q = _basis(A, 6 if q is None else q, 2 if niter is None else niter, M)
    B = Q.mH @ A
    if M is not None:
        B = B - Q.mH @ M
    U, S, Vh = linalg_svd(B, full_matrices=False)
    U, V = Q.matmul(U), Vh.mH
    return (V, S, U) if wide else (U, S, V)


def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """``q`` principal components of the rows of ``(..., m, n)``: ``U``, ``S`` and ``V``.

    Raises:
        ValueError: for more components than there are, or a negative ``niter``.

    Source: ``torch.pca_lowrank``.
    """
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)

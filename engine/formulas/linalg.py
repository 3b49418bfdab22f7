"""Derivatives of factorisations and solutions of matrices.

Adjoints of perturbed factorisations, as in M. B. Giles, "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008), for complex matrices by Wirtinger calculus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.levels import holds, is_batched
from ..autograd.modes import GRAD
from ..ops.joining import cat
from ..tensor import Tensor
from .reduction import products_of_others


def _diagonal(self: Tensor) -> Tensor:
    return self.diagonal(0, -2, -1)


def _linalg() -> Any:
    """The operations that formulas call; they are declared with these formulas."""
    from .. import linalg

    return linalg


def _unpack(LU: Tensor, pivots: Tensor, unpack_pivots: bool) -> Any:
    from ..ops.factorization import lu_unpack

    return lu_unpack(LU, pivots, True, unpack_pivots)


def det_backward(grad: Tensor, result: Tensor, A: Tensor, LU: Tensor, pivots: Tensor) -> Tensor:
    """``grad * det(A) * inv(A)``, adjoint; if that is to be differentiated, by the adjugate where ``A`` is singular."""
    if not A.numel():
        return grad.new_zeros(A.shape)
    if A.shape[-1] == 1:
        return grad.unsqueeze(-1).unsqueeze(-1).expand(A.shape)
    linalg = _linalg()
    scaled = (grad * result.conj()).unsqueeze(-1).expand(A.shape[:-1]).diag_embed().mT
    least = float(np.finfo(A._dtype.numpy).eps)
    if not GRAD.get():
        regular = _diagonal(LU)
        regular = LU + regular.new_full((), least).where(regular == 0, 0).diag_embed()
        return linalg.lu_solve(regular, pivots, scaled, adjoint=True)
    singular = result.abs() < 100 * least
    if holds(singular.logical_not().all()):
        return linalg.solve(A.mH, scaled)
    if is_batched(singular) or singular.all():
        return _adjugate(A, grad)
    found, regular = A.new_empty(A.shape), singular.logical_not()
    found.index_put_((singular,), _adjugate(A[singular], grad[singular]))
    return found.index_put_((regular,), linalg.solve(A[regular].mH, scaled[regular]))


def _adjugate(A: Tensor, grad: Tensor) -> Tensor:
    """Times ``grad`` and adjoint, by the singular values (N. J. Higham, "What Is the Adjugate of a Matrix?", 2020)."""
    linalg = _linalg()
    U, S, Vh = linalg.svd(A)
    phase = (linalg.det(U) * linalg.det(Vh)).conj() * grad
    return (U * (phase.unsqueeze(-1) * products_of_others(S, S.dim() - 1)).unsqueeze(-2)) @ Vh


def slogdet_backward(grads: Sequence[Tensor | None], A: Tensor, sign: Tensor, LU: Tensor, pivots: Tensor) -> Any:
    """``inv(A)``, adjoint, times the change of the logarithm: its size, and for complex matrices its angle."""
    linalg = _linalg()
    grad_sign, grad_size = grads[0], grads[1]
    change: Any = grad_size
    if A._dtype.is_complex and grad_sign is not None:
        angle = (grad_sign.conj() * sign).imag * 1j
        change = -angle if grad_size is None else grad_size - angle
    if change is None:
        return None
    scaled = change.to(A.dtype).unsqueeze(-1).expand(A.shape[:-1]).diag_embed().mT
    if GRAD.get():
        return linalg.solve(A.mH, scaled)
    return linalg.lu_solve(LU, pivots, scaled, adjoint=True)


def solve_backward(
    grad: Tensor, result: Tensor, A: Tensor, LU: Tensor, pivots: Tensor, left: bool, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None]:
    """``B``'s gradient solves the adjoint system; ``A``'s is its product with the solution."""
    linalg = _linalg()
    vector = A.dim() - 1 == grad.dim() or (grad.dim() > 1 and grad.shape == A.shape[:-1])
    if vector:
        grad, result = grad.unsqueeze(-1), result.unsqueeze(-1)
    if GRAD.get() or A.shape[:-2] != grad.shape[:-2]:
        for_B = linalg.solve(A.mH, grad, left=left)
    else:
        for_B = linalg.lu_solve(LU, pivots, grad, left=left, adjoint=True)
    for_A = None
    if needs[0]:
        for_A = -(for_B @ result.mH) if left else -(result.mH @ for_B)
    return for_A, (for_B.squeeze(-1) if vector else for_B) if needs[1] else None


def solve_triangular_backward(
    grad: Tensor, self: Tensor, result: Tensor, upper: bool, left: bool, unitriangular: bool, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None]:
    """As of a full matrix; of ``A`` only the triangle counts."""
    for_B = _linalg().solve_triangular(self.mH, grad, upper=not upper, left=left, unitriangular=unitriangular)
    for_A = None
    if needs[0]:
        for_A = -(for_B @ result.mH) if left else -(result.mH @ for_B)
        for_A = for_A.triu(int(unitriangular)) if upper else for_A.tril(-int(unitriangular))
    return for_A, for_B if needs[1] else None


def cholesky_backward(grad: Tensor, upper: bool, L: Tensor) -> Tensor:
    """Through the triangular factor, symmetric as ``A`` is."""
    solve = _linalg().solve_triangular
    if upper:
        L, grad = L.mH, grad.mH
    inner = (L.mH @ grad).tril()
    inner = 0.5 * (inner + inner.tril(-1).mH)
    return solve(L, solve(L.mH, inner, upper=True, left=True), upper=False, left=False)


def qr_backward(grads: Sequence[Tensor | None], Q: Tensor, R: Tensor, mode: str) -> Tensor | None:
    """Of the thin factorisation; a wide matrix's further columns are ``Q @ R2``.

    Raises:
        RuntimeError: where the columns of ``Q`` are not determined, or ``Q`` was not computed.
    """
    if mode == "complete" and Q.shape[-2] > R.shape[-1]:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    grad_Q, grad_R = grads
    if grad_Q is None and grad_R is None:
        return None
    m, n = Q.shape[-2], R.shape[-1]
    inner: Any = None if grad_R is None else grad_R @ R.mH
    if grad_Q is not None:
        inner = -(Q.mH @ grad_Q) if inner is None else inner - Q.mH @ grad_Q
    solve = _linalg().solve_triangular
    if n <= m:
        inner = inner.triu()
        whole = inner + inner.mH
        diagonal = _diagonal(whole)
        (diagonal.real if diagonal._dtype.is_complex else diagonal).mul_(0.5)
        found = Q @ whole
        return solve(R.mH, found if grad_Q is None else found + grad_Q, upper=False, left=False)
    whole = _skew(-inner).tril()
    if whole._dtype.is_complex:
        _diagonal(whole).imag.mul_(0.5)
    found = solve(R.narrow(-1, 0, m).mH, Q @ whole, upper=False, left=False)
    found = cat([found, found.new_zeros((*found.shape[:-1], n - m))], -1)
    return found if grad_R is None else found + Q @ grad_R


def _check_phase(text: str, diagonal: Tensor) -> None:
    imaginary = diagonal._detached().imag.abs()
    if holds((imaginary > 1e-2).any()):
        raise RuntimeError(text)


def svd_backward(
    grads: Sequence[Tensor | None], U: Tensor, S: Tensor, Vh: Tensor, full_matrices: bool
) -> Tensor | None:
    """Through the singular values, and through the vectors as far as they are determined.

    Raises:
        RuntimeError: if a complex loss depends on the vectors' phases.
    """
    grad_U, grad_S, grad_Vh = grads
    if grad_U is None and grad_S is None and grad_Vh is None:
        return None
    m, n, k = U.shape[-2], Vh.shape[-1], S.shape[-1]
    if full_matrices:
        U, Vh = U.narrow(-1, 0, k), Vh.narrow(-2, 0, k)
        grad_U = None if grad_U is None else grad_U.narrow(-1, 0, k)
        grad_Vh = None if grad_Vh is None else grad_Vh.narrow(-2, 0, k)
    if grad_U is None and grad_Vh is None:
        assert grad_S is not None
        return U @ (grad_S.unsqueeze(-1) * Vh) if m >= n else (U * grad_S.unsqueeze(-2)) @ Vh
    turn_U = None if grad_U is None else _skew(U.mH @ grad_U)
    turn_V = None if grad_Vh is None else _skew(Vh @ grad_Vh.mH)
    is_complex = U._dtype.is_complex
    if is_complex:
        turned = turn_V if turn_U is None else turn_U if turn_V is None else turn_U + turn_V
        assert turned is not None
        _check_phase(
            "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. "
            "The specified loss function depends on this phase term, making it ill-defined.",
            _diagonal(turned),
        )
    gaps = _gaps(S * S)
    inner: Any
    if turn_V is None:
        inner = turn_U / gaps * S.unsqueeze(-2)
    elif turn_U is None:
        inner = S.unsqueeze(-1) * (turn_V / gaps)
    else:
        inner = (turn_U * S.unsqueeze(-2) + S.unsqueeze(-1) * turn_V) / gaps
    if grad_S is not None:
        inner = inner + grad_S.to(inner.dtype).diag_embed()
    if is_complex and turn_U is not None and turn_V is not None:
        inner = inner + (_diagonal(turn_U) / (2 * S)).diag_embed()
    if m > k and grad_U is not None:
        inner, outside = U @ inner, grad_U / S.unsqueeze(-2)
        return (inner + outside - U @ (U.mH @ outside)) @ Vh
    if n > k and grad_Vh is not None:
        inner, outside = inner @ Vh, grad_Vh / S.unsqueeze(-1)
        return U @ (inner + outside - outside @ Vh.mH @ Vh)
    return U @ (inner @ Vh) if m >= n else (U @ inner) @ Vh


def _skew(self: Tensor) -> Tensor:
    return self - self.mH


def _gaps(values: Tensor) -> Tensor:
    """The differences of the values, by column and row; one on the diagonal."""
    found = values.unsqueeze(-2) - values.unsqueeze(-1)
    _diagonal(found).fill_(1)
    return found


def eig_backward(grads: Sequence[Tensor | None], L: Tensor, V: Tensor, *, hermitian: bool) -> Tensor | None:
    """Through the eigenvalues, and through vectors of length one as far as they are determined.

    Raises:
        RuntimeError: if a complex loss depends on the vectors' phases.
    """
    grad_L, grad_V = grads
    if grad_L is None and grad_V is None:
        return None
    solve = _linalg().solve
    if grad_V is None:
        assert grad_L is not None
        if hermitian:
            return (V * grad_L.unsqueeze(-2)) @ V.mH
        return solve(V.mH, grad_L.unsqueeze(-1) * V.mH)
    inner = V.mH @ grad_V
    along = _diagonal(inner)
    if V._dtype.is_complex:
        name = "linalg_eigh_backward" if hermitian else "linalg_eig_backward"
        _check_phase(
            f"{name}: The eigenvectors in the complex case are specified up to multiplication by e^{{i phi}}. The "
            "specified loss function depends on this quantity, so it is ill-defined.",
            along,
        )
    if hermitian:
        inner = _skew(inner) * 0.5
    else:
        real = along.real if along._dtype.is_complex else along
        inner = inner - V.mH @ (V * real.unsqueeze(-2))
    inner = inner / _gaps(L.conj())
    if grad_L is not None:
        if is_batched(grad_L) and not is_batched(inner):
            inner = inner - _diagonal(inner).diag_embed() + grad_L.to(inner.dtype).diag_embed()
        else:
            _diagonal(inner).copy_(grad_L)
    return V @ (inner @ V.mH) if hermitian else solve(V.mH, inner @ V.mH)


def matrix_exp_backward(grad: Tensor, self: Tensor) -> Tensor:
    """The upper right block of the exponential of ``[[A, grad], [0, A]]``, for the adjoint ``A``."""
    n = self.shape[-1]
    adjoint = self.mH
    if is_batched(adjoint) or is_batched(grad):
        whole = cat([cat([adjoint, grad], -1), cat([adjoint.new_zeros(adjoint.shape), adjoint], -1)], -2)
    else:
        whole = grad.new_zeros((*self.shape[:-2], 2 * n, 2 * n))
        for row, column, block in ((0, 0, adjoint), (n, n, adjoint), (0, n, grad)):
            whole.narrow(-2, row, n).narrow(-1, column, n).copy_(block)
    return _linalg().matrix_exp(whole).narrow(-2, 0, n).narrow(-1, n, n)


def lu_backward(grad_L: Tensor | None, grad_U: Tensor | None, P: Tensor, L: Tensor, U: Tensor, pivot: bool) -> Any:
    """Through both factors; the part of a longer one that is not square follows from the square part."""
    if grad_L is None and grad_U is None:
        return None
    solve = _linalg().solve_triangular
    m, n, k = L.shape[-2], U.shape[-1], L.shape[-1]
    found: Any
    if m == n:
        found = None if grad_L is None else (L.mH @ grad_L).tril(-1)
        if grad_U is not None:
            of_U = (grad_U @ U.mH).triu()
            found = of_U if found is None else found + of_U
        found = solve(U.mH, found, upper=False, left=False)
        found = solve(L.mH, found, upper=True, left=True, unitriangular=True)
    elif n > k:
        found = None if grad_L is None else L.mH @ grad_L
        if grad_U is not None:
            of_U = grad_U.triu() @ U.mH
            found = -of_U if found is None else found - of_U
        found = solve(U.narrow(-1, 0, k).mH, found.tril(-1), upper=False, left=False)
        if grad_U is not None:
            found = cat([found + grad_U.narrow(-1, 0, k).triu(), grad_U.narrow(-1, k, n - k)], -1)
        found = solve(L.mH, found, upper=True, left=True, unitriangular=True)
        if grad_U is None:
            found = cat([found, U.new_zeros((*U.shape[:-1], n - k))], -1)
    else:
        found = None if grad_U is None else grad_U @ U.mH
        if grad_L is not None:
            of_L = L.mH @ grad_L.tril(-1)
            found = -of_L if found is None else found - of_L
        found = solve(L.narrow(-2, 0, k).mH, found.triu(), upper=True, left=True, unitriangular=True)
        if grad_L is not None:
            found = cat([found + grad_L.narrow(-2, 0, k).tril(-1), grad_L.narrow(-2, k, m - k)], -2)
        found = solve(U.mH, found, upper=False, left=False)
        if grad_L is None:
            found = cat([found, L.new_zeros((*L.shape[:-2], m - k, k))], -2)
    return P @ found if pivot else found


def lu_factor_backward(grad: Tensor, LU: Tensor, pivots: Tensor, pivot: bool) -> Any:
    """Through the factors that are packed in one matrix."""
    P, L, U = _unpack(LU, pivots, pivot)
    k = L.shape[-1]
    return lu_backward(grad.narrow(-1, 0, k).tril(-1), grad.narrow(-2, 0, k).triu(), P, L, U, pivot)


def lu_unpack_backward(grads: Sequence[Tensor | None], m: int, n: int) -> Tensor | None:
    """Each factor's triangle, side by side."""
    grad_L, grad_U, _ = grads
    parts = []
    if grad_L is not None:
        parts.append(_resized(grad_L.tril(-1), m, n))
    if grad_U is not None:
        parts.append(_resized(grad_U.triu(), m, n))
    return parts[0] + parts[1] if len(parts) == 2 else parts[0] if parts else None


def _resized(self: Tensor, m: int, n: int) -> Tensor:
    """With zeros below and to the right."""
    found = self.new_zeros((*self.shape[:-2], m, n))
    found.narrow(-2, 0, self.shape[-2]).narrow(-1, 0, self.shape[-1]).copy_(self)
    return found


def lu_solve_backward(grad: Tensor, LU: Tensor, pivots: Tensor, X: Tensor, left: bool, adjoint: bool) -> Tensor:
    """Of the packed factors."""
    solve = _linalg().solve_triangular
    P, L, U = _unpack(LU, pivots, True)
    if left is not adjoint:
        for_U = solve(U.mH, -(grad @ X.mH if left else grad.mH @ X), upper=False)
        for_L = solve(L.mH, for_U @ U.mH, upper=True, unitriangular=True)
    else:
        turned = -(P.mT @ X @ grad.mH @ P if left else P.mT @ X.mH @ grad @ P)
        for_L = solve(L.mH, turned, upper=True, left=False, unitriangular=True)
        for_U = solve(U.mH, L.mH @ for_L, upper=False, left=False)
    return for_L.tril(-1) + for_U.triu()


def pinv_backward(grad: Tensor, result: Tensor, self: Tensor) -> Tensor:
    """G. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems" (1973)."""
    adjoint, result_adjoint = grad.mH, result.mH
    if self.shape[-2] <= self.shape[-1]:  # the smaller products first
        inner = adjoint @ result
        rows = inner @ result_adjoint
        outside = result_adjoint @ result @ (adjoint - inner @ self)
        return -(result @ inner).mH + rows - self @ result @ rows + outside
    inner = result @ adjoint
    columns = result_adjoint @ inner
    outside = (adjoint - self @ inner) @ result @ result_adjoint
    return -(inner @ result).mH + outside + columns - columns @ result @ self


# By Cholesky's factor.


def cholesky_inverse_backward(grad: Tensor, self: Tensor, upper: bool, result: Tensor) -> Tensor:
    """Through the inverse of the product of the factor with its adjoint."""
    both = result @ ((grad + grad.mH) @ result)
    return -(self @ both) if upper else -(both @ self)


def cholesky_solve_backward(
    grad: Tensor, self: Tensor, input2: Tensor, result: Tensor, upper: bool, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None]:
    """``B``'s gradient solves the same system, which is its own adjoint."""
    from ..ops.factorization import cholesky_solve

    for_B = cholesky_solve(grad, input2, upper)
    for_factor = None
    if needs[1]:
        product = for_B @ result.mH
        both = product + product.mH
        for_factor = -(input2 @ both) if upper else -(both @ input2)
    return for_B if needs[0] else None, for_factor


# By Householder's reflections, ``H[i] = I - tau[i] * v[i] @ v[i].mH``.


def _reflector(input: Tensor, i: int) -> Tensor:
    """``v[i]`` as a column: zeros, a one, and what stands below the diagonal."""
    below = input[..., i + 1 :, i]
    lead = tuple(below.shape[:-1])
    return cat([below.new_zeros((*lead, i)), below.new_ones((*lead, 1)), below], -1).unsqueeze(-1)


def _reflections(input: Tensor, tau: Tensor, other: Tensor, adjoint: bool) -> list[tuple[int, Tensor, Tensor, Tensor]]:
    """``Q @ other``, or ``Q.mH @ other``, step by step: which reflection, its vector, its factor, what it reflects."""
    steps = []
    count = tau.shape[-1]
    for i in range(count) if adjoint else reversed(range(count)):
        v = _reflector(input, i)
        factor = tau[..., i, None, None]
        factor = factor.conj() if adjoint else factor
        steps.append((i, v, factor, other))
        other = other - factor * (v @ (v.mH @ other))
    return steps


def reflections_backward(
    grad: Tensor, input: Tensor, tau: Tensor, other: Tensor, adjoint: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Of ``Q @ other`` or ``Q.mH @ other`` for the vectors, their factors and ``other``, the last reflection first."""
    for_input, for_tau = input.new_zeros(input.shape), tau.new_zeros(tau.shape)
    for i, v, factor, before in reversed(_reflections(input, tau, other, adjoint)):
        projected, returned = v.mH @ before, v.mH @ grad
        change = -(grad * (v @ projected).conj()).sum((-2, -1))
        for_tau.select(-1, i).copy_(change.conj() if adjoint else change)
        for_v = -(factor.conj() * (grad @ projected.mH) + factor * (before @ returned.mH))
        for_input.select(-1, i).copy_(for_v.squeeze(-1))
        grad = grad - factor.conj() * (v @ returned)
    return for_input.tril(-1), for_tau, grad


def householder_product_backward(
    grad: Tensor, result: Tensor, input: Tensor, tau: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    """Of the first columns of the product of all reflections."""
    if not input.numel() or not tau.numel():
        return None, None
    rows, columns = input.shape[-2:]
    identity = input.new_ones((*input.shape[:-2], rows)).diag_embed()[..., :columns]
    return reflections_backward(grad, input, tau, identity, False)[:2]


def ormqr_backward(
    grad: Tensor, result: Tensor, self: Tensor, input2: Tensor, input3: Tensor, left: bool, transpose: bool
) -> tuple[Tensor | None, Tensor | None, Tensor]:
    """A product from the right is the adjoint of one from the left."""
    for_other = self.ormqr(input2, grad, left, not transpose)
    if not result.numel():
        return None, None, for_other
    if left:
        for_self, for_tau, _ = reflections_backward(grad, self, input2, input3, transpose)
    else:
        for_self, for_tau, _ = reflections_backward(grad.mH, self, input2, input3.mH, not transpose)
    return for_self, for_tau, for_other


# Least squares.


def lstsq_backward(
    grads: Sequence[Tensor | None], self: Tensor, b: Tensor, solution: Tensor, needs: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Through the pseudoinverse, and through the sums of squared residuals."""
    for_solution, for_residuals = grads[0], grads[1]
    if for_solution is None and for_residuals is None:
        return None, None
    vector = b.dim() == self.dim() - 1
    columns = b.unsqueeze(-1) if vector else b
    X = solution.unsqueeze(-1) if vector else solution
    for_A: Any = None
    for_B: Any = None
    if for_solution is not None:
        wanted = for_solution.unsqueeze(-1) if vector else for_solution
        inverse = _linalg().pinv(self)
        if needs[0]:
            for_A = pinv_backward(wanted @ columns.mH, inverse, self)
        if needs[1]:
            for_B = inverse.mH @ wanted
    if for_residuals is not None and for_residuals.numel():
        excess, share = self @ X - columns, for_residuals.unsqueeze(-2)
        if needs[0]:
            change = 2 * (share * excess @ X.mH)
            for_A = change if for_A is None else for_A + change
        if needs[1]:
            change = -2 * share * excess
            for_B = change if for_B is None else for_B + change
    return for_A, for_B.squeeze(-1) if vector and for_B is not None else for_B


def old_triangular_solve_backward(
    grads: Sequence[Tensor | None], A: Tensor, solution: Tensor, upper: bool, transpose: bool, unitriangular: bool,
    needs: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None]:  # fmt: skip
    """Of the solution and of the copy of ``A`` that comes with it."""
    for_solution, for_copy = grads[0], grads[1]
    for_B: Any = None
    for_A: Any = for_copy
    if for_solution is not None:
        for_B = for_solution.triangular_solve(A.conj(), upper, not transpose, unitriangular)[0]
        if needs[1]:
            change = -(for_B @ solution.mH)
            change = change.mT if transpose else change
            change = change.triu(int(unitriangular)) if upper else change.tril(-int(unitriangular))
            for_A = change if for_A is None else change + for_A
    return for_B if needs[0] else None, for_A if needs[1] else None

"""Some eigenvalues of a large symmetric matrix, by products with it alone.

Source: A. Knyazev, "Toward the optimal preconditioned eigensolver" (2001); for the convergence criterion, J. Duersch et
al., "A robust and efficient implementation of LOBPCG" (2018), section 4.3; for names and defaults, ``torch.lobpcg``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..autograd.function import Function
from ..autograd.modes import no_grad
from ..dtypes import COMPLEX_DTYPES, default_dtype, float32, float64
from ..tensor import Tensor
from .creation import empty, eye, zeros
from .factorization import linalg_cholesky
from .joining import cat
from .linalg import linalg_solve, linalg_solve_triangular
from .random import randn
from .spectral import linalg_eigh

_EPSILON = {float32: 1.2e-07, float64: 2.23e-16}


class LOBPCG:
    """The state of an iteration, which a tracker sees.

    ``iparams``, ``fparams``, ``bparams`` are what was asked for; ``ivars``, ``fvars``, ``bvars``, ``tvars`` change with
    each step; ``E``, ``X``, ``R`` are eigenvalues, eigenvectors and residuals so far, ``S`` is the basis in which the
    next are sought.
    """

    def __init__(
        self, A: Tensor, B: Tensor | None, X: Tensor, iK: Tensor | None, iparams: dict[str, int],
        fparams: dict[str, float], bparams: dict[str, bool], method: str, tracker: Callable[[Any], object] | None,
    ) -> None:  # fmt: skip
        self.A, self.B, self.X, self.iK = A, B, X, iK
        self.iparams, self.fparams, self.bparams = iparams, fparams, bparams
        self.method, self.tracker = method, tracker
        m, n = iparams["m"], iparams["n"]
        self.E, self.R = zeros(n, dtype=X.dtype), zeros((m, n), dtype=X.dtype)
        self.S = zeros((m, 0), dtype=X.dtype)
        self.ivars: dict[str, int] = {"istep": 0, "iterations_left": iparams["niter"], "converged_count": 0}
        self.fvars: dict[str, float] = {}
        self.bvars: dict[str, bool] = {}
        self.tvars: dict[str, Tensor] = {}

    def run(self) -> None:
        """Iterate until the pairs have converged, the steps are spent, or the tracker forces a stop."""
        while True:
            self.update()
            if self.tracker is not None:
                self.tracker(self)
            if self.stop_iteration():
                return

    def stop_iteration(self) -> bool:
        """Whether there is nothing more to do."""
        return (
            self.bvars.get("force_stop", False)
            or self.ivars["iterations_left"] == 0
            or self.ivars["converged_count"] >= self.iparams["k"]
        )

    def update(self) -> None:
        """One step: the best approximations in the basis, their residuals, and the basis with those for the next."""
        n = self.iparams["n"]
        if not self.ivars["istep"]:
            size = self.X.norm()
            self.fvars["X_norm"] = size.item()
            self.fvars["A_norm"] = (_times(self.A, self.X).norm() / size).item()
            self.fvars["B_norm"] = (_times(self.B, self.X).norm() / size).item()
            self.S = self._orthonormal(self.X, self.X[:, :0])
        basis = self.S
        values, found = linalg_eigh(basis.mT @ _times(self.A, basis))
        if self.bparams["largest"]:
            values, found = values.flip(-1), found.flip(-1)
        self.E, self.X = values[:n], basis @ found[:, :n]
        self.R = _times(self.A, self.X) - _times(self.B, self.X) * self.E
        count = self.update_converged_count()
        # Where each approximation has moved to, seen from the last one, is a direction worth keeping.
        moved = basis[:, n:] @ found[n:, :n] if basis.shape[1] > n else self.X[:, :0]
        rest = _times(self.iK, self.R[:, count:])
        self.S = cat([self.X, self._orthonormal(cat([moved[:, count:], rest], 1), self.X)], 1)
        self.ivars["istep"] += 1
        self.ivars["iterations_left"] -= 1

    def update_converged_count(self) -> int:
        """How many of the first pairs have residuals below the tolerance."""
        scale = self.fvars["A_norm"] + self.E.abs() * self.fvars["B_norm"]
        error = self.R.norm(2, 0) / (self.X.norm(2, 0) * scale)
        converged = (error < self.fparams["tol"]).tolist()
        count = converged.index(False) if False in converged else len(converged)
        self.tvars["rerr"], self.ivars["converged_count"] = error, count
        return count

    def _orthonormal(self, U: Tensor, V: Tensor) -> Tensor:
        """A basis of what the columns of ``U`` add to those of ``V``, in which ``B`` is the identity.

        Twice, for the first time leaves errors of rounding. With ``method="basic"`` the columns are taken to be
        independent; otherwise what depends on the others, as far as rounding lets see, is left out.
        """
        for _ in range(2):
            U = U - V @ (V.mT @ _times(self.B, U))
            products = U.mT @ _times(self.B, U)
            sizes = products.diagonal().sqrt()
            used = sizes > 0
            U, sizes, products = U[:, used] / sizes[used], sizes[used], products[used][:, used]
            products = products / sizes / sizes.unsqueeze(1)
            if self.method == "basic":
                U = linalg_solve_triangular(linalg_cholesky(products, upper=True), U, upper=True, left=False)
                continue
            values, found = linalg_eigh(products)
            kept = values > values.amax() * (4 * len(U) * _EPSILON[U._dtype]) if len(values) else values > 0
            U = U @ (found[:, kept] / values[kept].sqrt())
        return U


def _times(matrix: Tensor | None, X: Tensor) -> Tensor:
    """The product; of no matrix, the identity's."""
    return X if matrix is None else matrix @ X


class LOBPCGAutogradFunction(Function):
    """The pairs of a matrix without ``B``, and how they depend on it."""

    @staticmethod
    def forward(ctx: Any, A: Tensor, *options: Any) -> tuple[Tensor, Tensor]:
        """Eigenvalues and eigenvectors."""
        found = _pairs(A, *options)
        B = options[1]
        ctx.save_for_backward(A, B, *found)
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """``U (diag(gD) + F * U^T gU) U^T``, ``F_ij = 1 / (d_j - d_i)``; and what turns an eigenvector out of the span.

        That is, for each pair, the solution of ``(d - A) w = gU`` in the complement of the eigenvectors.

        Raises:
            ValueError: for sparse and complex matrices, and if there is a ``B``.
        """
        D_grad, U_grad = grads
        A, B, D, U = ctx.saved_tensors
        if A.is_sparse or (B is not None and B.is_sparse and ctx.needs_input_grad[2]):
            raise ValueError(f"lobpcg.backward does not support sparse input yet. {_FORWARD_DOES}")
        if A._dtype in COMPLEX_DTYPES or (B is not None and B._dtype in COMPLEX_DTYPES):
            raise ValueError(f"lobpcg.backward does not support complex input yet. {_FORWARD_DOES}")
        if B is not None:
            raise ValueError("lobpcg.backward does not support backward with B != I yet.")
        gaps = D.unsqueeze(-2) - D.unsqueeze(-1)
        within = D_grad.diag_embed() + (U.mT @ U_grad) / _without_diagonal(gaps)
        found = U @ within @ U.mT
        if U.shape[-1] < U.shape[-2]:
            span = U @ U.mT
            outside = eye(U.shape[-2], dtype=U._dtype) - span
            restricted = outside @ A @ outside
            systems = D.unsqueeze(-1).unsqueeze(-1) * outside.unsqueeze(-3) - restricted.unsqueeze(-3)
            turned = linalg_solve(systems + span.unsqueeze(-3), (outside @ U_grad).mT.unsqueeze(-1)).squeeze(-1).mT
            found = found + turned @ U.mT
        return found, *[None] * 13


_FORWARD_DOES = "Note that lobpcg.forward does though."


def _without_diagonal(gaps: Tensor) -> Tensor:
    """The differences, infinite between a value and itself."""
    return gaps.masked_fill(eye(gaps.shape[-1]).bool(), math.inf)


def _pairs(
    A: Tensor, k: int | None, B: Tensor | None, X: Tensor | None, n: int | None, iK: Tensor | None, niter: int | None,
    tol: float | None, largest: bool | None, method: str | None, tracker: Callable[[Any], object] | None,
    ortho_iparams: dict[str, int] | None, ortho_fparams: dict[str, float] | None,
    ortho_bparams: dict[str, bool] | None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    if A.shape[-2] != A.shape[-1]:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    if B is not None and A.shape != B.shape:
        raise AssertionError(f"A and B must have same shape, got {A.shape} vs {B.shape}")
    d = A._dtype if A._dtype.is_floating_point or A._dtype.is_complex else default_dtype()
    tol = _EPSILON[d] ** 0.5 if tol is None else tol
    m = A.shape[-1]
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = X.shape[-1] if X is not None else k if n is None else n
    if m < 3 * n:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the number of "
            f"requested eigenpairs (={n})"
        )
    iparams = {"m": m, "n": n, "k": k, "niter": 1000 if niter is None else niter} | (ortho_iparams or {})
    fparams = {"tol": tol} | (ortho_fparams or {})
    bparams = {"largest": largest is None or largest} | (ortho_bparams or {})

    def one(A: Tensor, B: Tensor | None, X: Tensor | None) -> tuple[Tensor, Tensor]:
        X = randn((m, n), dtype=d) if X is None else X
        if X.shape != (m, n):
            raise AssertionError(f"X shape mismatch: got {X.shape}, expected {(m, n)}")
        worker = LOBPCG(A, B, X, iK, iparams, fparams, bparams, method or "ortho", tracker)
        worker.run()
        return worker.E[:k], worker.X[:, :k]

    with no_grad():
        if A.dim() == 2:
            return one(A, B, X)
        batch = tuple(A.shape[:-2])
        stacks = [None if v is None else v.reshape((-1, *v.shape[-2:])) for v in (A, B, X)]
        count = math.prod(batch)
        E, U = empty((count, k), dtype=d), empty((count, m, k), dtype=d)
        for i in range(count):
            iparams["batch_index"] = i
            E[i], U[i] = one(*[None if stack is None else stack[i] for stack in stacks])  # type: ignore[arg-type]
        return E.reshape((*batch, k)), U.reshape((*batch, m, k))


def lobpcg(
    A: Tensor, k: int | None = None, B: Tensor | None = None, X: Tensor | None = None, n: int | None = None,
    iK: Tensor | None = None, niter: int | None = None, tol: float | None = None, largest: bool | None = None,
    method: str | None = None, tracker: Callable[[Any], object] | None = None,
    ortho_iparams: dict[str, int] | None = None, ortho_fparams: dict[str, float] | None = None,
    ortho_bparams: dict[str, bool] | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The largest or smallest eigenvalues of a symmetric matrix, and their eigenvectors.

    How many steps it takes, and the signs of the eigenvectors, are the engine's own; what it converges to is not.

    Args:
        A: ``(*, m, m)``, dense or sparse. Gradients reach its symmetric part.
        k: how many pairs; by default one, or as many as ``X`` has columns.
        B: ``(*, m, m)``, of the generalised problem ``A x = e B x``; by default the identity.
        X: ``(*, m, n)``, a first approximation; by default random.
        n: how many columns the random one has; ``k`` by default.
        iK: ``(m, m)``, a preconditioner.
        niter: the most steps; -1 for no bound. 1000 by default.
        tol: of the residuals, relative to the sizes of the matrices; by default the root of the dtype's precision.
        largest: whether the largest or the smallest values; the largest by default.
        method: ``"ortho"``, or ``"basic"``, which fails where the basis becomes dependent.
        tracker: called with the state after each step; ``bvars["force_stop"] = True`` ends it.
        ortho_iparams, ortho_fparams, ortho_bparams: further entries of the state's parameters.

    Returns:
        Eigenvalues ``(*, k)`` and eigenvectors ``(*, m, k)``.

    Raises:
        AssertionError: for shapes that do not fit.
        ValueError: if there are fewer rows than three for each pair.

    Source: ``torch.lobpcg``.
    """
    options = (n, iK, niter, tol, largest, method, tracker, ortho_iparams, ortho_fparams, ortho_bparams)
    if A.requires_grad or (B is not None and B.requires_grad):
        B = None if B is None else (B + B.mT) / 2
        return LOBPCGAutogradFunction.apply((A + A.mT) / 2, k, B, X, *options)
    return _pairs(A, k, B, X, *options)

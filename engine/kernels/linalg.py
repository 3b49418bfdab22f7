"""Factorisations and solutions of batches of matrices, with LAPACK's conventions.

The last two dimensions are the matrices.  ``info`` is LAPACK's: 0 if all went well, else where it did not.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .phases import LEAST_DIVIDED, is_much_wider, sign_eigenvectors, sign_pairs, wide_svd
from .rounding import Rounding, fma

Array = np.ndarray


def each(function: Callable[..., tuple], shapes: list[tuple[tuple[int, ...], Any]], *batches: Array) -> tuple:
    """Call a function for each matrix of a batch; ``shapes`` has the shape and dtype of each result of one."""
    lead = batches[0].shape[:-2]
    results = [np.empty(lead + shape, dtype) for shape, dtype in shapes]
    for place in np.ndindex(lead):
        for result, value in zip(results, function(*(one[place] for one in batches)), strict=True):
            result[place] = value
    return tuple(results)


def _lapack(name: str, *like: Array) -> Any:
    """LAPACK's routine of this name for the dtype of matrices."""
    from scipy.linalg import lapack

    return lapack.get_lapack_funcs((name,), like)[0]


def columns(self: Array) -> Array:
    """The same matrices laid out by columns, as LAPACK leaves them."""
    return np.swapaxes(np.array(np.swapaxes(self, -1, -2), order="C"), -1, -2)


def _adjoint(self: Array) -> Array:
    return np.swapaxes(self, -1, -2).conj()


def lu_factor(A: Array) -> tuple[Array, Array, Array]:
    """``L`` and ``U`` in one matrix, the row interchanges (from 1), and ``info``."""
    m, n = A.shape[-2:]
    if A.size == 0:
        lead = A.shape[:-2]
        return A.copy(), np.tile(np.arange(1, min(m, n) + 1, dtype=np.int32), (*lead, 1)), np.zeros(lead, np.int32)
    getrf = _lapack("getrf", A)
    finite = np.isfinite(A).all((-2, -1))
    if _are_many(A):
        LU, pivots = _eliminate(A)
    else:
        LU, pivots = each(
            lambda one, is_finite: (getrf(one) if is_finite else _eliminate(one))[:2],
            [((m, n), A.dtype), ((min(m, n),), np.int32)], A, finite,
        )  # fmt: skip
    zeros = np.diagonal(LU, 0, -2, -1) == 0  # LAPACKs differ in whether NaN counts
    info = np.where(zeros.any(-1), np.argmax(zeros, -1) + 1, 0).astype(np.int32)
    return columns(LU), pivots + np.int32(1), info


def _eliminate(A: Array) -> tuple[Array, Array]:
    """The factors by hand, of all matrices at once; LAPACKs differ in what they make of NaN: it is the largest here."""
    m, n = A.shape[-2:]
    found = A.reshape(math.prod(A.shape[:-2]), m, n).copy()
    pivots, every = np.empty((len(found), min(m, n)), np.int32), np.arange(len(found))
    for k in range(min(m, n)):
        column = found[:, k:, k]
        size = np.abs(column.real) + np.abs(column.imag) if A.dtype.kind == "c" else np.abs(column)  # as LAPACK does
        pivots[:, k] = chosen = k + np.argmax(size, 1)
        found[every, k], found[every, chosen] = found[every, chosen], found[every, k]
        pivot = found[:, k, k]
        found[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)[:, None]
        found[:, k + 1 :, k + 1 :] -= found[:, k + 1 :, k, None] * found[:, k, None, k + 1 :]
    return found.reshape(A.shape), pivots.reshape(*A.shape[:-2], -1)


def _are_many(A: Array) -> bool:
    """Whether these are many small matrices, of which each call of LAPACK's would cost more than its work."""
    return math.prod(A.shape[:-2]) > 16 and 0 < max(A.shape[-2:]) <= 16


def permutation(pivots: Array, m: int) -> Array:
    """The permutation matrices of row interchanges, in float64: ``P @ L @ U`` is the matrix."""
    rows = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1]) - 1
    order, every = np.tile(np.arange(m), (len(rows), 1)), np.arange(len(rows))
    for k, other in enumerate(rows.T):
        order[:, k], order[every, other] = order[every, other], order[:, k].copy()
    found = np.swapaxes(np.eye(m)[order], -1, -2)
    return np.array(found.reshape(*pivots.shape[:-1], m, m), order="C")


def lu_unpack(LU: Array, pivots: Array, unpack_data: bool, unpack_pivots: bool) -> tuple[Array, Array, Array]:
    """``P``, ``L`` and ``U`` of what `lu_factor` returns; what is not asked for is empty."""
    m, n = LU.shape[-2:]
    k = min(m, n)
    nothing = np.empty(0, LU.dtype)
    found = permutation(pivots, m).astype(LU.dtype) if unpack_pivots else nothing
    if not unpack_data:
        return found, nothing, nothing
    return found, np.tril(LU[..., :, :k], -1) + np.eye(m, k, dtype=LU.dtype), np.triu(LU[..., :k, :])


def lu(A: Array, pivot: bool) -> tuple[Array, Array, Array]:
    """``P``, ``L`` and ``U`` whose product is ``A``; ``P`` is empty without interchanges."""
    packed, pivots, _ = lu_factor(A)
    return lu_unpack(packed, pivots, True, pivot)


def lu_solve(LU: Array, pivots: Array, B: Array, left: bool, adjoint: bool) -> Array:
    """The solution of ``A @ X = B``, or ``X @ A = B``, for the ``A``, or its adjoint, that `lu_factor` factorised."""
    if not left:
        return _adjoint(lu_solve(LU, pivots, _adjoint(B), True, not adjoint))
    P, L, U = lu_unpack(LU, pivots, True, True)
    if adjoint:
        return columns(P @ np.linalg.solve(_adjoint(L), np.linalg.solve(_adjoint(U), B)))
    permuted = np.swapaxes(P, -1, -2) @ B
    return solve_triangular(U, solve_triangular(L, permuted, False, True, True), True, True, False)


def determinant(A: Array) -> tuple[Array, Array, Array]:
    """The determinant, and the factors that it was computed from."""
    LU, pivots, _ = lu_factor(A)
    return _parity(pivots, A.dtype) * np.prod(np.diagonal(LU, 0, -2, -1), -1), LU, pivots


def _parity(pivots: Array, dtype: Any) -> Array:
    swaps = np.count_nonzero(pivots != np.arange(1, pivots.shape[-1] + 1), -1)
    return np.asarray(1 - 2 * (np.asarray(swaps) % 2), dtype)


def sign_and_logarithm(A: Array) -> tuple[Array, Array, Array, Array]:
    """The determinant's sign and the logarithm of its size, and the factors that they were computed from."""
    LU, pivots, _ = lu_factor(A)
    diagonal = np.diagonal(LU, 0, -2, -1)
    size = np.absolute(diagonal)
    signs = np.where(size == 0, 0, diagonal / np.where(size == 0, 1, size)).astype(A.dtype)
    if A.dtype.kind == "f":
        signs = np.where(np.isnan(signs), 0, signs)
    logarithm = np.sum(np.log(size), -1)
    sign = np.where(np.isneginf(logarithm), 0, _parity(pivots, A.dtype) * np.prod(signs, -1)).astype(A.dtype)
    return sign, logarithm, LU, pivots


def solve(A: Array, B: Array, left: bool, vector: bool) -> tuple[Array, Array, Array, Array]:
    """The solution of ``A @ X = B`` or ``X @ A = B``, the factors of ``A``, and ``info``."""
    LU, pivots, info = lu_factor(A)
    right = B[..., None] if vector else B
    lead = np.broadcast_shapes(A.shape[:-2], right.shape[:-2])
    right = np.broadcast_to(right, lead + right.shape[-2:])
    if left:
        found = _solved(A, LU, pivots, info, right)
    else:
        transposed = np.swapaxes(A, -1, -2)
        found = np.swapaxes(_solved(transposed, *lu_factor(transposed), np.swapaxes(right, -1, -2)), -1, -2)
    found = found[..., 0] if vector else found
    return columns(found) if left and found.ndim > 1 else np.array(found, order="C"), LU, pivots, info


def _solved(A: Array, LU: Array, pivots: Array, info: Array, B: Array) -> Array:
    """The solutions; those of singular systems have what a division by zero gives."""
    lead, singular = B.shape[:-2], np.asarray(info != 0)
    if _are_many(A):
        P, L, U = lu_unpack(LU, pivots, True, True)
        return _substitute(U, _substitute(L, np.swapaxes(P, -1, -2) @ B, False, True), True)
    if not singular.any() and np.isfinite(A).all():
        return np.linalg.solve(np.broadcast_to(A, lead + A.shape[-2:]), B)

    def one(LU: Array, pivots: Array, B: Array) -> tuple[Array]:
        P, L, U = lu_unpack(LU, pivots[0], True, True)
        return (_substitute(U, _substitute(L, P.T @ B, False), True),)

    factors = [np.broadcast_to(part, lead + part.shape[-2:]) for part in (LU, pivots[..., None, :])]
    return each(one, [(B.shape[-2:], B.dtype)], *factors, B)[0]


def solve_triangular(A: Array, B: Array, upper: bool, left: bool, unitriangular: bool) -> Array:
    """The solution for a triangular ``A``; the other triangle is not read, nor the diagonal if it is all ones."""
    if not left:
        transposed = np.swapaxes(A, -1, -2), np.swapaxes(B, -1, -2)
        return columns(np.swapaxes(solve_triangular(*transposed, not upper, True, unitriangular), -1, -2))
    lead = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    A, B = np.broadcast_to(A, lead + A.shape[-2:]), np.broadcast_to(B, lead + B.shape[-2:])
    if B.size == 0:
        return B.copy()

    if _are_many(A):
        return columns(_substitute(A, B, upper, unitriangular))
    trtrs = _lapack("trtrs", A, B)
    singular = np.zeros(lead, bool) if unitriangular else (np.diagonal(A, 0, -2, -1) == 0).any(-1)

    def one(a: Array, b: Array, is_singular: bool) -> tuple[Array]:
        if is_singular:
            return (_substitute(a, b, upper),)
        if a.flags.f_contiguous:
            return (trtrs(a, b, lower=not upper, unitdiag=unitriangular)[0],)
        return (trtrs(a.T, b, lower=upper, trans=1, unitdiag=unitriangular)[0],)  # rows are columns of the transpose

    return columns(each(one, [(B.shape[-2:], B.dtype)], A, B, singular)[0])


def _substitute(a: Array, b: Array, upper: bool, unitriangular: bool = False) -> Array:
    """By hand, of all systems at once, or where LAPACK refuses: dividing by zero gives infinity and NaN."""
    found = b.copy()
    n = a.shape[-1]
    for k in reversed(range(n)) if upper else range(n):
        known = slice(k + 1, n) if upper else slice(0, k)
        rest = b[..., k, :] - (a[..., k, None, known] @ found[..., known, :])[..., 0, :]
        found[..., k, :] = rest if unitriangular else rest / a[..., k, k, None]
    return found


def inverse(A: Array) -> tuple[Array, Array]:
    """The inverse and ``info``."""
    LU, pivots, info = lu_factor(A)
    if not info.any() and np.isfinite(A).all() and not _are_many(A):
        return columns(np.linalg.inv(A)), info
    return columns(_solved(A, LU, pivots, info, np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape))), info


def _cholesky(lower: Array) -> tuple[Array, Array]:
    if _are_many(lower):
        with contextlib.suppress(np.linalg.LinAlgError):  # which says nothing of where
            return np.linalg.cholesky(lower), np.zeros(lower.shape[:-2], np.int32)
    potrf = _lapack("potrf", lower)
    shapes: list = [(lower.shape[-2:], lower.dtype), ((), np.int32)]
    return each(lambda one: potrf(one, lower=True, clean=True), shapes, lower)


_UNROLLED = (3, 4, 5)
"""The orders of complex matrices for which torch's LAPACK has code of its own, which leaves a negative zero in the
second row of the diagonal."""


def cholesky(self: Array, upper: bool) -> tuple[Array, Array]:
    """The triangular factor of positive-definite matrices, and ``info``; only one triangle is read."""
    lower = _adjoint(self) if upper else self

    if self.size == 0:
        return self.copy(), np.zeros(self.shape[:-2], np.int32)
    found, info = _cholesky(lower)
    found, wrong = np.tril(found), np.isnan(np.diagonal(found, 0, -2, -1))  # for some LAPACKs NaN is positive
    info = np.where((info == 0) & wrong.any(-1), np.argmax(wrong, -1) + 1, info).astype(np.int32)
    if upper:  # as if it had been computed so: a conjugate zero is no negative one
        found = _adjoint(found) + 0
    if found.dtype.kind == "c" and found.shape[-1] in _UNROLLED:
        found.imag[..., 1, 1] = np.where(info, found.imag[..., 1, 1], -0.0)
    return columns(found), info


def qr(A: Array, mode: str) -> tuple[Array, Array]:
    """``Q`` with orthonormal columns and an upper triangular ``R``; ``Q`` is empty in mode ``r``."""
    if mode == "r":
        return np.empty(0, A.dtype), columns(np.asarray(np.linalg.qr(A, "r")))
    found = np.linalg.qr(A, "complete" if mode == "complete" else "reduced")
    return columns(found[0]), columns(found[1])


def _is_rounded(A: Array) -> bool:
    """Whether NumPy would take finite matrices through double precision, where LAPACK's drivers decide otherwise on
    signs and order than in the single precision in which torch calls them."""
    return A.dtype.char in "fF" and A.size > 0 and bool(np.isfinite(A).all())


def svd(A: Array, full_matrices: bool, compute_uv: bool) -> tuple[Array, Array, Array]:
    """Singular vectors and values; the vectors are empty if they are not wanted."""
    if not compute_uv:
        nothing = np.empty(0, A.dtype)
        return nothing, np.linalg.svd(A, compute_uv=False), nothing
    (m, n), d = A.shape[-2:], A.dtype
    k = min(m, n)
    shapes: list[Any] = [((m, m if full_matrices else k), d), ((k,), A.real.dtype), ((n if full_matrices else k, n), d)]
    if A.size and is_much_wider(A):
        U, S, Vh = each(lambda one: wide_svd(one, full_matrices), shapes, A)
    elif _is_rounded(A):
        from scipy.linalg import svd as driver

        U, S, Vh = each(lambda one: driver(one, full_matrices, check_finite=False), shapes, A)
    else:
        U, S, Vh = np.linalg.svd(A, full_matrices)
    return columns(U), S, columns(Vh)


def eigh(A: Array, UPLO: str, compute_v: bool) -> tuple[Array, Array]:
    """Eigenvalues in ascending order and eigenvectors, of which one triangle is read."""
    side: Any = UPLO.upper()
    if not compute_v:
        return np.linalg.eigvalsh(A, side), np.empty(0, A.dtype)
    values, vectors = np.linalg.eigh(A, side)
    if vectors.size and 2 < A.shape[-1] < LEAST_DIVIDED:
        shape = (vectors.shape[-2:], vectors.dtype)
        (vectors,) = each(lambda one, found: (sign_eigenvectors(one, side == "L", found),), [shape], A, vectors)
    if vectors.dtype.kind == "c":
        vectors.imag += 0  # of the row that is real, whatever signs the vectors have
    return values, columns(vectors)


def eig(self: Array) -> tuple[Array, Array]:
    """Complex eigenvalues and eigenvectors."""
    wide = np.complex64 if self.dtype in (np.float32, np.complex64) else np.complex128
    if _is_rounded(self):
        from scipy.linalg import eig as driver

        values, vectors = each(
            lambda one: driver(one, check_finite=False), [(self.shape[-1:], wide), (self.shape[-2:], wide)], self
        )
    else:
        values, vectors = np.linalg.eig(self)
    if self.dtype == np.float64 and vectors.dtype.kind == "c":
        shape = (vectors.shape[-2:], vectors.dtype)
        (vectors,) = each(lambda *given: (sign_pairs(*given),), [shape], self, values, vectors)
    return values.astype(wide), columns(vectors.astype(wide))


def eigvals(self: Array) -> Array:
    """Complex eigenvalues."""
    if _is_rounded(self):
        from scipy.linalg import eigvals as driver

        shape = (self.shape[-1:], np.complex64)
        return np.asarray(each(lambda one: (driver(one, check_finite=False),), [shape], self)[0])
    return np.linalg.eigvals(self).astype(np.complex64 if self.dtype in (np.float32, np.complex64) else np.complex128)


def matrix_exp(self: Array) -> Array:
    """The exponential series of matrices."""
    from scipy.linalg import expm

    return expm(self).astype(self.dtype) if self.size else self.copy()


def cross(self: Array, other: Array, dim: int, rounded: Rounding | None = None) -> Array:
    """The vector product along a dimension of size 3."""
    self, other = np.broadcast_arrays(self, other)
    first, second = (tuple(np.roll(one, -k, dim) for k in (1, 2)) for one in (self, other))
    if rounded is None and self.dtype.kind == "f":  # torch's compiler fuses one product and the difference
        return fma(first[0], second[1], -(first[1] * second[0]))
    rounded = rounded or np.asarray
    return rounded(first[0] * second[1]) - rounded(first[1] * second[0])


def cholesky_inverse(self: Array, upper: bool) -> tuple[Array, Array]:
    """The inverse of the matrix that has this factor, and ``info``."""
    n = self.shape[-1]
    if self.size == 0:
        return self.copy(), np.zeros(self.shape[:-2], np.int32)
    potri = _lapack("potri", self)
    shapes: list = [((n, n), self.dtype), ((), np.int32)]
    found, info = each(lambda one: potri(one, lower=not upper), shapes, self)
    has = np.tri(n, dtype=bool).T if upper else np.tri(n, dtype=bool)
    found = np.where(has, found, _adjoint(found))  # no sum, in which zeros would lose their sign
    if found.dtype.kind == "c":
        found.imag[..., range(n), range(n)] = 0  # without the sign that the inverse of a factor has given
    return columns(found), info


def cholesky_solve(self: Array, input2: Array, upper: bool) -> Array:
    """The solution of the system whose matrix has this factor."""
    lower = _adjoint(np.triu(input2)) if upper else np.tril(input2)
    return solve_triangular(_adjoint(lower), solve_triangular(lower, self, False, True, False), True, True, False)


def ldl_factor(self: Array, hermitian: bool) -> tuple[Array, Array, Array]:
    """``L`` and the blocks of ``D`` in one matrix, LAPACK's interchanges, and ``info``."""
    n = self.shape[-1]

    def one(A: Array) -> tuple:
        if not A.size:
            return A, np.zeros(0, np.int32), 0
        factor = _lapack("hetrf" if hermitian and A.dtype.kind == "c" else "sytrf", A)
        found, pivots, info = factor(A, lower=1)
        return np.tril(found), pivots, info

    LD, pivots, info = each(one, [((n, n), self.dtype), ((n,), np.int32), ((), np.int32)], self)
    return columns(LD), pivots, info


def ldl_solve(LD: Array, pivots: Array, B: Array, hermitian: bool) -> Array:
    """The solution of the system that `ldl_factor` factorised."""
    lead = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    given = [np.broadcast_to(one, lead + one.shape[one.ndim - rank :]) for one, rank in ((LD, 2), (pivots, 1), (B, 2))]

    def one(place: tuple[int, ...]) -> Array:
        a, ipiv, b = (np.array(array[place], order="F") for array in given)
        solve_one = _lapack("hetrs" if hermitian and a.dtype.kind == "c" else "sytrs", a, b)
        return solve_one(a, ipiv, b, lower=1)[0]

    found = np.empty(given[2].shape, B.dtype)
    if B.size:
        for place in np.ndindex(lead):
            found[place] = one(place)
    return columns(found)


def _by_orthogonal_factors(A: Array, B: Array, cut: float) -> tuple[Array, int]:
    """The solution and the rank, of LAPACK's ``gelsy``."""
    from scipy.linalg import lstsq

    found, _, rank, _ = lstsq(A, B, cut, check_finite=False, lapack_driver="gelsy")
    return found, rank


def lstsq(self: Array, b: Array, rcond: float | None, driver: str) -> tuple[Array, Array, Array, Array]:
    """The shortest of the best solutions, the sums of squared residuals, the rank and the singular values.

    What LAPACK's driver does not compute is empty: ``gels`` knows no rank, ``gelsy`` no residuals.
    """
    m, n = self.shape[-2:]
    vector = b.ndim == self.ndim - 1
    right = b[..., None] if vector else b
    lead = np.broadcast_shapes(self.shape[:-2], right.shape[:-2])
    A = np.broadcast_to(self, (*lead, m, n))
    B = np.broadcast_to(right, lead + right.shape[-2:])
    real = np.zeros(0, self.dtype).real.dtype
    rows = np.zeros((*lead, B.shape[-1], max(m, n)), self.dtype)  # LAPACK's, which has room for the right sides
    solution = np.swapaxes(rows[..., :n], -1, -2)
    rank = np.zeros(self.shape[:-2], np.int64)
    singular = np.zeros((*self.shape[:-2], min(m, n)), real)
    cut = np.finfo(real).eps * max(m, n) if rcond is None else rcond
    for place in np.ndindex(lead):
        if self.size and right.size:
            own = tuple(np.minimum(place[len(lead) - rank.ndim :], np.subtract(rank.shape, 1)))
            if driver == "gelsy":  # in the dtype of the matrix, whose rounding shows where a solution is zero
                solution[place], rank[own] = _by_orthogonal_factors(A[place], B[place], cut)
                continue
            solution[place], _, rank[own], singular[own] = np.linalg.lstsq(A[place], B[place], cut)
    nothing = np.zeros(0, real)
    residuals = nothing
    if m > n and n and driver != "gelsy" and (driver == "gels" or np.all(rank == n)):
        residuals = np.square(np.abs(A @ solution - B)).sum(-2).astype(real)
    return (
        solution[..., 0].copy() if vector else solution,
        residuals,
        np.zeros(0, np.int64) if driver == "gels" else rank,
        singular if driver in ("gelsd", "gelss") else nothing,
    )

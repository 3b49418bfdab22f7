"""Products of Householder's reflections, by LAPACK."""

from __future__ import annotations

from typing import Any

import numpy as np

from .linalg import columns, each

Array = np.ndarray


def _lapack(name: str, array: Array) -> Any:
    from scipy.linalg import lapack

    real, unitary = (f"{first}{name[2:]}" for first in (name[:2], "un"))
    return lapack.get_lapack_funcs((unitary if array.dtype.kind == "c" and name[:2] == "or" else real,), (array,))[0]


def geqrf(self: Array) -> tuple[Array, Array]:
    """``R`` with the reflections' vectors below its diagonal, and their factors."""
    m, n = self.shape[-2:]

    def one(A: Array) -> tuple[Array, Array]:
        if not A.size:
            return A, np.zeros(min(m, n), A.dtype)
        found, tau, _, _ = _lapack("geqrf", A)(A)
        return found, tau

    a, tau = each(one, [((m, n), self.dtype), ((min(m, n),), self.dtype)], self)
    return columns(a), tau


def householder_product(input: Array, tau: Array) -> Array:
    """The first columns of the product of the reflections."""
    m, n = input.shape[-2:]

    def one(A: Array, factors: Array) -> tuple[Array]:
        if not A.size:
            return (A,)
        full = np.zeros(n, A.dtype)
        full[: factors.shape[1]] = factors[0]
        return (_lapack("orgqr", A)(A, full)[0],)

    return columns(each(one, [((m, n), input.dtype)], input, tau[..., None, :])[0])


def _reflected(input: Array, tau: Array, other: Array, adjoint: bool) -> Array:
    """``Q @ other`` or ``Q.mH @ other``."""
    count = tau.shape[-1]
    found = other.copy()
    for i in range(count) if adjoint else reversed(range(count)):
        v = input[..., i:, i, None].copy()
        v[..., 0, :] = 1
        factor = tau[..., i, None, None]
        part = found[..., i:, :]
        part -= (factor.conj() if adjoint else factor) * (v @ (np.swapaxes(v, -1, -2).conj() @ part))
    return found


def ormqr(self: Array, tau: Array, other: Array, left: bool, transpose: bool) -> Array:
    """``Q @ other``, ``other @ Q``, or with the adjoint of ``Q``."""
    if left:
        return columns(_reflected(self, tau, other, transpose))
    adjoint = np.swapaxes(other, -1, -2).conj()
    return columns(np.swapaxes(_reflected(self, tau, adjoint, not transpose), -1, -2).conj())

"""What operations on matrices ask of their arguments, and say when it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks import LinAlgError as LinAlgError
from ..checks import broadcast, not_implemented
from ..declare.standing import standing
from ..dispatch.outputs import SAME, Output
from ..dispatch.subclasses import dispatched, dispatching
from ..dtypes import COMPLEX_DTYPES, DIFFERENTIABLE, float32, float64
from ..tensor import Tensor
from . import shape as _shape  # noqa: F401  # declares `alias`

PRECISE = frozenset({float32, float64}) | COMPLEX_DTYPES


def check_matrix(name: str, self: Tensor, what: str = "The input tensor A") -> None:
    if self.dim() < 2:
        raise RuntimeError(f"{name}: {what} must have at least 2 dimensions.")


def check_square(name: str, self: Tensor, what: str = "A") -> None:
    check_matrix(name, self, f"The input tensor {what}")
    if self.shape[-1] != self.shape[-2]:
        raise RuntimeError(
            f"{name}: {what} must be batches of square matrices, but they are {self.shape[-2]} by {self.shape[-1]} "
            "matrices"
        )


def check_dtype(name: str, self: Tensor, kernel: str = "") -> None:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    if kernel:
        check_precise(kernel, self)
    elif self._dtype not in PRECISE:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {self._dtype.scalar_type}")


def check_precise(kernel: str, self: Tensor) -> None:
    """Refuse all but float32, float64 and complex dtypes, as a kernel does, which elements alone reach."""
    if self._dtype not in PRECISE and self.numel():
        raise not_implemented(kernel)(self._dtype)


def square(name: str, kernel: str = "") -> Callable[..., None]:
    """The check of operations on square matrices."""

    def check(A: Tensor, *_: Any) -> None:
        check_square(name, A)
        check_dtype(name, A, kernel)

    return check


def matrix(name: str, kernel: str = "") -> Callable[..., None]:
    """The check of operations on matrices."""

    def check(A: Tensor, *_: Any) -> None:
        check_matrix(name, A)
        check_dtype(name, A, kernel)

    return check


def refuse(info: Tensor, name: str) -> None:
    """Raise an error for the first matrix of a batch whose ``info``, which LAPACK gives, is not zero."""
    if takers := dispatching((info,)):
        dispatched(takers, _CHECKING, (info, name, info.dim() == 0))
        return
    found = np.flatnonzero(info._array)
    if found.size:
        place = f"(Batch element {found[0]}): " if info.dim() else ""
        error, text = _failure(name, int(info._array.flat[found[0]]))
        raise error(f"{name}: {place}{text}")


def _failure(name: str, info: int) -> tuple[type[Exception], str]:
    if info == NOT_FINITE and "svd" in name:
        return LinAlgError, "The algorithm failed to converge because the input matrix contained non-finite values."
    if info > 0:
        for part, text in _FAILURES.items():
            if part in name:
                return (RuntimeError if part == "lu_factor" else LinAlgError), text.format(info)
    raise RuntimeError(f"{name}: LAPACK gave the code {info}, which has no meaning here.")


NOT_FINITE = -4
"""The argument of LAPACK's gesdd that is at fault."""
_NO_CONVERGENCE = (
    "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated {} "
    "(error code: {{}})."
)
_FAILURES = {
    "inv": "The diagonal element {} is zero, the inversion could not be completed because the input matrix is "
    "singular.",
    "solve": "The solver failed because the input matrix is singular.",
    "cholesky": "The factorization could not be completed because the input is not positive-definite (the leading "
    "minor of order {} is not positive-definite).",
    "svd": _NO_CONVERGENCE.format("singular values"),
    "eig": _NO_CONVERGENCE.format("eigenvalues"),
    "syevd": _NO_CONVERGENCE.format("eigenvalues"),
    "lstsq": "The least squares solution could not be computed because the input matrix does not have full rank "
    "(error code: {}).",
    "lu_factor": "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want "
    "to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
}
"""What is said of a matrix that is refused, by the first part that the operation's name has."""
_CHECKING = standing(
    "_linalg_check_errors(Tensor info, str api_name, *, bool is_matrix) -> ()",
    lambda info, name, is_matrix: refuse(info, name),
)
"""`refuse` as a class gets it, whose tensor ``info`` is."""
LAPACK = Output(SAME.mismatch, columns=True)


def castable(name: str, what: str = "result", *, columns: bool = True) -> Output:
    """What older operations ask of ``out=``: that the result can be cast to its dtype."""
    return Output(
        uncastable=f"{name}: Expected {what} to be safely castable from {{result.scalar_type}} dtype, but got {what} "
        "with dtype {out.scalar_type}",
        columns_if_empty=columns,
    )


def check_sides(name: str, A: Tensor, B: Tensor, left: bool) -> None:
    check_matrix(name, B, "The input tensor B")
    if A.shape[-2] != B.shape[-2 if left else -1]:
        shown = " and ".join(f"{one.shape[-2]}x{one.shape[-1]}" for one in (A, B))
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {equation} ({shown})")
    broadcast(B.shape[:-2], A.shape[:-2])


def check_pivots(pivots: Tensor, n: int, low: str, high: str, *, signed: bool = False) -> None:
    """Refuse pivots that name no row of ``n``, with what is said of those below one and above ``n``."""
    rows = np.abs(pivots._array) if signed else pivots._array
    if (rows < 1).any():
        raise RuntimeError(low)
    if (rows > n).any():
        raise RuntimeError(high)

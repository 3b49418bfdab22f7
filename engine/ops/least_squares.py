"""Least squares, and systems whose unknown is a tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import op
from ..formulas import linalg as formulas
from ..kernels import linalg as kernels
from ..return_types import named
from ..tensor import Tensor
from ..warning import warn
from .factorization import check_system
from .linalg import inverted, linalg_solve
from .matrices import LAPACK, PRECISE, castable

_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _check_lstsq(self: Tensor, b: Tensor, rcond: float | None, driver: str | None) -> None:
    name = "torch.linalg.lstsq"
    if self.dim() < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if b.dim() < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if self._dtype is not b._dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {self._dtype.scalar_type} "
            f"and other's dtype {b._dtype.scalar_type}"
        )
    if not 0 <= self.dim() - b.dim() <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    vector = b.dim() == self.dim() - 1
    if self.shape[-2] != b.shape[-1 if vector else -2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    if self._dtype not in PRECISE:
        raise RuntimeError("This function doesn't handle types other than float and double")


def _lstsq(self: np.ndarray, b: np.ndarray, rcond: float | None, driver: str | None) -> Any:
    return kernels.lstsq(self, b, rcond, driver or "gelsy")


_inner = op(
    "linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None)"
    " -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)", _lstsq,
    jointly=lambda grads, self, b, solution, needs: formulas.lstsq_backward(grads, self, b, solution, needs),
    check=_check_lstsq, method=False, name="_lstsq",
)  # fmt: skip
_lstsq_result = named("linalg_lstsq", "solution", "residuals", "rank", "singular_values")


def _untracked(self: Tensor, b: Tensor, rcond: float | None, driver: str | None) -> Any:
    """With singular values that have no gradient."""
    solution, residuals, rank, values = _inner(self, b, rcond, driver=driver)
    return _lstsq_result((solution, residuals, rank, values._detached()))


linalg_lstsq = op(
    "linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None)"
    " -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)", composite=_untracked,
    returns=_lstsq_result, out=castable("torch.linalg.lstsq", "solution"), method=False,
)  # fmt: skip

# Systems whose unknown is a tensor.


def _tensorinv(self: Tensor, ind: int) -> Tensor:
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    if ind > self.dim():
        raise RuntimeError(f"ArrayRef: invalid slice, N = {ind}; size = {self.dim()}")
    rows, columns = self.shape[:ind].numel(), self.shape[ind:].numel()
    if rows != columns:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows}"
        )
    found = inverted("inv", self.reshape((rows, columns)), True)[0]
    return found.reshape((*self.shape[ind:], *self.shape[:ind]))


linalg_tensorinv = op(
    "linalg_tensorinv(Tensor self, int ind=2) -> Tensor",
    composite=_tensorinv,
    out=castable("tensorinv", columns=False),
    method=False,
)


def _tensorsolve(self: Tensor, other: Tensor, dims: Sequence[int] | None) -> Tensor:
    if dims is not None:
        self = self.movedim(tuple(dims), tuple(range(self.dim() - len(dims), self.dim())))
    if other.dim() > self.dim():
        raise RuntimeError("cannot create std::vector larger than max_size()")
    shape = tuple(self.shape[other.dim() :])
    unknowns, equations = math.prod(shape), other.numel()
    if unknowns != equations:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {unknowns} != {equations}"
        )
    return linalg_solve(self.reshape((unknowns, unknowns)), other.flatten()).reshape(shape)


linalg_tensorsolve = op(
    "linalg_tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor", composite=_tensorsolve,
    out=castable("tensorsolve", columns=False), method=False,
)  # fmt: skip

# The triangular solver under its old name.


def _check_old_triangular(self: Tensor, A: Tensor, upper: bool, transpose: bool, unitriangular: bool) -> None:
    warn(
        "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a future "
        "PyTorch release.\ntorch.linalg.solve_triangular has its arguments reversed and does not return a copy of one "
        "of the inputs.\nX = torch.triangular_solve(B, A).solution\nshould be replaced with\n"
        "X = torch.linalg.solve_triangular(A, B).", once=True,
    )  # fmt: skip
    for name, one in (("b", self), ("A", A)):
        if one.dim() < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {one.dim()} "
                "dimensions instead"
            )
    check_system("triangular_solve", self, A)


def _old_triangular(
    self: np.ndarray, A: np.ndarray, upper: bool, transpose: bool, unitriangular: bool
) -> tuple[np.ndarray, np.ndarray]:
    system = np.swapaxes(A, -1, -2) if transpose else A
    solution = kernels.solve_triangular(system, self, upper != transpose, True, unitriangular)
    return kernels.columns(solution), kernels.columns(np.broadcast_to(A, solution.shape[:-2] + A.shape[-2:]))


triangular_solve = op(
    "triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False)"
    " -> (Tensor solution, Tensor cloned_coefficient)", _old_triangular,
    jointly=lambda grads, self, A, solution, upper, transpose, unitriangular, needs: (
        formulas.old_triangular_solve_backward(grads, A, solution, upper, transpose, unitriangular, needs)),
    check=_check_old_triangular, dtypes=PRECISE, unsupported=not_implemented("triangular_solve_cpu"),
    returns=named("triangular_solve", "solution", "cloned_coefficient"), out=LAPACK,
)  # fmt: skip

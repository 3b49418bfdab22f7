"""Orthogonal matrices as products of Householder's reflections, as LAPACK packs them below a diagonal."""

from __future__ import annotations

from typing import Any

from ..checks import not_implemented
from ..declare.op import not_differentiable, op
from ..dispatch.outputs import Output
from ..formulas import linalg as formulas
from ..kernels import reflections as kernels
from ..layout import wrap_dim
from ..return_types import named
from ..tensor import Tensor
from .matrices import PRECISE, castable


def _check_geqrf(self: Tensor) -> None:
    if self.dim() < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")


geqrf = op(
    "geqrf(Tensor self) -> (Tensor a, Tensor tau)", kernels.geqrf,
    self=not_differentiable("the derivative for 'geqrf' is not implemented."), forward=False,
    check=_check_geqrf, dtypes=PRECISE, unsupported=not_implemented("geqrf_cpu"),
    returns=named("geqrf", "a", "tau"), out=castable("torch.geqrf", "a"),
    writes=1,
)  # fmt: skip


def _check_tau(name: str, input: Tensor, tau: Tensor) -> None:
    if tau.dim() != input.dim() - 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.dim()} and "
            f"input.ndim is equal to {input.dim()}"
        )
    if tau.shape[:-1] != input.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}"
        )


def _check_product(input: Tensor, tau: Tensor) -> None:
    name = "torch.linalg.householder_product"
    if input.dim() < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    wrap_dim(-1, tau.dim(), scalar=False)
    if input.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    _check_tau(name, input, tau)
    if tau._dtype is not input._dtype:
        raise RuntimeError(
            f"{name}: tau dtype {tau._dtype.scalar_type} does not match input dtype {input._dtype.scalar_type}"
        )


linalg_householder_product = op(
    "linalg_householder_product(Tensor input, Tensor tau) -> Tensor", kernels.householder_product,
    jointly=lambda grad, result, input, tau: formulas.householder_product_backward(grad, result, input, tau),
    check=_check_product, dtypes=PRECISE, unsupported=not_implemented("orgqr_cpu"),
    out=castable("torch.linalg.householder_product"), method=False,
    writes=1,
)  # fmt: skip
orgqr = op(
    "orgqr(Tensor self, Tensor input2) -> Tensor",
    composite=lambda self, input2: linalg_householder_product(self, input2),
    out=castable("torch.linalg.householder_product"),
)  # fmt: skip


def _check_ormqr(self: Tensor, input2: Tensor, input3: Tensor, left: bool, transpose: bool) -> None:
    name = "torch.ormqr"
    if self.dim() < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input3.dim() < 2:
        raise RuntimeError(f"{name}: other must have at least 2 dimensions.")
    side = -2 if left else -1
    wrap_dim(-1, input2.dim(), scalar=False)
    if input3.shape[side] < input2.shape[-1]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if input2.shape[-1] > min(input3.shape[side], self.shape[-1]):
        raise RuntimeError(f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    if input3.shape[side] != self.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    _check_tau(name, self, input2)
    if input3.dim() != self.dim():
        raise RuntimeError(
            f"{name}: Expected other to have the same number of dimensions as input, but got other.ndim equal to "
            f"{input3.dim()} and input.ndim is equal to {self.dim()}"
        )
    if input3.shape[:-2] != self.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of other to be equal to input.shape[:-2], but got "
            f"{list(input3.shape[:-2])}"
        )
    for what, one in (("tau", input2), ("other", input3)):
        if one._dtype is not self._dtype:
            raise RuntimeError(
                f"{name}: Expected input and {what} to have the same dtype, but input has dtype"
                f"{self._dtype.scalar_type} and {what} has dtype {one._dtype.scalar_type}"
            )


def _ormqr_backward(
    grad: Tensor, result: Tensor, self: Tensor, input2: Tensor, input3: Tensor, left: bool, transpose: bool
) -> Any:
    return formulas.ormqr_backward(grad, result, self, input2, input3, left, transpose)


ormqr = op(
    "ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor", kernels.ormqr,
    forward=False,
    jointly=_ormqr_backward, check=_check_ormqr, dtypes=PRECISE, unsupported=not_implemented("ormqr_cpu"),
    out=Output(
        "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{result.scalar_type} and "
        "result has dtype {out.scalar_type}", columns_if_empty=True),
)  # fmt: skip

"""Distances of points, and what is scaled by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import check_bool_subtraction, not_implemented
from ..declare.op import FLOATING, LEADING, not_differentiable, op
from ..dispatch.outputs import SAME
from ..dispatch.overrides import overridable_function
from ..dispatch.slow import common_dtype
from ..dtypes import DIFFERENTIABLE, FROM_NUM, dtype, float32, float64, result_dtype
from ..formulas.reduction import vector_norm_backward, vector_norm_tangent
from ..kernels import distance as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from .matmul import _same_dtype
from .reduction import linalg_vector_norm


def _check_dist(self: Tensor, other: Tensor, p: Any) -> None:
    check_bool_subtraction(self, other, 1)
    kind = common_dtype((self, other))
    if kind not in DIFFERENTIABLE:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {kind.scalar_type} instead."
        )


def _dist_kernel(self: np.ndarray, other: np.ndarray, p: float) -> np.ndarray:
    ranks: tuple[list[dtype], list[dtype]] = [], []  # of the arrays with dimensions, and of those without
    for one in (self, other):
        ranks[not one.ndim].append(FROM_NUM[one.dtype.num])
    kind = result_dtype(*ranks, []).numpy
    return kernels.dist(self.astype(kind, copy=False), other.astype(kind, copy=False), p)


dist = op(
    "dist(Tensor self, Tensor other, Scalar p=2) -> Tensor", _dist_kernel, check=_check_dist, makes_real=False,
    self=lambda grad, self, other, p, result: vector_norm_backward(grad, self - other, p, result, None, False),
    other=lambda grad, self, other, p, result: _negative(
        vector_norm_backward(grad, self - other, p, result, None, False)
    ),
    tangent=lambda self_t, other_t, self, other, p, result: vector_norm_tangent(
        self_t - other_t, self - other, p, result, (), False
    ),
)  # fmt: skip


def _negative(self: Tensor | None) -> Tensor | None:
    return None if self is None else -self


def _check_renorm(self: Tensor, p: Any, dim: int, maxnorm: Any) -> None:
    if self.dim() < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.dim()} dimensions")
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if isinstance(maxnorm, complex):
        raise RuntimeError("renorm: maxnorm must be real-valued")
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    wrap_dim(dim, self.dim())


renorm = op(
    "renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor", kernels.renorm,
    self=lambda grad, self, p, dim, maxnorm: _renorm_backward(grad, self, p, dim, maxnorm),
    check=_check_renorm, inplace=True, out=SAME, stepwise=True,
    rows=True,
    writes=1,
)  # fmt: skip


def _renorm_backward(grad: Tensor, self: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Slices within the norm pass it on; the others are scaled, and the scale depends on all their elements."""
    from .masking import where

    others = [d for d in range(self.dim()) if d != wrap_dim(dim, self.dim())]
    norm = linalg_vector_norm(self, p, others, True)
    along = self.conj() * grad
    along = (along.real if along.is_complex() else along).sum(others, True)
    through = vector_norm_backward(along, self, p, norm, others, True)
    assert through is not None
    inverse = (norm + 1e-7).reciprocal()
    scaled = maxnorm * inverse * (grad - inverse * through)
    return where(norm > maxnorm, scaled.to(grad.dtype), grad)


# All pairs of points.

_cdist_forward = op(
    "_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor", kernels.cdist,
    x1=lambda grad, x1, x2, p, result: _cdist_backward(grad.contiguous(), x1, x2, p, result),
    x2=lambda grad, x1, x2, p, result: _cdist_backward(
        grad.mT.contiguous(), x2, x1, p, result.mT.contiguous()
    ),
    node="CdistBackward0", dtypes=FLOATING, unsupported=lambda d: RuntimeError(
        f"cdist only supports floating-point dtypes, X1 got: {d.c_name}"
    ), method=False, forward=False, batch=LEADING,
    rows=True,
)  # fmt: skip
_NO_SECOND = not_differentiable("the derivative for '_cdist_backward' is not implemented.")
_cdist_backward = op(
    "_cdist_backward(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist) -> Tensor", kernels.cdist_backward,
    grad=_NO_SECOND, x1=_NO_SECOND, x2=_NO_SECOND, cdist=_NO_SECOND, method=False, forward=False,
)  # fmt: skip


@overridable_function(2)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The distances of all pairs of points.

    Args:
        x1: ``(..., P, M)``, floating.
        x2: ``(..., R, M)``.
        p: the order of the norm, not negative.
        compute_mode: how Euclidean distances are computed; the results differ by rounding.

    Returns:
        ``(..., P, R)``.

    Raises:
        RuntimeError: if shapes or dtypes do not fit.

    Source: ``torch.cdist``.
    """
    modes = {
        "use_mm_for_euclid_dist_if_necessary": None,
        "use_mm_for_euclid_dist": 1,
        "donot_use_mm_for_euclid_dist": 2,
    }
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, one in (("X1", x1), ("X2", x2)):
        if not one.is_floating_point():
            kind = one._dtype.scalar_type
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {kind}")
    if x1.dim() < 2 or x2.dim() < 2:
        name, one = ("X1", x1) if x1.dim() < 2 else ("X2", x2)
        raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {one.dim()}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    mode = modes[compute_mode]
    if x1.numel() and x2.numel():
        by_product = p == 2 and (mode == 1 or (mode is None and max(x1.shape[-2], x2.shape[-2]) > _FEW))
        if not by_product and x1._dtype not in (float32, float64):
            raise not_implemented("cdist")(x1._dtype)
        _same_dtype("mm" if by_product else "cdist", x1, x2)
    return _cdist_forward(x1, x2.to(x1._dtype), float(p), mode)


_FEW = 25
"""Of how many points torch computes Euclidean distances without a product of matrices."""


# The pairs of points of one set.


def _check_pdist(self: Tensor, p: float) -> None:
    if self._dtype not in (float32, float64) and self.shape[0] > 1:
        raise not_implemented("pdist")(self._dtype)


_pdist_forward = op(
    "_pdist_forward(Tensor self, float p=2) -> Tensor", kernels.pdist,
    self=lambda grad, self, p, result: _pdist_backward(grad, self, p, result),
    check=_check_pdist, node="PdistBackward0", method=False, forward=False,
)  # fmt: skip
_NO_SECOND_PDIST = not_differentiable("the derivative for '_pdist_backward' is not implemented.")
_pdist_backward = op(
    "_pdist_backward(Tensor grad, Tensor self, float p, Tensor pdist) -> Tensor", kernels.pdist_backward,
    grad=_NO_SECOND_PDIST, self=_NO_SECOND_PDIST, pdist=_NO_SECOND_PDIST, method=False, forward=False,
)  # fmt: skip


def _pdist(self: Tensor, p: float) -> Tensor:
    if self.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {self.dim()}D")
    if not self.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _pdist_forward(self.contiguous(), float(p))


pdist = op("pdist(Tensor self, float p=2) -> Tensor", composite=_pdist, method=False)

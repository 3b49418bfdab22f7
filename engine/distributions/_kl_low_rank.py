"""Divergences of normal distributions whose covariance has a part of low rank.  Source: ``torch.distributions.kl``.

The trace of ``inverse(Q) @ P`` is a sum of squares: with Q a diagonal D and a product of low rank, the inverse is
``1/D - A.T @ A``.
"""

from __future__ import annotations

from typing import Any

from ..linalg import solve_triangular
from ..ops.rearranging import broadcast_shapes
from ..tensor import Tensor
from .kl import register_kl
from .lowrank_multivariate_normal import LowRankMultivariateNormal
from .multivariate_normal import MultivariateNormal, batch_mahalanobis


def _check(p: Any, q: Any, kind: str) -> None:
    if p.event_shape != q.event_shape:
        gap = " " * 26  # torch's text goes on in the next line of its source
        raise ValueError(
            f"KL-divergence between two {kind} Multivariate Normals with{gap}different event shapes cannot be computed"
        )


def _squares(matrix: Tensor) -> Tensor:
    """The trace of the matrix by its transpose."""
    return matrix.pow(2).sum((-2, -1))


def _half_log_det(p: MultivariateNormal) -> Tensor:
    return p._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _root(q: LowRankMultivariateNormal) -> Tensor:
    """The matrix A of the inverse covariance."""
    return solve_triangular(q._capacitance_tril, q._scaled(), upper=False)


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _low_rank_low_rank(p: LowRankMultivariateNormal, q: LowRankMultivariateNormal) -> Tensor:
    _check(p, q, "Low Rank")
    A, p_diag, q_diag = _root(q), p._unbroadcasted_cov_diag, q._unbroadcasted_cov_diag
    factor = p._unbroadcasted_cov_factor
    trace = (p_diag / q_diag).sum(-1) + _squares(factor * q_diag.rsqrt().unsqueeze(-1))
    trace = trace - _squares(A * p_diag.sqrt().unsqueeze(-2)) - _squares(A.matmul(factor))
    return 0.5 * (q.log_det() - p.log_det() + trace + q.mahalanobis(q.loc - p.loc) - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _whole_low_rank(p: MultivariateNormal, q: LowRankMultivariateNormal) -> Tensor:
    _check(p, q, "(Low Rank)")
    factor = p._unbroadcasted_scale_tril
    trace = _squares(factor * q._unbroadcasted_cov_diag.rsqrt().unsqueeze(-1)) - _squares(_root(q).matmul(factor))
    return 0.5 * (q.log_det() - 2 * _half_log_det(p) + trace + q.mahalanobis(q.loc - p.loc) - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _low_rank_whole(p: LowRankMultivariateNormal, q: MultivariateNormal) -> Tensor:
    _check(p, q, "(Low Rank)")
    n = p.event_shape[0]
    batch = broadcast_shapes(q._unbroadcasted_scale_tril.shape[:-2], p._unbroadcasted_cov_factor.shape[:-2])
    factor = q._unbroadcasted_scale_tril.expand((*batch, n, n))
    parts = (p._unbroadcasted_cov_factor, p._unbroadcasted_cov_diag.sqrt().diag_embed())
    traces = [
        _squares(solve_triangular(factor, part.expand((*batch, *part.shape[-2:])), upper=False)) for part in parts
    ]
    distance = batch_mahalanobis(q._unbroadcasted_scale_tril, q.loc - p.loc)
    return 0.5 * (2 * _half_log_det(q) - p.log_det() + traces[0] + traces[1] + distance - n)

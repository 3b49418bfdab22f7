"""Normal distributions over vectors whose covariance is a diagonal and a product of low rank.

Source: ``torch.distributions.lowrank_multivariate_normal``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..layout import Size
from ..linalg import cholesky, solve_triangular
from ..ops.rearranging import broadcast_tensors
from ..tensor import Tensor
from . import constraints
from .distribution import Distribution
from .multivariate_normal import batch_mahalanobis
from .utils import _standard_normal, lazy_property


def plus_identity(matrix: Tensor) -> Tensor:
    """The matrix, changed in place."""
    n = matrix.shape[-1]
    matrix.view((-1, n * n))[:, :: n + 1] += 1
    return matrix


def times(matrix: Tensor, vector: Tensor) -> Tensor:
    """A batch of matrices by a batch of vectors."""
    return matrix.matmul(vector.unsqueeze(-1)).squeeze(-1)


class LowRankMultivariateNormal(Distribution):
    """Of mean `loc`, shape (..., n), and covariance ``cov_factor @ cov_factor.T + diag(cov_diag)``.

    What is as large as that is not computed: determinant and inverse follow from a matrix of the factor's rank
    (the matrix determinant lemma, and Woodbury's identity).

    Raises:
        ValueError: for shapes that do not fit.
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True
    _parts = ("loc", "cov_diag", "cov_factor")

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            mean, self.cov_factor, diagonal = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_diag = mean[..., 0], diagonal[..., 0]
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        self._capacitance_tril = cholesky(plus_identity(self._scaled().matmul(cov_factor).contiguous()))
        super().__init__(self.loc.shape[:-1], event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        for name in ("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril"):
            setattr(new, name, getattr(self, name))
        return new

    def _scaled(self) -> Tensor:
        """The factor's transpose, divided by the diagonal."""
        return self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)

    def _square(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """Variance."""
        found = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return found.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """Lower Cholesky factor of the covariance."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        return self._square(root * cholesky(plus_identity(scaled.matmul(scaled.mT).contiguous())))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """Covariance."""
        factor = self._unbroadcasted_cov_factor
        return self._square(factor.matmul(factor.mT) + self._unbroadcasted_cov_diag.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """Inverse of the covariance."""
        A = solve_triangular(self._capacitance_tril, self._scaled(), upper=False)
        return self._square(self._unbroadcasted_cov_diag.reciprocal().diag_embed() - A.mT @ A)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        along = _standard_normal((*shape[:-1], *self.cov_factor.shape[-1:]), self.loc.dtype, None)
        each = _standard_normal(shape, self.loc.dtype, None)
        return self.loc + times(self._unbroadcasted_cov_factor, along) + self._unbroadcasted_cov_diag.sqrt() * each

    def log_det(self) -> Tensor:
        """Logarithm of the covariance's determinant."""
        small = self._capacitance_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return 2 * small + self._unbroadcasted_cov_diag.log().sum(-1)

    def mahalanobis(self, x: Tensor) -> Tensor:
        """``x^T C^-1 x`` for the covariance C."""
        small = batch_mahalanobis(self._capacitance_tril, times(self._scaled(), x))
        return (x.pow(2) / self._unbroadcasted_cov_diag).sum(-1) - small

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        distance, log_det = self.mahalanobis(value - self.loc), self.log_det()
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + log_det + distance)

    def entropy(self) -> Tensor:
        found = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self.log_det())
        return found.expand(self._batch_shape) if self._batch_shape else found

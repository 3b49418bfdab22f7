"""Normal distributions over vectors.  Source: ``torch.distributions.multivariate_normal``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..layout import Size
from ..linalg import cholesky, solve_triangular
from ..ops.creation import eye
from ..ops.factorization import cholesky_inverse
from ..ops.rearranging import broadcast_shapes
from ..tensor import Tensor
from . import constraints
from .distribution import Distribution
from .utils import _standard_normal, lazy_property


def batch_mahalanobis(scale_tril: Tensor, x: Tensor) -> Tensor:
    """``x^T (L L^T)^-1 x`` for vectors of shape (..., n), whose batch the one of the matrices divides.

    Each matrix is factored out once: the vectors that it belongs to are solved for together.
    """
    n, batch_shape = x.size(-1), x.shape[:-1]
    matrix_dims = scale_tril.dim() - 2
    outer = len(batch_shape) - matrix_dims
    shape = x.shape[:outer]
    for rows, of_x in zip(scale_tril.shape[:-2], x.shape[outer:-1], strict=True):
        shape += (of_x // rows, rows)
    last = outer + 2 * matrix_dims
    x = x.reshape((*shape, n))
    x = x.permute([*range(outer), *range(outer, last, 2), *range(outer + 1, last, 2), last])
    flat_l = scale_tril.reshape((-1, n, n))
    flat_x = x.reshape((-1, flat_l.size(0), n)).permute((1, 2, 0))
    found = solve_triangular(flat_l, flat_x, upper=False).pow(2).sum(-2).t().reshape(x.shape[:-1])
    back = [*range(outer)]
    for i in range(matrix_dims):
        back += [outer + i, len(batch_shape) + i]
    return found.permute(back).reshape(batch_shape)


def _precision_to_scale_tril(precision: Tensor) -> Tensor:
    flipped = cholesky(precision.flip((-2, -1)))
    inverse = flipped.flip((-2, -1)).transpose(-2, -1)
    return solve_triangular(inverse, eye(precision.shape[-1], dtype=precision.dtype), upper=False)


class MultivariateNormal(Distribution):
    """Of mean `loc`, shape (..., n), and one of covariance, precision, or lower Cholesky factor of the covariance.

    Raises:
        ValueError: if another number of these is given, or one has too few dimensions.
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True
    _parts = ("loc", "_unbroadcasted_scale_tril", "covariance_matrix", "precision_matrix", "scale_tril")

    def __init__(
        self, loc: Tensor, covariance_matrix: Tensor | None = None, precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None, validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        matrices = {
            "scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix,
        }  # fmt: skip
        given = [(name, matrix) for name, matrix in matrices.items() if matrix is not None]
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given
        if matrix.dim() < 2:
            what = "scale_tril matrix" if name == "scale_tril" else name
            raise ValueError(f"{what} must be at least two-dimensional, with optional leading batch dimensions")
        batch_shape = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        self.loc = loc.expand((*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        factor = {
            "scale_tril": lambda m: m,
            "covariance_matrix": cholesky,
            "precision_matrix": _precision_to_scale_tril,
        }
        self._unbroadcasted_scale_tril = factor[name](matrix)

    def _expanded(self, part: Any, batch_shape: Size) -> Any:
        return part if part is self._unbroadcasted_scale_tril else super()._expanded(part, batch_shape)

    def _square(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """Lower Cholesky factor of the covariance."""
        return self._square(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """Covariance."""
        return self._square(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """Inverse of the covariance."""
        return self._square(cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def _half_log_det(self) -> Tensor:
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        noise = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype, None)
        return self.loc + (self._unbroadcasted_scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        distance = batch_mahalanobis(self._unbroadcasted_scale_tril, value - self.loc)
        half_log_det = self._half_log_det()
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - half_log_det

    def entropy(self) -> Tensor:
        found = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return found.expand(self._batch_shape) if self._batch_shape else found

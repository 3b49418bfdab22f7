"""Transforms of vectors and matrices."""

from __future__ import annotations

import math

from ..layout import Size
from ..linalg import cholesky
from ..nn.functional import logsigmoid, pad, softplus
from ..ops.creation import eye
from ..tensor import Tensor
from . import constraints
from ._elementwise_transforms import _clipped_sigmoid
from ._transform import Transform
from .utils import eps, tiny, tril_matrix_to_vec, vec_to_tril_matrix


def _leading(x: Tensor) -> Tensor:
    """The last dimension moved on by one, with a one in front."""
    return pad(x[..., :-1], [1, 0], value=1)


class CorrCholeskyTransform(Transform):
    """Vectors of n (n - 1) / 2 numbers into Cholesky factors of correlation matrices, by partial correlations.

    Source: D. Lewandowski, D. Kurowicka and H. Joe, Generating random correlation matrices (2009).
    """

    domain, codomain = constraints.real_vector, constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        x = x.tanh()
        x = x.clamp(min=-1 + eps(x.dtype), max=1 - eps(x.dtype))
        r = vec_to_tril_matrix(x, diag=-1)
        rest = (1 - r**2).sqrt().cumprod(-1)
        r = r + eye(r.shape[-1], dtype=r.dtype)
        return r * _leading(rest)

    def _inverse(self, y: Tensor) -> Tensor:
        rest = 1 - (y * y).cumsum(dim=-1)
        t = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(_leading(rest), diag=-1).sqrt()
        return (t.log1p() - t.neg().log1p()) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        rest = 1 - (y * y).cumsum(dim=-1)
        of_sticks = 0.5 * tril_matrix_to_vec(rest, diag=-2).log().sum(-1)
        return of_sticks + -2 * (x + softplus(-2 * x) - math.log(2.0)).sum(dim=-1)

    def forward_shape(self, shape: Size) -> Size:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        n = shape[-1]
        d = round((0.25 + 2 * n) ** 0.5 + 0.5)
        if d * (d - 1) // 2 != n:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return shape[:-1] + (d, d)  # noqa: RUF005 (a tuple stays one)

    def inverse_shape(self, shape: Size) -> Size:
        if len(shape) < 2:
            raise ValueError("Too few dimensions on input")
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return shape[:-2] + (shape[-1] * (shape[-1] - 1) // 2,)  # noqa: RUF005


def _shape_of_vectors(shape: Size, more: int) -> Size:
    if len(shape) < 1:
        raise ValueError("Too few dimensions on input")
    return shape[:-1] + (shape[-1] + more,)  # noqa: RUF005


class SoftmaxTransform(Transform):
    """``softmax(x)``, with logarithms for an inverse."""

    domain, codomain = constraints.real_vector, constraints.simplex
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        powers = (x - x.max(-1, True)[0]).exp()
        return powers / powers.sum(-1, True)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def forward_shape(self, shape: Size) -> Size:
        return _shape_of_vectors(shape, 0)

    def inverse_shape(self, shape: Size) -> Size:
        return _shape_of_vectors(shape, 0)


class StickBreakingTransform(Transform):
    """Vectors into points of the simplex with one more component, which breaks off part after part of what is left."""

    domain, codomain = constraints.real_vector, constraints.simplex
    bijective = _alike = True

    def _call(self, x: Tensor) -> Tensor:
        offset = x.shape[-1] + 1 - x.new_ones(x.shape[-1]).cumsum(-1)
        z = _clipped_sigmoid(x - offset.log())
        left = (1 - z).cumprod(-1)
        return pad(z, [0, 1], value=1) * pad(left, [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        cropped = y[..., :-1]
        offset = y.shape[-1] - y.new_ones(cropped.shape[-1]).cumsum(-1)
        left = (1 - cropped.cumsum(-1)).clamp(min=tiny(y.dtype))
        return cropped.log() - left.log() + offset.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        offset = x.shape[-1] + 1 - x.new_ones(x.shape[-1]).cumsum(-1)
        x = x - offset.log()
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Size) -> Size:
        return _shape_of_vectors(shape, 1)

    def inverse_shape(self, shape: Size) -> Size:
        return _shape_of_vectors(shape, -1)


class LowerCholeskyTransform(Transform):
    """Matrices into lower triangular ones with a positive diagonal."""

    domain, codomain = constraints.independent(constraints.real, 2), constraints.lower_cholesky
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """Matrices into positive definite ones."""

    domain, codomain = constraints.independent(constraints.real, 2), constraints.positive_definite
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform().inv(cholesky(y))

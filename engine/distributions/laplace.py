"""Laplace distributions.  Source: ``torch.distributions.laplace``."""

from __future__ import annotations

from collections.abc import Sequence

from ..layout import Size
from ..tensor import Tensor
from ._location_scale import LocationScale
from .utils import eps


class Laplace(LocationScale):
    """About `loc`, falling off by `scale` on both sides."""

    _parts = ("loc", "scale")

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Tensor:
        return 2**0.5 * self.scale

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        u = self.loc.new_empty(self._extended_shape(sample_shape)).uniform_(eps(self.loc.dtype) - 1, 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return 0.5 - 0.5 * (value - self.loc).sign() * (-(value - self.loc).abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        term = value - 0.5
        return self.loc - self.scale * term.sign() * (-2 * term.abs()).log1p()

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()

"""Cholesky factors of random correlations.  Source: ``torch.distributions.lkj_cholesky``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..layout import Size
from ..ops.creation import arange
from ..ops.joining import cat
from ..ops.random import randn
from ..ops.special import mvlgamma
from ..tensor import Tensor
from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all, tiny


class LKJCholesky(Distribution):
    """Of the lower factors of correlation matrices whose density is ``det**(concentration - 1)``.

    Drawn by the onion method (Lewandowski, Kurowicka and Joe, 2009).

    Raises:
        ValueError: for less than two dimensions.
    """

    arg_constraints: ClassVar = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    _parts = ("dim", "concentration", "_beta")

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        marginal = self.concentration + 0.5 * (dim - 2)
        offset = arange(dim - 1, dtype=self.concentration.dtype)
        offset = cat([offset.new_zeros((1,)), offset])
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.shape, Size((dim, dim)), validate_args)

    def _expanded(self, part: Any, batch_shape: Size) -> Any:
        return part.expand((*batch_shape, self.dim)) if part is self._beta else super()._expanded(part, batch_shape)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        y = self._beta.sample(sample_shape).unsqueeze(-1)
        normal = randn(self._extended_shape(sample_shape), dtype=y.dtype).tril(-1)
        sphere = normal / normal.norm(dim=-1, keepdim=True)
        sphere[..., 0, :].fill_(0.0)  # which was divided by nothing
        w = y.sqrt() * sphere
        w += (1 - (w**2).sum(dim=-1)).clamp(min=tiny(w.dtype)).sqrt().diag_embed()
        return w

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - arange(2, self.dim + 1)
        rest = self.dim - 1
        alpha = self.concentration + 0.5 * rest
        factor = 0.5 * rest * math.log(math.pi) + mvlgamma(alpha - 0.5, rest) - alpha.lgamma() * rest
        return (order * diagonal.log()).sum(dim=-1) - factor

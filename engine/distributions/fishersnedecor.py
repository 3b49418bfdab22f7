"""Fisher-Snedecor distributions.  Source: ``torch.distributions.fishersnedecor``."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, ClassVar

from ..layout import Size, contiguous_format
from ..tensor import Tensor
from . import constraints
from ._logits import batch_of
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all, tiny


class FisherSnedecor(Distribution):
    """Of the ratio of two chi-squared numbers, each divided by its degrees of freedom, `df1` and `df2`."""

    arg_constraints: ClassVar = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True
    _parts = ("df1", "df2", "_gamma1", "_gamma2")

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2)
        super().__init__(batch_of(self.df1, df1, df2), validate_args=validate_args)

    def _df2_above(self, least: float) -> Tensor:
        df2 = self.df2.clone(memory_format=contiguous_format)
        df2[df2 <= least] = nan
        return df2

    @property
    def mean(self) -> Tensor:
        df2 = self._df2_above(2)
        return df2 / (df2 - 2)

    @property
    def mode(self) -> Tensor:
        mode = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        mode[self.df1 <= 2] = nan
        return mode

    @property
    def variance(self) -> Tensor:
        df2 = self._df2_above(4)
        return 2 * df2.pow(2) * (self.df1 + df2 - 2) / (self.df1 * (df2 - 2).pow(2) * (df2 - 4))

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        above, below = (one.rsample(sample_shape).view(shape) for one in (self._gamma1, self._gamma2))
        least = tiny(below.dtype)
        below.clamp_(min=least)
        ratio = above / below
        ratio.clamp_(min=least)
        return ratio

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        half1, half2, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        factor = (half1 + half2).lgamma() - half1.lgamma() - half2.lgamma()
        power = half1 * ratio.log() + (half1 - 1) * value.log()
        return factor + power - (half1 + half2) * (ratio * value).log1p()

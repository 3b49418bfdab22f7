"""Negative binomial distributions.  Source: ``torch.distributions.negative_binomial``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..layout import Size
from ..nn.functional import logsigmoid
from ..ops.variates import poisson
from ..tensor import Tensor
from . import constraints
from ._logits import ProbsOrLogits, check_one_given
from .gamma import Gamma
from .utils import broadcast_all, lazy_property


class NegativeBinomial(ProbsOrLogits):
    """Successes before `total_count` failures."""

    arg_constraints: ClassVar = {
        "total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }  # fmt: skip
    support = constraints.nonnegative_integer
    _parts = ("total_count", "probs", "logits", "_param")

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        check_one_given(probs, logits)
        count, param = broadcast_all(total_count, logits if probs is None else probs)
        self.total_count = count.type_as(param)
        super().__init__(self._keep(param, probs), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(concentration=self.total_count, rate=(-self.logits).exp(), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        with no_grad():
            return poisson(self._gamma.sample(sample_shape=sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        unnormalized = self.total_count * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        normalizer = -(self.total_count + value).lgamma() + (1.0 + value).lgamma() + self.total_count.lgamma()
        return unnormalized - normalizer.masked_fill(self.total_count + value == 0.0, 0.0)

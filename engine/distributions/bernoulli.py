"""Bernoulli distributions.  Source: ``torch.distributions.bernoulli``."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..layout import Size
from ..nn.functional import binary_cross_entropy_with_logits
from ..ops.creation import arange
from ..ops.random import bernoulli
from ..tensor import Tensor
from . import constraints
from ._logits import ProbsOrLogits, batch_of, check_one_given
from .exp_family import ExponentialFamily
from .utils import broadcast_all


class Bernoulli(ProbsOrLogits, ExponentialFamily):
    """One with probability `probs` or log odds `logits`, else zero."""

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0
    _parts = ("probs", "logits", "_param")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        check_one_given(probs, logits)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        self._keep(param, probs)
        super().__init__(batch_of(param, given), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        mode = (self.probs >= 0.5).to(self.probs)
        mode[self.probs == 0.5] = nan
        return mode

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return bernoulli(self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return self._enumerated(arange(2, dtype=self._param.dtype), expand)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.probs.logit(),)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        return natural_params[0].exp().log1p()

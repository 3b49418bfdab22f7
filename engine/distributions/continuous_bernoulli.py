"""Continuous Bernoulli distributions (Loaiza-Ganem and Cunningham, 2019).

Source: ``torch.distributions.continuous_bernoulli``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..layout import Size
from ..nn.functional import binary_cross_entropy_with_logits
from ..ops.creation import full_like, ones_like, zeros_like
from ..ops.masking import where
from ..ops.random import rand
from ..tensor import Tensor
from . import constraints
from ._logits import ProbsOrLogits, batch_of, check_one_given
from .exp_family import ExponentialFamily
from .utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs


class ContinuousBernoulli(ProbsOrLogits, ExponentialFamily):
    """Of density ``p**x * (1 - p)**(1 - x)``, up to a factor, between zero and one.

    Near one half, within `lims`, where the factor's formula cancels, a Taylor series is in its place.
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _parts = ("_lims", "probs", "logits", "_param")

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        check_one_given(probs, logits)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        if probs is not None:
            if validate_args is not None and not constraints.unit_interval.check(param).all():
                raise ValueError("The parameter probs has invalid values")
            param = clamp_probs(param)
        self._keep(param, probs)
        self._lims = lims
        super().__init__(batch_of(param, given), validate_args=validate_args)

    @lazy_property
    def probs(self) -> Tensor:
        """The parameter, between zero and one."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _outside(self) -> Tensor:
        low, high = self._lims
        return (self.probs <= low) | (self.probs > high)

    def _cut(self) -> Tensor:
        """The parameter, kept away from one half."""
        return where(self._outside(), self.probs, self._lims[0] * ones_like(self.probs))

    def _by(self, far: Callable[[Tensor], Tensor], near: Callable[[Tensor], Tensor]) -> Tensor:
        """``far(p)``, or ``near(p - 1/2)`` next to one half."""
        return where(self._outside(), far(self._cut()), near(self.probs - 0.5))

    def _log_factor(self) -> Tensor:
        def far(p: Tensor) -> Tensor:
            below, above = where(p <= 0.5, p, zeros_like(p)), where(p >= 0.5, p, ones_like(p))
            least = where(p <= 0.5, (-2.0 * below).log1p(), (2.0 * above - 1.0).log())
            return ((-p).log1p() - p.log()).abs().log() - least

        return self._by(far, lambda x: math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x.pow(2)) * x.pow(2))

    @property
    def mean(self) -> Tensor:
        return self._by(
            lambda p: p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log()),
            lambda x: 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x,
        )

    @property
    def variance(self) -> Tensor:
        return self._by(
            lambda p: p * (p - 1.0) / (1.0 - 2.0 * p).pow(2) + 1.0 / ((-p).log1p() - p.log()).pow(2),
            lambda x: 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x.pow(2)) * x.pow(2),
        )

    def _uniform(self, sample_shape: Sequence[int]) -> Tensor:
        return rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        u = self._uniform(sample_shape)
        with no_grad():
            return self.icdf(u)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none") + self._log_factor()

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        p = self._cut()
        inside = (p.pow(value) * (1.0 - p).pow(1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        inside = where(self._outside(), inside, value)
        return where(value <= 0.0, zeros_like(value), where(value >= 1.0, ones_like(value), inside))

    def icdf(self, value: Tensor) -> Tensor:
        p = self._cut()
        found = ((-p + value * (2.0 * p - 1.0)).log1p() - (-p).log1p()) / (p.log() - (-p).log1p())
        return where(self._outside(), found, value)

    def entropy(self) -> Tensor:
        zero, one = (-self.probs).log1p(), self.probs.log()
        return self.mean * (zero - one) - self._log_factor() - zero

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        (x,) = natural_params
        low, high = (limit - 0.5 for limit in self._lims)
        outside = (x <= low) | (x > high)
        cut = where(outside, x, full_like(x, low))
        far = cut.expm1().abs().log() - cut.abs().log()
        return where(outside, far, 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0)

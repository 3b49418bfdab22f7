"""Generalised Pareto distributions.  Source: ``torch.distributions.generalized_pareto``."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import Any, ClassVar

from ..layout import Size
from ..ops.comparison import isclose
from ..ops.creation import ones_like, scalar_tensor, zeros_like
from ..ops.masking import where
from ..ops.random import rand
from ..ops.shape import broadcast_to
from ..tensor import Tensor
from . import constraints
from ._logits import batch_of
from .distribution import Distribution
from .utils import broadcast_all


class GeneralizedPareto(Distribution):
    """Of excesses over `loc`, of size `scale`; their tail is heavy for a positive `concentration`, ends for a negative.

    For a concentration of zero they are exponential.
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real,
    }  # fmt: skip
    has_rsample = True
    _parts = ("loc", "scale", "concentration")

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(batch_of(self.loc, loc, scale, concentration), validate_args=validate_args)

    def _safe(self, none: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Where the concentration is zero, and the concentration with ones there.

        torch compares it in part with a zero of the default dtype, which then must be the parameters'.
        """
        zero = isclose(self.concentration, zeros_like(self.concentration) if none is None else none)
        return zero, where(zero, ones_like(self.concentration), self.concentration)

    def _z(self, value: Tensor) -> Tensor:
        return (value - self.loc) / self.scale

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        z = self._z(value)
        zero, safe = self._safe(scalar_tensor(0.0))
        power = 1 / safe + ones_like(z)
        return -self.scale.log() - where(zero, z, where(power == 0, power, power * (safe * z).log1p()))

    def log_survival_function(self, value: Tensor) -> Tensor:
        """Logarithm of the probability of what is more than `value`."""
        self._validate_sample(value)
        z = self._z(value)
        zero, safe = self._safe(scalar_tensor(0.0))
        return where(zero, -z, -(safe * z).log1p() / safe)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Logarithm of `cdf`."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        zero, safe = self._safe()
        log = (-value).log1p()
        return where(zero, self.loc - self.scale * log, self.loc + self.scale / safe * (-safe * log).expm1())

    @property
    def mean(self) -> Tensor:
        valid = self.concentration < 1
        found = self.loc + self.scale / (1 - where(valid, self.concentration, 0.5))
        return where(valid, found, nan)

    @property
    def variance(self) -> Tensor:
        valid = self.concentration < 0.5
        safe = where(valid, self.concentration, 0.25)
        return where(valid, self.scale**2 / ((1 - safe) ** 2 * (1 - 2 * safe)), nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    def entropy(self) -> Tensor:
        return broadcast_to(self.scale.log() + self.concentration + 1, self._batch_shape)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> constraints.Constraint:
        """From `loc` to where the tail ends."""
        end = where(self.concentration < 0, self.loc - self.scale / self.concentration, inf)
        return constraints.interval(self.loc, end)

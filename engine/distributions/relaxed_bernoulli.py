"""Continuous relatives of Bernoulli distributions.  Source: ``torch.distributions.relaxed_bernoulli``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..layout import Size
from ..ops.random import rand
from ..tensor import Tensor
from . import constraints
from ._logits import ProbsOrLogits, batch_of, check_one_given
from ._relaxed import Relaxed
from .transforms import SigmoidTransform
from .utils import broadcast_all, clamp_probs


class LogitRelaxedBernoulli(ProbsOrLogits):
    """Log odds of a `RelaxedBernoulli`."""

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    _parts = ("temperature", "probs", "logits", "_param")

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        check_one_given(probs, logits)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        self._keep(param, probs)
        super().__init__(batch_of(param, given), validate_args=validate_args)

    def _expanded(self, part: Any, batch_shape: Size) -> Any:
        return part if part is self.temperature else super()._expanded(part, batch_shape)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        uniforms = clamp_probs(rand(shape, dtype=probs.dtype))
        return (uniforms.log() - (-uniforms).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        diff = logits - value.mul(self.temperature)
        return self.temperature.log() + diff - 2 * diff.exp().log1p()


class RelaxedBernoulli(Relaxed):
    """Numbers in (0, 1), the closer to zero and one the lower the temperature.

    Source: C. Maddison et al., The concrete distribution (2017); E. Jang et al. (2017).
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    base_dist: LogitRelaxedBernoulli

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        return super().expand(batch_shape, self._get_checked_instance(RelaxedBernoulli, _instance))

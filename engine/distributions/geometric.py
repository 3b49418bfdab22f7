"""Geometric distributions.  Source: ``torch.distributions.geometric``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..layout import Size
from ..nn.functional import binary_cross_entropy_with_logits
from ..ops.creation import zeros_like
from ..tensor import Tensor
from . import constraints
from ._logits import ProbsOrLogits, batch_of, check_one_given
from .utils import broadcast_all, tiny


class Geometric(ProbsOrLogits):
    """Failures before the first success."""

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer
    _parts = ("probs", "logits")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        check_one_given(probs, logits)
        given = logits if probs is None else probs
        (param,) = broadcast_all(given)
        self._keep(param, probs)
        super().__init__(batch_of(param, given), validate_args=validate_args)
        if self._validate_args and probs is not None:
            valid = param > 0
            if not valid.all():
                raise ValueError(
                    f"Expected parameter probs ({type(param).__name__} of shape {tuple(param.shape)}) of distribution "
                    f"{self!r} to be positive but found invalid values:\n{param.data[~valid]}"
                )

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        with no_grad():
            u = self.probs.new_empty(self._extended_shape(sample_shape)).uniform_(tiny(self.probs.dtype), 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        probs = probs.clone()
        probs[(probs == 1) & (value == 0)] = 0
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs

"""Categorical distributions.  Source: ``torch.distributions.categorical``."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, ClassVar

from ..dtypes import bounds
from ..layout import Size
from ..ops.creation import arange, full
from ..ops.random import multinomial
from ..ops.rearranging import broadcast_tensors
from ..tensor import Tensor
from . import constraints
from ._logits import ProbsOrLogits, check_one_given


class Categorical(ProbsOrLogits):
    """Indices with the probabilities, or unnormalised log probabilities, along the last dimension.

    Args:
        probs: shape (..., categories), not negative; made to sum to one.
        logits: in their place.
        validate_args: see `Distribution`.
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _is_binary = False
    _parts = ("probs", "logits", "_param", "_num_events")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        check_one_given(probs, logits)
        name, given = ("probs", probs) if logits is None else ("logits", logits)
        if given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        total = given.sum(-1, keepdim=True) if logits is None else given.logsumexp(dim=-1, keepdim=True)
        shape = self._keep(given / total if logits is None else given - total, probs)
        self._num_events = shape[-1]
        super().__init__(shape[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> constraints.Constraint:
        """The indices."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return full(self._extended_shape(), nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return full(self._extended_shape(), nan, dtype=self.probs.dtype)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        rows = self.probs.reshape((-1, self._num_events))
        drawn = multinomial(rows, Size(sample_shape).numel(), True).T
        return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        index, log_pmf = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return log_pmf.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        logits = self.logits.clamp(min=bounds(self.logits.dtype)[0])
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return self._enumerated(arange(self._num_events), expand)

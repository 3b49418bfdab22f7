"""Distributions whose parameter is a probability, or its logit."""

from __future__ import annotations

from typing import Any

from ..layout import Size
from ..tensor import Tensor
from .distribution import Distribution
from .utils import are_numbers, lazy_property, logits_to_probs, probs_to_logits


def check_one_given(probs: Any, logits: Any) -> None:
    """Refuse both or neither.

    Raises:
        ValueError: then.
    """
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


class ProbsOrLogits(Distribution):
    """Keeps what was given as ``_param``, and computes the other when it is asked for."""

    _is_binary = True
    _param: Tensor

    def _keep(self, param: Tensor, probs: Any) -> Size:
        """Take a parameter, which are the probabilities if `probs` were given; return its batch."""
        setattr(self, "logits" if probs is None else "probs", param)
        self._param = param
        return param.shape

    @lazy_property
    def logits(self) -> Tensor:
        """Log odds, or log probabilities."""
        return probs_to_logits(self.probs, is_binary=self._is_binary)

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities."""
        return logits_to_probs(self.logits, is_binary=self._is_binary)

    @property
    def param_shape(self) -> Size:
        """Of the parameter."""
        return self._param.shape

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        """One-dimensional `values` as draws for the whole batch."""
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values


def batch_of(param: Tensor, *given: Any) -> Size:
    """The batch of a parameter: none if it was given as numbers."""
    return Size() if are_numbers(*given) else param.shape

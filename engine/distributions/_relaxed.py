"""Discrete distributions made continuous by a temperature.

Source: C. Maddison et al., The concrete distribution (2017); E. Jang et al. (2017).
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from .transformed_distribution import TransformedDistribution


class Relaxed(TransformedDistribution):
    """What a distribution of logits draws, as probabilities."""

    has_rsample = True
    base_dist: Any

    @property
    def temperature(self) -> Any:
        """As given."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """Log odds, or log probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities."""
        return self.base_dist.probs

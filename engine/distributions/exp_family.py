"""Exponential families.

Source: ``torch.distributions.exp_family``; F. Nielsen and R. Nock, Entropies and cross-entropies of exponential
families (2010).
"""

from __future__ import annotations

from typing import Any

from ..autograd.api import grad
from ..tensor import Tensor
from .distribution import Distribution


class ExponentialFamily(Distribution):
    """A density ``exp(t(x) . theta - F(theta) + k(x))``: what is told of F, its log normalizer, gives the entropy."""

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> float:
        """The expectation of k."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """By the derivative of the log normalizer."""
        result: Any = -self._mean_carrier_measure
        natural = [one.detach().requires_grad_() for one in self._natural_params]
        normalizer = self._log_normalizer(*natural)
        gradients = grad([normalizer.sum()], natural, create_graph=True)
        result += normalizer
        for parameter, gradient in zip(natural, gradients, strict=True):
            result -= (parameter * gradient).reshape((*self._batch_shape, -1)).sum(-1)
        return result

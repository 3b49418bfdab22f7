"""Divergences from and to continuous Bernoulli distributions.  Source: ``torch.distributions.kl``."""

from __future__ import annotations

import math
from math import inf
from typing import Any

from ..ops.creation import ones_like
from ..ops.masking import where
from ..tensor import Tensor
from .beta import Beta
from .continuous_bernoulli import ContinuousBernoulli
from .exponential import Exponential
from .gamma import Gamma
from .gumbel import Gumbel
from .kl import infinite, register_kl
from .laplace import Laplace
from .normal import Normal
from .pareto import Pareto
from .uniform import Uniform


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _to_itself(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Tensor:
    own = p.mean * (p.logits - q.logits) + (p._log_factor() + (-p.probs).log1p())
    return own + (-q._log_factor() - (-q.probs).log1p())


def _cross(p: Any, q: ContinuousBernoulli) -> Tensor:
    """What it costs, in nats, to code draws of ``p`` by ``q``, less their entropy."""
    return -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._log_factor()


@register_kl(Beta, ContinuousBernoulli)
def _from_beta(p: Beta, q: ContinuousBernoulli) -> Tensor:
    return _cross(p, q)


@register_kl(Uniform, ContinuousBernoulli)
def _from_uniform(p: Uniform, q: ContinuousBernoulli) -> Tensor:
    found = _cross(p, q)
    outside = (p.high >= q.support.upper_bound) | (p.low <= q.support.lower_bound)
    return where(outside, ones_like(found) * inf, found)


@register_kl(ContinuousBernoulli, Exponential)
def _to_exponential(p: ContinuousBernoulli, q: Exponential) -> Tensor:
    return -p.entropy() - q.rate.log() + q.rate * p.mean


@register_kl(ContinuousBernoulli, Normal)
def _to_normal(p: ContinuousBernoulli, q: Normal) -> Tensor:
    factor = 0.5 * (math.log(2.0 * math.pi) + (q.loc / q.scale).square()) + q.scale.log()
    return -p.entropy() + factor + (p.variance + p.mean.square() - 2.0 * q.loc * p.mean) / (2.0 * q.scale.square())


@register_kl(ContinuousBernoulli, Uniform)
def _to_uniform(p: ContinuousBernoulli, q: Uniform) -> Tensor:
    found = -p.entropy() + (q.high - q.low).log()
    outside = (q.low >= p.support.lower_bound) | (q.high <= p.support.upper_bound)
    return where(outside, ones_like(found) * inf, found)


@register_kl(ContinuousBernoulli, Pareto)
def _to_pareto(p: ContinuousBernoulli, q: Pareto) -> Tensor:
    return infinite(p.probs)


@register_kl(Exponential, ContinuousBernoulli)
def _from_exponential(p: Exponential, q: ContinuousBernoulli) -> Tensor:
    return infinite(p.rate)


@register_kl(Gamma, ContinuousBernoulli)
def _from_gamma(p: Gamma, q: ContinuousBernoulli) -> Tensor:
    return infinite(p.concentration)


@register_kl(Pareto, ContinuousBernoulli)
def _from_pareto(p: Pareto, q: ContinuousBernoulli) -> Tensor:
    return infinite(p.scale)


@register_kl(Gumbel, ContinuousBernoulli)
@register_kl(Laplace, ContinuousBernoulli)
@register_kl(Normal, ContinuousBernoulli)
def _from_everywhere(p: Any, q: ContinuousBernoulli) -> Tensor:
    return infinite(p.loc)

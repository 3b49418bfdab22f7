"""Divergences of every family from every other, against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree
from tests.engine.distributions.saying import PRELUDE

FAMILIES = [
    "Normal(a,b)",
    "Uniform(0.1*b,a+5)",
    "Bernoulli(a/4)",
    "Categorical(a)",
    "OneHotCategorical(a)",
    "Beta(a,b)",
    "Gamma(a,b)",
    "Exponential(a)",
    "Dirichlet(a)",
    "MultivariateNormal(a, torch.diag(b))",
    "LogNormal(a,b)",
    "Laplace(a,b)",
    "Poisson(a)",
    "Binomial(7,a/4)",
    "Geometric(a/4)",
    "HalfNormal(a)",
    "Cauchy(a,b)",
    "Gumbel(a,b)",
    "Pareto(a,b)",
    "Chi2(a)",
    "Independent(Normal(a,b),1)",
    "Weibull(a,b)",
    "HalfCauchy(a)",
    "StudentT(a)",
    "ContinuousBernoulli(a/4)",
    "LowRankMultivariateNormal(a, b.unsqueeze(-1), b)",
    "InverseGamma(a,b)",
    "Kumaraswamy(a,b)",
    "FisherSnedecor(a,b)",
    "VonMises(a,b)",
    "LogisticNormal(a,b)",
]


@pytest.mark.parametrize("family", FAMILIES)
def test_divergences(family):
    agree(f"""{PRELUDE}
for made in {FAMILIES}:
    a, b = t([.5, 1., 2.]), t([1., 2., 3.5])
    p = {family}
    a, b = t([1.5, .5, 1.]), t([1., 2., 3.5], requires_grad=True)
    q = eval(made)
    say(made, lambda: kl_divergence(p, q))
""")

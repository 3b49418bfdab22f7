"""Every distribution against torch, under one seed: draws, densities, moments, graphs, errors."""

from __future__ import annotations

import pytest

from tests.bothways import agree
from tests.engine.distributions.saying import PRELUDE

DISTRIBUTIONS = [
    "Normal(0.5, 2.)",
    "Normal(t([0.,1.]), t([[1.],[2.]]))",
    "Uniform(-1., 3.)",
    "Uniform(t([0.,1.]), t([2.,4.]))",
    "Bernoulli(0.3)",
    "Bernoulli(t([.1,.5,.9]))",
    "Bernoulli(logits=t([.1,-.5,.9]))",
    "Categorical(t([.1,.2,.7]))",
    "Categorical(logits=t([[.1,.2,.7],[1.,2.,3.]]))",
    "OneHotCategorical(t([.1,.2,.7]))",
    "OneHotCategoricalStraightThrough(logits=t([[.1,.2,.7],[1.,2.,3.]]))",
    "Beta(0.5, 2.)",
    "Beta(t([2.,3.]), t([1.,.5]))",
    "Gamma(2., 3.)",
    "Gamma(t([.5,20.]), t([1.,2.]))",
    "Chi2(t([3.,4.]))",
    "Exponential(1.5)",
    "Exponential(t([1.,2.,3.]))",
    "Dirichlet(t([.5,1.,3.]))",
    "Dirichlet(t([[.5,.2,.3],[1.,2.,3.]]))",
    "MultivariateNormal(torch.zeros(2), torch.eye(2)*2)",
    "MultivariateNormal(t([[1.,2.],[3.,4.]]), scale_tril=t([[1.,0.],[.5,2.]]))",
    "MultivariateNormal(t([1.,2.]), precision_matrix=t([[[2.,.5],[.5,1.]],[[1.,0.],[0.,1.]]]))",
    "LogNormal(0., 1.)",
    "LogNormal(t([0.,.5]), t([1.,.2]))",
    "Laplace(0., 1.)",
    "Laplace(t([0.,.5]), t([1.,.2]))",
    "Poisson(3.)",
    "Poisson(t([.5,30.]))",
    "Binomial(10, t([.2,.5,.9]))",
    "Binomial(t([5.,40.]), logits=t([.2,-.5]))",
    "Geometric(t([.2,.5,1.]))",
    "Geometric(logits=t([.2,.5]))",
    "Multinomial(10, t([.1,.2,.7]))",
    "Multinomial(5, logits=t([[.1,.2,.7],[1.,2.,3.]]))",
    "StudentT(5.)",
    "StudentT(t([1.,2.,5.]), t([1.,1.,2.]), 2.)",
    "HalfNormal(2.)",
    "HalfNormal(t([1.,2.]))",
    "HalfCauchy(t([1.,2.]))",
    "Cauchy(0., 1.)",
    "Cauchy(t([0.,1.]), t([1.,2.]))",
    "Gumbel(0., 1.)",
    "Gumbel(t([0.,1.]), t([1.,2.]))",
    "Weibull(t([1.,2.]), t([.5,3.]))",
    "Pareto(t([1.,2.]), t([2.5,3.]))",
    "NegativeBinomial(t([5.,3.]), t([.2,.5]))",
    "Independent(Normal(torch.zeros(3), torch.ones(3)), 1)",
    "TransformedDistribution(Normal(0.,1.), [AffineTransform(1., 2.), D.transforms.ExpTransform()])",
    "TransformedDistribution(Uniform(torch.zeros(2),torch.ones(2)), [SigmoidTransform().inv, AffineTransform(t([0.,1.]), 2.)])",
    "TransformedDistribution(Normal(torch.zeros(2),torch.ones(2)), [StickBreakingTransform()])",
    "TransformedDistribution(Normal(0.,1.), D.transforms.TanhTransform())",
    "RelaxedBernoulli(t(.5), t([.2,.8]))",
    "RelaxedOneHotCategorical(t(.5), t([.2,.3,.5]))",
    "ContinuousBernoulli(0.3)",
    "ContinuousBernoulli(t([.1,.4995,.9]).double())",
    "ContinuousBernoulli(logits=t([-1.,0.,2.]))",
    "FisherSnedecor(3., 5.)",
    "FisherSnedecor(t([1.,5.]), t([2.,9.]))",
    "GeneralizedPareto(0., 1., 0.)",
    "GeneralizedPareto(t([0.,1.,2.]), t([1.,2.,1.]), t([.3,-.5,1.5]))",
    "InverseGamma(3., 2.)",
    "InverseGamma(t([.5,2.5]), t([1.,2.]))",
    "Kumaraswamy(2., 3.)",
    "Kumaraswamy(t([.5,2.]), t([1.,3.]))",
    "LKJCholesky(3, t(0.5).double())",
    "LKJCholesky(2, t([1.,3.]))",
    "LogisticNormal(0., 1.)",
    "LogisticNormal(t([[0.,1.],[.5,-1.]]), 0.5)",
    "LowRankMultivariateNormal(t([1.,2.,3.]), t([[1.],[0.],[.5]]), t([1.,2.,.5]))",
    "LowRankMultivariateNormal(torch.zeros(2,3), torch.ones(3,2), torch.ones(2,3))",
    "VonMises(0., 1.)",
    "VonMises(t([0.,1.,-2.]), t([1e-6,3.,20.]))",
    "Wishart(4., torch.eye(2))",
    "Wishart(t([5.,8.]), scale_tril=t([[1.,0.],[.5,2.]]))",
    "Wishart(t([5.]), precision_matrix=t([[2.,.5],[.5,1.]]))",
    "MixtureSameFamily(Categorical(t([.3,.7])), Normal(t([0.,3.]), t([1.,.5])))",
    "MixtureSameFamily(Categorical(torch.ones(3)), Independent(Normal(torch.arange(6.).reshape(3,2), 1.), 1))",
    "MixtureSameFamily(Categorical(torch.ones(2,3)), Normal(torch.zeros(2,3), torch.ones(2,3)))",
]

EXAMINED = """
say("repr", lambda: d)
for n in ["batch_shape","event_shape","has_rsample","has_enumerate_support","mean","mode","variance","stddev","support","arg_constraints"]:
    say(n, lambda: getattr(d,n))
x = None
for shape in [(), (2,), (2,3), (20,)]:
    def draw():
        global x
        x = d.sample(shape); return x
    say("sample", draw)
say("log_prob", lambda: d.log_prob(x))
say("cdf", lambda: d.cdf(x))
say("icdf", lambda: d.icdf(torch.full((2,)+d.batch_shape[-1:], .3)))
say("entropy", lambda: d.entropy()); say("perplexity", lambda: d.perplexity())
say("rsample", lambda: d.rsample((3,)))
say("enum", lambda: d.enumerate_support()); say("enum", lambda: d.enumerate_support(False))
say("expand", lambda: d.expand((4,)+d.batch_shape));
say("expand", lambda: d.expand((4,)+d.batch_shape).sample((2,)))
say("expand", lambda: d.expand((4,)+d.batch_shape).log_prob(d.expand((4,)+d.batch_shape).sample()))
say("bad", lambda: d.log_prob(torch.full(d.batch_shape+d.event_shape, -2.5)))
say("bad", lambda: d.log_prob(torch.zeros(7,5)))
say("bad", lambda: d.log_prob(1.0))
say("repr", lambda: d)
"""

WITH_GRADIENTS = [
    "Normal(a,b)",
    "Uniform(-b,a+3)",
    "Bernoulli(a/4)",
    "Bernoulli(logits=a)",
    "Categorical(a)",
    "Categorical(logits=a)",
    "OneHotCategoricalStraightThrough(logits=a)",
    "Beta(a,b)",
    "Gamma(a,b)",
    "Chi2(a)",
    "Exponential(a)",
    "Dirichlet(a)",
    "MultivariateNormal(a, scale_tril=torch.diag(b)+m.tril(-1))",
    "MultivariateNormal(a, m@m.T+4*torch.eye(3))",
    "MultivariateNormal(a, precision_matrix=m@m.T+3*torch.eye(3))",
    "LogNormal(a,b)",
    "Laplace(a,b)",
    "Poisson(a)",
    "Binomial(7,a/4)",
    "Geometric(a/4)",
    "Multinomial(5,a)",
    "StudentT(a,b,b)",
    "HalfNormal(a)",
    "HalfCauchy(a)",
    "Cauchy(a,b)",
    "Gumbel(a,b)",
    "Weibull(a,b)",
    "Pareto(a,b)",
    "NegativeBinomial(b,a/4)",
    "Independent(Normal(a,b),1)",
    "TransformedDistribution(Normal(a,b),[AffineTransform(a,b),ExpTransform()])",
    "RelaxedBernoulli(t(.5),a/4)",
    "RelaxedOneHotCategorical(t(.5),a)",
    "MixtureSameFamily(Categorical(a),Normal(a,b))",
]

DIFFERENTIATED = """
for what in ("rsample", "log_prob", "entropy"):
    torch.manual_seed(1)
    a, b = t([.5, 1., 2.], requires_grad=True), t([1., 2., 3.5], requires_grad=True)
    m = t([[1., .2, .3], [.1, 2., .5], [.3, .2, 1.]], requires_grad=True)
    try:
        d = DISTRIBUTION
        r = d.rsample((4,)) if what == "rsample" else d.log_prob(d.sample((4,))) if what == "log_prob" else d.entropy()
        say(what, lambda: r)
        names(r.grad_fn)
        if r.requires_grad:
            r.sum().backward()
        for z in (a, b, m):
            say("grad", lambda: z.grad)
    except Exception as e:
        print(type(e).__name__, e)
"""

SINGLE = [
    "Normal(t([0.,float('nan')]),1.)",
    "Normal(0.,-1.)",
    "Normal('a',1.)",
    "Normal(t([1.,2.]),t([1.,2.,3.]))",
    "Bernoulli()",
    "Bernoulli(.1,.2)",
    "Bernoulli(1.5)",
    "Categorical(t(1.))",
    "Categorical(logits=t(1.))",
    "Categorical(t([-1.,2.]))",
    "Categorical(t([0.,0.]))",
    "Categorical(logits=t([float('inf'),1.]))",
    "Dirichlet(t(1.))",
    "Dirichlet(t([0.,1.]))",
    "MultivariateNormal(t(1.),torch.eye(2))",
    "MultivariateNormal(t([1.,2.]))",
    "MultivariateNormal(t([1.,2.]),t(1.))",
    "MultivariateNormal(t([1.,2.]),-torch.eye(2))",
    "MultivariateNormal(t([1.,2.]),scale_tril=torch.ones(2,2))",
    "Binomial(-1,.5)",
    "Binomial(2.5,.5)",
    "Geometric(0.)",
    "Geometric(t([0.,.5]))",
    "Uniform(2.,1.)",
    "Gamma(0.,1.)",
    "Independent(Normal(0.,1.),1)",
    "TransformedDistribution(Normal(0.,1.),ExpTransform)",
    "TransformedDistribution(Normal(0.,1.),[1])",
    "TransformedDistribution(Normal(0.,1.),StickBreakingTransform())",
    "MixtureSameFamily(Normal(0.,1.),Normal(0.,1.))",
    "MixtureSameFamily(Categorical(torch.ones(2)),Normal(torch.zeros(3),1.))",
    "Multinomial(t(3),t([.5,.5]))",
    "Normal(0.,1.,validate_args=False).log_prob(1.)",
    "Normal(0.,1.).log_prob(t(float('nan')))",
    "Poisson(-1.)",
    "StudentT(-1.)",
    "Distribution()",
    "Distribution(validate_args=False)",
    "Distribution(validate_args=False).mean",
    "Distribution(validate_args=False).sample()",
    "Distribution.set_default_validate_args('a')",
    "Normal(0.,1.).enumerate_support()",
    "kl_divergence(Normal(0.,1.),Categorical(t([1.])))",
    "Normal(0.,1.).sample_n(3)",
    "biject_to(3)",
    "Binomial(t([2,3]),.5).entropy()",
    "Normal(0.,1.).icdf(t(2.))",
    "Normal(t(1),t(2)).sample()",
    "Normal(1,2).sample()",
    "Normal(t(0.),1.).sample([3,2]).shape",
    "Normal(torch.zeros(3).double(),1).sample()",
    "Categorical(t([1,2]))",
    "Bernoulli(t([1,0]))",
    "Normal(True,1.)",
    "Normal(torch.zeros(2,requires_grad=True),1.)",
    "Normal(torch.zeros(1),torch.ones(1))",
    "LogNormal(0.,-1.)",
    "HalfNormal(-1.)",
    "Categorical(torch.ones(4,3)).sample((2,)).shape",
    "Multinomial(3,torch.ones(2,3)).sample((2,)).shape",
    "constraints.positive",
    "constraints.simplex.check(t([.5,.5]))",
    "[constraints.interval(1,2), constraints.integer_interval(0,3), constraints.independent(constraints.real,1), constraints.dependent, constraints.cat([constraints.real])]",
]

SUBCLASSES = """
class My(Normal):
    def __init__(self, x): super().__init__(x, 1.)
class Mine(Normal): pass
say("a", lambda: My(0.).expand((2,)))
say("a", lambda: Mine(0.,1.).expand((2,)))
say("kl", lambda: kl_divergence(Mine(0.,1.), My(1.)))
@register_kl(My, Mine)
def f(p,q): return 7
say("kl", lambda: kl_divergence(My(0.), Mine(1.,1.)))
class Bare(Distribution):
    def __init__(self): super().__init__()
say("c", lambda: Bare())
print(Normal, isinstance(Chi2(1.), Gamma), Chi2(1.).expand((2,)).df)
import copy
print(copy.deepcopy(Normal(0.,t([1.,2.]))))
"""


@pytest.mark.parametrize("made", DISTRIBUTIONS)
def test_what_it_tells_of_itself(made):
    agree(f"{PRELUDE}\nd = {made}\n{EXAMINED}")


@pytest.mark.parametrize("made", WITH_GRADIENTS)
def test_gradients_and_graphs(made):
    agree(PRELUDE + DIFFERENTIATED.replace("DISTRIBUTION", made))


@pytest.mark.parametrize("expression", SINGLE)
def test_errors_and_odd_arguments(expression):
    agree(f"{PRELUDE}\nsay('value', lambda: {expression})")


def test_subclasses():
    agree(PRELUDE + SUBCLASSES)

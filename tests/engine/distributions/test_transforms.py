"""Transforms against torch: values, inverses, determinants, shapes, constraints."""

from __future__ import annotations

import pytest

from tests.bothways import agree
from tests.engine.distributions.saying import PRELUDE

TRANSFORMS = [
    "ExpTransform()",
    "AffineTransform(1.,-2.)",
    "AffineTransform(t([1.,2.,3.]),t([1.,2.,-3.]),event_dim=1)",
    "PowerTransform(2.)",
    "SigmoidTransform()",
    "TanhTransform()",
    "SoftplusTransform()",
    "AbsTransform()",
    "SoftmaxTransform()",
    "StickBreakingTransform()",
    "ComposeTransform([ExpTransform(),AffineTransform(0.,2.)])",
    "IndependentTransform(ExpTransform(),1)",
    "ReshapeTransform((3,),(3,1))",
    "CorrCholeskyTransform()",
    "CatTransform([ExpTransform(),AffineTransform(0.,2.)],dim=-1,lengths=[1,2])",
    "StackTransform([ExpTransform(),AffineTransform(0.,2.),TanhTransform()],dim=-1)",
    "CumulativeDistributionTransform(Normal(0.,1.))",
    "ExpTransform(cache_size=1)",
    "ExpTransform().inv",
    "ComposeTransform([ExpTransform(),AffineTransform(0.,2.)]).inv",
    "transform_to(D.constraints.real)",
    "transform_to(D.constraints.positive)",
    "transform_to(D.constraints.nonnegative)",
    "transform_to(D.constraints.unit_interval)",
    "transform_to(D.constraints.simplex)",
    "transform_to(D.constraints.lower_cholesky)",
    "transform_to(D.constraints.corr_cholesky)",
    "transform_to(D.constraints.greater_than(2.))",
    "transform_to(D.constraints.less_than(1.))",
    "transform_to(D.constraints.interval(1.,3.))",
    "transform_to(D.constraints.real_vector)",
    "transform_to(D.constraints.positive_definite)",
    "biject_to(D.constraints.simplex)",
    "biject_to(D.constraints.positive)",
    "biject_to(D.constraints.interval(0,1))",
    "biject_to(D.constraints.interval(0.,t(2.)))",
    "biject_to(D.constraints.half_open_interval(0.,1.))",
]

EXAMINED = """
x = t([[.3, .5, .2], [.2, .1, .7]], requires_grad=True)
if isinstance(f.domain, type(D.constraints.independent(D.constraints.real, 1))) and f.domain.event_dim == 2:
    x = torch.arange(9.).reshape(3, 3) / 9
y = None
def go():
    global y
    y = f(x)
    return y
say("repr", lambda: f)
say("f", go)
say("inv", lambda: f.inv(y))
say("ladj", lambda: f.log_abs_det_jacobian(x, y))
say("sign", lambda: f.sign)
for n in "domain codomain bijective event_dim inv".split():
    say(n, lambda: getattr(f, n))
say("shape", lambda: (f.forward_shape(x.shape), f.inverse_shape(y.shape)))
say("eq", lambda: (f == g, f == D.ExpTransform(), f != g, f.inv.inv is f, f.with_cache(1) == f))
"""


@pytest.mark.parametrize("made", TRANSFORMS)
def test_what_it_does(made):
    agree(f"{PRELUDE}\nf, g = {made}, {made}\n{EXAMINED}")


def test_what_has_no_transform():
    agree(
        f"{PRELUDE}\nsay('to', lambda: transform_to(constraints.boolean))\nsay('to', lambda: biject_to.register(3, 4))"
    )


@pytest.mark.parametrize(
    "call",
    [
        "D.CatTransform([D.ExpTransform()], dim=0)(torch.ones(2))", "D.Normal(0., 1.).sample(3)", "D.Normal(loc=0.)",
        "D.Cauchy()", "torch.cholesky_inverse(torch.eye(2))",
        "torch.cholesky_inverse(torch.tensor([[2., 1], [0, 3]]), upper=True)",
        "D.MultivariateNormal(torch.zeros(2), torch.eye(2)).precision_matrix",
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_as_by_torch(call):
    agree(f"D = torch.distributions\nprint({call})")

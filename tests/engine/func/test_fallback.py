"""What ``vmap`` says of operations that it computes one example after the other, and of those that it cannot."""

import pytest
from bothways import agree

CALLS = [
    "torch.bincount(a.long())", "a.take(torch.tensor([0]))", "F.kl_div(a, a)", "torch.quantile(a, .5)", "a.argwhere()",
    "torch.where(a > 0)", "a.nonzero()", "torch.isclose(a, a)", "F.soft_margin_loss(a, a)", "torch.isin(a, a)",
    "a.masked_fill(a > 0, a[0])", "a.clone().addcmul_(a, a)", "a.clone().pow_(a)", "a.clone().clamp_(a)", "a.item()",
    "a.clone().add_(a).mul_(a).div_(a + 1)", "torch.diagflat(a)", "a.put(torch.tensor([0]), a[:1])", "a.histc(3)",
    "F.dropout(a, 0.)", "torch.fill(a, 1.)", "F.pdist(a[None])", "a + 1",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_warned_of_as_in_torch(call):
    agree(f"print(torch.vmap(lambda a: {call})(torch.arange(6.).view(2, 3) / 3))")


@pytest.mark.parametrize("change", ["y.hypot_(y)", "y.hypot_(t)", "t.clone().hypot_(y[0])"])
def test_what_has_no_examples_is_not_warned_of(change):
    agree(f"y = torch.ones(2)\nprint(torch.vmap(lambda t: t + {change})(torch.ones(3)))")


def test_each_level_warns():
    agree("print(torch.vmap(torch.vmap(lambda a: a.take(torch.tensor(0))))(torch.arange(8.).view(2, 2, 2)))")


REFUSED = [
    "hypot_(t)", "pow_(t)", "lt_(t)", "clamp_(t)", "lerp_(y, t)", "addcmul_(t, t)", "add_(t)", "sub_(t)", "atan2_(t)",
    "mul_(t)", "copy_(t)", "fill_(t)", "logical_and_(t)", "clamp_min_(t)", "index_add_(0, torch.tensor([0]), t[None])",
    "__setitem__(torch.tensor([0]), t)", "long().gcd_(t.long())", "long().bitwise_or_(t.long())",
]  # fmt: skip


@pytest.mark.parametrize("change", REFUSED)
def test_examples_that_do_not_fit_into_the_target(change):
    agree(f"y = torch.ones(2)\nprint(torch.vmap(lambda t: y.{change})(torch.ones(3)))")


def test_the_level_is_told():
    agree("y = torch.ones(2)\nprint(torch.vmap(torch.vmap(lambda t: y.hypot_(t)))(torch.ones(1, 3)))")


BESIDE = [
    "x.clone().floor_divide_(t)", "x.clone().ldexp_(t)", "x.clone().float_power_(t)", "t.clone().floor_divide_(t)",
    "t.clone().ldexp_(t)", "x.clone().hypot_(t)", "x.clone().sub_(t)", "x.clone().remainder_(t)",
]  # fmt: skip


@pytest.mark.parametrize("call", BESIDE)
def test_what_is_changed_beside_examples_without_having_some(call):
    agree(f"""
x, y = torch.ones(3), torch.arange(1., 7.).view(2, 3)
try:
    print(torch.vmap(lambda t: {call})(y))
except RuntimeError as error:
    print(error)
""")


@pytest.mark.parametrize("body", ["t.sum(0).add_(t)", "t.new_zeros(3).add_(t)", "t.clone().mul_(torch.ones(5, 4, 3))"])
def test_shapes_that_do_not_fit_are_told_with_the_sizes_of_outer_examples(body):
    agree(f"""
y = torch.ones(2, 4, 3)
for transform in (
    torch.vmap, lambda f: torch.vmap(torch.vmap(f)), lambda f: torch.vmap(torch.vmap(f, in_dims=1), in_dims=2),
    lambda f: torch.vmap(torch.func.grad(lambda t: f(t).sum())),
):
    try:
        print(transform(lambda t: {body})(y).shape)
    except RuntimeError as error:
        print(error)
""")

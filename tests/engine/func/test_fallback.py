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


def test_each_level_warns():
    agree("print(torch.vmap(torch.vmap(lambda a: a.take(torch.tensor(0))))(torch.arange(8.).view(2, 2, 2)))")

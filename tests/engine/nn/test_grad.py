"""Gradients of convolutions by themselves, against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("options", ["", ", stride=2, padding=1", ", dilation=2, groups=2"])
def test_gradients_of_convolutions(rank: int, options: str):
    agree(f"""
groups = 2 if "groups" in {options!r} else 1
x = torch.arange(2.0 * 5**{rank}).reshape(1, 2, *[5] * {rank}).remainder(7).requires_grad_()
w = torch.arange(4.0 / groups * 2**{rank}).reshape(2, 2 // groups, *[2] * {rank}).requires_grad_()
y = F.conv{rank}d(x, w{options})
g = torch.arange(float(y.numel())).reshape(y.shape).remainder(3)
a, b = torch.autograd.grad(y, (x, w), g)
mine = nn.grad.conv{rank}d_input(x.shape, w, g{options}), nn.grad.conv{rank}d_weight(x, w.shape, g{options})
print(torch.equal(mine[0], a), torch.equal(mine[1], b), mine[0].sum(), mine[1].sum(), F.grad is nn.grad)
""")

"""Losses, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_sizes_that_broadcast(name, reduction):
    agree(
        f"x = torch.ones(2, requires_grad=True); l = F.{name}(x, torch.zeros(3, 1), reduction='{reduction}')\nprint(l)"
    )

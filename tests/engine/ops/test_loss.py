"""Losses, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_sizes_that_broadcast(name, reduction):
    agree(
        f"x = torch.ones(2, requires_grad=True); l = F.{name}(x, torch.zeros(3, 1), reduction='{reduction}')\nprint(l)"
    )


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16", "int64", "bool", "complex64"])
@pytest.mark.parametrize("loss", ["huber_loss", "soft_margin_loss", "smooth_l1_loss"])
def test_of_two_dtypes_it_is_computed_where_torch_writes_it(loss, dtype):
    agree(f"""
for other in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.uint16, torch.complex64):
    for tracked in (0, 1, 2):
        x, y = torch.tensor([1., 2, 0.5]).to(torch.{dtype}), torch.tensor([0.5, 1, 1]).to(other)
        try:
            [x, y, y][tracked].requires_grad_(tracked < 2)
            found = F.{loss}(x, y, reduction="none")
            print(found.dtype, [round(one, 3) for one in found.tolist()])
            found.sum().backward()
            print(x.grad.dtype)
        except Exception as error:
            print(other, tracked, type(error).__name__, error)
""")

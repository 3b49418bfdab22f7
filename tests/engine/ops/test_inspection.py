"""The order of dimensions in memory."""

import pytest
from bothways import agree

TENSORS = [
    "torch.empty(2, 3, 4)", "torch.empty(2, 3, 4).transpose(0, 2)", "torch.empty(2, 1, 3)", "torch.empty(0, 3)",
    "torch.empty(3, 1).expand(3, 4)", "torch.empty(2, 1, 3).permute(1, 2, 0)", "torch.tensor(3.)",
    "torch.zeros(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)",
]  # fmt: skip
CHECKS = [
    "False", "True", "[torch.contiguous_format]", "[torch.contiguous_format, torch.preserve_format]", "3", "[3]",
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("tensor", TENSORS)
def test_the_order_is_torchs(tensor, check):
    agree(f"print(({tensor}).dim_order(ambiguity_check={check}))")


def test_what_is_asked_of_tensors():
    agree(
        "x = torch.tensor([1., 2.])\n"
        "print(torch.is_neg(x), torch.is_signed(x), torch.is_signed(x.byte()), torch.is_inference(x))\n"
        "print(x[torch.newaxis])\n"
        "print(torch.is_same_size(x, x), x.is_same_size(torch.ones(3)), x.is_set_to(x.view(2)), x.is_set_to(x.clone()))"
    )

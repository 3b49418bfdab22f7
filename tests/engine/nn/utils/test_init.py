"""Modules without initial values."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "code",
    [
        "m = skip_init(torch.nn.Linear, 2, 3); print(m, m.weight.shape, m.weight.device, m.weight.requires_grad)",
        "skip_init(torch.nn.Linear, 2, 3); print(torch.rand(1))",
        "skip_init(torch.nn.ReLU)",
        "skip_init(int)",
    ],
)
def test_it_skips_as_torch_does(code):
    agree(f"from torch.nn.utils import skip_init\n{code}")

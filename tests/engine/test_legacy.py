"""What older code uses, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "call",
    [
        "torch.Tensor([1], device='cpu'), torch.FloatTensor([1], device='cpu')", "torch.Tensor([1], dtype=torch.int)",
        "torch.Tensor(2, 3, dtype=torch.int)", "torch.FloatTensor([1], dtype=torch.int)", "torch.Tensor(foo=1)",
        "torch.Tensor([1], requires_grad=True)", "type('Sub', (torch.Tensor,), {})([1.], tag=1)",
        "__import__('torch.optim.optimizer', fromlist='x').required",
    ],
)  # fmt: skip
def test_it_does_what_torchs_does(call):
    agree(f"print({call})")

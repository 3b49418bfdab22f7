"""What older code uses, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "call",
    [
        "torch.Tensor([1], device='cpu'), torch.FloatTensor([1], device='cpu')", "torch.Tensor([1], dtype=torch.int)",
        "torch.Tensor(2, 3, dtype=torch.int)", "torch.FloatTensor([1], dtype=torch.int)", "torch.Tensor(foo=1)",
        "torch.Tensor([1], requires_grad=True)", "type('Sub', (torch.Tensor,), {})([1.], tag=1)",
        "__import__('torch.optim.optimizer', fromlist='x').required", "torch.Tensor([1.], device='mps')",
        "torch.FloatTensor([1.], device='cuda')", "torch.ones(1).new([1], device='meta')", "torch.ones(1).new([2])",
        "torch.ones(1).new(foo=1)", "type(torch.FloatTensor)", "torch.set_default_tensor_type('torch.FooTensor')",
        "torch.set_default_tensor_type('torch.nn.Linear')", "torch.set_default_tensor_type('nowhere')",
        "torch.ones(2).resize(2, 1)", "torch.ones(2).resize(4)", "torch.ones(2).resize_as(torch.ones(2, 1))",
        "torch.ones(2).resize_as(torch.ones(3, 2))",
        "torch.ones(2).xpu()", "torch.ones(2).ipu()", "torch.ones(2).norm(1, 2, 3, 4, 5, 6)", "torch.ones(2).split()",
        "torch.ones(2).storage(1)", "torch.ones(2).share_memory_(1)",
    ],
)  # fmt: skip
def test_it_does_what_torchs_does(call):
    agree(f"print({call})")

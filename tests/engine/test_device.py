"""Devices, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "arguments",
    [
        "", "None", "'cpu'", "'cuda:1'", "'cuda', 1", "'cuda', -1", "'cuda', index=-2", "type='cpu'", "'cuda', None",
        "type='cuda', index=None", "'cuda:0', 1", "'cuda', 'a'", "index=1", "type=3", "'cpu', 1, 2", "'cuda', 1.5",
        "'cuda', True", "device='cpu'", "device=torch.device('cpu')", "torch.device('cpu'), 1", "'cpu', type='cuda'",
        "'cuda', foo=1", "device=3", "device=3.5", "device='cpu', index=1", "device='cuda', type='cpu'", "True", "0",
        "type=torch.device('cpu')", "1, 2", "type='cuda', index='a'", "foo='cpu'", "1.5, 2, 3", "torch.device('cuda')",
    ],
)  # fmt: skip
def test_a_device(arguments):
    agree(f"print(repr(torch.device({arguments})))")


@pytest.mark.parametrize(
    "call",
    [
        "torch.ones(2, device='mps')", "torch.empty(2, device='xla')", "torch.rand(2, device='mps')",
        "torch.ones_like(torch.ones(2), device='mps')", "torch.ones(2).new_zeros(2, device='mps')",
        "torch.empty_strided((2,), (1,), device='mps')", "torch.ones(1).new_empty_strided((1,), (1,), device='mps')",
        "torch.tril_indices(2, 2, device='mps')", "nn.Linear(1, 1, device='mps')", "torch.tensor([1], device='mps')",
        "torch.ones(2).to('mps')", "nn.Linear(1, 1).to('mps')", "torch.as_tensor([1], device='mps')",
    ],
)  # fmt: skip
def test_another_device(call):
    """What would be made there is refused by the operator that asks for memory; what would go there, by name."""
    agree(f"""
try:
    {call}
except Exception as error:
    print(type(error).__name__, str(error).split(" This could")[0])
""")

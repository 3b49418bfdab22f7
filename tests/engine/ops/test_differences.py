"""``torch.gradient``, in all its forms."""

import pytest

from tests.bothways import agree

CALLS = [
    "x", "x, dim=0", "x, dim=(1, 0)", "x, dim=-1, edge_order=2", "x, spacing=2.", "x, spacing=(2., 3.)",
    "x, spacing=[2.], dim=0", "x, spacing=(torch.tensor([0., 1., 3.]), torch.tensor([0., 2., 3., 4.]))",
    "x, spacing=(torch.tensor([0, 1, 3]),), dim=0, edge_order=2", "x, spacing=torch.tensor(2.), dim=0", "x, dim=()",
    "x.detach().long()", "x > 1", "x * 1j, spacing=2j", "x, spacing=0", "x[0, 0]", "x.to(torch.uint8)",
    "x, spacing=(2.,), dim=(0, 1)", "x, spacing=(2., 3., 4.)", "x, spacing=(torch.ones(3, 1),), dim=0",
    "x, spacing=torch.ones(3), dim=0", "x, edge_order=3", "x, dim=(1, 1)", "x, dim=3", "x[:1]", "x[:2], edge_order=2",
    "3", "x, 1", "x, spacing='a'",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_gradient(call):
    agree(f"""
x = (torch.arange(12.).reshape(3, 4) ** 2).requires_grad_()
found = torch.gradient({call})
print(found)
if found and found[0].requires_grad:
    print(torch.autograd.grad(found[0].abs().sum(), x))
""")

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


@pytest.mark.parametrize(
    "call",
    [
        "cov(x)", "cov(x, correction=0)", "cov(x, fweights=torch.tensor([1, 0, 2]))", "cov(x[0])", "corrcoef(x)",
        "cov(x, fweights=torch.ones(1, 3, dtype=torch.int64))", "cov(x, aweights=torch.ones(3, dtype=torch.int64))",
        "cov(x, fweights=torch.ones(3))", "cov(x, aweights=torch.ones(1))", "cov(x, fweights=torch.tensor([1, -1, 2]))",
        "cov(x, aweights=torch.zeros(3))", "combinations(x[0])", "combinations(x[0], 3, True)", "combinations(x[0], 4)",
        "tensordot(x, x, 2)", "inner(x[0], x[1])", "einsum('ij->', x)", "einsum('ij,ij', x, x)",
    ],
)  # fmt: skip
def test_graphs_of_statistics_and_products(call):
    agree(f"""
def shown(node):
    return node and [node.name(), *[shown(step) for step, _ in node.next_functions]]
x = torch.tensor([[1., 2., 4.], [0., 5., 1.]], requires_grad=True)
found = torch.{call}
print(found, shown(found.grad_fn))
""")

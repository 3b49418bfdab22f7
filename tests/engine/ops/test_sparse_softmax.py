"""Softmax of stored elements, beside torch's."""

import pytest
from bothways import agree

BEGIN = (
    "i = torch.tensor([[0, 0, 1, 2], [0, 2, 1, 2]]); v = torch.tensor([1., 2., 3., 4.])\n"
    "s = torch.sparse_coo_tensor(i, v, (3, 3), requires_grad=True)\n"
    "h = torch.sparse_coo_tensor(torch.tensor([[0, 2]]), torch.tensor([[1., 2.], [3., 4.]]), (3, 2))\n"
)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize(
    "code",
    [
        "print(f(s, 1), f(s, 0), f(s, -1), f(s.detach(), dim=1, dtype=torch.float64))",
        "print(f(h, 1), f(h, 0))",
        "y = f(s, 1); torch.sparse.sum(y * y.detach()).backward(); print(s.grad, y.is_coalesced())",
        "(f(s, 1).to_dense() * torch.arange(9.).view(3, 3)).sum().backward(); print(s.grad)",
        "print(f(torch.sparse_coo_tensor(torch.tensor([[0, 0], [1, 1]]), torch.tensor([1., 2.]), (2, 2)), 1))",
        "t = torch.sparse_coo_tensor(torch.tensor([[0, 0, 1], [0, 0, 1], [0, 1, 1]]), torch.tensor([1., 2., 3.]))\n"
        "print(f(t, 2), f(t, 0))",
        "print(f(torch.sparse_coo_tensor(torch.zeros(2, 0, dtype=torch.int64), torch.zeros(0), (2, 2)), 1))",
        "f(s, 5)",
        "f(s.detach().long(), 1)",
    ],
)
def test_softmax(name, code):
    agree(f"{BEGIN}f = torch.sparse.{name}\n{code}")


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_dense_tensors_are_refused(name):
    agree(
        f"try: torch.sparse.{name}(torch.ones(2, 2), 1)\n"
        "except NotImplementedError as error: print(str(error).partition('(if using')[0])"
    )

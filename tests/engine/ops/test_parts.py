"""Writing to diagonals."""

import pytest
from bothways import agree

CODES = [
    "print(torch.zeros(3, 3).fill_diagonal_(5), torch.zeros(2, 4).t().fill_diagonal_(5))",
    "for n in range(2, 12): print(torch.zeros(n, 3).fill_diagonal_(5, wrap=True), torch.zeros(3, n).fill_diagonal_(5, True))",
    "print(torch.zeros(3, 3, 3, dtype=torch.int64).fill_diagonal_(2.7))",
    "x = torch.ones(3, 3, requires_grad=True); y = x * 1; print(y.fill_diagonal_(5.)); y.sum().backward(); print(x.grad)",
    "torch.ones(3).fill_diagonal_(1)",
    "torch.ones(3, 3, 2).fill_diagonal_(1)",
]  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_diagonals_are_filled_as_torch_does(code):
    agree(code)

"""Products of matrices."""

import pytest
from bothways import agree


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_sign_of_zero_in_an_outer_product(dtype):
    agree(f"""
for n, m in ((2, 3), (1, 3), (3, 1), (1, 1), (0, 2)):
    column, row = torch.zeros(n, 1, dtype=torch.{dtype}), -torch.ones(1, m, dtype=torch.{dtype})
    for a, b in ((column, row), (column.t().contiguous().t(), row), (column, row.t().contiguous().t())):
        print(a @ b, (a @ b).stride())
""")

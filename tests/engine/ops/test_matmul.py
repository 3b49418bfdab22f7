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


@pytest.mark.parametrize(
    "code",
    [
        "print(torch.addmm(2, m, 3, m, m), torch.addmm(2, m, m, m), m.addmm(2, 3, m, m), m.clone().addmm_(2, m, m))",
        "print(torch.addmv(2, v, 3, m, v), torch.addmv(2, v, m, v), v.clone().addmv_(2, 3, m, v))",
        "print(torch.addr(2, m, 3, v, v), torch.addr(2, m, v, v))",
        "print(torch.baddbmm(2, b, 3, b, b), torch.baddbmm(2, b, b, b), torch.addbmm(2, m, b, b))",
    ],
)
def test_numbers_may_stand_first_as_they_once_did(code):
    agree(
        f"m = torch.ones(2, 2); v = torch.ones(2); b = torch.ones(1, 2, 2)\nimport warnings\n"
        f"with warnings.catch_warnings(): warnings.simplefilter('ignore'); {code}"
    )

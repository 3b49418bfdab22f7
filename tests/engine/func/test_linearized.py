"""``linearize``: what it takes and gives, and its warning."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "call",
    [
        "lambda a: a ** 3, x", "lambda a: 3, x", "lambda a: (a, 3), x", "lambda a: {'k': a * 2, 'z': 'text'}, x",
        "lambda a, b: {'r': a * b}, x, x", "lambda a: a, 3", "lambda a, b: a, x, 'text'", "lambda a: a, x.long()",
        "lambda a: None, x",
    ],
)  # fmt: skip
def test_what_is_linear_at_a_place(call):
    agree(f"""
x = torch.tensor([1., 2.])
call = ({call},)
value, product = torch.func.linearize(*call)
print(value, product(*call[1:]))
""")

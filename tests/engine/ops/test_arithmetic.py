"""Tensors with numbers and arrays of NumPy's, on either side of an operator."""

import pytest
from bothways import agree

NUMBERS = [
    "np.float32(2)", "np.float16(1.5)", "np.float64(2)", "np.int64(2)", "np.uint8(3)", "np.bool_(True)",
    "np.array(2.)", "np.array([1, 2])", "np.array([2., 3.], dtype=np.float32)",
]  # fmt: skip
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "@", "<<", "&"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_numbers_and_arrays_of_numpy(number, operator):
    agree(f"""
import numpy as np
for tensor in (torch.tensor([1., 2.]), torch.tensor([1, 2]), torch.tensor(3)):
    for left, right in ((tensor, {number}), ({number}, tensor)):
        try:
            found = left {operator} right
            print(type(found).__name__, found)
        except Exception as error:
            print(type(error).__name__, error)
""")


@pytest.mark.parametrize(
    "call",
    [
        "x.add_(np.float32(1))", "x.mul_(np.int64(3))", "torch.add(x, 1, alpha=np.float32(2))",
        "x.fill_(np.bool_(True))",
        "torch.where(x > 1, np.float32(5), x)", "torch.maximum(x, np.float32(1))", "x.split(np.int64(1))",
        "x.clamp(np.int64(1), np.float64(1.5))", "x.__div__(2)", "x.__idiv__(2)", "1 << torch.tensor([1, 2])",
        "8 >> torch.tensor([1, 2])", "'a' << torch.tensor([1])", "x == np.array(['a', 'b'])", "x.__eq__(np.ones(3))",
    ],
)  # fmt: skip
def test_arguments_of_numpy(call):
    agree(f"import numpy as np\nx = torch.tensor([1., 2.])\nprint({call})")

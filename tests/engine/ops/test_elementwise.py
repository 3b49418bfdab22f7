"""Python functions of one element at a time."""

import pytest
from bothways import agree

CODES = [
    "x = torch.tensor([1., 2.]); print(x.apply_(lambda v: v * 2), x._version, x.map_(torch.ones(2), lambda a, b: a + b), x.map2_(x, x, lambda a, b, c: a + b + c))",
    "torch.arange(6.).view(2, 3).t().apply_(lambda v: print(v) or v)",
    "print(torch.ones(2, dtype=torch.int64).apply_(lambda v: v + .5), torch.ones(2).bool().apply_(lambda v: not v))",
    "torch.ones(2).apply_(1)",
    "torch.ones(2, requires_grad=True).apply_(lambda v: v)",
    "torch.ones(2, requires_grad=True).map_(torch.ones(2), lambda a, b: a)",
    "torch.ones(2).map_(torch.ones(3), lambda a, b: a)",
    "print(torch.ones(2).map_(torch.ones(1), lambda a, b: a + b))",
    "torch.ones(2).map_(torch.ones(2).double(), lambda a, b: a)",
]


@pytest.mark.parametrize("code", CODES)
def test_elements_are_changed_as_in_torch(code):
    agree(code)

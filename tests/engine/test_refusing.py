"""What is not to be written, or called, beside torch's."""

import pytest
from bothways import agree

CALLS = [
    "x.T = 3", "x.is_cuda = 1", "x.mT = 1", "x.is_nested = True", "x.name = 'a'",
    "x.shape = (2, 3)", "x.dtype = torch.int",
    "nn.Parameter(x).T = 3", "x.where(x > 2)", "x.where(x > 2, 'a')", "x.where(x, 1, 2)",
    "print(x.where(x > 2, 0), x.where(x > 2, other=x[0]), x.where(condition=x > 2, other=1.5))", "x.where()",
    "x.cuda(0)", "x.cuda('cuda:0')", "x.cuda('cpu')", "x.cuda(device=1)", "nn.Linear(1, 1).cuda(0)",
    "torch.multinomial(torch.tensor([-1., 1.]), 2, replacement=True)",
    "torch.multinomial(torch.tensor([-1., 1.]), 1, True)",
    "torch.multinomial(torch.tensor([float('inf'), 1.]), 2, True)", "torch.multinomial(torch.tensor([[-1., 1.]]), 2)",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_it_is_refused_in_torchs_words(call):
    agree(f"x = torch.arange(6.).view(2, 3)\n{call}")

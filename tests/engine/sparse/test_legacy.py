"""The old constructors of sparse tensors, beside torch's."""

import pytest
from bothways import agree

MADE = "i, v = torch.tensor([[0, 1, 1], [2, 0, 2]]), torch.tensor([3., 4., 5.])\n"


@pytest.mark.parametrize(
    "code",
    [
        "print(torch.sparse.FloatTensor(i, v, torch.Size([2, 3])), torch.sparse.FloatTensor(i, v))",
        "print(torch.sparse.FloatTensor(2, 3), torch.sparse.FloatTensor(torch.Size([2])), torch.sparse.DoubleTensor())",
        "torch.sparse_coo_tensor([[0, 0], [1, -2]], [1., 2.])",
        "torch.sparse_coo_tensor([[0, -1]], [1., 2.], (3,))",
        "print(torch.sparse.LongTensor(i, v.long()), torch.sparse.FloatTensor(i, v.double()))",
        "s = torch.sparse.FloatTensor(i, v); print(torch.sparse.FloatTensor, isinstance(s, torch.sparse.FloatTensor))\n"
        "print(isinstance(s, torch.sparse.DoubleTensor), isinstance(v, torch.sparse.FloatTensor))",
    ],
)
def test_constructors(code):
    agree(MADE + code)

"""What may share memory with what is written, in place or into ``out``; and which shapes it must have before."""

import pytest
from bothways import agree

WRITES = [
    "x.scatter_(0, ii, x)", "x.scatter_add_(0, ii, x)", "x.scatter_reduce_(0, ii, x, 'sum')", "x.index_add_(0, i, x)",
    "x.index_copy_(0, i, x)", "x.index_put_((i,), x)", "x.put_(i, x[0, :2])", "x.masked_fill_(x > 2, x[0, 1])",
    "x.index_fill_(0, i, x[0, 1])", "x.masked_scatter_(x > 2, x)", "x.add_(x)", "x.view(-1)[1:].mul_(x.view(-1)[:-1])",
    "torch.stack((x, x), out=x.new_empty(1).expand(2, 2, 3))",
    "torch.gather(x, 0, ii, out=x[:1])", "torch.index_select(x, 1, i, out=torch.zeros(1).expand(7))",
    "torch.take(x, i, out=x)", "torch.masked_select(x, x > 2, out=torch.zeros(1).expand(7))",
    "torch.add(x, x, out=torch.zeros(1).expand(7))", "torch.where(x > 2, x, x, out=torch.zeros(1).expand(7))",
    "torch.abs(x, out=torch.zeros(1).expand(7))", "torch.add(x, x, out=x)",
    "x[0].copy_(x[0])", "x[:, :1].expand(2, 3).copy_(x[:, :1].expand(2, 3))", "x[:, :1].expand(2, 3).copy_(x)",
    "x[0, :2].copy_(x[0, 1:])",
]  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
def test_reading_what_is_written_is_refused_where_torch_refuses_it(write):
    agree(f"""
x, i, ii = torch.arange(6.).reshape(2, 3), torch.tensor([0, 1]), torch.tensor([[0, 1, 0]])
try:
    print({write})
except Exception as error:
    print(type(error).__name__, error)
print(x, x._version)
""")


@pytest.mark.parametrize("name", ["addmm", "addmv", "addr", "baddbmm"])
@pytest.mark.parametrize("suffix", ["", "_"])
def test_what_a_product_is_added_to_has_its_shape(name, suffix):
    agree(f"""
for first in ((2, 2, 3), (2, 3), (3,), (1, 1), (1,), (), (5, 5)):
    for shapes in (((2, 2, 3), (2, 3, 3)), ((2, 3), (3, 3)), ((3, 3), (3,)), ((2,), (3,)), ((2, 3), (2, 3))):
        try:
            found = torch.zeros(first).{name}{suffix}(*(torch.ones(shape) for shape in shapes))
            print(first, shapes, found)
        except Exception as error:
            print(first, shapes, type(error).__name__, error)
""")

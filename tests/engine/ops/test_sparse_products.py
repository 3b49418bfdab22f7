"""Products of sparse matrices whose results are sparse, beside torch's."""

import pytest
from bothways import agree

BEGIN = (
    "import warnings; warnings.simplefilter('ignore')\n"
    "i = torch.tensor([[2, 0, 1, 2], [0, 2, 1, 2]]); v = torch.tensor([1., 2., 3., 4.])\n"
    "s = torch.sparse_coo_tensor(i, v, (3, 3)); d = torch.arange(6.).view(3, 2); c = s.to_sparse_csr()\n"
)
REFUSED = "try: {}\nexcept (NotImplementedError, RuntimeError) as error: print(str(error).partition('(if using')[0])"


@pytest.mark.parametrize(
    "code",
    [
        "y = torch.smm(s, d); print(y, y.is_coalesced(), s.smm(d))",
        "y = torch.hspmm(s, d); print(y, y.is_coalesced(), torch.hsmm(s, d))",
        "print(torch.spmm(s, d), torch.dsmm(s, d))",
        "print(torch.sspaddmm(s, s, torch.ones(3, 3)), s.sspaddmm(s, torch.ones(3, 3), beta=2, alpha=3))",
        "print(torch.saddmm(s, s, torch.ones(3, 3)))",
        REFUSED.format("torch.smm(d, d)"),
        REFUSED.format("torch.smm(s, s)"),
        REFUSED.format("torch.hspmm(d, d)"),
        REFUSED.format("torch.hspmm(s, torch.ones(2, 2))"),
        "m = torch.ones(3, 2); n = torch.arange(6.).view(2, 3)\n"
        "print(torch.sparse.sampled_addmm(c, m, n), torch.sparse.sampled_addmm(c, m, n, beta=.5, alpha=2))",
        "m = torch.ones(3, 2, requires_grad=True); n = torch.arange(6.).view(2, 3).requires_grad_()\n"
        "y = torch.sparse.sampled_addmm(c, m, n, alpha=2); print(y.grad_fn); y.to_dense().sum().backward()\n"
        "print(m.grad, n.grad)",
        REFUSED.format("torch.sparse.sampled_addmm(s, torch.ones(3, 2), torch.ones(2, 3))"),
        REFUSED.format("torch.sparse.sampled_addmm(c, torch.ones(3, 2), torch.ones(3, 3))"),
        REFUSED.format("torch.sparse.sampled_addmm(c, torch.ones(4, 2), torch.ones(2, 3))"),
        REFUSED.format("torch.sparse.mm(torch.ones(4, 2), torch.ones(4, 2))"),
        REFUSED.format("torch.sparse.mm(s, s.index_select(0, torch.tensor([0])))"),
        REFUSED.format("s @ s.index_select(0, torch.tensor([0]))"),
        "print((c @ c.t()).layout, (c @ c.t()).to_dense(), (c @ d).layout, (s @ s).layout)",
        "for at in ([2, 0, 2], [1], []): print(s.index_select(0, torch.tensor(at, dtype=torch.int64)))\n"
        "print(s.coalesce().index_select(-1, torch.tensor([2, 1])))",
        "print(torch.narrow_copy(s, 0, 1, 2), s.narrow_copy(1, 0, 1), s.narrow_copy(1, -1, 1))",
        "h = torch.sparse_coo_tensor(torch.tensor([[0, 2]]), torch.tensor([[1., 2.], [3., 4.]]), (3, 2))\n"
        "print(h.narrow_copy(1, 1, 1), h.narrow_copy(0, 1, 2))",
    ],
)
def test_products(code):
    agree(BEGIN + code)


@pytest.mark.parametrize(
    "code",
    [
        "dg = torch.arange(9.).reshape(3, 3); y = torch.sparse.spdiags(dg, torch.tensor([0, -1, 2]), (3, 3))\n"
        "print(y, y.to_dense(), y.is_coalesced())",
        "print(torch.sparse.spdiags(torch.ones(2), torch.tensor([1]), (2, 3)))",
        "print(torch.sparse.spdiags(torch.ones(2), torch.tensor(1), (2, 3)))",
        "print(torch.sparse.spdiags(torch.arange(9).reshape(3, 3), torch.tensor([1, 3, -4]), (5, 5)).to_dense())",
        "print(torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([0, 1]), (2, 2), layout=torch.sparse_csr))",
        "torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([0, 0]), (2, 2))",
        "torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([0]), (2, 2))",
        "torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([0., 1.]), (2, 2))",
        "torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([0, 1]), (2, 2, 2))",
        "torch.sparse.spdiags(torch.ones(2, 2, 2), torch.tensor([0, 1]), (2, 2))",
        "torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([[0, 1]]), (2, 2))",
        "torch.sparse.spdiags(torch.ones(2, 2), torch.tensor([0, 1]), (2, 2), layout=torch.strided)",
    ],
)
def test_diagonals(code):
    agree("import warnings; warnings.simplefilter('ignore')\n" + code)

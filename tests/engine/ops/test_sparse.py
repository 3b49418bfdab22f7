"""Sparse tensors beside torch's; laws of their arithmetic."""

import hypothesis.strategies as st
import numpy as np
import pytest
from bothways import agree, torch
from hypothesis import given

import engine
from engine.kernels import sparse as kernels
from engine.sparse_array import SparseArray

PRELUDE = """
import warnings, copy, io
warnings.simplefilter("ignore")
i = torch.tensor([[0, 1, 1], [2, 0, 2]])
s = torch.sparse_coo_tensor(i, torch.tensor([3., 4., 5.]), (2, 3))
u = torch.sparse_coo_tensor([[0, 0, 1], [1, 1, 0]], [1., 2., 3.], (2, 3))
d = torch.arange(6.).reshape(2, 3)
"""


@pytest.mark.parametrize(
    "code",
    [
        "print(s, u, u.coalesce(), s.is_coalesced(), u.coalesce().indices(), u.coalesce().values(), u._indices())",
        "print(s.layout, s.is_sparse, s._nnz(), s.sparse_dim(), s.dense_dim(), s.stride(), s.shape, s.type())",
        "print(torch.sparse_coo_tensor(i, torch.ones(3, 2)), torch.sparse_coo_tensor((2, 3)))",
        "print(u.to_dense(), d.to_sparse(), d.to_sparse(1), d.to_dense() is d)",
        "print(s + s, s + u, d + s, s - u, s * 2, 2 * s, s / 2, -u, s * s, s * d, d * s, u.double())",
        "print(u.sin(), u.abs(), u.sqrt(), u ** 2, u.relu(), s.clone(), s.detach(), torch.zeros_like(s), s.round())",
        "print(s.T, s.permute(1, 0), list(s), len(s))",
        "print(s.t(), s.transpose(0, 1), s[1], s[1, 2], s.unsqueeze(0), torch.cat([s, u]), torch.stack([s, u]))",
        "print(s.sum(), s.sum(0), torch.sparse.sum(u, (0, 1)), torch.sparse.sum(u, 1))",
        "print(s @ d.t(), d.t() @ s, torch.mm(s, d.t()), s @ torch.ones(3), torch.sparse.addmm(d[:, :2], s, d.t()))",
        "print(torch.sparse.mm(s, s.t()), d.sparse_mask(s), s.index_select(1, torch.tensor([0, 2])).to_dense())",
        "print(s.add_(u), d.add_(s, alpha=2), s.mul_(3), s._version, s.zero_())",
        "print(copy.deepcopy(s), s.to_sparse() is s, torch.zeros(2, layout=torch.sparse_coo))",
        "c = d.to_sparse_csr()\nprint(c, c.crow_indices(), c.col_indices(), c.values())\n"
        "print(c.to_dense(), c @ torch.ones(3))",
        "print(d.to_sparse_csc(), d.to_sparse_csr().to_sparse(), torch.sparse_csr_tensor([0, 1], [1], [2.]))",
        "x = s.detach().requires_grad_()\n(x.neg() * 2 + x).to_dense().sum().backward()\nprint(x.grad)",
        "x = s.detach().requires_grad_()\n((x + x).t() * 3).to_dense()[0].sum().backward()\nprint(x.grad)",
        "x = s.detach().requires_grad_()\nprint(x.t(), x[1], torch.cat([x, x]), x.clone(), x.double(), d + x, x.sum())",
        "w = torch.ones(4, 2, requires_grad=True)\no = torch.optim.SGD([w], lr=.5, momentum=.5)\n"
        "for k in (1, 2):\n    o.zero_grad()\n    F.embedding(torch.tensor([k, k]), w, sparse=True).sum().backward()\n"
        "    o.step()\nprint(w)\no.zero_grad(set_to_none=False)\nprint(w.grad)",
        "w = torch.ones(4, 2, requires_grad=True)\no = torch.optim.Adagrad([w], lr=.5)\n"
        "F.embedding(torch.tensor([1, 2]), w, sparse=True).sum().backward()\no.step()\nprint(w)",
        "w = torch.ones(4, 2, requires_grad=True)\no = torch.optim.SparseAdam([w], lr=.5)\nfor _ in range(3):\n"
        "    o.zero_grad()\n    F.embedding(torch.tensor([1, 2, 1]), w, sparse=True).sum().backward()\n    o.step()\n"
        "print(w)",
        "w = torch.ones(4, 2, requires_grad=True)\nw.register_hook(print)\n"
        "F.embedding(torch.tensor([1]), w * 2, sparse=True).sum().backward()\nprint(w.grad)",
        "for mode in ('sum', 'mean'):\n    w = torch.ones(4, 2, requires_grad=True)\n"
        "    y = F.embedding_bag(torch.tensor([1, 2, 1]), w, torch.tensor([0, 1]), mode=mode, sparse=True)\n"
        "    y.sum().backward()\n    print(w.grad)",
    ],
)
def test_as_in_torch(code):
    agree(PRELUDE + code)


@pytest.mark.parametrize(
    "code",
    [
        "u.indices()", "u.values()", "u.to_dense(torch.float64)",
        "s / torch.ones(2, 3)", "s.div_(s)", "s @ torch.ones(2)",
        "s.mv(torch.ones(2, 2))", "s.mm(torch.ones(2, 2))", "s.matmul(torch.ones(2, 2))",
        "d.indices()", "d.values()", "d.coalesce()", "d.is_coalesced()", "s + d", "s + 1",
        "s.numpy()", "s.tolist()", "s.data_ptr()", "s.reshape(6)", "s.storage()", "s.crow_indices()",
        "torch.sparse_coo_tensor(i, torch.ones(2), (2, 3))", "torch.sparse_coo_tensor(i, torch.ones(3), (2, 3, 1))",
        "torch.sparse_coo_tensor(i, torch.ones(3), (2, 2), check_invariants=True)",
        "torch.sparse_coo_tensor(-i, torch.ones(3), (2, 3), check_invariants=True)",
        "torch.sparse_coo_tensor(i, torch.ones(3).long(), requires_grad=True)", "torch.sparse.mm(s, d)",
        "d.copy_(s)", "d[0] = s[0]", "s.view(torch.int32)", "s.expand(2, 2, 3)", "s[0, 0] = 1", "d.data = s",
        "s.__dlpack__()", "torch.utils.dlpack.to_dlpack(s)", "torch.ones(2, device='meta').__dlpack__()",
        "w = torch.ones(2, requires_grad=True)\nw.grad = torch.ones(2).to_sparse()\ntorch.optim.AdamW([w]).step()",
        "w = torch.ones(2, requires_grad=True)\nw.grad = torch.ones(2).to_sparse()\ntorch.optim.RMSprop([w]).step()",
        "w = torch.ones(2, requires_grad=True)\nw.grad = torch.ones(2)\ntorch.optim.SparseAdam([w]).step()",
        "torch.optim.SparseAdam([s])",
    ],
)  # fmt: skip
def test_errors_as_in_torch(code):
    agree(PRELUDE + code)


@pytest.mark.parametrize("name", ["exp", "max", "median", "sort", "unique"])
def test_what_has_no_sparse_form_is_refused(name):
    with pytest.raises(NotImplementedError, match=rf"'aten::.*{name}.*' with arguments from the 'SparseCPU' backend"):
        getattr(engine, name)(engine.eye(2).to_sparse())


@pytest.mark.parametrize("writer", ["engine", "torch"])
def test_a_file_keeps_what_is_stored(writer, tmp_path):
    modules = {"engine": engine, "torch": torch}
    modules[writer].save(modules[writer].tensor([[0.0, 2.0], [3.0, 0.0]]).to_sparse(), tmp_path / "s.pt")
    for module in modules.values():
        s = module.load(tmp_path / "s.pt")
        assert (s.layout, s.to_dense().tolist(), s.is_coalesced()) == (module.sparse_coo, [[0, 2], [3, 0]], True)


def test_numpy_makes_nothing_of_it():
    array = kernels.from_dense(np.eye(2))
    for compute in (lambda: array + 1, lambda: array.T, lambda: array[0], lambda: array.reshape(-1), array.view):
        with pytest.raises(TypeError):
            compute()


stored = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(-3, 3)), max_size=8)


def _array(entries) -> SparseArray:
    indices = np.array([entry[:2] for entry in entries], np.int64).reshape(-1, 2).T
    return kernels.coo(indices, np.array([float(entry[2]) for entry in entries]), (3, 4))


@given(stored, stored)
def test_arithmetic_is_that_of_dense_arrays(first, second):
    a, b = map(_array, (first, second))
    x, y = map(kernels.to_dense, (a, b))
    for sparse, dense in (
        (kernels.add(a, b, 2), x + 2 * y),
        (kernels.add(x, b, -1), x - y),
        (kernels.multiply(a, b), x * y),
        (kernels.multiply(a, y), x * y),
        (kernels.matmul(a, y.T), x @ y.T),
        (kernels.matmul(x.T, b), x.T @ y),
        (kernels.transpose(a, 0, 1), x.T),
        (kernels.sum_dims(a, (1,)), x.sum(1)),
        (kernels.coalesce(a), x),
        (kernels.from_dense(x), x),
        (kernels.to_compressed(x, "sparse_csr"), x),
        (kernels.to_compressed(x, "sparse_csc"), x),
    ):
        np.testing.assert_array_equal(kernels.to_dense(sparse), dense)


@given(stored)
def test_coalesced_places_are_in_order_and_once(entries):
    flat = np.ravel_multi_index(tuple(kernels.coalesce(_array(entries)).indices), (3, 4))
    assert np.all(np.diff(flat) > 0)


@pytest.mark.parametrize(
    "arguments",
    [
        "[0, 1, 2], [0, 1], [1.0, 2.0]",
        "[0, 1, 2], [0, 1], [1.0, 2.0], size=(2, 2), dtype=torch.float64",
        "[0, 1, 3], [0, 1], [1.0, 2.0], size=(2, 2), check_invariants=True",
        "[0, 1, 2], [0, 5], [1.0, 2.0], size=(2, 2), check_invariants=True",
        "[1, 1, 2], [0, 1], [1.0, 2.0], size=(2, 2), check_invariants=True",
        "[0, 2, 2], [1, 0], [1.0, 2.0], size=(2, 2), check_invariants=True",
        "[0, 3, 2], [1, 0], [1.0, 2.0], size=(2, 2), check_invariants=True",
        "[0, 1, 2], [0, 1], [1.0, 2.0], requires_grad=True",
    ],
)
@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_compressed_layouts_are_made_and_checked_as_in_torch(layout, arguments):
    quiet = "import warnings; warnings.simplefilter('ignore')\n"
    agree(f"{quiet}print(torch.sparse_{layout}_tensor({arguments}))")
    agree(f"{quiet}print(torch.sparse_compressed_tensor({arguments}, layout=torch.sparse_{layout}))")


BLOCKS = """
d = torch.arange(24.).reshape(4, 6)
d[:2, 2:4] = 0
"""


@pytest.mark.parametrize(
    "code",
    [
        "for r in (d.to_sparse_bsr(2), d.to_sparse_bsc((2, 3)), d.to_sparse(layout=torch.sparse_bsr, blocksize=1)):"
        "\n    print(r, r.layout, r.t(), r * 2, -r, r + r, r.to_dense(), r.to_sparse().to_dense(), r.sum(), r._nnz())",
        "print(d.to_sparse_bsr((2, 2)).crow_indices(), d.to_sparse_bsc((2, 2)).row_indices())",
        "print(d.to_sparse_bsr(1).values())",
        "print(torch.sparse_bsr_tensor([0, 1, 2], [0, 1], torch.ones(2, 2, 3)), torch.sparse_bsr)",
        "print(torch.sparse_bsc_tensor([0, 1, 2], [0, 1], torch.ones(2, 2, 3), (4, 6)).to_dense())",
        "print(d.to_sparse_bsr((2, 2)) @ torch.ones(6, 2), d.requires_grad_().to_sparse_bsr((2, 2)).grad_fn.name())",
        "d.to_sparse_bsr((3, 2))", "d.to_sparse_bsr('a')", "d.to_sparse_bsr((2,))", "d.to_sparse_bsr((0, 2))",
        "d.to_sparse(layout=torch.sparse_bsr)", "d.to_sparse(blocksize=2)", "d[0].to_sparse_bsr(2)",
        "d.to_sparse_bsr((2, 2)).to_sparse_bsr((1, 1))", "d.to_sparse_bsr((2, 2)).ccol_indices()",
        "d.to_sparse_bsr((2, 2)).to_sparse_csr()", "d.to_sparse_bsc((2, 2)) @ torch.ones(6, 2)",
        "print(d.to_sparse_csr().t().layout, d.to_sparse_csc().transpose(0, 1))",
    ],
)  # fmt: skip
def test_rows_and_columns_of_blocks(code):
    agree(f"{BLOCKS}{code}")


@pytest.mark.parametrize(
    "code",
    [
        "sparse_resize_((5, 7), 2, 0)", "sparse_resize_((1, 6), 2, 0)", "sparse_resize_((4, 6), 1, 1)",
        "sparse_resize_((4, 6, 2), 2, 1)", "sparse_resize_((4, 6), 2, 1)", "sparse_resize_and_clear_((1, 3, 2), 2, 1)",
        "norm()", "norm(1)", "norm(2, (0, 1))", "norm(2, 0)", "norm(keepdim=True)", "norm(dtype=torch.float64)",
        "any()", "resize_as_(torch.ones(5, 7).to_sparse())", "requires_grad_().sparse_resize_((5, 7), 2, 0)",
    ],
)  # fmt: skip
def test_sizes_and_norms_of_coordinate_lists(code):
    agree(f"{BLOCKS}print(d.to_sparse().{code})")


@pytest.mark.parametrize(
    "code",
    [
        "print(h.to_sparse_csr(dense_dim=1), h.to_sparse_csc(dense_dim=1), h.to_sparse(dense_dim=1))",
        "print(h.to_sparse(layout=torch.sparse_csr, dense_dim=1).values().shape, h.to_sparse(2).to_sparse_csr())",
        "r = h.to_sparse_csr(dense_dim=1)\nprint(r.to_dense(), r.to_sparse(), r.sparse_dim(), r.dense_dim())",
        "print(h.to_sparse_bsr((2, 1), 1), h.to_sparse_bsc((2, 1), dense_dim=1).to_dense())",
        "h.requires_grad_()\nfor r in (h.to_sparse_csr(dense_dim=1), h.to_sparse_bsr((2, 1), dense_dim=1)):\n"
        "    print(r.grad_fn.name())\n    (r.to_dense() * w).sum().backward()\n    print(h.grad)",
        *(
            f"h.{call}"
            for call in (
                "to_sparse_csr(dense_dim=2)", "to_sparse_csr(dense_dim=-1)", "to_sparse(dense_dim=4)",
                "to_sparse(1, dense_dim=1)", "to_sparse(layout=torch.sparse_csc, dense_dim=2)",
                "to_sparse().to_sparse_csr()",
                "to_sparse_bsr((2, 1), dense_dim=3)",
                "to_sparse(layout=torch.sparse_bsr, blocksize=(2, 3), dense_dim=1)",
                "to_sparse(2).to_sparse_csr(dense_dim=1)", "to_sparse_csr(dense_dim=1).to_sparse_csr(dense_dim=1)",
                "to_sparse_csr(dense_dim=1).to_sparse_csc(dense_dim=1)", "to_sparse_csr(dense_dim=1).t()",
                "to_sparse_csr(dense_dim=1).transpose(0, 1)",
            )
        ),
    ],
)  # fmt: skip
def test_trailing_dimensions_may_stay_dense(code):
    agree(f"{PRELUDE}h, w = (torch.arange(8.0).view(4, 2, 1) for _ in range(2))\n{code}")

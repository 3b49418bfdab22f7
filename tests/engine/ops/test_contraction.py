"""Einstein's summation: what it records, and what it says of equations that do not fit."""

import pytest
from bothways import agree

SUMS = [
    ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij->", [(2, 3)]), ("ij->i", [(2, 1)]), ("ii->i", [(2, 2)]),
    ("ij->ji", [(2, 3)]),
    ("i,j->ij", [(2,), (3,)]), ("i,j,k->ijk", [(2,), (3,), (4,)]), ("i,i,i->", [(3,), (3,), (3,)]),
    ("ij,kl->il", [(2, 3), (4, 5)]), ("ij,i->", [(2, 3), (2,)]), ("ij,j->i", [(2, 1), (3,)]),
    ("ij,j->ij", [(0, 1), (1,)]),
    ("bhid,bhjd->bhij", [(2, 2, 3, 4), (2, 2, 5, 4)]), ("...ij,jk->...ik", [(5, 2, 3), (3, 4)]),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]), ("bn,anm,bm->ba", [(2, 3), (5, 3, 4), (2, 4)]),
    ("...i,i->...", [(2, 3), (3,)]),
    ("i j , j k", [(2, 3), (3, 2)]), ("b,a,B", [(2,), (3,), (1,)]), ("ij,ij->...", [(2, 3), (2, 3)]),
]  # fmt: skip
WRONG = [
    ("ii->i", [(2, 3)]), ("ij,ii->i", [(2, 3), (3, 4)]), ("i...,i...->i...", [(2, 3), (2, 4)]),
    ("i,i,i", [(1,), (3,), (4,)]),
    ("ij,i", [(2, 3), (4,)]), ("i->ii", [(2,)]), ("i,j", [(2,)]), ("i", [(2,), (2,)]), ("i.j", [(2, 3)]),
    ("i1", [(2, 3)]),
    ("...i...", [(2, 3)]), ("ij->i-j", [(2, 3)]), ("ij-i", [(2, 3)]), ("ij->i.j", [(2, 3)]),
    ("ij->...i...", [(2, 3)]),
    ("ij->k", [(2, 3)]), ("ij->ij->i", [(2, 3)]), ("ij->i,j", [(2, 3)]), ("ijk", [(2, 3)]), ("ijk...", [(2, 3)]),
]  # fmt: skip


@pytest.mark.parametrize(("equation", "shapes"), SUMS)
def test_sums_have_torchs_graph_and_gradients(equation, shapes):
    agree(f"""
given = [torch.arange(1., 1 + torch.Size(shape).numel()).view(shape).requires_grad_() for shape in {shapes}]
found = torch.einsum({equation!r}, given)
def names(node):
    return node and (node.name(), [names(one) for one, _ in node.next_functions])
print(found, names(found.grad_fn))
found.sum().backward()
print([one.grad for one in given])
""")


@pytest.mark.parametrize(("equation", "shapes"), WRONG)
def test_what_does_not_fit_is_told(equation, shapes):
    agree(f"torch.einsum({equation!r}, [torch.ones(shape) for shape in {shapes}])")


@pytest.mark.parametrize("equation", ["ij,jk->ik", "ij,jk->ki", "jk,ij->ik", "ijk,k->ij", "ijk,kl->lij", "ijk,kl->ilj"])
def test_which_operand_of_a_product_comes_first(equation):
    """That whose dimensions come first in the result."""
    agree(f"""
def names(node):
    return node and [node.name(), *(names(following) for following, _ in node.next_functions)]
sizes = dict(i=2, j=3, k=4, l=5)
operands = [torch.ones([sizes[c] for c in term]) for term in '{equation}'.split('->')[0].split(',')]
for one in operands:
    one.requires_grad_()
    print(names(torch.einsum('{equation}', *operands).grad_fn))
    one.requires_grad_(False)
""")

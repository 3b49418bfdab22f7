"""Reductions of segments, and other operations that torch's compiler calls, against torch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.bothways import agree

KINDS = ["sum", "mean", "max", "min", "prod"]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=3),
    st.sampled_from(KINDS),
    st.sampled_from(["", ", initial=2"]),
    st.integers(0, 99),
)
def test_segments_of_rows(rows: list[tuple[int, int, int]], kind: str, initial: str, seed: int):
    """Rows of lengths with one sum, and the same as offsets: values, gradients, ties, zeros."""
    length = max(map(sum, rows))
    lengths = [[*row, length - sum(row)] for row in rows]
    agree(f"""
torch.manual_seed({seed})
lengths = torch.tensor({lengths})
offsets = torch.cat([torch.zeros({len(rows)}, 1, dtype=torch.int64), lengths.cumsum(1)], 1)
x = torch.randint(-1, 3, ({len(rows)}, {length}, 2), dtype=torch.float64).requires_grad_()
for given in (dict(lengths=lengths), dict(offsets=offsets)):
    y = torch.segment_reduce(x, {kind!r}, axis=1{initial}, **given)
    print(y, torch.autograd.grad(y.sum(), x))
""")


def test_masked_indices():
    """Where the mask is false, an index may point anywhere."""
    agree("""
x = torch.arange(6.0).reshape(2, 3).requires_grad_()
v = torch.full((2,), 5.0, requires_grad=True)
mask, indices = torch.tensor([True, False]), [torch.tensor([-1, 7]), torch.tensor([2, -9])]
y = torch._unsafe_masked_index(x, mask, indices, 9)
z = torch._unsafe_masked_index_put_accumulate(x, mask, indices, v)
print(y, z, torch.autograd.grad(y.sum(), x), torch.autograd.grad(z.sum(), [x, v]))
print(torch._unsafe_masked_index(x[:0], mask, indices, 9))
""")


def test_chunks_side_by_side():
    agree("""
print(torch._chunk_cat([torch.ones(3, 2), torch.ones(2)], 0, 2))
for wrong in (([torch.ones(2)], 0, 0), ([], 0, 1), ([torch.ones(0)], 0, 1), ([torch.ones(2), torch.ones(1, 2)], -1, 1)):
    try: torch._chunk_cat(*wrong)
    except Exception as error: print(type(error).__name__, error)
""")


def test_a_softmax_of_nothing_is_zero():
    agree("""
x = torch.tensor([[0.0, 1.0], [float('-inf')] * 2], requires_grad=True)
y = torch._safe_softmax(x, -1)
print(y, torch.autograd.grad(y[:, 0].sum(), x), torch._safe_softmax(x, 0, torch.float64).dtype)
""")

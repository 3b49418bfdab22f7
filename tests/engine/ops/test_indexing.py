"""What is said of indices that lie outside, of dtypes and of shapes that do not fit, by all that writes by index."""

import pytest
from bothways import agree

WRITES = [
    "x.index_add(dim, index, source)", "x.index_add(dim, index, source, alpha=2)", "x.index_copy(dim, index, source)",
    "x.index_fill(dim, index, 1)", "x.index_reduce(dim, index, source, 'amax')", "x.index_select(dim, index)",
]  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("dtype", ["torch.float32", "torch.int64"])
def test_an_index_outside_is_named(write, dtype):
    agree(f"""
import warnings
warnings.simplefilter("ignore")
for shape in ((3,), (3, 2), (2, 3, 4)):
    for dim in range(len(shape)):
        for index in ([5, -7], [-7, 5], [1, -1], [0, 0]):
            for kind in (torch.int64, torch.int32):
                x = torch.zeros(shape, dtype={dtype})
                source = torch.ones([*shape[:dim], 2, *shape[dim + 1:]], dtype={dtype})
                try:
                    index = torch.as_tensor(index, dtype=kind)
                    print(({write}).shape)
                except Exception as error:
                    print(shape, dim, index.tolist(), type(error).__name__, error)
""")


@pytest.mark.parametrize(
    "code",
    [
        *(f"torch.zeros(3).{name}(0, {index}, torch.ones(1))"
          for name in ("index_add", "index_add_", "index_copy", "index_copy_")
          for index in ("torch.tensor([0.])", "torch.tensor([[0]])", "torch.tensor([True])")),
        "torch.zeros(3).index_fill(0, torch.tensor([[0]]), 1)",
        "torch.zeros(3).index_add(0, torch.tensor([0]), torch.ones(1).long())",
        "torch.zeros(3).masked_scatter(torch.ones(3) > 0, torch.ones(3).long())",
        "torch.zeros(3).scatter_reduce(0, torch.tensor([0]), torch.ones(1), 'median')",
        "torch.zeros(3).scatter_reduce(0, torch.tensor([0, 0]), torch.tensor([1., 2.]), 'max')",
        "torch.ones(3).scatter_reduce(0, torch.tensor([0, 0]), torch.tensor([3., 2]), 'min', include_self=False)",
        "torch.ones(1, requires_grad=True).scatter_reduce(0, torch.tensor([0]), torch.ones(1), 'max').backward()",
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_in_torchs_words(code):
    agree(code)


def test_a_sequence_in_place_of_a_tuple_warns_each_time():
    agree("""
import warnings
x = torch.zeros(3, 3)
with warnings.catch_warnings(record=True) as log:
    warnings.simplefilter('always')
    for key in ([[0], [1]], [[0], [1]], [slice(None), 0]):
        print(x[key], len(log))
    x[[[0], [1]]] = 1
    print(x, len(log))
""")


def test_dimensions_are_counted_among_those_that_are_indexed():
    agree("""
a = torch.arange(24.).view(2, 3, 4)
for f in (lambda: a[:, [0, 3]], lambda: a[:, :, [7]], lambda: a[[0], [5]], lambda: a[[0], :, [5]], lambda: a[..., [-9]],
          lambda: a[torch.tensor([2])], lambda: a[:, [0], [9]], lambda: a.__setitem__((slice(None), [3]), 1)):
    try: f()
    except Exception as e: print(type(e).__name__, e)
torch.set_warn_always(True)
try: torch.cross(torch.ones(2), torch.ones(2))
finally: torch.set_warn_always(False)
""")


def test_a_call_that_fails_after_its_warning_warns_once():
    agree("""
torch.set_warn_always(True)
x = torch.ones(3)
try:
    torch.index_reduce(x, 0, torch.tensor([7]), x[:1], "mean")
except IndexError as error:
    print(error)
finally:
    torch.set_warn_always(False)
""")

"""Shapes as values, and how they broadcast."""

import pytest
from bothways import agree

SIZES = [
    "(1,) + S", "S + (1,)", "S * 2", "2 * S", "S[::1]", "S + [1]", "S + 1", "[1] + list(S)", "torch.Size([1.5])",
    "torch.Size(3)", "torch.Size([torch.tensor(2)])", "torch.Size([torch.tensor(2.)])", "torch.Size('ab')",
    "torch.Size([True])", "torch.Size(iter([1, 2]))", "torch.Size()", "torch.Size(torch.tensor([1, 2]))",
]  # fmt: skip


@pytest.mark.parametrize("code", SIZES)
def test_a_shape_is_a_tuple_of_integers(code):
    agree(f"S = torch.Size((1, 2)); found = {code}; print(type(found).__name__, found)")


def test_shapes_that_do_not_broadcast_are_named():
    agree("""
import itertools
shapes = [(3,), (4,), (2, 3), (1,), (-1,), (0,), 3, (2, 1, 4), (), torch.Size((3,)), [5], (2, -3)]
for given in [*itertools.product(shapes, repeat=2), *itertools.product(shapes[:8], repeat=3)]:
    try:
        print(torch.broadcast_shapes(*given))
    except Exception as error:
        print(given, type(error).__name__, error)
""")

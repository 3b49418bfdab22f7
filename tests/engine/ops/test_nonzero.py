"""Places of elements in a result of fixed size."""

import pytest

from tests.bothways import agree


@pytest.mark.parametrize(
    "call",
    [
        "nonzero_static(x, size=3)", "nonzero_static(x, size=1, fill_value=7)", "nonzero_static(x, size=0)",
        "nonzero_static(x, size=-1)", "nonzero_static(torch.tensor(3.), size=2)", "nonzero_static(x)",
        "nonzero_static(torch.zeros(2, 0), size=2)", "nonzero_static(x, size=2, out=torch.zeros(2, 2))",
        "nonzero_static(x, size=2, out=torch.zeros(2, dtype=torch.int64))", "nonzero_static(x, 2)",
        "empty_permuted((2, 3, 4), (2, 0, 1)).stride()", "empty_permuted((), ()).shape", "empty_permuted((2,), (3,))",
        "empty_permuted((2, 2), (0, 0))", "empty_permuted((2, 2), (1,))", "empty_permuted((2, -1), (1, 0))",
        "resize_as_(torch.arange(6.), x)", "resize_as_(torch.arange(4.), torch.ones(4))._version",
        "resize_as_(torch.ones(2, requires_grad=True), x)", "put(x, torch.tensor([1]), torch.tensor([9.]))",
        "resolve_conj(x) is x", "resolve_neg(x) is x",
    ],
)  # fmt: skip
def test_calls(call):
    agree(f"x = torch.tensor([[1., 0.], [0., 2.]])\nprint(torch.{call})")


@pytest.mark.parametrize(
    "call",
    [
        "special.round(torch.tensor([1.5, 2.5], requires_grad=True))", "special.round(torch.tensor([1, 2]))",
        "special.round(torch.tensor([1.26]), decimals=1)", "linalg.matrix_rank(torch.eye(2))._version",
    ],
)  # fmt: skip
def test_composites(call):
    agree(f"print(torch.{call})")

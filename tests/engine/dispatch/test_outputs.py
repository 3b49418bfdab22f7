"""``out=``: what each operation says of a wrong dtype, of shared memory, and of another size."""

import pytest

from tests.bothways import agree

SETUP = """
d = torch.float64
def ones(*s): return torch.ones(*s, dtype=d)
def whole(*s): return torch.zeros(*s, dtype=torch.int64)
x = torch.arange(6.)
"""
WRONG = [
    "matmul(ones(2), ones(2), out=whole(()))", "matmul(ones(2, 2), ones(2, 2), out=whole(2, 2))",
    "inner(ones(2, 2), ones(2), out=whole(2))", "heaviside(ones(2), ones(2), out=torch.zeros(2))",
    "heaviside(torch.ones(2), ones(2))", "float_power(ones(2), 2, out=torch.zeros(2))",
    "diag(ones(2), out=whole(2, 2))",
    "diag(ones(2), out=torch.zeros(2, 2))", "ldexp(ones(2), ones(2), out=whole(2))",
    "mvlgamma(ones(2) * 3, 2, out=whole(2))", "linalg.cond(ones(2, 2) + torch.eye(2), out=whole(()))",
    "linalg.vecdot(ones(2), ones(2), out=torch.zeros(()))", "linalg.norm(ones(2), out=torch.zeros(()))",
    "linalg.matrix_norm(ones(2, 2), out=torch.zeros(()))", "linalg.multi_dot([ones(2, 2)] * 2, out=torch.zeros(2, 2))",
    "linalg.cross(ones(3), ones(3), out=torch.zeros(3))", "linalg.matrix_power(ones(2, 2), 2, out=whole(2, 2))",
    "linalg.matrix_power(ones(2, 2), 2, out=torch.zeros(2, 2))",
    "linalg.solve_triangular(ones(2, 2), ones(2, 2), upper=True, out=torch.zeros(2, 2))",
    "linalg.eigvals(torch.eye(2), out=torch.zeros(2))", "nn.functional.logsigmoid(x, out=whole(6))",
]  # fmt: skip
SHARED = [
    "add(x[:4], 1, out=x[2:])", "add(x, 1, out=x)", "gather(x, 0, torch.tensor([1, 0]), out=x[:2])",
    "index_select(x, 0, torch.tensor([0]), out=x[:1])", "take(x, torch.tensor([0]), out=x[:1])",
    "topk(x, 2, out=(x[:2], whole(2)))", "masked_select(x, x > 1, out=x)", "exp(x[::2], out=x[1::2])",
]  # fmt: skip
SIZES = ["empty(3, out=torch.ones(3))", "empty(2, out=torch.ones(0))"]


@pytest.mark.parametrize("call", WRONG)
def test_wrong_dtypes(call):
    agree(f"{SETUP}\ntorch.{call}")


@pytest.mark.parametrize("call", SHARED)
def test_shared_memory(call):
    agree(f"{SETUP}\ntry: print(torch.{call})\nexcept RuntimeError as error: print(error)\nprint(x)")


@pytest.mark.parametrize("call", SIZES)
def test_versions_after_resizing(call):
    agree(f"{SETUP}\nfound = torch.{call}\nprint(found.shape, found._version)")

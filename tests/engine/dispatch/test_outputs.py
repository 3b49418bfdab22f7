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


LEFT = [
    ("mean(m, 0, True, out=o)", "whole(1, 3)"), ("mean(m, 0, dtype=d, out=o)", "torch.zeros(3)"),
    ("linalg.solve_triangular(m, b, upper=False, out=o)", "whole(3, 2)"),
    ("linalg.solve_triangular(m, b.mT, upper=False, left=False, out=o)", "whole(7)"),
    ("linalg.solve_triangular(m, b[:, :1].mT, upper=False, left=False, out=o)", "whole(0)"),
    ("addbmm(m, m[None], m[None], out=o)", "whole(3, 3)"), ("svd(m, out=o)", "[ones(0), ones(0), ones(0)]"),
    ("svd(m, out=o)", "[ones(3, 3), ones(3), ones(3, 3)]"), ("svd(m, out=o)", "[whole(3, 3), whole(3), whole(3, 3)]"),
    ("svd(m, compute_uv=False, out=o)", "[whole(3, 3), whole(3), whole(3, 3)]"),
    ("kron(m, b, out=o)", "ones(9, 6)"), ("kron(m, b, out=o)", "ones(4)"), ("kron(m, b, out=o)", "whole(9, 6)"),
    ("ops.aten.gelu(m.float(), out=o)", "torch.zeros(3, 3, 2)[..., 0]"), ("ops.aten.gelu(m, out=o)", "ones(3, 3).t()"),
    ("ops.aten.gelu(m.float(), approximate='tanh', out=o)", "torch.zeros(3, 3, 2)[..., 0]"),
    ("fft.ihfftn(m, s=(3,), out=o)", "torch.ones(2, dtype=torch.complex128)"),
    ("fft.irfft(m, out=o)", "torch.zeros(3, 4, dtype=torch.complex128)"), ("fft.irfft(m, out=o)", "torch.zeros(3, 4)"),
    ("fft.rfft(m, out=o)", "ones(3, 2)"), ("native_batch_norm(m, None, None, r, s, True, 0.5, 0.1, out=o)", "ints"),
    ("native_batch_norm(m, None, None, r, s, False, 0.5, 0.1, out=o)", "[whole(3, 3), ones(0, 2), ones(0)]"),
    ("native_batch_norm(m, None, None, r, s, False, 0.5, 0.1, out=o)", "[ones(3, 3), ones(0), ones(0)]"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "out"), LEFT)
def test_what_is_left_in_out(call, out):
    """Values, versions and layouts, after errors as well."""
    agree(f"""{SETUP}
m, b = torch.tensor([[-1.7, 0, 0], [2.6, 3, 0], [4, 5.5, 6]], dtype=d), torch.arange(6, dtype=d).reshape(3, 2)
r, s, ints = ones(3) * 0, ones(3), [whole(3, 3), whole(3), whole(3)]
o = {out}
try: print(torch.{call} is o)
except Exception as error: print(type(error).__name__, error)
for one in o if isinstance(o, list) else [o]:
    shown = one.abs() if "svd" in {call!r} else one
    print(one.shape, one.stride(), one._version, [f"{{v:.3f}}" for v in shown.flatten().tolist() if v == v])
print([f"{{v:.3f}}" for v in (*r.tolist(), *s.tolist())])""")


def test_comparisons_that_cast_complex_numbers():
    agree("""
x = torch.tensor([1 + 2j, 3j])
for f in (torch.ne, torch.logical_and):
    for dtype in (torch.int32, torch.bool, torch.complex64):
        print(f(x, x, out=torch.zeros(2, dtype=dtype)))""")

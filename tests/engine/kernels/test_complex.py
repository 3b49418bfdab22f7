"""Complex numbers with infinities, NaN and zeros of either sign in their parts, as torch computes of them."""

import pytest
from bothways import VECTORS, agree

pytestmark = VECTORS

PARTS = "PARTS = [complex(a, b) for a in (0., -0., 1., float('inf'), float('nan')) for b in (0., -0., -2.5)]\n"
DTYPES = pytest.mark.parametrize("dtype", ["complex64", "complex128"])
PAIRS = [
    "a + b", "a - b", "torch.rsub(a, b)", "a.clone().add_(b)", "a.clone().sub_(b)", "a.mT + b.mT",
    "a[:, ::2] - b[:, ::2]", "torch.add(a, b, alpha=2j)", "torch.sub(a, b, alpha=1-2j)", "torch.sub(a, b, alpha=2)",
    "torch.rsub(a, b, alpha=2.)", "a + 2", "2.5 - a", "a - 0.0", "a + float('inf')", "a - 1j", "a + b.real",
    "a.real - b", "a[0, 1] - b", "a - b[4, 3]", "torch.sub(a, b, out=torch.empty_like(a))", "a + b.conj()",
    "torch._foreach_sub([a], [b])[0]", "torch.diff(a)", "a * b", "torch.addcmul(a, b, a, value=2j)",
    "torch.addcdiv(a, a, b.round(), value=2)", "torch.lerp(a, b, 0.75)", "torch.lerp(a[0], b[0], 0.75)",
    "torch.lerp(a.mT, b, 0.75)", "torch.cumprod(a, 0)", "torch.cumprod(b, 0)",
]  # fmt: skip


@DTYPES
@pytest.mark.parametrize("expression", PAIRS)
def test_pairs(dtype, expression):
    """What is added is multiplied before, if only by one."""
    agree(f"""{PARTS}
a = torch.tensor(PARTS, dtype=torch.{dtype})[:, None].repeat(1, 15)
b = a.mT.contiguous()
print(({expression}).tolist())
""")


@DTYPES
@pytest.mark.parametrize(
    "function",
    [
        "a ** b", "a ** -1", "a ** -2", "a ** -0.5", "a ** 2.5", "a ** 2j", "1 ** a", "2 ** a", "0 ** a", "(1-1j) ** a",
        "a.log1p()", "torch.logaddexp(a, b)", "torch.logcumsumexp(a, 0)", "torch.logcumsumexp(b, 0)",
    ],
)  # fmt: skip
def test_powers_and_logarithms(dtype, function):
    agree(f"""{PARTS}
a = torch.tensor(PARTS, dtype=torch.{dtype})[:, None].repeat(1, 15)
b = a.mT.contiguous()
parts = torch.view_as_real({function})
print(torch.where(parts.isfinite(), parts.sign().copysign(parts), parts).tolist())
""")


@DTYPES
@pytest.mark.parametrize("function", ["-x", "x.sgn()", "x.acos()", "torch.lerp(x, x, 0.75)", "x**-1"])
@pytest.mark.parametrize(
    "view",
    [
        "m", "m.T", "m[:, :4]", "m[::2]", "m[:, ::2]", "m.T[:, :2]", "m[:1].T", "m[1, 1]", "m[:0]", "m.T[::2]",
        "m.conj()", "torch.cat([m, m])",
    ],
)  # fmt: skip
def test_vectors(dtype, function, view):
    """As many at a time as two vectors hold are computed otherwise than those that are left over."""
    agree(f"""{PARTS}
m = torch.tensor(PARTS, dtype=torch.{dtype}).reshape(3, 5)
x = {view}
found = {function}
print([(str(one.real)[:8], str(one.imag)[:8]) for one in found.flatten().tolist()], found.stride())
""")


@pytest.mark.parametrize(
    "backward",
    [
        "(x.conj() + x).abs().sum().backward()", "(x + x).backward(m)", "(x - x).backward(m)",
        "(x * 2).backward(m); (x * 2).backward(m)", "(-x).backward(m)",
    ],
)  # fmt: skip
def test_gradients_that_meet(backward):
    agree(f"{PARTS}m = torch.tensor(PARTS)\nx = m.clone().requires_grad_()\n{backward}\nprint(x.grad.tolist())")

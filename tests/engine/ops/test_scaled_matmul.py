"""Scaled products of eight-bit floats, and what torch refuses of them."""

import pytest
from bothways import agree

GIVEN = """
one, two = torch.tensor(1.), torch.tensor(2.)
a = torch.arange(256.).reshape(16, 16).sub(128).div(32).to(torch.float8_e4m3fn)
b = torch.arange(256.).reshape(16, 16).sub(100).div(32).to(torch.float8_e4m3fn)
rows, columns = torch.arange(1., 17.).div(8)[:, None], torch.arange(1., 17.).div(16)[None]
def shown(*args, **options):
    found = torch._scaled_mm(*args, **options)
    print(found.dtype, found.stride(), found)
"""
PROGRAMS = [
    "shown(a, b.t(), one, two)",
    "shown(a, b, one, two, out_dtype=torch.float32)",
    "shown(a, b.t(), torch.tensor(0.5), two, bias=torch.ones(16), out_dtype=torch.bfloat16)",
    "shown(a, b.t(), rows, columns, out_dtype=torch.float32)",
    "shown(a[:, :3], b.t()[:3, :5], torch.ones(1), torch.ones(1, 1), out_dtype=torch.float16)",
    "shown(a.float().to(torch.float8_e5m2), b.t(), one, two)",
    "torch._scaled_mm(a, b.t())",
    "torch._scaled_mm(a.float(), b.t(), one, two)",
    "torch._scaled_mm(a, b.t(), one.double(), two)",
    "torch._scaled_mm(a, b.t(), torch.ones(2), two)",
    "torch._scaled_mm(a, b.t()[:8], one, two)",
    "torch._scaled_mm(a[0], b.t(), one, two)",
    "torch._scaled_mm(a, b.t(), one, two, bias=torch.ones(15))",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_torch(program: str):
    agree(GIVEN + program)

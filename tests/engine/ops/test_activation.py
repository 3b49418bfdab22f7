"""Activation functions in place, where they bend, and at what is no number."""

import pytest

from tests.bothways import agree

AT = "torch.tensor([1., -2., 0., -0., float('nan'), float('inf'), -float('inf'), 3., -3.], requires_grad=True)"
CALLS = [
    *(f"F.{name}(y, {alpha})" for name in ("elu", "elu_", "celu", "celu_", "leaky_relu", "leaky_relu_")
      for alpha in (-0.5, 0.5)),
    *(f"F.{name}(y)" for name in ("hardtanh", "hardtanh_", "selu_", "hardswish", "hardsigmoid", "hardshrink",
                                  "softshrink", "relu6")),
    "F.gelu(y.double())",
    "F.threshold_(y, 0.1, 2.0)",
    *(f"F.rrelu(y, {lower}, {upper}, {training}, {inplace})" for lower, upper in ((-0.1, -0.1), (0.1, 0.1), (-0.2, 0.1))
      for training in (False, True) for inplace in (False, True)),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_values_and_slopes(call):
    agree(f"x = {AT}\ny = x * 1\nz = {call}\nprint(z)\nz.sum().backward()\nprint(x.grad)")


def test_gelu_far_below_zero():
    """In float64: float32 torch leaves to oneDNN, whose zeros have a sign on some processors."""
    agree("""
x = torch.tensor([[-200., -0.], [0., -300.]], dtype=torch.float64)
print(F.gelu(x), F.gelu(x.t()), F.gelu(x[0, 0]), F.gelu(x, approximate="tanh"))
""")


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_zeros_of_softshrink_in_vectors_and_after_them(dtype):
    agree(f"""
for n in (1, 7, 8, 17, 40):
    print(F.softshrink(torch.full((n,), -0.25, dtype=torch.{dtype})).signbit().int())
""")


@pytest.mark.parametrize("call", ["F.silu(x)", "torch.nan_to_num(x)"])
def test_what_is_differentiated_for_real_results_alone(call):
    agree(f"""
x = torch.tensor([1 + 1j, 2.], dtype=torch.complex128, requires_grad=True)
with torch.no_grad():
    print({call})
print({call.replace("x", "x.detach()", 1) if call.startswith("F") else "torch.nan_to_num(x.detach())"})
{call}
""")

"""Simulated quantization, with its gradients and its refusals."""

import pytest
from bothways import agree

NUMBERS = "torch.tensor([.125, .375, -.125, -.375, .625, -9., 9., float('nan'), float('inf'), 1e30])"
NAMES = """
tensorwise, channelwise = torch.fake_quantize_per_tensor_affine, torch.fake_quantize_per_channel_affine
x = torch.linspace(-1, 1, 6).view(2, 3).requires_grad_()
"""
CODES = [
    *(f"print(tensorwise({NUMBERS}{kind}, {grid}))"
      for kind in ("", ".double()", ".half()", ".bfloat16()")
      for grid in (".25, 0, -8, 8", ".25, 3, -8, 8", ".07, 3, 0, 255", "0., 0, -2, 2", "-.25, 0, -2, 2",
                   "torch.tensor(.25), torch.tensor(10), -2, 2",
                   "torch.tensor([.25]).double(), torch.tensor([1.]), 0, 3")),
    "y = tensorwise(x, .25, 0, -2, 2); print(y, y.grad_fn._saved_mask); y.sum().backward()",
    "y = tensorwise(x, torch.tensor(.25), torch.tensor(0), -2, 2); print(y); y.sum().backward()",
    *(f"y = channelwise(x, torch.tensor([.1, .2, .3]), {zero}, 1, -8, 7); print(y); y.sum().backward()"
      for zero in ("torch.zeros(3).int()", "torch.tensor([3, -2, 1]).int()", "torch.tensor([.5, 1.2, -3.])",
                   "torch.tensor([.5, 1.2, -3.]).half()")),
    "g, = torch.autograd.grad(tensorwise(x, .25, 0, -2, 2).sum(), x, create_graph=True); print(g.grad_fn)",
]  # fmt: skip
REFUSED = [
    "tensorwise(x, .25, 0, 2, -2)", "tensorwise(x, .25, 10, -2, 2)",
    "tensorwise(x.long(), .25, 0, -2, 2)",
    "tensorwise(x.long(), torch.tensor(.25), torch.tensor(0), -2, 2)",
    "tensorwise(x, .25, 0., -2, 2)",
    "tensorwise(x, torch.ones(2), torch.zeros(2), -2, 2)",
    "tensorwise(x, torch.tensor(.25, requires_grad=True), torch.tensor(0), -2, 2)",
    *(f"channelwise(x, {rest})" for rest in (
        "torch.ones(3), torch.zeros(3).int(), -1, -8, 7", "torch.ones(3), torch.zeros(3).int(), 0, -8, 7",
        "torch.ones(3), torch.zeros(2).int(), 1, -8, 7", "torch.ones(3), torch.zeros(3).long(), 1, -8, 7",
        "torch.ones(3).double(), torch.zeros(3).int(), 1, -8, 7", "torch.ones(3), torch.ones(3).int() * 99, 1, -8, 7",
        "torch.ones(3), torch.zeros(3).int(), 1, 8, -7", "torch.ones(1, 3), torch.zeros(3).int(), 1, -8, 7",
        "torch.ones(3), torch.zeros(1, 3).int(), 1, -8, 7", "torch.ones(3), torch.zeros(3).int(), 5, -8, 7")),
]  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_rounding_and_where_its_gradient_passes(code):
    agree(f"{NAMES}{code}\nprint(x.grad)")


@pytest.mark.parametrize("code", REFUSED)
def test_wrong_grids_are_refused(code):
    agree(NAMES + code)

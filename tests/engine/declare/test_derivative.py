"""What nodes record, and when."""

from __future__ import annotations

import pytest

from tests.bothways import agree

ORDERS = {
    "mul": "x * y", "div": "x / y", "pow": "x ** y", "atan2": "torch.atan2(x, y)", "addcmul": "torch.addcmul(z, x, y)",
    "lerp": "torch.lerp(x, y, z)", "dot": "torch.dot(x, y)", "hypot": "torch.hypot(x, y)",
    "mse": "torch.nn.functional.mse_loss(x, y)", "mm": "x.view(1, 2) @ y.view(2, 1)",
}  # fmt: skip


@pytest.mark.parametrize("code", ORDERS.values(), ids=list(ORDERS))
def test_gradients_are_recorded_in_torchs_order(code: str):
    agree(f"""
x, y, z = (torch.tensor(v, requires_grad=True) for v in ([1.0, 2.0], [3.0, 5.0], [0.5, 0.25]))
found = torch.autograd.grad(({code}).sum(), (x, y, z), create_graph=True, allow_unused=True)
nodes = [(one.grad_fn._sequence_nr(), place) for place, one in enumerate(found) if one is not None and one.grad_fn]
print([place for _, place in sorted(nodes)])
""")

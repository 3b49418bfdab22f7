"""``torch.masked``: what is left out, what nothing gives, and what is refused."""

import pytest

from tests.bothways import agree

VALUES = "x = torch.tensor([[1., 3., -2.], [4., 0., 5.]], requires_grad=True)"
MASK = "m = torch.tensor([[True, False, True], [False, False, False]])"
CALLS = [
    *(f"{name}(x, {dim}, mask=m)" for name in ("sum", "prod", "amax", "amin", "mean", "norm", "logsumexp", "var", "std")
      for dim in ("dim=1", "dim=0", "dim=None") if name != "norm" or dim != "dim=None"),
    "norm(x, -float('inf'), 1, mask=m)",
    "sum(x, (0, 1), keepdim=True, dtype=torch.float64)",
    "var(x, 1, unbiased=False, mask=m)",
    "std(x, 0, correction=0.5, mask=m[0])",
    "var(x, 0, unbiased=True, correction=1)",
    *(f"{name}(x, 1, mask=m)" for name in ("argmax", "argmin", "median", "cumsum", "cumprod", "softmax", "log_softmax",
                                           "softmin")),
    "normalize(x, 2.0, 1, mask=m)",
    "logaddexp(x, x * 2, input_mask=m, other_mask=~m)",
    "sum(x, mask=m[None])",
    "sum(x, (0, 0))",
    "sum(x, 2)",
    "mean(x.long())",
    "mean(x, dtype=torch.int64)",
    "amax(x * 1j, mask=m)",
    "amax(x > 1, mask=m)",
    "amax(x.detach().to(torch.uint8), 1, mask=m)",
    "median(x.detach().long(), 1, mask=m)",
    "median(x.detach().long(), 1)",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_masked(call):
    agree(f"{VALUES}\n{MASK}\ny = torch.masked.{call}\nprint(y)\n"
          "if y.requires_grad: print(torch.autograd.grad(y.sum(), x, create_graph=True))")  # fmt: skip

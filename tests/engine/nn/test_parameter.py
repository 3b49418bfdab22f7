"""Parameters and buffers against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
x = torch.ones(2)
p = nn.Parameter(x)
"""


@pytest.mark.parametrize(
    "code",
    [
        "print(p, [p], {'a': p}, str(p), f'{p}', nn.Parameter(), nn.Parameter(torch.tensor(2.)), nn.Parameter)",
        "print(nn.Parameter(x.long(), requires_grad=False), nn.Parameter(x, requires_grad=False)); attempt(nn.Parameter, x.long())",
        "attempt(nn.Parameter, [1.]); print(p.is_leaf, p.grad_fn, p.requires_grad, p._base, p.__dict__, p.grad)",
        "x.add_(1); print(p, p._version); p.data.add_(1); print(x, x._version)",
        "y = x.requires_grad_() * 2; q = nn.Parameter(y); print(q, q.is_leaf, q.data_ptr() == y.data_ptr(), q._version)",
        "print(p + 1, type(p + 1), type(p.data), type(p.detach()), type(p[0]), type(p.clone()), type(p.requires_grad_()))",
        "import copy; p.sum().backward(); q = copy.deepcopy(p); print(q, q.grad, q._version, copy.deepcopy([p, p])[1] is p)",
        "print(isinstance(x, nn.Parameter), isinstance(p, torch.Tensor), isinstance(p, nn.Buffer), torch.typename(p))",
        "b = nn.Buffer(x); print(b, type(b), isinstance(b, nn.Buffer), b.persistent, nn.Buffer(x, persistent=False).persistent)",
        "print(nn.Buffer(), isinstance(b := nn.Buffer(), nn.Parameter), isinstance(torch.ones(1), nn.Buffer))",
        "attempt(p.add_, 1)\\nwith torch.no_grad(): print(p.add_(1) is p, p._version)",
        "p.data = torch.zeros(3); print(p); p.foo = 3; print(p.foo, p.to(torch.float32) is p, p.T is p)",
        "print(torch.typename(3), torch.typename([]), torch.typename(nn.Linear(1, 1)), torch.typename(nn.Linear), torch.typename(len))",
        "print((p * 2).grad_fn, (p * 2).sum().backward(), p.grad, p.grad.__class__)",
        "print(torch.stack([p, p]), torch.cat([p, p]).requires_grad, p == p, -p, p.tolist(), p[0].item(), len(p), list(p))",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code.replace("\\n", "\n"))

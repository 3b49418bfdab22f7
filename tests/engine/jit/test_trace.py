"""Traces of examples, done again with other tensors, beside torch's."""

import pytest
from bothways import agree

MADE = """
import warnings; warnings.simplefilter("ignore", DeprecationWarning)
def f(x, y): return torch.sin(x) @ y + x.sum()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3); self.drop = nn.Dropout(.5); self.register_buffer("b", torch.ones(3))
    def forward(self, x): return self.drop(F.relu(self.fc(x))) + self.b
ones, eye = torch.ones(2, 2), torch.eye(2)
"""


@pytest.mark.parametrize(
    "code",
    [
        "t = torch.jit.trace(f, (ones, eye)); print(type(t), t.name, t(ones * 0, ones), t(ones, y=eye))\n"
        "x = torch.ones(2, 2, requires_grad=True); o = t(x, eye); print(o); o.sum().backward(); print(x.grad)",
        "n = Net().eval(); t = torch.jit.trace(n, torch.ones(1, 2)); print(t, type(t), t.training, t.original_name)\n"
        "x = torch.ones(5, 2); print(torch.equal(t(x), n(x)), list(t.state_dict()), t.fc.weight is n.fc.weight)\n"
        "t(x).sum().backward(); print(n.fc.weight.grad); t.train(); print(t.training, torch.equal(t(x), n(x)))",
        "t = torch.jit.trace(lambda x: x * 2 if x.sum() > 0 else -x, torch.ones(2)); print(t(-torch.ones(2)))",
        "t = torch.jit.trace(lambda x: x * int(x[0]), torch.ones(2) * 3); print(t(torch.ones(2)))",
        "def loop(x):\n    for i in range(x.shape[0]): x = x + i\n    return x\n"
        "print(torch.jit.trace(loop, torch.ones(3))(torch.zeros(5)))",
        "t = torch.jit.trace(lambda x: x.view(x.size(0), -1), torch.ones(2, 3, 4))\n"
        "print(t(torch.ones(5, 2, 2)).shape)",
        "def heads(x): b, t, c = x.shape; return x.view(b, t, 2, c // 2).transpose(1, 2).reshape(b * 2, t, -1)\n"
        "print(torch.jit.trace(heads, torch.ones(2, 3, 4))(torch.ones(3, 5, 8)).shape)",
        "def places(x): x = x.clone(); x[0] = 5; x.add_(1); return x\n"
        "print(torch.jit.trace(places, torch.zeros(2))(torch.ones(3)))",
        "print(torch.jit.trace(lambda x: (x, (x * 2, x)), torch.ones(2))(torch.zeros(2)))",
        "print(torch.jit.trace(lambda x: [x, x + 1], torch.ones(2))(torch.zeros(2)))",
        "print(torch.jit.trace(lambda x: {'a': x + 1}, torch.ones(2), strict=False)(torch.ones(2)))",
        "torch.jit.trace(lambda x: {'a': x + 1}, torch.ones(2))",
        "torch.jit.trace(lambda x: 3, torch.ones(2))",
        "torch.jit.trace(f, torch.ones(2))",
        "torch.jit.trace(f, (1, 2))",
        "torch.jit.trace(f, (ones, eye))(ones)",
        "torch.jit.trace(lambda x: x + len(x), torch.ones(2))",
        "torch.jit.trace(lambda x: x + x[0].item(), torch.ones(2))",
        "torch.jit.trace(lambda x: (print(torch.jit.is_tracing()), x + 1)[1], torch.ones(1), check_trace=False)\n"
        "print(torch.jit.is_tracing())",
        "print(type(torch.jit.trace_module(Net().eval(), {'forward': torch.ones(1, 2)})))",
        "print(torch.jit.trace(Net().eval(), example_kwarg_inputs={'x': torch.ones(1, 2)})(x=torch.ones(3, 2)).shape)",
        "n = torch.jit.trace(Net().eval(), ones); fr = torch.jit.freeze(n)\n"
        "print(type(fr), torch.equal(fr(ones), n(ones)))",
        "torch.jit.freeze(Net())",
        "print(torch.jit.isinstance([1], list[int]), torch.jit.isinstance([1.5], list[int]))",
    ],
)
def test_traces(code):
    agree(MADE + code)

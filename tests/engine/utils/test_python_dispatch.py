"""Modes see the operations that torch's see, in-place ones too."""

import pytest
from bothways import agree

MADE = """
from torch.utils._python_dispatch import TorchDispatchMode
class L(TorchDispatchMode):
    def __init__(self, n=''): super().__init__(); self.n=n
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(self.n, func, types, len(args), kwargs); return func(*args, **(kwargs or {}))
class Q(L):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None): print(func); return func(*args, **(kwargs or {}))
x=torch.ones(2,requires_grad=True)
"""
PROGRAMS = [
    "with L():\n    y = x * 2; y.add_(1); y.mul_(y); z = y.sum()\nprint(z, y.grad_fn, y._version)",
    "with L('a'), L('b'): print(torch.stack([x,x]).shape)",
    "with L(): x.view(2,1); x[0]",
    "with L(): torch.ones_like(x)",
    "with L(): x.fill_; y = torch.add(x, 1, alpha=2); y.zero_(); print(y, y._version)",
    "class Z(TorchDispatchMode):\n    def __torch_dispatch__(self, func, types, args=(), kwargs=None):\n        out=func(*args, **(kwargs or {})); return out*0\nwith Z(): y=x+1\nprint(y, y.grad_fn)",
    "m=L()\nwith m:\n    with m: x*2",
    "with TorchDispatchMode(): x*2",
    "class N(TorchDispatchMode):\n    def __torch_dispatch__(self, func, types, args=(), kwargs=None): return NotImplemented\nwith N(): torch.sin(x)\n",
    "with L(): x.detach(); torch.tensor([1.]); torch.as_tensor([1]); import numpy; torch.from_numpy(numpy.ones(1))",
    "with Q(): y = x.relu(); z = torch.softmax(x, 0); w = x.max(0); v = x.exp().pow(2)",
    "with Q(): y = x.relu().sum(); y.backward()",
    "with Q(): (x * 2).sigmoid().sum().backward()",
    "with L('a'), L('b'): y = x.detach().tanh()",
    "with Q(): torch.nn.functional.cross_entropy(torch.ones(2, 3, requires_grad=True), torch.tensor([0, 1])).backward()",
    "torch.manual_seed(0)\nwith torch.autograd.profiler.profile() as p: y = x * 2; y.add_(1); y.sin_(); y.unsqueeze_(0)\nprint([e.name for e in p.function_events if e.name in ('aten::mul', 'aten::add_', 'aten::sin_', 'aten::unsqueeze_')])",
]


BACKWARD = [
    "x * 2", "x / 2", "3 * x", "2 - x", "x ** 2", "x ** 3.", "2 ** x", "x.mean()", "x.sqrt()", "x.square()",
    "x.log()", "x.add(x, alpha=3)", "x.sub(x, alpha=3)", "x.addcmul(x, x, value=2)",
]  # fmt: skip


@pytest.mark.parametrize("function", BACKWARD)
def test_numbers_of_formulas_are_numbers(function):
    """Those that a program has given come as a tensor would, those of a formula by the overload for numbers."""
    agree(f"""{MADE}
class A(L):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func, [one if isinstance(one, (int, float)) else type(one) for one in args])
        return func(*args, **(kwargs or {{}}))
y = ({function}).sum()
with A(): torch.autograd.grad(y, x, retain_graph=True)
with A(): y.backward()
""")


def test_overloads_that_take_numbers():
    agree("""
A = torch.ops.aten
print(A.add.Scalar(torch.ones(2), 2), A.div.Scalar(torch.ones(2), 2), A.mul_.Scalar(torch.ones(2), 3))
print(A.add.Scalar._schema, A.div.Scalar._schema, A.div.Scalar, repr(A.sub.Scalar), A.add.Scalar.name())
print(A.add.Scalar is A.add.Scalar)
""")


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_print_what_torch_prints(program):
    agree(MADE + program)


def test_numbers_that_are_the_defaults_are_not_handed_on():
    agree("""
from torch.utils._python_dispatch import TorchDispatchMode
class Told(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func, [one for one in args if not isinstance(one, torch.Tensor)], kwargs)
        return func(*args, **(kwargs or {}))
x = torch.ones(2, 2)
with Told():
    x.uniform_(0, 1); x.uniform_(-1, 1); x.normal_(0., 2.); x.cauchy_(0, 1); x.log_normal_(1, 2); x.exponential_(2)
    torch.linalg.norm(x); torch.linalg.norm(x, 2, dim=0); F.pad(x, (1, 1)); F.elu(x, 1.); F.softplus(x, 1, 20)
    nn.MultiheadAttention(2, 1); nn.BatchNorm1d(2); nn.GRU(1, 1)
""")


def test_gradients_that_are_added_up_are_told_in_torchs_order():
    agree("""
from torch.utils._python_dispatch import TorchDispatchMode
class Told(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func, len(args), kwargs)
        return func(*args, **(kwargs or {}))
x = torch.ones(2, 2, requires_grad=True)
for f in (torch.reciprocal, torch.rsqrt, lambda t: 1 / t, lambda t: t / t, lambda t: F.layer_norm(t, (2,)), torch.exp):
    y = f(x).sum()
    with Told(): y.backward()
print(x.grad, x.grad._version)
""")

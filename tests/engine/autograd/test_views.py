"""Views of leaves that autograd does not follow, and memory that is replaced."""

import pytest
from bothways import agree

ATTEMPT = """
def attempt(run):
    try:
        print(run())
    except (RuntimeError, AssertionError) as error:
        print(error)
def names(tensor):
    return [None if node is None else node.name() for node, _ in tensor.grad_fn.next_functions]
x = torch.tensor([0.5, 1.], requires_grad=True)
"""

PROGRAMS = {
    "a view of a leaf in no_grad mode leads nowhere": """
with torch.no_grad():
    v = x[:1]
print(v.requires_grad, v.is_leaf, names(v * x), names(torch.stack([v, x[:1]])), names(v.double()), names(v * 2))
attempt(v.backward)
attempt(lambda: torch.autograd.grad(v.sum(), v))
attempt(lambda: torch.autograd.grad(v.sum(), x))
attempt(lambda: torch.autograd.graph.get_gradient_edge(v))
attempt(lambda: v.sum().backward(inputs=[v]))
print(x.grad, v.grad)
v.requires_grad_()
(v * 2).sum().backward()
print(v.grad, x.grad)
""",
    "a function of the user's that changes a view": """
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.mark_dirty(t)
        return t.mul_(2)
    @staticmethod
    def backward(ctx, g):
        return g * 2
attempt(lambda: Double.apply(x.view(-1)))
y = x * 1
attempt(lambda: Double.apply(y.split(1)[0]))
with torch.no_grad():
    v = (x * 1)[:1]
attempt(lambda: Double.apply(v))
y = x * 1
v = y[:1]
attempt(lambda: (Double.apply(v), v, y, v._version))
y.sum().backward()
print(x.grad)
""",
    "memory is replaced": """
attempt(lambda: x[:1].set_(torch.ones(1)))
attempt(lambda: x.set_(torch.ones(2)))
t = torch.zeros(3)
print(t.set_(x * 2), t.grad_fn.name(), t._version)
attempt(t.sum().backward)
y = x * 1
v = y[:1]
y.set_(torch.ones(2))
print(y.is_leaf, y._version, v)
with torch.no_grad():
    print(x.set_(torch.ones(2)), x._version)
y = torch.ones(2)
print(y.set_(), y._version)
attempt(lambda: y.set_(torch.ones(3, dtype=torch.float64)))
print(y.set_(torch.ones(6).untyped_storage()).shape, y.set_(torch.arange(6.), 1, (2, 2)), y._version)
w = torch.ones(2)
u = torch.zeros(3)
u.set_(w)
u[0] = 5
print(w, u.data_ptr() == w.data_ptr())
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program(program):
    agree(ATTEMPT + program)

"""Custom functions under ``vmap``, by the rule that is made of them."""

import pytest
from bothways import agree

CUBE = """
class Cube(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        print("forward", x.shape)
        return x ** 3

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, = inputs
        ctx.x = x
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        print("setup", output.shape, ctx.needs_input_grad)

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        print("backward", g.shape)
        return 3 * g * x * x

    @staticmethod
    def jvp(ctx, t):
        return 3 * t * ctx.x ** 2

x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
"""
TWO = """
class Two(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x, y, k):
        return x * y, (x + y) * k

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, y, ctx.k = inputs
        ctx.save_for_backward(x, y)

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y + h * ctx.k, g * x + h * ctx.k, None

a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
b = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
"""


@pytest.mark.parametrize(
    "form",
    [
        "vmap(Cube.apply)(x)", "vmap(Cube.apply, in_dims=1, out_dims=1)(x)", "vmap(vmap(Cube.apply))(x)",
        "vmap(grad(lambda t: Cube.apply(t).sum()))(x)", "jacfwd(Cube.apply)(x[0])", "jacrev(Cube.apply)(x[0])",
        "vmap(lambda t: jvp(Cube.apply, (t,), (t,))[1])(x)", "hessian(lambda t: Cube.apply(t).sum())(x[0])",
    ],
)  # fmt: skip
def test_forward_runs_once_for_all_examples(form):
    agree(f"""from torch.func import *
from warnings import simplefilter
simplefilter("ignore")
{CUBE}
y = {form}
print(y, y.grad_fn.name(), [node.name() for node, _ in y.grad_fn.next_functions])
y.sum().backward()
print(x.grad)
""")


@pytest.mark.parametrize(
    "call",
    [
        "vmap(lambda s: Two.apply(s, b, 2))(a)", "vmap(Two.apply, in_dims=(0, None, None))(a, b, 3)",
        "vmap(Two.apply, in_dims=(None, 0, None))(a, b, 3)",
        "vmap(Two.apply, in_dims=(0, 0, None))(a, torch.ones(2, 1, requires_grad=True), 3)",
    ],
)  # fmt: skip
def test_gradients_fit_what_was_batched_and_what_was_not(call):
    agree(f"""from torch.func import vmap
{TWO}
p, q = {call}
print(p.grad_fn is q.grad_fn, p.grad_fn.name(), p.shape)
(p * 2 + q).sum().backward()
print(a.grad, b.grad)
""")


def test_gradients_that_are_too_many_are_left_out():
    agree(f"""{CUBE}
class Many(Cube):
    @staticmethod
    def backward(ctx, g):
        return g, g

torch.func.vmap(Many.apply)(x).sum().backward()
print(x.grad)
""")

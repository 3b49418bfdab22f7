"""The graphs of transforms of transforms are torch's, node by node: formulas, tangents, what `vmap` makes of them."""

import pytest
from bothways import agree

TREE = """
import warnings
warnings.simplefilter('ignore')  # about what torch loads for some formulas
from torch.func import *

def tree(node):
    if node is None:
        return '_'
    following = [tree(each) for each, _ in node.next_functions]
    return node.name().rpartition('::')[2] + (f"({', '.join(following)})" if following else '')

x = torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64, requires_grad=True)
m = torch.tensor([[0.5, -1.5, 2.0]], dtype=torch.float64, requires_grad=True)
"""
FUNCTIONS = [
    "t.asinh()", "(t / 4).atanh()", "t.erf()", "t.erfc()", "t.sinc()", "(t / 4 + 0.4).logit()", "torch.atan2(t, t + 1)",
    "F.gelu(t)", "F.gelu(t, approximate='tanh')", "F.silu(t)", "F.softplus(t)", "F.elu(t)", "F.selu(t)",
    "F.hardswish(t)", "t.softmax(-1) * t", "t.logsumexp(0)", "t.log_softmax(-1)", "t[1:].prod()",
    "t.norm()", "t.std()", "t.logcumsumexp(0)", "t.sort(0)[0] * t", "t.topk(2)[0] ** 2",
    "t.gather(0, torch.tensor([0, 2])) ** 2", "t.amax(0) * t", "t.frac() * t", "(t.abs() + 2).acosh()",
    "F.cosine_similarity(t, t * t, dim=0)", "torch.copysign(t, t * 2)",
]  # fmt: skip
TRANSFORMS = [
    "vmap(grad(f))(m)", "grad(lambda t: grad(f)(t).sum())(x)", "jvp(f, (x,), (x,))[1]",
    "jvp(grad(f), (x,), (torch.ones_like(x),))[1]", "grad(lambda s: vmap(grad(f))(s).sum())(m)",
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("nr", range(len(TRANSFORMS)))
def test_nodes_and_their_order(function, nr):
    agree(f"{TREE}\nf = lambda t: ({function}).sum()\ny = {TRANSFORMS[nr]}\nprint(y._version, tree(y.grad_fn))")


@pytest.mark.parametrize("function", ["t.std()", "t.norm()", "t.norm(3)"])
def test_what_a_tangent_has_overwritten_cannot_be_differentiated(function):
    agree(f"{TREE}\ny = jvp(grad(lambda t: {function}), (x,), (torch.ones_like(x),))[1]\ny.sum().backward()")


@pytest.mark.parametrize("body", ["t * c", "c", "(t * c).sin() + c"])
@pytest.mark.parametrize("mode", ["torch.no_grad()", "torch.inference_mode()", "torch.set_grad_enabled(False)"])
def test_gradients_switched_off_within_are_off_at_all_levels(body, mode):
    agree(f"""{TREE}
def f(t):
    with {mode}:
        c = t * t
    c = c.clone()
    return {body}

out, pull = vjp(f, x)
print(out.requires_grad, tree(out.grad_fn))
print(grad(lambda t: f(t).sum())(x))
print(grad(lambda s: grad(lambda t: f(t).sum())(s).sum())(x))
print(vmap(f)(x).requires_grad, grad(lambda s: vmap(f)(s).sum())(x))
value, tangent = jvp(f, (x,), (x,))
print(value.requires_grad, tangent.requires_grad)
with torch.no_grad():
    print(vjp(f, x)[0].requires_grad, grad(lambda t: f(t).sum())(x))
""")


@pytest.mark.parametrize(
    "call", ["d.frac()", "d + 2", "d - 2", "d.fmod(5)", "d.remainder(5)", "d.clone()", "d.to(torch.float64)"]
)
def test_the_memory_of_a_tangent(call):
    agree(f"""
fw = torch.autograd.forward_ad
with fw.dual_level():
    d = fw.make_dual(torch.tensor([1.0, 2.0]), torch.ones(2))
    y = {call}
    y.mul_(3)
    print(fw.unpack_dual(d).tangent, fw.unpack_dual(y).tangent)
""")

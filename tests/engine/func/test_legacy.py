"""The older ``vmap``, by what uses it."""

import pytest
from bothways import agree

SETUP = """
import warnings
warnings.simplefilter('ignore')

def tree(node):
    if node is None:
        return None
    return [node.name().rpartition('::')[2], *(tree(following) for following, _ in node.next_functions)]

def show(found):
    print(found.detach().round(decimals=6) + 0., tree(found.grad_fn))

x = torch.tensor([[0.5, 1.5, 2.]], dtype=torch.float64, requires_grad=True)
"""
FUNCTIONS = [
    "t.sin()", "t ** 3", "t.sum()", "t[0]", "t.view(-1)", "t.expand(2, 3)", "t.cumsum(1)", "t.clone().add_(1)",
    "t @ t.T", "torch.cat([t, t])", "t.mean(0)", "t.prod()", "t.norm()", "torch.where(t > 1, t, t.exp())",
    "t.max(1)[0]", "t.clone().mul_(t)",
]  # fmt: skip


@pytest.mark.parametrize("options", ["strategy='forward-mode'", "create_graph=True"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_jacobian_of_all_rows_at_once(function, options):
    agree(f"{SETUP}\nshow(torch.autograd.functional.jacobian(lambda t: {function}, x, vectorize=True, {options}))")


@pytest.mark.parametrize("function", ["(t * t).sum()", "t.prod()", "t.sin().sum()"])
def test_a_hessian_forward_over_reverse(function):
    agree(f"""{SETUP}
show(torch.autograd.functional.hessian(lambda t: {function}, x, vectorize=True, outer_jacobian_strategy='forward-mode'))
""")


@pytest.mark.parametrize(
    "function", ["(x * x).sin()", "x.softmax(-1)", "x.prod()", "x.clone()", "x.sum(1)", "x[0].max()"]
)
def test_gradients_of_a_batch_of_vectors(function):
    """One pass, which hooks see once, with one example."""
    agree(f"""{SETUP}
y = {function}
y.register_hook(lambda g: print(g.shape))
found, = torch.autograd.grad(y, x, torch.ones(2, *y.shape, dtype=y.dtype), is_grads_batched=True, create_graph=True)
show(found)
""")


REFUSED = [
    "g.detach()", "g.data", "g.flatten()", "g.ravel()", "g.view(torch.float32)", "g.swapaxes(0, 1)", "g.adjoint()",
    "g.mH", "g.hsplit(1)", "g.tensor_split(1)", "g.unflatten(0, (1, 1))", "g.broadcast_to(2, 1, 3)",
    "torch.linalg.diagonal(g)", "g.narrow(0, torch.tensor(0), 1)", "g.unsafe_split(1)", "g.unsafe_chunk(1)",
    "g.positive()", "g._neg_view()", "g.sum().item()", "bool(g.sum() > 0)", "float(g.sum())", "repr(g)",
    "torch.allclose(g, g)", "torch.equal(g, g)", "torch.rand_like(g)", "torch.rand(2)", "g.bernoulli()",
    "torch.normal(g, 1)", "g.clone().normal_()", "g.reshape(-1)", "g.movedim(0, 1)", "g.chunk(1)", "g.contiguous()",
    "g.real", "F.dropout(g, 0.5)",
]  # fmt: skip


def test_what_a_hook_may_not_do_with_a_batch_of_gradients():
    agree(f"""{SETUP}
def hook(g):
    for one in {REFUSED!r}:
        try:
            found = eval(one, {{"g": g, "torch": torch, "F": F}})
            print(one, getattr(found, "shape", len(found) if isinstance(found, tuple) else None))
        except RuntimeError as error:
            print(one, error)

y = x * 2
y.register_hook(hook)
torch.autograd.grad(y, x, torch.ones(2, 1, 3, dtype=y.dtype), is_grads_batched=True)
""")


def test_zeros_that_nobody_has_allocated_stay_such_on_their_way_back():
    agree(f"""{SETUP}
h = torch.autograd.functional.hessian(
    lambda t: (t * t).sum(), x, vectorize=True, outer_jacobian_strategy='forward-mode'
)
h.sum().backward(retain_graph=True)
print(x.grad, x.grad._is_zerotensor(), x.grad._version, (x.grad * 2)._is_zerotensor(), x.grad.view(-1)._is_view())
try:
    x.grad.mul_(2)
except RuntimeError as error:
    print(error)
x.register_hook(lambda g: g.mul_(2))
h.sum().backward()
""")

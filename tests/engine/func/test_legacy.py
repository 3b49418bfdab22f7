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

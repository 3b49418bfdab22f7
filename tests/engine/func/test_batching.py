"""Operations along dimensions are recorded under ``vmap`` as torch records them, and give what torch gives."""

import pytest
from bothways import agree

from engine.declare.batch import Batch
from engine.declare.registry import OVERLOADS, operations

FUNCTIONS = [
    "t.sum()", "t.mean(-1, keepdim=True)", "t.prod()", "t.max()", "t.min(0).values", "t.amax(0)", "t.var()", "t.std(0)",
    "t.cumsum(0)", "t.flip(0)", "t.roll(1, 0)", "t.sort().values", "t.topk(2).values", "t.median(0).values",
    "torch.linalg.norm(t)", "t[0]", "t[1:]", "t.unsqueeze(-1)", "t.view(3, 1)", "t.split(1)[1]", "t.unfold(0, 2, 1)",
    "torch.cat([t, t])", "torch.stack([t, t], 1)", "t.argmax(0)", "t.any()", "t.view(1, 3).squeeze(0)",
    "t.masked_select(torch.tensor([True, False, True]))", "t.sum(3)", "t.view(1, 3).transpose(0, 1)",
]  # fmt: skip

TREE = """
def tree(node):
    if node is None:
        return None
    return [node.name().rpartition('::')[2], *(tree(following) for following, _ in node.next_functions)]
"""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nodes_and_values_are_torchs(function):
    agree(f"""
x = torch.arange(6.).reshape(2, 3).requires_grad_()
y = torch.vmap(lambda t: {function})(x)
print(y, y.grad_fn and y.grad_fn.name())
if y.requires_grad: print(torch.autograd.grad(y.sum(), x))
""")


@pytest.mark.parametrize("function", ["t.sum(0)", "t.T", "t.T.reshape(-1)", "t.amax((0, 1))", "t[:, 1:]", "t.view(-1)"])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_examples_lie_along_any_dimension(function, dim):
    agree(f"print(torch.vmap(lambda t: {function}, in_dims={dim})(torch.arange(24.).reshape(2, 3, 4)))")


def test_what_is_declared_fits_the_schema():
    for op in operations():
        names = {param.name for param in op.schema.params}
        if op.batch in (Batch.ALONG, Batch.OVER):
            assert names & {"dim", "dims", "dim0", "dim1", "dimension"}, op.schema.qualified
        elif op.batch is Batch.WHOLE:
            assert "dim" not in names
            assert any(other.batch in (Batch.ALONG, Batch.OVER) for other in OVERLOADS[op.schema.name])
        elif op.batch is Batch.LOSS:
            assert "reduction" in names
        assert op.batch is Batch.NONE or op.kernel is not None, op.schema.qualified


@pytest.mark.parametrize(
    "call",
    ["torch.dot, a, a", "torch.mm, A, A", "F.mse_loss, a, a", "F.huber_loss, a, a", "torch.tril, A",
     "torch.linalg.inv, A", "torch.cdist, A, A", "lambda x: F.layer_norm(x, (3,)), a", "lambda x: F.pad(x, (1, 1)), a",
     "lambda x: torch.where(x > 0.5, x, 0.0), a", "F.gelu, a", "torch.abs, a", "torch.diag_embed, a"],
)  # fmt: skip
def test_products_losses_and_leading_dimensions_have_torchs_nodes(call):
    function, *operands = call.rsplit(", ", call.count(", A") + call.count(", a"))
    agree(f"""
A = (torch.eye(3) * torch.tensor([1.0, 2.0]).view(2, 1, 1) + 1).requires_grad_()
a = torch.tensor([[1.0, 2.0, 4.0], [0.5, 0.25, 1.0]], requires_grad=True)
node = torch.vmap({function})({", ".join(operands)}).grad_fn
while node is not None:
    print(node.name()); node = next((fn for fn, _ in node.next_functions if fn is not None), None)
""")


@pytest.mark.parametrize(
    "function",
    [
        "t.view(-1)", "t[...]", "t.unsqueeze(0)", "t.reshape(3, 1)", "t.expand(2, 3)", "t.T", "t.expand_as(t)",
        "t.squeeze()", "t.t()", "t.view_as(t)", "t.view(3, 1).squeeze()", "t.view(3, 1).expand(3, 2)", "t.median()",
        "torch.stack([t, t])", "t.gather(0, torch.tensor([0]))", "t[[0, 1]]", "t.index_select(0, torch.tensor([0]))",
        "t.roll(1)", "t.repeat(2)", "t.scatter(0, torch.tensor([0]), 1.)", "t.aminmax()[0]", "t.tile(2)", "t[0].sum()",
        "t[0].mean()", "t[0].amax()", "t[0].norm()",
    ],
)  # fmt: skip
def test_the_graph_of_all_examples_at_once(function):
    agree(
        TREE
        + f"""
import warnings
warnings.simplefilter('ignore')
x = torch.tensor([[0.5, 1.5, 2.]], dtype=torch.float64, requires_grad=True)
for given in (x, x.repeat(2, 1)):
    found = torch.func.vmap(lambda t: {function})(given)
    print(found.detach(), tree(found.grad_fn))
"""
    )


@pytest.mark.parametrize(
    "transform",
    [
        "jacrev(lambda t: t.softmax(-1))(x)", "vmap(hessian(lambda t: t.abs().max()))(x)",
        "vmap(grad(lambda t: (t - t.mean()).var()))(x)", "vmap(hessian(lambda t: t.tanh().mean()))(x)",
        "jacrev(lambda t: (t.T @ t).sum())(x)", "vmap(grad(lambda t: (t * x[0]).sum()))(x.detach())",
        "jacrev(lambda t: t.reshape(-1)[3:].prod())(x)",
        "jacfwd(jacrev(lambda t: t ** 3))(x)", "grad(lambda s: vmap(lambda t: t.dot(t))(s).sum())(x)",
        "vmap(lambda t: t * t, out_dims=-1)(x[0])", "grad(lambda s: vmap(lambda t: t @ t)(s).sum())(x)",
    ],
)  # fmt: skip
def test_the_graph_of_transforms_of_transforms(transform):
    agree(
        TREE
        + f"""
import warnings
from torch.func import *
warnings.simplefilter('ignore')  # about what torch loads for some formulas

x = torch.tensor([[0.5, 1.5, 2.]], dtype=torch.float64, requires_grad=True)
found = {transform}
print(found.shape, tree(found.grad_fn))
"""
    )


@pytest.mark.parametrize(
    "function",
    [
        "t.sin()", "t ** 3", "t * 2", "t.clamp(0, 1)", "t.clone()", "t.contiguous()", "t.expand(4, 2)", "t.reshape(-1)",
        "torch.stack([t, t])", "t.to(torch.float64)", "torch.nn.functional.gelu(t)", "-t",
    ],
)  # fmt: skip
def test_examples_that_do_not_lie_in_front(function):
    agree(f"""
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
y = torch.vmap(lambda t: {function}, in_dims=1, out_dims=1)(x)
names, node = [], y.grad_fn
while node:
    names.append(node.name())
    node = node.next_functions[0][0] if node.next_functions else None
print(y.stride(), names)
""")


@pytest.mark.parametrize(
    "function",
    [
        "F.conv2d(a, c, c[:, 0, 0, 0])", "F.conv2d(a * g[0], c)", "F.max_pool2d(a * g[0], 2)", "F.unfold(a * g[0], 2)",
        "F.avg_pool2d(a * g[0], 2)", "F.adaptive_avg_pool2d(a * g[0], 2)", "F.group_norm(a * g[0], 3, g, g)",
        "F.embedding(a[0, 0, 0].long().clamp(0, 4), e)", "F.interpolate(a * g[0], scale_factor=2)",
        "torch.addr(a[0, 0, :, :4] * g[0], g[0] * a[0, 0, :, 0], a[0, 0, :, 0])", "F.kl_div(a * g[0], a)",
        "F.lp_pool2d(a * g[0], 2, 2)",
        "F.conv_transpose2d(a, c.transpose(0, 1))", "F.pixel_shuffle(F.conv2d(a, c), 2)", "torch.take(a, e[0].long())",
        "torch.func.grad(lambda b: F.mse_loss(b * g[0], a))(a)",
        "torch.func.grad(lambda b: F.cross_entropy(b[0, :, 0] * g[0], torch.tensor([1, 0, 2])))(a)",
    ],
)  # fmt: skip
def test_the_graph_of_layers_on_all_examples(function):
    """Those whose first dimension counts what is done apart have the examples there."""
    agree(
        TREE
        + f"""
import warnings
warnings.simplefilter('ignore')
a = torch.arange(144.).view(2, 1, 3, 4, 6) / 64
c = torch.ones(4, 3, 3, 3, requires_grad=True)
g = torch.tensor([1., 2., 4.], requires_grad=True)
e = torch.ones(5, 3, requires_grad=True)
found = torch.func.vmap(lambda a: {function})(a)
print((found * 64).round(), tree(found.grad_fn))
"""
    )


@pytest.mark.parametrize("change", ["t[mask] = t[:2]", "t[[0, 1]] = t[2:]", "t[:3] = t[1:]", "t[2:] = t[:2]"])
def test_parts_of_examples_may_share_memory_with_what_is_written(change):
    agree(f"""
mask = torch.tensor([True, True, False, False])
def changed(t):
    t = t.clone()
    {change}
    return t
print(torch.vmap(changed)(torch.arange(8.).view(2, 4)))
""")

"""What the slow path decides, and the fast one leaves to it: refusals, and calls that autograd has no part in."""

import pytest
from bothways import agree

CONSTANTS = """
x, w, t = torch.tensor([[0.2, 0.7], [0.1, 0.4]]), torch.ones(2, requires_grad=True), torch.tensor([0, 1])
mean, var = torch.zeros(2), torch.ones(2)
for f in (
    lambda x: F.nll_loss(x, t, w),
    lambda x: F.cross_entropy(x, t, w),
    lambda x: F.cross_entropy(x[:, :, None, None], t[:, None, None], w),
    lambda x: F.binary_cross_entropy(x, x.detach(), w),
    lambda x: F.binary_cross_entropy_with_logits(x, x.detach(), w),
    lambda x: F.binary_cross_entropy_with_logits(x, x.detach(), pos_weight=w),
    lambda x: F.multi_margin_loss(x, t, weight=w),
    lambda x: F.soft_margin_loss(x, x.new_ones(2, 2).requires_grad_()),
    lambda x: F.batch_norm(x, w, var),
    lambda x: F.batch_norm(x, mean, w, training=True),
    lambda x: torch.linalg.pinv(x, atol=w.sum()),
    lambda x: F.fractional_max_pool2d(x[None], 1, output_size=2, _random_samples=x.new_ones(1, 1, 2).requires_grad_()),
):
    for given in (x, x.clone().requires_grad_()):
        for mode in (torch.enable_grad, torch.no_grad):
            with mode():
                try:
                    print(f(given).grad_fn is None)
                except RuntimeError as error:
                    print(error)
"""


def test_a_tensor_without_a_derivative_may_not_require_grad():
    agree("F = torch.nn.functional\n" + CONSTANTS)


def test_none_stands_for_a_list_that_is_empty_unless_given():
    agree(
        "F, x = torch.nn.functional, torch.ones(1, 2, 4)\n"
        "print(F.avg_pool1d(x, 2, None).shape, torch.max_pool1d(x, 2, None).shape, F.avg_pool2d(x, 2, None).shape)\n"
        "print(torch.roll(x, 1, None).shape)\n"
        "for f in (lambda: torch.avg_pool1d(x, 2, padding=None), lambda: torch.flip(x, None)):\n"
        "    try:\n"
        "        f()\n"
        "    except TypeError as error:\n"
        "        print(error)"
    )


INFERENCE = """
def told(found):
    each = found if isinstance(found, (tuple, list)) else [found]
    return [(one.is_inference() or one._version, one._is_view()) for one in each]
with torch.inference_mode():
    x, v, s = torch.arange(6.).view(2, 3), torch.arange(3.), torch.tensor(2.)
    made = torch.ones(2)
n = torch.ones(2, 3)
"""
OF_INFERENCE = {
    "results count how often the kernel writes": """for one in (
    "x + x", "x * n", "x.sum()", "n.sum()", "x.mean(0)", "x.clone()", "x.double()", "x.abs()", "x.sort()", "x.max(0)",
    "x.max(0, True)", "s.max(0)", "x.var()", "x.std(0)", "x.logsumexp(0)", "x @ v", "x.masked_fill(x > 1, 0)",
    "x.all()", "x.flip(0)", "v[:1].flip(0)", "x.cumsum(0)", "s.cumsum(0)", "F.mse_loss(x, x)", "F.linear(x, x, v[:2])",
    "x.expand_copy(2, 2, 3)", "x.detach().sum()", "x.data.sum()", "nn.Parameter(x, False).sum()", "x.repeat(1, 2)",
    "x.scatter_add(0, x.long().clamp(0, 1), x)", "x.aminmax()", "x.cumprod(0)", "x.nan_to_num()", "x.deg2rad()",
):
    print(one, told(eval(one)))""",
    "parts are inference tensors too": "print(told(x.unsafe_split(1)), told(x.unbind()), told(x.view(-1)))",
    "results are like any others": "y = x.sum()\ny.add_(1)\nprint(y._version, y.requires_grad, told(y), y._base)",
    "they are no views": "print(x._base, x.view(-1)._base, x.grad_fn, x.is_leaf, x[0].is_leaf)",
    "in their mode nothing is counted": """with torch.inference_mode():
    print(told([x.sum(), x.clone(), n.sum(), n.view(-1), x.view(-1)]))""",
    "as the data of another tensor": """a, b = torch.ones(2), made.detach()
a.data, b.data = made, torch.ones(2)
print(told([a, a * 2, a.sum(), b, b.sum()]))
with torch.no_grad():
    b.mul_(2)
print(told(b))""",
    "nothing is recorded": """x = torch.ones(2, requires_grad=True)
with torch.inference_mode():
    t = x.sin().requires_grad_()
for one in (
    "t.sin()", "t ** 3", "t * 2", "t + t", "t + x", "t.view(2)", "t[0]", "t.view(2) + x", "t.sum()", "t.expand(2, 2)",
    "torch.tensordot(t, x * 1, 1)", "t.view(2).sin()", "torch.cat([t, x])", "t.exp().requires_grad_()",
):
    try:
        found = eval(one)
        node = found.grad_fn
        print(one, found.requires_grad, node and [n and n.name() for n, _ in node.next_functions], told(found))
    except RuntimeError as error:
        print(one, error)""",
    "with tangents": """import torch.autograd.forward_ad as fwAD
with fwAD.dual_level():
    for tangent in (torch.ones(2), torch.ones(2).mul_(2), made):
        d = fwAD.make_dual(made, tangent)
        for one in (d * 2, d * d, d.sin(), d + 1, d.add(1), d.pow(2), d.clamp(0, 1), d.view(-1), d * torch.ones(2)):
            print(fwAD.unpack_dual(one).tangent)""",
}


@pytest.mark.parametrize("code", OF_INFERENCE.values(), ids=OF_INFERENCE)
def test_inference_tensors_outside_of_their_mode(code: str):
    agree(INFERENCE + code)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(
    "code",
    [
        "x.softmax(0)", "x.softmax(1)", "x.log_softmax(0)", "x.log_softmax(1)", "torch.xlogy(x, y.abs())",
        "torch.xlogy(2.5, x)",
        "x.renorm(2, 0, 1.)", "torch.logspace(4.3, 4, 7, 5., dtype=x.dtype)", "torch.add(x, y, alpha=-3.14)",
        "torch.sub(x[0], y[0], alpha=0.3)", "torch.rsub(x, y, alpha=0.3)", "x.add(2.5, alpha=0.3)",
        "x.clone().sub_(y, alpha=0.3)", "torch.add(x, y[0], alpha=0.3)",
        "F.nll_loss(x, torch.arange(20) % 17)", "F.nll_loss(y, torch.arange(20) % 17, x.abs()[0])",
        "F.cross_entropy(x, torch.arange(20) % 17, reduction='sum')", "torch.cross(x[:, :3], y[:, :3], dim=1)",
        "torch.addr(x, x[:, 0], y[0], beta=0.7, alpha=0.3)", "torch.ops.aten.mse_loss_backward(x[0, 0], x, y, 1)",
        "torch.ops.aten.glu_backward(x[:, :8], y[:, :16], 1)",
        "torch.func.grad(lambda x: (F.layer_norm(x, (17,), y[0], y[1]) * y).sum())(x)",
    ],
)  # fmt: skip
def test_sixteen_bits_are_rounded_between_the_steps_between_which_torch_rounds(code: str, dtype: str):
    agree(f"x, y = (3 * torch.randn(2, 20, 17)).to(torch.{dtype})\nprint({code}.tolist())")

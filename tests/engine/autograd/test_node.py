"""Nodes as users see them: attributes, calls, what is known of their outputs."""

import pytest
from bothways import agree

START = """
x = torch.ones(2, 2, requires_grad=True); g = (x * x).grad_fn; acc = g.next_functions[0][0]
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, k=2): ctx.k = k; ctx.save_for_backward(a); return a * k
    @staticmethod
    def backward(ctx, g): return g * ctx.k, None
f = Twice.apply(x).grad_fn
"""


@pytest.mark.parametrize(
    "code",
    [
        "g.next_functions = 3",
        "del g.metadata",
        "g._saved_self = 1",
        "del g._raw_saved_self",
        "g._input_metadata = 1",
        "g.requires_grad = 1",
        "f.next_functions = 1",
        "f.saved_tensors = 1",
        "del x.grad_fn",
        "type(g)()",
        "g()",
        "g(1)",
        "g(torch.ones(2, 2), torch.ones(2, 2))",
        "x.unbind()[0].grad_fn(torch.ones(2))",
        "print(g(None), x.unbind()[0].grad_fn(torch.ones(2), None))",
        "print(g(torch.ones(2, 2)), acc(torch.ones(2, 2)), x.grad)",
        "f(torch.ones(2, 2))",
        "print(f.apply(torch.ones(2, 2)), f.k, vars(f))",
        "f.materialize_grads = False; f.needs_input_grad = 3; print(f.needs_input_grad); f.materialize_grads",
        "print([name for name in dir(f) if name in ('k', '_is_tensor', '_saved_values', 'apply', 'saved_tensors')])",
        "m = g._input_metadata[0]; print(type(m), m.shape, m.dtype, m.device, m.is_nested_tensor)",
        "print([(m.shape, m.device) for m in x.unbind()[0].grad_fn._input_metadata], acc._input_metadata[0].shape)",
        "print((torch.ones(2, device='meta', requires_grad=True) * 2).grad_fn._input_metadata[0].device)",
        "type(g._input_metadata[0])()",
        "N = torch.autograd.graph.Node; print(N.__mro__, isinstance(f, N), issubclass(type(g), N)); N.name(g)",
        "class Mine(torch.autograd.graph.Node): pass\nMine()",
        "g.register_hook()",
        "g._register_hook_dict({})",
        "acc.variable = x",
        "E = torch.autograd.graph.GradientEdge; torch.autograd.grad(E(g, 1), x, torch.ones(2, 2))",
        "E = torch.autograd.graph.GradientEdge; torch.autograd.grad(E(None, 0), x)",
        "Twice.apply(x, z=4)",
        "Twice.apply(k=4)",
        "Twice.apply(x, a=x)",
        "print(Twice.apply(k=4, a=x))",
        "F = torch.autograd.function; print(issubclass(Twice, F.FunctionCtx), isinstance(f, F.BackwardCFunction))",
        "class No(Twice):\n    forward = staticmethod(lambda ctx, x: ctx.set_materialize_grads(1))\nNo.apply(x)",
        "class No(Twice):\n    @staticmethod\n    def forward(ctx, x): ctx.needs_input_grad = 3; return x * 1\n"
        "print(No.apply(x))",
    ],
)
def test_nodes_refuse_and_show_what_torchs_do(code):
    agree(START + code)


@pytest.mark.parametrize(
    "call",
    ["x.sum(-1)", "x[-1]", "x[:-1]", "x.transpose(-1, 0)", "x.roll(-1, -1)", "x.sum((-1, -2))", "x.pow(-2)",
     "torch.add(x, x, alpha=-2)", "torch.nn.functional.pad(x, (-1, 1))", "x.unsqueeze(-1)", "x.diagonal(-1)"],
)  # fmt: skip
def test_saved_integers_are_shown_without_a_sign_as_in_torch(call):
    names = "[name for name in sorted(dir(fn)) if name.startswith('_saved') and not torch.is_tensor(getattr(fn, name))]"
    agree(f"{START}fn = ({call}).grad_fn; print([(name, getattr(fn, name)) for name in {names}])")


@pytest.mark.parametrize(
    "call",
    ["a * b", "a / b", "a ** b", "torch.hypot(a, b)", "torch.cdist(a, b)", "torch.addmm(a, a, b)", "a.max()",
     "a.prod()", "a.std()", "F.layer_norm(a, (2,), b[0], b[1])", "torch.atan2(a, b)", "a.cumprod(0)",
     "F.max_pool1d(a, 2)", "F.batch_norm(a, None, None, b[0], b[1], training=True)", "torch.linalg.inv(a)"],
)  # fmt: skip
def test_inputs_are_saved_before_results(call):
    agree(f"""
a = (torch.eye(2) + 1).requires_grad_(); b = torch.tensor([[2.0, 3.0], [4.0, 5.0]], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: print(t.shape, t.requires_grad, t.grad_fn), lambda t: t):
    {call}
""")

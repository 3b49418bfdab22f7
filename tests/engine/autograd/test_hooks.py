"""What hooks may return, as in torch."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "returned",
    ["p", "None", "p.data", "torch.ones(2)", "torch.ones(3)", "torch.ones(2).double()", "3", "p.add_(1)"],
)
def test_what_hooks_after_accumulation_may_return(returned):
    agree(f"""
p = torch.zeros(2, requires_grad=True)
def first(p):
    with torch.no_grad():
        return {returned}
p.register_post_accumulate_grad_hook(first)
p.register_post_accumulate_grad_hook(lambda p: print('second', p.detach()))
try:
    p.sum().backward()
except (RuntimeError, TypeError) as error:
    print(error)
print(p, p.grad)
""")


RETURNED = [
    "torch.zeros(1)", "torch.zeros(3, 2)", "g.double()", "g.to_sparse()", "g * 2", "None", "1", "(g, g)",
    "torch.ones(2, 3, requires_grad=True)",
]  # fmt: skip


@pytest.mark.parametrize("returned", RETURNED)
@pytest.mark.parametrize(
    "hooks",
    [
        "y.register_hook(hook)",
        "y.grad_fn.register_hook(lambda gi, go: (hook(gi[0]), gi[1]))",
        "y.grad_fn.register_prehook(lambda go: (hook(go[0]),))",
    ],
)
def test_what_hooks_may_return(hooks, returned):
    agree(f"""
x = torch.ones(2, 3, requires_grad=True)
y = x * 2
def hook(g):
    return {returned}
{hooks}
y.sum().backward()
print(x.grad)
""")


@pytest.mark.parametrize(
    "returned",
    [
        "None",
        "(torch.zeros(1),)",
        "(None,)",
        "(g[0].double(),)",
        "[g[0] * 2]",
        "(1,)",
        "(g[0], g[0])",
        "(torch.ones_like(g[0], requires_grad=True),)",
    ],
)
@pytest.mark.parametrize(
    "hooks", ["register_full_backward_pre_hook(lambda m, g", "register_full_backward_hook(lambda m, g, _"]
)
def test_what_hooks_of_modules_may_return(hooks, returned):
    agree(f"""
torch.manual_seed(0)
m = torch.nn.Linear(3, 2)
m.{hooks}: {returned})
x = torch.ones(2, 3, requires_grad=True)
m(x).sum().backward()
print(x.grad, m.weight.grad)
""")


@pytest.mark.parametrize(
    "code",
    [
        "No.apply(Id.apply(x)).sum().backward()",
        "No.apply(Id.apply(x) * 2).sum().backward()",
        "y = Id.apply(x); (No.apply(y) + y).sum().backward()",
        "y = x * 2; y.register_hook(lambda g: print('hook', g)); No.apply(y).sum().backward()",
        "y = x * 2; y.register_hook(lambda g: torch.ones(2)); No.apply(y).sum().backward()",
        "y = x * 2; y.grad_fn.register_hook(lambda a, b: print('post', a, b)); No.apply(y).sum().backward()",
        "y = x * 2; y.grad_fn.register_prehook(lambda a: print('pre', a)); No.apply(y).sum().backward()",
        "y = (x * 2).exp(); y.retain_grad(); No.apply(y).sum().backward(); print(y.grad)",
        "print(torch.autograd.grad(No.apply(x * 2).sum(), x, allow_unused=True))",
        "print(torch.autograd.grad(No.apply(Id.apply(x)).sum(), x, allow_unused=True))",
        "No.apply((x * 1).sort()[0]).sum().backward()",
        "No.apply((x * 1).unbind()[0]).backward()",
        "x.register_hook(lambda g: print('leaf', g)); No.apply(x * 1).sum().backward()",
        "x.register_post_accumulate_grad_hook(lambda g: print('after', g)); No.apply(x * 1).sum().backward()",
    ],
)
def test_where_no_gradient_arrives_functions_and_hooks_run_nevertheless(code):
    agree(f"""
class Id(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)
    @staticmethod
    def backward(ctx, g):
        print("backward", g)
        return g
class No(Id):
    @staticmethod
    def backward(ctx, g):
        return None
x = torch.ones(2, requires_grad=True)
{code}
print(x.grad)
""")


@pytest.mark.parametrize("function", ["x.exp().sum()", "(x * x).sum()", "x.max()", "x.clone().sum()"])
def test_a_node_reads_what_it_saved_also_if_no_gradient_arrives(function):
    agree(f"""
class No(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x + 1
    @staticmethod
    def backward(ctx, g): return None
x = torch.ones(2, requires_grad=True)
y = {function}
z = No.apply(y * 1)
z.backward(inputs=[x], retain_graph=True)
print(x.grad)
y.backward()
z.backward(inputs=[x])
print(x.grad)
""")


def test_callbacks_run_when_the_pass_is_over():
    agree("""
E = torch.autograd.Variable._execution_engine
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: E.queue_callback(lambda: print('over')) or print('hook'))
x.sum().backward()
E.queue_callback(lambda: None)
""")


@pytest.mark.parametrize("body", ["None", "x + 1", "x", "x.mul_(2)", "1 / 0", "'text'"])
def test_what_is_marked_dirty_is_a_new_version_whatever_comes_of_it(body):
    agree(f"""
class Marks(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return {body}
    @staticmethod
    def backward(ctx, g):
        return g
for x in (torch.ones(2), torch.ones(2, requires_grad=True) * 2):
    version = x._version
    try:
        print(Marks.apply(x))
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
    print(x._version - version)
""")


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("made", ["x.sum()", "(x * 2).sum()", "x.norm()", "(x * x + x).sum()"])
def test_memory_of_what_a_hook_gives(made, requires_grad):
    """It becomes ``.grad`` itself if nobody else holds it, and is copied otherwise."""
    agree(f"""
kept = torch.ones(2, requires_grad={requires_grad})
for hook in (lambda g: kept, lambda g: kept * 1, lambda g: (g * g).requires_grad_(), lambda g: g):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(hook)
    {made}.backward()
    print(x.grad is kept, x.grad.data_ptr() == kept.data_ptr(), x.grad._version, x.grad.requires_grad)
""")


ASKED = [
    "torch.autograd.grad(x, x, torch.ones(2))", "torch.autograd.grad(x, x, torch.ones(3, 2), is_grads_batched=True)",
    "torch.autograd.grad(y, y, torch.ones(2))", "torch.autograd.grad(y, [y, z], torch.ones(2), allow_unused=True)",
    "torch.autograd.grad([y, z], [y], [torch.ones(2)] * 2)", "torch.autograd.grad(x * 1 + y.sum(), y, torch.ones(2))",
    "torch.autograd.grad(y.sum(), x)", "y.backward(torch.ones(2))", "(y * 1).sum().backward()",
]  # fmt: skip


@pytest.mark.parametrize("call", ASKED)
def test_hooks_of_several_do_not_count_what_a_pass_starts_at(call):
    agree(f"""
x = torch.ones(2, requires_grad=True)
y, z = x * 2, x * 3
for several in ([x], [y], [y, z]):
    torch.autograd.graph.register_multi_grad_hook(several, lambda gs, n=len(several): print(n, gs))
try:
    print({call})
except RuntimeError as error:
    print(error)
""")


def test_what_a_function_changes_loses_its_gradient_and_its_hooks():
    agree("""
class Changed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    @staticmethod
    def backward(ctx, g):
        return g * 2

x = torch.ones(2, requires_grad=True)
t = x * 1
t.retain_grad()
t.register_hook(lambda g: g * 2)
(t * t).sum().backward()
print(t.grad)
print(Changed.apply(t) is t, t.grad, t.retains_grad)
(t * 3).sum().backward()
print(t.grad, x.grad)
""")


def test_zeros_of_a_gradient_lie_as_it_does():
    agree("""
for shape in ((1,), (2,), (1, 1)):
    for name in ("sign", "round", "floor", "trunc"):
        x = torch.ones(shape, requires_grad=True)
        x.register_hook(lambda g: print(g.stride(), g._version))
        getattr(x, name)().sum().backward()
        print(shape, name, x.grad._version)
""")

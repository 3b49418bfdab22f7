"""What a pass does with gradients: those it starts from, those that hooks give, and the first at a leaf."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "code",
    [
        "print(torch.autograd.grad((x * 2).sum(), x, (torch.tensor(1.0), torch.tensor(2.0))))",
        "print(torch.autograd.grad((x * 2).sum(), x, (torch.tensor(1.0), None)))",
        "torch.autograd.backward((x * 2).sum(), (torch.tensor(1.0), torch.tensor(2.0))); print(x.grad)",
        "torch.autograd.grad([x.sum(), x.sum()], x, (torch.tensor(1.0),))",
        "(x * 2).backward([1, 2, 3])",
        "torch.autograd.grad((x * 2).sum(), x, [])",
    ],
)
def test_vectors_beyond_the_roots_do_not_count(code):
    agree(f"x = torch.tensor([1.0, 2.0], requires_grad=True)\n{code}")


@pytest.mark.parametrize(
    "root",
    ["a.view_as(a)", "a.reshape(1, 3)", "a.unsqueeze(0)", "a.clone()", "a + 1", "a.t()", "torch.stack([a, b])",
     "torch.cat([a, b])", "a.view(3, 1) + b.view(3, 1)", "a + b", "a.expand(2, 3)", "a[:2]", "a"],
)  # fmt: skip
def test_a_first_gradient_shares_the_memory_that_it_shares_in_torch(root):
    agree(f"""
a = torch.ones(3, requires_grad=True); b = torch.ones(3, requires_grad=True)
y = {root}; v = torch.ones(y.shape); y.backward(v)
print(a.grad.data_ptr() == v.data_ptr(), a.grad._version, a.grad._base, a.grad.stride())
print(b.grad is not None and a.grad.data_ptr() == b.grad.data_ptr())
a.sum().backward()
print(a.grad, b.grad, v)
""")


@pytest.mark.parametrize(
    "code",
    [
        "p, q = (x * 2).unbind(); q.register_hook(lambda g: print(g)); p.backward(); print(x.grad)",
        "p, q = (x * 2).unbind(); q.register_hook(lambda g: torch.ones(())); p.backward()",
        "y = x.exp(); fn = y.grad_fn; fn.register_hook(lambda gi, go: print(gi, go))\n"
        "fn.register_prehook(lambda go: (None,)); y.sum().backward(); print(x.grad); fn._saved_result",
        "acc = x.view(2).grad_fn.next_functions[0][0]; acc.register_hook(lambda gi, go: print(gi, go))\n"
        "acc.register_prehook(lambda go: (None,)); (x * 2).sum().backward(); print(x.grad)",
        "y = x * 2; y.register_hook(lambda g: g.to_sparse()); y.sum().backward()",
        "y = x * 2; y.register_hook(lambda g: g.bfloat16()); y.sum().backward()",
        "y = x * 2; y.register_hook(lambda g: g.to(torch.cdouble)); y.sum().backward()",
        "y = x * 2; y.register_hook(lambda g: g.half()); y.sum().backward()",
        "z = torch.ones(2, dtype=torch.cfloat, requires_grad=True); y = z * 2; y.register_hook(lambda g: g.conj())\n"
        "y.sum().abs().backward(); print(z.grad)",
        "h = torch.autograd.graph.register_multi_grad_hook([x], print); print(type(h).__name__, type(h).__module__)\n"
        "x.sum().backward(); torch.autograd.grad((x * 2).sum(), x)",
    ],
)
def test_hooks_that_take_replace_or_await_gradients(code):
    agree(f"x = torch.tensor([1.0, 2.0], requires_grad=True)\n{code}")


@pytest.mark.parametrize("backward", ["g.to(torch.cfloat) * (1 + 2j)", "g.long()", "g.double()", "g.to_sparse()"])
def test_gradients_that_users_return_in_another_type(backward):
    agree(f"""
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
    @staticmethod
    def backward(ctx, g): return {backward}
x = torch.ones(2, requires_grad=True); Twice.apply(x).sum().backward(); print(x.grad)
""")


def test_a_block_after_which_versions_are_what_they_were():
    agree("""
x, y = torch.ones(2, requires_grad=True), torch.ones(2)
with torch.autograd._unsafe_preserve_version_counter((x, y)), torch.no_grad(): x.add_(1); y.add_(1)
print(x._version, y._version); y.add_(1); print(y._version)
x._backward_hooks = None; x.register_hook(print); x.sum().backward()
""")


@pytest.mark.parametrize("shape", ["(1,)", "(1, 1)", "(2, 1)", "(1, 2)", "()", "(0,)"])
def test_the_version_of_a_first_gradient_says_whether_it_was_copied(shape):
    """One that is expanded is, along a single element, too."""
    agree(f"""
for function in (lambda x: x.sum(), lambda x: x.view(-1) * 1, lambda x: (x * 1).sum(), lambda x: x.expand(2, *x.shape),
                 lambda x: x.mean(), lambda x: x.unsqueeze(0), lambda x: x.expand(x.shape), lambda x: x + 1):
    x = torch.ones({shape}, requires_grad=True)
    y = function(x)
    y.backward(torch.ones_like(y))
    print(x.grad._version, x.grad.stride())
""")


def test_what_meets_before_a_function_of_the_users_is_summed_in_place():
    agree("""
class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a.view_as(a)
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for f in (lambda z: z * z + z, lambda z: z * z * z, lambda z: z * 2):
    x.grad = None
    f(Same.apply(x)).sum().backward()
    print(x.grad, x.grad._version)
g = torch.ones(3)
y = x * 2
torch.autograd.backward([y, y], [g, g])
print(x.grad, g, g._version)
""")


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (2, 0, 3)])
@pytest.mark.parametrize("create_graph", [True, False])
@pytest.mark.parametrize("made", ["x * 2", "x.sum()", "x.clone()", "x.mT if x.dim() > 1 else x.T", "x.expand_as(x)"])
def test_the_version_of_a_gradient_without_elements(shape, create_graph, made):
    agree(f"""
import warnings
warnings.simplefilter("ignore")
x = torch.zeros({shape}, requires_grad=True)
for _ in range(2):
    y = {made}
    y.backward(torch.ones_like(y), create_graph={create_graph})
    print(x.grad._version, x.grad.stride())
""")


@pytest.mark.parametrize(
    "made",
    [
        "x.masked_select(x > 1)", "torch.copysign(x.detach(), x)", "torch.nextafter(x.detach(), x)",
        "torch.stack(x[:, None].aminmax())", "x.repeat(0)", "torch.cat([x[:0], x[:0]])", "torch.poisson(x)",
        "x.clone().eq_(1)", "torch.ones(2).lt_(x)", "x.diag().trace()", "x.sgn()", "x.sign()", "x.frac()",
    ],
)  # fmt: skip
def test_gradients_count_the_writes_that_made_them(made):
    agree(f"""
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = {made}
print(torch.autograd.grad(y, x, torch.ones_like(y), retain_graph=True)[0]._version)
y.backward(torch.ones_like(y))
print(x.grad, x.grad._version)
""")


@pytest.mark.parametrize("order", ["ab", "ba", "bc", "cb", "abc", "ac"])
def test_zeros_that_nobody_has_allocated_add_nothing(order):
    agree(f"""
x = torch.tensor([5.5, -8.25], requires_grad=True)
a, b, c = x.sgn(), x * 1, x.sgn()
given = dict(a=(a, torch.ones(2)), b=(b, -torch.zeros(2)), c=(c, torch.ones(2)))
roots, vectors = zip(*(given[name] for name in {order!r}))
found, = torch.autograd.grad(roots, x, vectors)
print(found._is_zerotensor(), found + 0 if found._is_zerotensor() else found)""")


@pytest.mark.parametrize(
    "result",
    [
        "torch.sum(x, dtype=torch.cfloat)", "torch.sum(x[:, None], 1, True, dtype=torch.cfloat)",
        "torch.mean(x, dtype=torch.cfloat)", "torch.mean(x, 0, dtype=torch.cdouble)",
        "torch.prod(x, dtype=torch.cfloat)", "torch.prod(x, 0, dtype=torch.cfloat)",
        "torch.cumsum(x, 0, dtype=torch.cfloat)", "torch.cumprod(x, 0, dtype=torch.cfloat)",
        "torch.nansum(x, 0, dtype=torch.cfloat)", "torch.where(x > 0, x, x * 1j)", "torch.where(x > 0, 1j, x)",
        "torch.where(x > 0, x[0], 1j)", "torch.logaddexp(x, x.detach() * 1j)", "c.masked_fill(x > 0, x[0])",
        "c.index_fill(0, torch.tensor([0]), x[0])", "c.clone().fill_(x[0])",
        "torch.addr(x[:, None] * torch.ones(2), c, c)", "c[:, None].expand(2, 2).diagonal_scatter(x)",
        "c.slice_scatter(x[:1], 0, 0, 1)", "c.select_scatter(x[0], 0, 0)", "torch.dist(x, c)", "x * 1j", "1j - x",
        "x ** 2j", "torch.addcmul(c, x, c)", "torch.cat([x, c])", "c.clone().copy_(x)", "torch.complex(x, x)",
        "torch.fft.rfft(x)",
    ],
)  # fmt: skip
def test_complex_gradients_of_real_inputs_are_made_real_where_torch_does(result):
    agree(f"""
x, c = torch.ones(2, requires_grad=True), torch.ones(2) * 1j
y = {result}
print(y.dtype, y.grad_fn)
y.backward(torch.ones_like(y) * (1 - 2j) if y.is_complex() else None)
print(x.grad)
""")

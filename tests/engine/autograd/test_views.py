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
    "a value with leading ones, and an empty view, written into a part of unsafe_split": """
def names(node):
    return node and [node.name(), *(names(following) for following, _ in node.next_functions)]
x = torch.arange(3., requires_grad=True)
for key, source in ((..., 0), (slice(1, None), slice(1, None)), (0, slice(None))):
    first, second, third = x.unsafe_split(1)
    third[key] = second[source] * 3
    print(names(third.grad_fn), torch.autograd.grad(third.sum(), x))
x = torch.ones(2, 2, requires_grad=True) * 1
x[...] = x[0]
print(names(x.grad_fn))
""",
    "a view marked dirty": """
class Dirty(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): ctx.mark_dirty(x); return x
    @staticmethod
    def backward(ctx, g): return g * 2
def names(node):
    return node and [node.name(), *(names(following) for following, _ in node.next_functions)]
x = torch.ones(1, 2, requires_grad=True)
for view in (lambda t: t[...], lambda t: t.view(2), lambda t: t[:, :1], lambda t: t[0], lambda t: t.expand(3, 1, 2)):
    y = Dirty.apply(view(x * 1))
    print(names(torch.autograd.grad((y * y).sum(), x, create_graph=True)[0].grad_fn))
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program(program):
    agree(ATTEMPT + program)


def test_which_slices_are_views_of_their_own():
    """A slice alone is always one; in a tuple one that takes everything is left out."""
    agree("""
def names(node):
    found = []
    while node is not None and 'Accumulate' not in node.name():
        found.append(node.name())
        node = node.next_functions[0][0]
    return found
bounds = [(None, None), (0, 3), (0, 5), (-3, None), (-5, None), (1, None), (2, 9), (None, 0), (None, -1)]
for tensor in (torch.zeros(3, 2, requires_grad=True), torch.zeros(0, 2, requires_grad=True)):
    for start, stop in bounds:
        one = slice(start, stop)
        for key in (one, (one,), (one, one), (slice(None), one), (..., one), (None, one)):
            print(key, names(tensor[key].grad_fn))
""")


def test_what_only_changes_geometry_may_have_elements_that_share_memory():
    agree("""
e = torch.ones(1).expand(3)
print(e.unsqueeze_(0).stride(), e.squeeze_(0).t_().shape, e._version)
try:
    e.add_(1)
except RuntimeError as error:
    print(error)
""")


@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
def test_a_view_of_a_view_that_autograd_does_not_follow(mode):
    agree(f"""
x = torch.ones(2, requires_grad=True)
with torch.{mode}():
    v = x.view(-1)
for change in (lambda: v[1:].add_(1), lambda: v.add_(1)):
    try:
        change()
    except RuntimeError as error:
        print(error)
""")


def test_memory_that_elements_share():
    """One value may be written to all of them, other values may not; windows are written to."""
    agree("""
def attempt(run):
    try:
        print(run())
    except (RuntimeError, IndexError) as error:
        print(error)
e = torch.ones(1).expand(3)
print(e.fill_(3).zero_(), e._version)
for change in (lambda: e.fill_(torch.tensor(2.)), lambda: e.copy_(torch.ones(3)), e.normal_, lambda: e.data.mul_(3)):
    attempt(change)
u = torch.arange(4.).unfold(0, 2, 2)
u.mul_(2)
print(torch.sin(u, out=u))
w = torch.arange(4.).unfold(0, 2, 1)
w[0, 1] = 5
print(w)
attempt(lambda: torch.zeros(2, 0).select(1, 0))
attempt(lambda: torch.zeros(2, 0).select(0, -3))
""")


def test_transposes_of_a_number():
    agree("""
import warnings
with warnings.catch_warnings(record=True) as log:
    warnings.simplefilter('always')
    for x in (torch.tensor(1., requires_grad=True), torch.tensor(1j, requires_grad=True)):
        for turned in (x.T, x.mT, x.H, x.mH, x.adjoint()):
            print(turned, turned is x, turned.requires_grad)
for one in log:
    print(str(one.message).partition(' (Trig')[0])
""")


@pytest.mark.parametrize(
    "made",
    [
        "Looks.apply(x)",
        "Same.apply(x)",
        "(x * 1).unbind()[0]",
        "(x * 1).split(2)[0][0]",
        "Same.apply(x)[0]",
        "(x * 1)[0]",
    ],
)
def test_what_is_said_of_a_view_that_cannot_be_changed(made):
    """By how it was made, and in which mode."""
    agree(f"""
x = torch.ones(3, requires_grad=True)
class Looks(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a.view_as(a)
    @staticmethod
    def backward(ctx, g): return g
class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a
    @staticmethod
    def backward(ctx, g): return g
for mode in (torch.enable_grad, torch.no_grad, torch.inference_mode):
    with mode():
        v = {made}
    for change in (lambda: v.add_(1), lambda: v.mul_(x[0])):
        try:
            print(change().grad_fn is None)
        except RuntimeError as error:
            print(error)
""")


@pytest.mark.parametrize(
    "made",
    [
        "x.as_strided((2, 2), (4, 1), 1)", "x.as_strided((2, 3), (1, 1), 1)", "x[1:].as_strided((2, 3), (3, 1))",
        "x.T.as_strided((2, 3), (3, 1))", "x[0].expand(2, 4).as_strided((2, 2), (1, 1))", "x[1:].as_strided((), ())",
        "x[0].expand(2, 4).as_strided((4,), (1,))", "x[1:].as_strided((0,), (1,))", "x.as_strided((1, 2), (4, 1), 1)",
    ],
)  # fmt: skip
def test_the_gradient_of_a_strided_view(made):
    """Elements of the input that share memory share it."""
    agree(f"""
def tree(node):
    if node is None:
        return None
    return [node.name().rpartition('::')[2], *(tree(following) for following, _ in node.next_functions)]

x = torch.arange(12., dtype=torch.float64).reshape(3, 4).requires_grad_()
for create_graph in (False, True):
    y = {made}
    w = (torch.arange(y.numel(), dtype=y.dtype).reshape(y.shape) + 1).requires_grad_()
    found, = torch.autograd.grad(y, x, w, create_graph=create_graph)
    print(found.detach(), found._version, found.stride(), tree(found.grad_fn))
""")


@pytest.mark.parametrize("view", ["b[0]", "b[...]", "b.view(-1)[:2]", "b.t()"])
def test_a_view_that_a_custom_function_has_changed(view):
    agree(f"""
class Times(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.mark_dirty(x)
        return x.mul_(y)

    @staticmethod
    def backward(ctx, g):
        print(g.shape)
        return g * 2, g.sum() * 3

x, y = torch.arange(6.0).reshape(2, 3).requires_grad_(), torch.tensor(2.0, requires_grad=True)
b = x * 1
Times.apply({view}, y)
b.sum().backward()
print(x.grad, y.grad, b.grad_fn.name())
""")


@pytest.mark.parametrize("given", ["b, x", "c, x", "x, x", "b, c", "c, c", "x, c"])
@pytest.mark.parametrize("mark", ["pass", "ctx.mark_non_differentiable(x)"])
def test_inputs_that_a_custom_function_returns(given, mark):
    agree(f"""
class Either(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        {mark}
        return x, y

    @staticmethod
    def backward(ctx, g, h):
        return g, h

x, b, c = torch.ones(2, requires_grad=True), torch.tensor([True, False]), torch.ones(2)
given = ({given})
for one in Either.apply(*given):
    print(one._is_view(), any(one._base is each for each in given), one.requires_grad, one._version)
""")


@pytest.mark.parametrize("call", ["torch.cat([t, v])", "v @ t", "v + torch.ones(5)", "v.view(7)", "v.sum(4)", "v[9]"])
def test_a_view_that_cannot_be_followed_is_refused_before_anything_else(call):
    agree(f"""
class Flat(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view(-1)

    @staticmethod
    def backward(ctx, g):
        return g.view(2, 3)

t = torch.ones(2, 3, requires_grad=True).clone()
v = Flat.apply(t[...])
t[0] = t[0]
{call}
""")


def test_a_view_that_cannot_be_followed_may_be_given_a_gradient():
    agree("""
a, b = (torch.ones(2, requires_grad=True) * 1).unbind()
with torch.no_grad():
    a.mul_(2)
a.grad = torch.tensor(1.)
print(a.grad, a.requires_grad, a)
a * 2
""")

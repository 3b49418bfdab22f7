"""Operations on lists of tensors: values, the one node of all results, changes in place, what is refused."""

import pytest

from tests.bothways import agree

LISTS = """
a = [torch.full((2,), .5, requires_grad=True), torch.full((3,), .25, requires_grad=True)]
b = [torch.full((2,), .5, requires_grad=True), torch.full((1,), 2.)]
def show(results, leaves):
    print(results, results[0].grad_fn.next_functions, results[1].output_nr)
    found = torch.autograd.grad(sum(one.sum() for one in results), leaves, create_graph=True, allow_unused=True)
    print(found)
    if found[0] is not None and found[0].requires_grad:
        print(torch.autograd.grad(found[0].sum(), a, allow_unused=True))
"""
UNARY = """abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg
reciprocal round rsqrt sigmoid sign sin sinh sqrt tan tanh trunc max norm clone"""


def test_of_one_list():
    agree(LISTS + f"for name in '''{UNARY}'''.split(): show(getattr(torch, '_foreach_' + name)(a), a)")


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max", "pow"])
def test_of_a_list_and_another_or_numbers(name):
    agree(f"{LISTS}for other in (b, 2., [2., 3.]): show(torch._foreach_{name}(a, other), a + b[:1])")


@pytest.mark.parametrize(
    "call",
    [
        "addcmul(a, b, b, 2)", "addcmul(a, b, b, [2, 3])", "addcdiv(a, a, a, value=2)", "addcdiv(a, a, a, [2, 3])",
        "lerp(a, b, .5)", "lerp(a, b, [.5, .2])", "lerp(a, b, a)", "pow(2, a)", "add(a, b, alpha=3)",
        "sub(a, b, alpha=3)", "norm(a, 1)",
    ],
)  # fmt: skip
def test_of_several_lists(call):
    agree(f"{LISTS}show(torch._foreach_{call}, a + b[:1])")


def test_nodes_without_a_class_in_torch():
    agree(
        LISTS
        + """
n = torch.tensor(2.)
for name in ('exp', 'norm', 'max'):
    print(type(getattr(torch, '_foreach_' + name)(a)[0].grad_fn))
for name in ('add', 'mul', 'div', 'pow', 'minimum', 'clamp_min'):
    for other in (a, 2., [2., 3.], n)[:3 if name in ('pow', 'minimum', 'clamp_min') else 4]:
        node = getattr(torch, '_foreach_' + name)(a, other)[0].grad_fn
        print(name, type(node), node.name())
"""
    )


def test_in_place():
    agree("""
a = [torch.ones(2, requires_grad=True) * 1]
for name, args in (('add_', (1,)), ('mul_', ([torch.ones(2)],)), ('addcdiv_', (a, a, 2)), ('neg_', ()),
                   ('lerp_', ([torch.zeros(2)], .5)), ('pow_', (2,)), ('clamp_min_', (0,)), ('sub_', ([1.],)),
                   ('zero_', ())):
    found = getattr(torch, '_foreach_' + name)(a, *args)
    print(name, found, found is a, a[0]._version)
b = (torch.ones(2), torch.ones(1))
print(torch._foreach_add_(b, 1), torch._foreach_copy_(list(b), [torch.zeros(1), torch.ones(1)]), b, b[0]._version)
""")


@pytest.mark.parametrize(
    "call",
    [
        "add([torch.ones(1)], [torch.ones(1), torch.ones(1)])", "add([], [])", "add(torch.ones(2), torch.ones(2))",
        "add([1], [2])", "add([torch.ones(2)])", "add([torch.ones(2)], 1, alpha=3)", "pow([torch.ones(1)], 'x')",
        "add([torch.ones(2)], [torch.ones(3)])", "add_([torch.ones(2).int()], [1.5])", "add([torch.ones(2)], [1, 2])",
        "mul([torch.ones(2)], torch.ones(2))", "foo([1])", "mul_([torch.ones(2, requires_grad=True)], 2)",
        "add([torch.ones(2).int()], [1.5])", "sqrt([torch.ones(2).int()])", "add([torch.ones(2)], [torch.ones(3, 2)])",
        "norm([torch.ones(2)], 2, dtype=torch.float64)", "powsum([torch.ones(2) * 2], 2)",
        "addcdiv([torch.ones(2)], [torch.ones(2)], [torch.ones(2)], torch.tensor([2.]))",
        "add(self=[torch.ones(1)], scalar=3)", "mm([torch.eye(2)], [torch.ones(2, 1)])",
    ],
)  # fmt: skip
def test_odd_calls(call):
    agree(f"print(torch._foreach_{call})")


def test_names():
    agree("print([(f.__name__, callable(f)) for f in (torch._foreach_add, torch._foreach_add_, torch._foreach_zero_)])")


def test_the_graph_is_freed():
    agree(LISTS + "one, _ = torch._foreach_exp(a)\none.sum().backward()\nprint(a[0].grad)\none.sum().backward()")

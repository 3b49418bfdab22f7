"""Custom operators, beside torch's."""

import pytest
from bothways import agree

NSIN = """
@torch.library.custom_op("inv::nsin", mutates_args=())
def nsin(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(__import__("numpy").sin(x.numpy()))
x = torch.ones(2, requires_grad=True)
"""
CODES = [
    """
print(nsin, nsin._qualname, nsin._opoverload)
y=nsin(x); print(y, y.grad_fn, y.grad_fn.next_functions, y.requires_grad)
y.sum().backward()
""",
    """
print(torch.ops.inv.nsin(x), torch.ops.inv.nsin.default(x), torch.ops.inv.nsin, torch.ops.inv.nsin.default)
""",
    """
def backward(ctx, grad):
    x,=ctx.saved_tensors
    return grad*x.cos()
def setup(ctx, inputs, output):
    print("setup",inputs, output.requires_grad); ctx.save_for_backward(inputs[0])
torch.library.register_autograd("inv::nsin", backward, setup_context=setup)
y=nsin(x); print(y,y.grad_fn.name()); y.sum().backward(); print(x.grad)
print(nsin(torch.ones(2)))
with torch.no_grad(): print(nsin(x))
""",
    """
@torch.library.custom_op("inv::scaled", mutates_args=())
def scaled(x: torch.Tensor, *, s: float = 2.0) -> torch.Tensor:
    return x * s
def setup2(ctx, inputs, keyword_only_inputs, output):
    print(inputs, keyword_only_inputs); ctx.s=keyword_only_inputs["s"]
scaled.register_autograd(lambda ctx,g: g*ctx.s, setup_context=setup2)
z=scaled(x,s=3.0); print(z); z.sum().backward(); print(x.grad)
""",
    """
torch.library.custom_op("inv::u", mutates_args=())(lambda x: x)
""",
    """
def bad(x) -> torch.Tensor: return x
torch.library.custom_op("inv::bad", mutates_args=())(bad)
""",
    """
def bad2(x: torch.Tensor): return x
torch.library.custom_op("inv::bad2", mutates_args=())(bad2)
""",
    """
torch.library.register_autograd("inv::missing", lambda c,g: g)
""",
    """
nsin(3)
""",
    """
nsin()
""",
    """
@torch.library.custom_op("inv::two", mutates_args=())
def two(x: torch.Tensor, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    return x * n, x + n
a,b=two(x,2); print(a.grad_fn,b.grad_fn, a.output_nr, b.output_nr)
two.register_autograd(lambda ctx,g,h: (g*2+h, None))
a,b=two(x,2); (a+b).sum().backward(); print(x.grad, a.grad_fn.name())
""",
    """
@torch.library.custom_op("inv::mut", mutates_args={"x"})
def mut(x: torch.Tensor) -> None:
    x.add_(1)
t=torch.zeros(2); print(mut(t), t, t._version)
""",
    """
@torch.library.custom_op("inv::lst", mutates_args=())
def lst(xs: list[torch.Tensor], k: float, flag: bool = False, name: str = "a", d: torch.dtype = None, o: torch.Tensor | None = None) -> torch.Tensor:
    return sum(xs)*k
print(torch.library.infer_schema(lst._init_fn, mutates_args=()))
a=torch.ones(2,requires_grad=True)
y=lst([a,a*2],2.0); print(y, y.grad_fn.next_functions)
lst.register_autograd(lambda ctx,g: ([g*2,g*3],None)); y=lst([a,a*2],2.0); y.sum().backward(); print(a.grad)
""",
    """
@torch.library.custom_op("inv::num", mutates_args=())
def num(x: torch.Tensor) -> int:
    return 3
print(num(x))
""",
    """
print(torch.ops.inv)
torch.ops.nothing.here
""",
    """
@torch.library.custom_op("inv::nograd", mutates_args=())
def nograd(x: torch.Tensor) -> torch.Tensor:
    print(torch.is_grad_enabled(), x.requires_grad); return x*2
print(nograd(x), nograd(torch.ones(1,dtype=torch.int64)))
""",
]


@pytest.mark.parametrize("code", CODES)
def test_operators_do_what_torchs_do(code):
    agree(NSIN + code)


def test_a_result_that_is_an_input_is_refused():
    import engine

    @engine.library.custom_op("inv::same", mutates_args=())
    def same(x: engine.Tensor) -> engine.Tensor:
        return x.view(1)

    with pytest.raises(RuntimeError, match="must not also be an input to this custom operator"):
        same(engine.ones(1))


@pytest.mark.parametrize(
    "call",
    [
        "slice(x, 0, 1, 3)", "slice.Tensor(x, 0, 1)", "_softmax_backward_data(x, x, 0, torch.float32)", "add.Tensor(x, x)",
        "mul.Scalar(x, 2)", "native_layer_norm(x, [4], None, None, 1e-5)[1]",
    ],
)  # fmt: skip
def test_declared_operations_are_in_aten(call):
    agree(f"x = torch.arange(4.)\nprint(torch.ops.aten.{call}, str(torch.ops.aten.slice), torch.ops.aten.slice.Tensor)")


OUTS = """
x, a, b, i = torch.tensor([[2., 1.], [1., 2.]]), torch.empty(0), torch.empty(0), torch.empty(0, dtype=torch.int64)
c, d, mean, var = torch.empty(0), torch.empty(0, dtype=torch.uint8), torch.zeros(2), torch.ones(2)
try:
    print(torch.ops.aten.{call}, a, b, i)
except RuntimeError as error:
    print(str(error).splitlines()[0])
"""


@pytest.mark.parametrize(
    "call",
    [
        "max(x, 0, max=a, max_values=i)", "min(x, 0, min=a, min_indices=i)", "sort(x, 0, False, values=a, indices=i)",
        "linalg_eigh(x, eigvals=a, eigvecs=b)[0]", "max_pool2d_with_indices(x[None], [2, 2], out=a, indices=i)",
        "_batch_norm_with_update(x, None, None, mean, var, .1, 1e-5, out=a, save_mean=b, save_invstd=c, reserve=d)",
        "_native_batch_norm_legit(x, None, None, mean, var, True, .1, 1., out=a, save_mean=b, save_invstd=c)",
        "max(x, 0, out=(a, i))", "sort(x, 0, out=[a, i])",
    ],
)  # fmt: skip
def test_several_results_are_written_by_their_names(call):
    agree(OUTS.format(call=call))


@pytest.mark.parametrize("call", ["__radd__(5, torch.ones(1))", "__rsub__(5, torch.ones(1))", "__rand__(1, 2)"])
def test_operators_of_something_else(call):
    agree(f"print(torch.Tensor.{call})")


SQUARE = """
@torch.library.custom_op("core::power", mutates_args=())
def power(x: torch.Tensor, k: float = 2.0) -> torch.Tensor: return x**k
def setup(ctx, inputs, output): print(inputs); ctx.save_for_backward(inputs[0]); ctx.k = inputs[1]
def backward(ctx, g): return g * ctx.k * ctx.saved_tensors[0] ** (ctx.k - 1), None
power.register_autograd(backward, setup_context=setup)
@torch.library.custom_op("core::twice", mutates_args=())
def twice(xs: list[torch.Tensor]) -> list[torch.Tensor]: return [x * 2 for x in xs]
twice.register_autograd(lambda ctx, gs: [g * 2 for g in gs], setup_context=lambda ctx, inputs, output: print(inputs))
x = torch.tensor([2.0, 3.0], requires_grad=True)
"""


@pytest.mark.parametrize(
    "code",
    [
        "power(x).sum().backward(); print(x.grad)",
        "power(x, k=3.0).sum().backward(); print(x.grad)",
        "print(torch.ops.core.power.default._schema, torch.ops.core.twice.default._schema)",
        "power(x, k='a')",
        "power('a')",
        "power(None)",
        "twice(None)",
        "twice(x)",
        "power(x, None)",
        "power()",
        "power(x, 1.0, 2.0)",
        "power(x, z=1.0)",
        "r = twice([x, x * 2]); print(type(r)); (r[0] + r[1]).sum().backward(); print(x.grad)",
        "power.register_vmap(lambda info, dims, x, k=2.0: (print(info.batch_size, dims, k), x**k, dims[0])[1:])\n"
        "print(torch.vmap(power)(torch.ones(2, 2) * 3))",
        "@torch.library.custom_op('core::t', mutates_args=())\ndef t(x: torch.Tensor, l: list[int] = (1,)) -> "
        "torch.Tensor: return x",
    ],
)
def test_arguments_results_and_rules_are_handed_on_as_in_torch(code):
    agree(SQUARE + code)


OWN = """
import torch.autograd.forward_ad as fwAD
@torch.library.custom_op("own::f", mutates_args=())
def f(x: torch.Tensor, s: float, w: torch.Tensor) -> torch.Tensor:
    print(x.dim())
    return x * s + w
@torch.library.custom_op("own::two", mutates_args=())
def two(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: return x.cos(), x.sum()
@torch.library.custom_op("own::writes", mutates_args=("x",))
def writes(x: torch.Tensor) -> None: x.add_(1)
def setup(ctx, inputs, output): ctx.save_for_backward(inputs[0])
def backward(ctx, g): return g * 3 * ctx.saved_tensors[0], None, g.sum(0, keepdim=True)
f.register_autograd(backward, setup_context=setup)
x, w = torch.arange(6.0).view(3, 2).requires_grad_(), torch.ones(1, requires_grad=True)
"""


@pytest.mark.parametrize(
    "code",
    [
        "y = torch.vmap(f, (0, None, None))(x, 2.0, w)\nprint(y, y._is_view())\ny.sum().backward()\nprint(x.grad, w.grad)",
        "print(torch.vmap(f, (1, None, None))(x, 2.0, w))",
        "print(torch.vmap(lambda a: f(torch.ones(2), 2.0, w) + a)(x))",
        "r = torch.vmap(two)(x)\nprint(type(r), [one.shape for one in r])",
        "print(torch.vmap(torch.vmap(two))(torch.ones(2, 3, 4))[1])",
        "torch.vmap(writes)(torch.ones(3, 2))",
        "torch.vmap(two)(torch.ones(0, 2))",
        "print(torch.func.jvp(two, (x,), (x,)))",
        "with fwAD.dual_level():\n    print(fwAD.unpack_dual(f(fwAD.make_dual(torch.ones(2), torch.ones(2)), 2.0, w)))",
        "lib = torch.library.Library('owns', 'DEF')\nlib.define('g(Tensor x) -> Tensor')\n"
        "lib.impl('g', lambda x: x * x, 'CompositeImplicitAutograd')\n"
        "print(torch.func.jvp(torch.ops.owns.g, (x,), (x,))[1], torch.vmap(torch.ops.owns.g)(x))",
    ],
)
def test_vmap_takes_them_apart_and_forward_mode_passes_them_by(code):
    agree(OWN + code)

"""Operators declared by their schema, beside torch's."""

import itertools

import pytest
from bothways import agree

import engine

_NAMES = (f"declared{number}" for number in itertools.count())  # torch forgets no operator that define() declared

CODES = [
    """
torch.library.define("NS::twice", "(Tensor x, float s=2.0) -> Tensor")
print(torch.library.impl("NS::twice", "cpu", lambda x, s=2.0: x * s))
print(torch.ops.NS.twice(torch.ones(2)), torch.ops.NS.twice, torch.ops.NS.twice.default._schema)
op = torch.ops.NS.twice.default
print(op.namespace, op.name(), op.overloadpacket, op.__name__, op._schema.name, op._schema.arguments[1].type)
x = torch.ones(2, requires_grad=True); y = torch.ops.NS.twice(x); print(y)
torch.library.register_autograd("NS::twice", lambda ctx, g: (g * 3, None))
y = torch.ops.NS.twice(x); y.sum().backward(); print(y, x.grad)
torch.library.register_fake("NS::twice")(lambda x, s=2.0: torch.empty_like(x))
print(torch.ops.NS.twice(torch.ones(2, device="meta")))
""",
    """
torch.library.define("NS::plain", "(Tensor x) -> Tensor")
torch.library.impl("NS::plain", "cpu")(lambda x: x * 2)
x = torch.ones(2, requires_grad=True); torch.ops.NS.plain(x).sum().backward(); print(x.grad)
""",
    """
torch.library.define("NS::m", "(Tensor x) -> Tensor")
torch.library.impl("NS::m", "cpu", lambda x: x)
torch.ops.NS.m(torch.ones(2, device="meta"))
""",
    """
lib = torch.library.Library("NS", "DEF")
print(lib, lib.define("foo(Tensor x, int n) -> Tensor"))
lib.impl("foo", lambda x, n: x + n, "CPU")
print(torch.ops.NS.foo(torch.ones(2), 3))
torch.library.Library("NS", "DEF")
""",
    """
lib = torch.library.Library("NS", "FRAGMENT"); lib.define("two(Tensor x) -> (Tensor, Tensor)")
lib.impl("two", lambda x: (x + 1, x * 2), "CompositeImplicitAutograd")
print(torch.ops.NS.two(torch.ones(2, requires_grad=True)))
""",
    """
torch.library.define("NS::inpl", "(Tensor(a!) x) -> ()")
torch.library.impl("NS::inpl", "default", lambda x: x.add_(1) and None)
z = torch.zeros(1); print(torch.ops.NS.inpl(z), z)
""",
    """
with torch.library._scoped_library("NS", "FRAGMENT") as l:
    l.define("q(Tensor x) -> Tensor"); l.impl("q", lambda x: x.clone(), "CPU"); print(torch.ops.NS.q(torch.ones(1)))
torch.ops.NS.q(torch.ones(1))
""",
    'torch.library.Library("x", "WHAT")',
    'torch.library.Library("prim", "DEF")',
    'torch.library.define("nons", "(Tensor x) -> Tensor")',
    'torch.library.define("NS::s", "Tensor x -> Tensor")',
    'torch.library.Library("NS", "FRAGMENT").define("bad schema")',
    'torch.library.define("NS::k", "(Tensor x) -> Tensor"); torch.library.impl("NS::k", "xyz", lambda x: x)',
    'torch.library.define("NS::k", "(Tensor x) -> Tensor"); torch.library.impl("NS::j", "cpu", lambda x: x)',
    "torch.library.fallthrough_kernel()",
    """
@torch.library.custom_op("NS::c", mutates_args=())
def c(x: torch.Tensor) -> torch.Tensor: return x * 2
mode = torch.utils._python_dispatch.TorchDispatchMode
class Seen(mode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print("seen", func); return func(*args, **(kwargs or {}))
x = torch.ones(2)
with Seen(): print(c(x).tolist())
torch.library.register_torch_dispatch("NS::c", Seen, lambda mode, func, types, args=(), kwargs=None: torch.zeros(1))
with Seen(): y = c(x)
print(y)
torch.library.register_autocast("NS::c", "cpu", torch.float16)
with torch.autocast("cpu", dtype=torch.bfloat16): print(c(x).dtype, c(x.double()).dtype)
""",
    """
@torch.library.custom_op("NS::f", mutates_args=())
def f(x: torch.Tensor) -> torch.Tensor: return x.clone()
print(torch.library.get_ctx())
f.register_fake(lambda x: torch.library.get_ctx())
f(torch.ones(2, device="meta"))
""",
]


@pytest.mark.parametrize("code", CODES)
def test_declared_operators_do_what_torchs_do(code):
    agree(code.replace("NS", next(_NAMES)))


def test_an_operator_goes_with_its_library():
    library = engine.library.Library("passing", "DEF")
    library.define("one(Tensor x) -> Tensor")
    library.impl("one", lambda x: x + 1, "CPU")
    assert engine.ops.passing.one(engine.zeros(1)).item() == 1
    library._destroy()
    assert not hasattr(engine.ops.passing, "one")
    engine.library.Library("passing", "DEF")._destroy()


def test_a_function_may_come_before_its_operator():
    library = engine.library.Library("early", "FRAGMENT")
    library.impl("late", lambda x: x * 2, "CPU")
    library.define("late(Tensor x) -> Tensor")
    assert engine.ops.early.late(engine.ones(1)).item() == 2


def test_one_that_nothing_computes_says_so():
    engine.library.define("empty::op", "(Tensor x) -> Tensor")
    with pytest.raises(NotImplementedError, match="Could not run 'empty::op' with arguments from the 'CPU' backend"):
        engine.ops.empty.op(engine.ones(1))


def test_operations_of_the_engine_are_not_replaced():
    with pytest.raises(NotImplementedError, match="stays as it is"):
        engine.library.Library("aten", "IMPL")


def test_the_key_autograd_gets_calls_that_are_tracked():
    class Double(engine.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 7

    library = engine.library.Library("keyed", "DEF")
    library.define("double(Tensor x) -> Tensor")
    library.impl("double", lambda x: x * 2, "CPU")
    library.impl("double", Double.apply, "Autograd")
    x = engine.ones(2, requires_grad=True)
    engine.ops.keyed.double(x).sum().backward()
    assert x.grad.tolist() == [7, 7]


def test_the_older_way_to_set_a_function():
    agree(
        """
lib = torch.library.Library("older", "DEF"); lib.define("sq(Tensor x) -> Tensor")
@torch.library.impl(lib, "sq", "CPU")
def sq(x): return x * x
@torch.library.impl(lib, "sq", "Meta")
def sq_meta(x): return torch.empty_like(x)
print(torch.ops.older.sq(torch.tensor(3.)), torch.ops.older.sq(torch.ones(2, device="meta")), sq(2))
torch.library.impl(lib, "sq", "Nowhere")(sq)
"""
    )

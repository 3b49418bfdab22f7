"""Classes with ``__torch_dispatch__`` see the operations that torch's see."""

import pytest
from bothways import agree

MADE = """
class LT(torch.Tensor):
    @staticmethod
    def __new__(cls, elem):
        r = torch.Tensor._make_wrapper_subclass(cls, elem.size(), dtype=elem.dtype, device=elem.device, requires_grad=elem.requires_grad)
        r.elem = elem.detach() if elem.requires_grad else elem
        return r
    def __repr__(self): return f"LT({self.elem})"
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        print(func, func.overloadpacket.__name__, len(args), kwargs)
        un = lambda x: x.elem if isinstance(x, LT) else [un(i) for i in x] if isinstance(x,list) else x
        out = func(*map(un, args), **{k: un(v) for k, v in (kwargs or {}).items()})
        wr = lambda x: LT(x) if isinstance(x, torch.Tensor) else x
        if func.overloadpacket.__name__.endswith('_'): return args[0]
        return tuple(map(wr,out)) if isinstance(out,(tuple,list)) else wr(out)
x = LT(torch.tensor([1., 2.], requires_grad=True))
"""
PROGRAMS = [
    "print(x, x.requires_grad, x.shape, x.dtype, x.device, x.stride(), x.is_leaf, x.data_ptr())",
    "y = x*2; print(y, y.grad_fn)",
    "y = x * 2; y.mul(x).sum().backward(torch.tensor(1.)); print(x.grad, type(x.grad))",
    "w = x.detach(); w.add_(1); print(w, w._version); w.mul_(torch.ones(2))",
    "print(torch.stack([x, x]), x.split(1))",
    "print(x.exp(), x.exp().grad_fn)",
    "print(x.numpy())",
    "print(x.tolist())",
    "print(type(x.view(2, 1)), x[0], x[:1]._is_view())",
    "print(torch.add(x, x, alpha=2))",
    "import copy; c = copy.deepcopy(x); print(c, c.elem is x.elem)",
    "import pickle; print(torch.ops.aten.add.Tensor.name(), torch.ops.aten.add.Tensor.__name__, torch.ops.aten.add_.Tensor, torch.ops.aten.sin.default.name())",
    "torch.add_ = torch.ops.aten.add_.Tensor; print(torch.add_(torch.ones(2), torch.ones(2)))",
    "class D(torch.Tensor):\n    @classmethod\n    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):\n        print('D', func)\n        return super().__torch_dispatch__(func, types, args, kwargs)\nd = torch.Tensor._make_subclass(D, torch.ones(2), True)\nprint((d * 2).sum(), type(d * 2), type(torch.ones(2).as_subclass(D) * 1))",
    "class D(torch.Tensor):\n    @classmethod\n    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):\n        print('D', func)\n        return NotImplemented\nd = torch.Tensor._make_subclass(D, torch.ones(2), True)\nd + 1",
    "class A(torch.Tensor): pass\ntorch.Tensor._make_wrapper_subclass(A, (2,))",
    "class A(torch.Tensor): pass\na = torch.Tensor._make_subclass(A, torch.ones(2), True); print(a, a.requires_grad, (a * 2).grad_fn.name())",
    "torch.Tensor._make_wrapper_subclass(LT, (2,), dtype=torch.int64, requires_grad=True)",
    "print(torch.overrides.is_tensor_like(x), LT.__torch_function__ is torch._C._disabled_torch_function_impl if hasattr(torch, '_C') else True)",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_print_what_torch_prints(program):
    agree(MADE + program)


@pytest.mark.parametrize(
    "code",
    [
        "torch.ones(2); torch.zeros(2, dtype=torch.long); torch.rand(2); torch.full((2,), 1.0); torch.arange(3)",
        "torch.eye(2); torch.linspace(0, 1, 3); torch.randint(0, 3, (2,)); torch.zeros_like(x); x.new_zeros(2)",
        "torch.autograd.grad((x * x).sum(), x)",
    ],
)
def test_a_mode_sees_where_a_tensor_is_made_and_the_first_gradient(code):
    agree(f"""
from torch.utils._python_dispatch import TorchDispatchMode
class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func, len(args), kwargs)
        return func(*args, **(kwargs or {{}}))
x = torch.ones(2, requires_grad=True)
with Mode(): {code}
""")


WRAPPER = """
from torch.utils._pytree import tree_map
class Wrap(torch.Tensor):
    @staticmethod
    def __new__(cls, elem):
        return torch.Tensor._make_wrapper_subclass(
            cls, elem.size(), strides=elem.stride(), dtype=elem.dtype, requires_grad=elem.requires_grad
        )
    def __init__(self, elem): self.elem = elem
    def __repr__(self): return f"Wrap({self.elem})"
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        print(func, func._overloadname, [tuple(a.shape) if isinstance(a, torch.Tensor) else a for a in args], kwargs)
        args, kwargs = tree_map(lambda t: t.elem if isinstance(t, Wrap) else t, (args, kwargs or {}))
        return tree_map(lambda t: Wrap(t) if isinstance(t, torch.Tensor) else t, func(*args, **kwargs))
x = Wrap(torch.arange(6.).view(2, 3)).requires_grad_()
"""
OF_WRAPPERS = [
    "x.T.reshape(-1)", "x.reshape(-1)", "x[:, :2].reshape(4)", "F.scaled_dot_product_attention(x[None], x[None], x[None])",
    "torch.linalg.inv(x @ x.T + torch.eye(2))", "torch.linalg.inv(x[:, :2] * 0)", "torch.linalg.solve(x[:, :2], x)",
    "torch.vmap(lambda t: t * 2)(x)", "x.sum().item()", "float(x.detach().sum())", "bool((x > -1).all())",
    "torch.equal(x, x)", "F.layer_norm(x, (3,))", "F.cross_entropy(x * 0, torch.tensor([0, 1]))", "x.topk(1)", "x.sort()[1]",
    "F.dropout(x, 0.5)", "F.batch_norm(x, None, None, training=True)", "F.max_pool1d(x[None], 2)",
    "[torch.ops.aten.detach.default is torch.ops.aten.detach.default, torch.ops.aten.detach(torch.ones(1))]",
    "[torch.ops.aten.neg_.default._schema.name, torch.ops.aten.add.Tensor._overloadname]",
]  # fmt: skip


@pytest.mark.parametrize("code", OF_WRAPPERS)
def test_what_a_wrapper_is_asked(code):
    agree(f"{WRAPPER}\ntorch.manual_seed(0)\nprint({code})")


def test_an_operator_of_which_a_class_makes_a_type_error_is_for_python_to_refuse():
    agree("""
class Unit(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func.__name__ in ("add", "rsub", "__rsub__", "sin", "mul_", "add_"):
            raise TypeError("of different units")
        return super().__torch_function__(func, types, args, kwargs or {})
a = torch.ones(2).as_subclass(Unit)
for call in (lambda: a + a, lambda: 1 - a, lambda: a.add(a), lambda: torch.sin(a), lambda: a.__iadd__(a), lambda: a * 2):
    try:
        print(call())
    except TypeError as error:
        print(error)
""")

"""Classes and modes take over calls as in torch."""

import gc

import pytest
from bothways import agree

import engine
from engine.dispatch import overrides

BASE = """
class S(torch.Tensor): pass
class Meta:
    def __init__(s, v): s.v = v
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func is torch.add: return "added"
        return H[func](*args, **(kwargs or {})) if func in H else NotImplemented
H = {}
H[torch.mean] = lambda x: x.v / 2
s = torch.ones(2, requires_grad=True).as_subclass(S); t = torch.ones(3).as_subclass(S); t2 = S([1., 2.])
"""
PLAIN = """
class L:
    def __torch_function__(self, func, types, args=(), kwargs=None):
        print(func.__name__, types, len(args)); return 42
p = L(); u = torch.ones(2)
"""
CALLS = [
    "torch.add(u, p)", "p + u", "torch.cat([u, p])", "F.linear(u, p)", "torch.einsum('i,i', u, p)", "u[p]", "u[0, p]",
    "u.__setitem__(0, p)", "torch.numel(p)", "torch.autograd.grad(p, u)", "torch.autograd.grad(u.sum(), [p])",
    "torch.autograd.backward(p)", "torch.is_complex(p)", "F.cross_entropy(p, u)", "torch.is_tensor(p)", "u[0] + p",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_objects_of_other_classes_take_calls_over(call):
    """Also where ``__torch_function__`` is a plain method, of which torch warns."""
    agree(f"{PLAIN}\nprint({call})")


CODES = [
    "class Mode(torch.overrides.TorchFunctionMode):\n    def __torch_function__(self, func, types, args=(), kwargs=None):\n        print(torch.overrides.resolve_name(func)); return func(*args, **(kwargs or {}))\nwith Mode():\n    t.detach(); t + 1\n    with torch._C.DisableTorchFunction(): t.detach(); print(type(t + 1))\n    torch.detach(t)",
    "print(s, type(s), s.grad_fn.name(), s._is_view(), s.is_leaf)",
    "y=s*2; print(y, y.grad_fn.next_functions[0][0].name(), y._is_view(), y._version)",
    "print(t, t.requires_grad, t._is_view(), t._base is None, type(t+torch.ones(3)), type(torch.ones(3)+t), type(t[0]), type(t.view(3,1)), type(t.max()), type(t.max(0)), type(t.sum()), type(t.tolist()), type(t.shape), type(t.detach()), type(t.clone()), type(t.data), type(torch.stack([t,t])), type(torch.nn.functional.relu(t)), type(t.to(torch.float64)), type(t.numpy()), type(t==1), type(t.split(1)), type(t.new_ones(2)), type(torch.zeros_like(t)))",
    "t.requires_grad_(); (t*t).sum().backward(); print(t.grad, type(t.grad))",
    "t2=S([1.,2.]); print(t2, type(t2))",
    "class P(torch.nn.Module):\n    def __init__(self): super().__init__(); self.w=torch.nn.Parameter(torch.ones(2).as_subclass(S)); self.l=torch.nn.Linear(2,1)\n    def forward(self,x): return self.l(x*self.w)\ntorch.manual_seed(0); m=P(); print(m.w, type(m.w), type(m(torch.ones(2))), type(m.l.weight*1), type(m(t2)))",
    "class A(torch.Tensor): pass\nclass B(A): pass\nprint(type(torch.ones(1).as_subclass(A)+torch.ones(1).as_subclass(B)), type(torch.ones(1).as_subclass(B)+torch.ones(1).as_subclass(A)))",
    "torch.ones(1).as_subclass(A)+torch.ones(1).as_subclass(S)",
    "print(torch.mean(Meta(4)), torch.add(Meta(1),2), torch.add(torch.ones(1),Meta(2)))",
    "torch.sub(Meta(1),2)",
    'class Mode(torch.overrides.TorchFunctionMode):\n    def __torch_function__(self, func, types, args=(), kwargs=None):\n        print("M", func.__name__); return func(*args, **(kwargs or {}))\nwith Mode(): r=torch.ones(2).add(1); torch.sin(r); r+r\nprint(is_tensor_like(r), is_tensor_like(Meta(1)), is_tensor_like(3), has_torch_function((r,)), has_torch_function((Meta(1),)), has_torch_function((l,)))',
    'class W(torch.Tensor):\n    @staticmethod\n    def __new__(cls, x, extra, *a, **k): return super().__new__(cls, x, *a, **k)\n    def __init__(self, x, extra): self.extra=extra\nw=W([1.,2.],"hi"); print(w, w.extra, type(w+1), hasattr(w+1,"extra"))\n',
    "class Log(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, func, types, args=(), kwargs=None):\n        print(func.__name__, [x.__name__ for x in types], len(args))\n        return super().__torch_function__(func, types, args, kwargs)\nl=torch.ones(2).as_subclass(Log); l+1; 1+l; l*l; torch.sin(l); torch.cat([l,torch.ones(1)]); l.mul_(2); l@l; -l; abs(l); l<1; torch.nn.functional.linear(l, torch.ones(1,2)); torch.matmul(l,l)\nwith getattr(torch, '_C', torch.overrides).DisableTorchFunctionSubclass(): print(type(l+1))",
    "torch.ones(1).as_subclass(int)",
    "print(s.extra if hasattr(s,'extra') else 'none')",
]


@pytest.mark.parametrize("code", CODES)
def test_calls_are_taken_over_as_in_torch(code):
    agree(BASE + code)


def test_a_subclass_leaves_calls_on_other_tensors_compiled(monkeypatch):
    class Marked(engine.Tensor):
        pass

    gc.collect()  # a level of a transform that is garbage would keep calls from being compiled
    plain, marked = engine.ones(2), engine.ones(2).as_subclass(Marked)
    plain * plain, engine.flatten(plain)  # what is compiled when it is first called
    looked_for = []
    monkeypatch.setattr(overrides, "may_override", lambda: looked_for.append(True) or True)
    assert type(plain * plain) is type(engine.flatten(plain)) is engine.Tensor
    assert not looked_for
    assert type(plain * marked) is type(engine.flatten(marked)) is Marked
    assert looked_for


LOGGED = """
from torch.overrides import TorchFunctionMode, resolve_name
class Log(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        print(func.__name__, [t.__name__ for t in types], len(args), kwargs)
        return super().__torch_function__(func, types, args, kwargs or {})
class FunctionLog(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        print(resolve_name(func), types, args, kwargs)
        return func(*args, **(kwargs or {}))
t = torch.ones(2).as_subclass(Log); x = torch.ones(2, 2)
"""


@pytest.mark.parametrize(
    "code",
    [
        "t[0]; t[0] = 3; t.shape; t.requires_grad; t.requires_grad = True; t.grad; t.T; t.data; t.dtype; del t.grad",
        "t.size(); t.dim(); len(t); t.numel(); t.tolist(); t.is_leaf; t.detach(); t.stride(); t.is_contiguous()",
        "bool(t.sum()); float(t.sum()); list(t); repr(t); 2.0 in t; hash(t); f'{t}'",
        "1 - t; 2 / t; 2 ** t; t ** 2; ~(t > 1); t // 2; 3 // t; 3 % t; t.split(1); t.unbind(); t.norm()",
        "t.requires_grad_(); y = (t * 2).sum(); y.backward(); print(type(t.grad), t.grad)",
        "t.requires_grad_(); torch.autograd.grad(t.sum(), t); torch.autograd.backward(t.sum()); t.register_hook(id)",
        "torch.einsum('i,i->', t, t); torch.tensordot(t, t, 1); torch.norm(t); torch.split(t, 1); torch.unique(t)",
        "torch.sum(t, dim=0); t.sum(dim=0, keepdim=True); torch.max(t, dim=0); torch.mean(t, 0, keepdim=True)",
        "torch.softmax(t, dim=0); torch.clamp(t, min=0); torch.cat([t, t], dim=0); torch.stack(tensors=[t], dim=0)",
        "torch.nn.functional.linear(t, weight=x); torch.var(t, unbiased=False); t.to(dtype=torch.int); t.std(dim=0)",
        "with FunctionLog(): a = torch.rand(2); b = a * 2; b.sum().backward(gradient=None) if b.requires_grad else 0",
        "with FunctionLog(): x.shape; x.T; len(x); x[0]; x[0] = 1; 1 - x; x.size(); x.split(1); print(x)",
        "x.requires_grad_()\nwith FunctionLog(): (x * 2).sum().backward(); x.grad; torch.autograd.grad(x.sum(), x)",
        "size = torch.Tensor.size\nwith FunctionLog(): x.size()\nprint(torch.Tensor.size is size)"
        "\nwith FunctionLog():\n  with FunctionLog(): pass\n  x.dim()\nx.dim()",
        "print(x.__repr__(tensor_contents='abc'))",
        "from torch.overrides import is_tensor_method_or_property as is_method\nfor f in (torch.add, torch.Tensor.add, "
        "torch.Tensor.shape.__get__, torch.linalg.norm, torch.Tensor.size, len, torch.Tensor.grad.__set__): "
        "print(resolve_name(f), is_method(f))",
        "with FunctionLog(): init.constant_(x, 2.); init.uniform_(x, 1, b=1.); init.normal_(x, std=0.); nn.Parameter(x)",
        "with FunctionLog(): x.abs(); x.sum(); x.dim(); x.neg_(); x.clone(); -x; x.detach(); x.size(); x.det(); len(x)",
        "p = nn.Parameter(x)\nwith FunctionLog(): p.abs(); p.numel(); p.dim(); -p; p.detach(); p.shape; p.tolist()",
        "with FunctionLog(): torch.numel(x); torch.detach(x); torch.is_complex(input=x); torch.abs(x)",
        "class Names(TorchFunctionMode):\n"
        "    def __torch_function__(self, func, types, args=(), kwargs=None):\n"
        "        print(func.__name__, len(args), sorted(kwargs or {})); return func(*args, **(kwargs or {}))\n"
        "with Names(): nn.Linear(2, 1)",
        "@torch.overrides.wrap_torch_function(lambda a: (a,))\ndef mine(a): return a * 2\nprint(mine(x), mine(t))",
    ],
)
def test_members_of_tensors_are_taken_over_as_torchs_are(code):
    agree(LOGGED + code)


def test_no_class_is_asked_for_a_tensor_of_another_class():
    agree(
        """
seen = []

class Kind(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        seen.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})

class Special(Kind):
    pass

kind = torch.ones(2, requires_grad=True).as_subclass(Kind) * 2
plain = kind.as_subclass(torch.Tensor)
print(type(plain), plain.grad_fn.name(), seen)
print(type(kind.as_subclass(Special)), type(kind.as_subclass(Special).as_subclass(Kind)), seen)
"""
    )

"""functionalize: what the function sees, and when its inputs change."""

import pytest
from bothways import agree

START = """
from torch.func import functionalize, grad, jvp, vmap
x = torch.tensor([1.0, 2.0, 3.0]); y = x.clone(); z = x.clone(); w = x.clone().requires_grad_()
"""


@pytest.mark.parametrize(
    "code",
    [
        "def f(a): print(a, a.requires_grad, a._version, a.add_(1) is a, a.view(3, 1)._base); a[:2].mul_(2); return a\n"
        "print(functionalize(f)(y), y, y._version)",
        "def f(a, b): b.add_(10); print(a); a.mul_(2); return b\nv = y[:2]; print(functionalize(f)(y, v), y, v)",
        "def f(a):\n"
        "  t = a * 2; t.add_(1); v = t[:2]; v.mul_(3); u = t.view(1, 3).t(); u.add_(1); print(t.grad_fn, t.is_leaf)\n"
        "  return t.sum()\n"
        "o = functionalize(f)(w); fn = o.grad_fn\nwhile fn: print(fn.name()); fn = dict(fn.next_functions[:1]) and "
        "fn.next_functions[0][0] if fn.next_functions else None\no.backward(); print(w.grad)",
        "functionalize(lambda a: a.add_(1))(w)",
        "r = functionalize(lambda a: a)(y); print(r is y); r = functionalize(lambda a: a[:2])(y); print(r._base is y)",
        "r = functionalize(lambda a: a.add_(1))(y); print(r is y, r, y, r.data_ptr() == y.data_ptr())",
        "print(functionalize(lambda a, b=None: {'k': a.add_(b), 'l': [b.mul_(2)]})(y, b=z), y, z)",
        "def f(a): t = torch.zeros(2); print(t); t.add_(a[:2]); print(t); return t\nprint(functionalize(f)(x))",
        "def f(a): a[0] = 9.0; a[1:] = a[:2]; return a\nprint(functionalize(f)(y), y)",
        "m = torch.ones(2, 2); functionalize(lambda a: a.diagonal().fill_(5))(m); print(m)\n"
        "functionalize(lambda a: a.unbind()[1].zero_())(m); print(m); functionalize(lambda a: a.zero_())(m); print(m)",
        "m = torch.ones(2, 3); print(functionalize(lambda a: a.t_())(m)); print(m.shape)\n"
        "functionalize(lambda a: a.transpose(0, 1).add_(1))(m); print(m)",
        "print(functionalize(grad(lambda a: (a.clone().mul_(2) ** 2).sum()))(x))",
        "print(grad(functionalize(lambda a: (a.clone().mul_(2) ** 2).sum()))(x))",
        "f = lambda a: a.clone().add_(1); print(vmap(functionalize(f))(x), functionalize(vmap(f))(x))",
        "import warnings; warnings.simplefilter('ignore')\n"
        "print(jvp(functionalize(lambda a: a.clone().mul_(a)), (x,), (x,)))",
        "def h(a): print(a); return a.sum()\ngrad(functionalize(h))(x); functionalize(grad(h))(x)\n"
        "vmap(functionalize(h))(torch.ones(2, 2))",
        "print(functionalize(lambda a: (float(a.sum()), bool(a[0] > 0), len(a)))(x))",
        "functionalize(lambda a: a.backward())(x)",
        "print(functionalize(lambda a: a.uniform_().mul_(0))(y), y, functionalize(lambda a, b: a.add_(b))(y, y), y)",
    ],
)
def test_functions_without_changes_in_place(code):
    agree(START + code)

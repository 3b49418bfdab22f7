"""Containers against torch: the same code on both, everything printed."""

from __future__ import annotations

import textwrap

import pytest

from tests.bothways import agree

START = """
from collections import OrderedDict
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
L = nn.Linear
"""

SNIPPETS = {
    "Sequential": """
        s = nn.Sequential(L(1, 2), L(2, 3), L(3, 1))
        print(s, len(s), s[-1], s[1:], s[::2], list(s)[0] is s[0])
        attempt(s.__getitem__, 5)
        attempt(s.__getitem__, "a")
        s[1] = nn.Identity()
        del s[0]
        print(s, s.append(L(1, 1)) is s, s.insert(0, L(9, 9)), s.insert(-1, L(8, 8)), s.pop(0))
        attempt(s.insert, 9, L(1, 1))
        attempt(s.insert, 0, 3)
        del s[1:]
        print(s + nn.Sequential(L(5, 5)), s * 2, 3 * s, s.extend([L(4, 4)]))
        s += nn.Sequential(L(6, 6)); print(s)
        s *= 2; print(s, s[0] is s[3])
        attempt(lambda: s * 0); attempt(lambda: s * "a"); attempt(lambda: s + 3); attempt(s.__iadd__, [1])
        attempt(nn.Sequential, 3)
        n = nn.Sequential(OrderedDict(a=L(1, 1), b=nn.Sequential()))
        print(n, n.a, n[1], n[:1], nn.Sequential(), nn.Sequential(OrderedDict()))
        print(nn.Sequential()(3))
    """,
    "ModuleList": """
        m = nn.ModuleList([L(1, 1), L(1, 1), nn.Sequential(L(2, 2), L(2, 2)), L(1, 1)])
        print(m, nn.ModuleList(), len(m), m[0], m[1:], m[-1])
        m.append(L(3, 3)); m.extend([L(3, 3)]); m += [L(3, 3)]; m.insert(0, nn.Identity())
        print(m, m + [L(7, 7)])
        print(m.pop(-1), m.pop(0)); del m[0]; del m[1:3]; m[0] = L(9, 9)
        print(m, list(m.state_dict()))
        attempt(m.extend, 3); attempt(m.__getitem__, 10); attempt(m, 1); attempt(m.append, 3)
    """,
    "ModuleDict": """
        m = nn.ModuleDict({"a": L(1, 1), "b": L(2, 2)})
        print(m, len(m), list(m), m["a"], "b" in m, list(m.keys()), list(m.values()), list(m.items()))
        m["c"] = L(3, 3); del m["a"]; print(m.pop("b"), m)
        m.update([["x", L(1, 1)], ("y", L(1, 1))]); m.update(nn.ModuleDict({"z": L(1, 1)})); print(m)
        attempt(m.update, 3); attempt(m.update, [3]); attempt(m.update, [(1, 2, 3)]); attempt(m.__getitem__, "q")
        attempt(m.__setitem__, "keys", L(1, 1)); attempt(m.__setitem__, 3, L(1, 1)); attempt(m.pop, "q")
        m.clear(); print(m)
    """,
    "ParameterList": """
        p = nn.ParameterList([nn.Parameter(torch.ones(2)), torch.zeros(2, 3), 5])
        print(p, len(p), p[0], p[-1], p[1:], list(p)[2], [n for n, _ in p.named_parameters()])
        p.append(torch.ones(1)); p[0] = torch.zeros(1); p.extend([torch.ones(())]); p += (nn.Buffer(torch.ones(1)),)
        print(p, p.state_dict())
        attempt(p.extend, 3); attempt(p.extend, torch.ones(2)); attempt(p.__getitem__, 9); attempt(p, 1)
        attempt(p.__setitem__, 9, 1); print(nn.ParameterList())
    """,
    "ParameterDict": """
        p = nn.ParameterDict({"b": nn.Parameter(torch.ones(2)), "a": torch.zeros(2, 3), "c": "text"})
        print(p, len(p), list(p), p["a"], list(p.items()), list(reversed(p)), "a" in p, p.get("z"), p.get("z", 1))
        p["z"] = torch.ones(1); print(p.pop("z"), p.popitem(), p.setdefault("q", torch.ones(1)), p.setdefault("q"))
        print(p | nn.ParameterDict({"y": torch.ones(1)}), p.copy())
        p.update(OrderedDict(z=1, y=2)); p.update([("i", 1)]); p |= {"n": torch.ones(1), "m": torch.ones(2)}
        print(p, p.fromkeys(["u", "v"], 3)); del p["n"]; p.clear(); print(p)
        attempt(p.update, 3); attempt(p.update, [3]); attempt(p.update, [(1, 2, 3)]); attempt(p.__getitem__, 3)
        attempt(p.__getitem__, "q"); attempt(p.__setitem__, 3, 1); attempt(p, 1)
    """,
    "Container": "print(nn.Container(a=L(1, 1)))",
    "shapes": """
        print(nn.Flatten(), nn.Flatten(0, 1), nn.Unflatten(1, (2, 3)), nn.Flatten()(torch.ones(2, 3, 4)).shape)
        print(nn.Unflatten(1, [2, 3])(torch.ones(2, 6)).shape, nn.Identity(3, a=4), nn.Identity()("x"))
        attempt(nn.Unflatten, 1, (2, "a")); attempt(nn.Unflatten, 1, 6); attempt(nn.Unflatten(1, (4, 2)), torch.ones(2, 6))
    """,
    "Linear": """
        m = L(2, 3, bias=False)
        print(m, m.bias, L(2, 3, dtype=torch.float64), L(2, 3, dtype=torch.float64).weight.dtype, L(0, 2), L(2, 0))
        attempt(m, torch.ones(2, 3)); attempt(m, torch.ones(2, dtype=torch.float64)); attempt(L, 2, -1)
        attempt(L(2, 3), torch.ones(2, 3)); attempt(L(2, 3), torch.ones(2, 2, dtype=torch.int64)); attempt(L, 2)
        print(m(torch.ones(2)).shape, m(torch.ones(4, 5, 2)).grad_fn, L(2, 3)(torch.ones(2)).grad_fn)
        print(L(2, 3)(torch.ones(4, 2)).grad_fn, L(2, 3)(torch.ones(5, 4, 2)).grad_fn)
        b = nn.Bilinear(2, 3, 4)
        print(b, b(torch.ones(5, 2), torch.ones(5, 3)).shape, b(torch.ones(2), torch.ones(3)).grad_fn)
        attempt(nn.Bilinear, 0, 1, 1)
    """,
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_as_in_torch(name: str):
    agree(START + textwrap.dedent(SNIPPETS[name]))

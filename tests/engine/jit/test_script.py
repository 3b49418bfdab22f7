"""Scripts, which run as the Python that they are, beside torch's, which are compiled."""

import linecache
import re

import bothways
import pytest
from bothways import agree

import engine

CODE = """
@torch.jit.script
def gelu(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    x = x + b
    return x * 0.5 * (1.0 + torch.erf(x / 1.41421))
x = torch.ones(3, requires_grad=True)
y = gelu(x, torch.zeros(3))
y.sum().backward()
print(y, x.grad, gelu.name, type(gelu).__name__, isinstance(gelu, torch.jit.ScriptFunction))
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.l = torch.nn.Linear(2, 3)
        self.seq = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Identity())
    def forward(self, x):
        if x.sum() > 0:
            return self.seq(self.l(x))
        return self.l(x)
n = Net()
s = torch.jit.script(n)
print(s)
print(torch.equal(s(torch.ones(1, 2)), n(torch.ones(1, 2))), list(s.state_dict()), [a for a, _ in s.named_parameters()])
print(isinstance(s, torch.nn.Module), isinstance(s, torch.jit.ScriptModule), s.l.weight is n.l.weight, s.training)
s.eval()
print(s.training, s.seq.training, s.original_name, torch.jit.script(s) is s, type(s).__name__)
s(torch.ones(1, 2)).sum().backward()
torch.optim.SGD(s.parameters(), .1).step()
print(s.l.bias, n.l.bias.grad, len(list(s.modules())))
print(s.load_state_dict(n.state_dict()))
"""


def test_scripts_give_what_torchs_give(monkeypatch):
    monkeypatch.setitem(linecache.cache, "<cell>", (len(CODE), None, CODE.splitlines(keepends=True), "<cell>"))
    agree(CODE)


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
@pytest.mark.parametrize("given", [abs, engine.nn.Linear(1, 1)])
@pytest.mark.parametrize("name", ["graph", "code"])
def test_what_only_compiled_code_has_is_refused(given, name):
    scripted = engine.jit.script(given)
    with pytest.raises(NotImplementedError, match=f"{name} of a scripted (function|module): nothing is compiled here"):
        getattr(scripted, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        scripted.nothing  # noqa: B018


CALLS = """
from typing import Dict, List, Optional, Tuple
@torch.jit.script
def fn(x, n: int = 2):
    return x * n
@torch.jit.script
def many(x: Dict[str, int], y: Optional[List[float]] = None, z: Tuple[int, str] = (1, "a")) -> int:
    return x["a"]
linear = torch.jit.script(nn.Linear(2, 2))
seq = torch.jit.script(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
traced = torch.jit.trace(nn.Sequential(nn.Linear(2, 3)), torch.ones(1, 2))
"""


@pytest.mark.parametrize(
    "call",
    [
        "print(fn(torch.ones(1), 3), fn(torch.ones(1)), fn(n=3, x=torch.ones(1)))", "fn('a')", "fn()",
        "print(many({'a': 1}, [1, 2.5], [1, 'b']), many({'a': 1}, None))", "many({'a': 1.5})", "many({1: 1})",
        "many({'a': 1}, [1., 'b'])", "many({'a': 1}, 'ab')", "many({'a': 1}, z=(1, 2))", "many({'a': 1}, None, (1,))",
        "many()", "fn(torch.ones(1), n='a')", "fn(torch.ones(1), n=1, m=3)", "fn(torch.ones(1), 1, n=2)",
        "torch.jit.script(3)",
        "fn(torch.ones(1), 2, 3)", "fn(torch.ones(1), 2.5)", "fn(torch.ones(1), m=3)",
        "linear()", "linear('a')", "linear(torch.ones(1, 2), 3)", "linear[0]", "len(linear)", "iter(linear)",
        "print(seq[0], len(seq), [type(one).__name__ for one in seq], bool(seq))",
        "traced[0]", "len(traced)", "iter(traced)",
        "print(torch.jit.script(nn.ModuleList([seq, traced])))",
        "print(torch.jit.freeze(seq.eval()), list(torch.jit.freeze(seq.eval()).state_dict()))",
        "import copy; two = copy.deepcopy(linear); print(type(two).__name__, torch.equal(two.weight, linear.weight))",
    ],
)  # fmt: skip
def test_calls_are_held_against_what_is_declared(call, monkeypatch):
    code = CALLS + call
    monkeypatch.setitem(linecache.cache, "<cell>", (len(code), None, code.splitlines(keepends=True), "<cell>"))
    unsaid = re.compile(r"___torch_mangle_\d+\.|DeprecationWarning: .*")  # which depend on what was scripted before
    mine, theirs = (unsaid.sub("", bothways.printed(code, module)).strip() for module in (engine, bothways.torch))
    assert mine == theirs

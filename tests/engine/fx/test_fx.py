"""Programs as graphs, their code, and what runs and changes them, beside torch's."""

import pickle
import subprocess
import sys

import pytest
from bothways import agree

import engine

MODEL = """
import torch.fx, operator
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.param = nn.Parameter(torch.ones(3, 4)); self.linear = nn.Linear(4, 5)
        self.layers = nn.Sequential(nn.Linear(5, 5), nn.ReLU()); self.register_buffer("buf", torch.zeros(5))
    def forward(self, x, y=2, *, z=None):
        a = self.linear(x + self.param).clamp(min=0.0, max=1.0)
        b = torch.relu(a) * y + self.buf
        c = F.dropout(self.layers(b), p=0.5, training=self.training)
        d = c.view(c.size(0), -1)[:, :2]
        e, f = d.chunk(2, dim=1)
        return torch.cat([e, f.neg()], dim=-1), {"k": -c, "l": (a.shape, 3)}
g = torch.fx.symbolic_trace(M())
f = torch.fx.symbolic_trace(lambda x, y: torch.sin(x) @ y.t() + 3 - (x / 2) ** 2)
ones, eye = torch.ones(2, 2), torch.eye(2)
"""


@pytest.mark.parametrize(
    "code",
    [
        "print(type(g), type(g).__name__, g.graph, g.code, g)",
        "for n in g.graph.nodes: print(n.op, n.name, n.args, n.kwargs, list(n.users), n.all_input_nodes)",
        "g.graph.print_tabular()",
        "print(list(g.graph.nodes)[3].format_node(), repr(list(g.graph.nodes)[3]))",
        "o = g(torch.ones(3, 4)); print(o[0].shape, o[1]['l'], g.eval()(torch.ones(3, 4), 3)[1]['k'].shape)",
        "print(f.graph, f.code)",
        "n = list(g.graph.nodes)[2]; print(n.next, n.prev, n.graph is g.graph, n.type)",
        "print(g.graph.output_node(), g.graph.find_nodes(op='call_module'), len(g.graph.nodes))",
        "g.add_submodule('a.b', nn.ReLU()); print(g.get_submodule('a.b'), g.delete_submodule('a.b'))\n"
        "g.add_submodule('unused', nn.ReLU()); g.delete_all_unused_submodules(); print(hasattr(g, 'unused'))",
    ],
)
def test_graphs_and_their_code(code):
    agree(MODEL + code)


@pytest.mark.parametrize(
    "function",
    [
        "lambda x: x if x.sum() > 0 else -x", "lambda x: [v for v in x]", "lambda x: len(x)", "lambda x: int(x)",
        "lambda x: range(x)", "lambda x: x and 1", "lambda x: 1 in x",
    ],
)  # fmt: skip
def test_what_depends_on_values_is_refused(function):
    agree(f"import torch.fx\ntorch.fx.symbolic_trace({function})")


@pytest.mark.parametrize(
    "function",
    [
        "lambda x: (x.shape[0], x.T, x.mean(dim=0, keepdim=True), x[1, ..., None], x == 1, ~x, x.add_(1), abs(x))",
        "lambda x: (x // 2, x % 2, x & 1, x.dtype, x.requires_grad, x.float().to(torch.float64), x > 2, 2 ** x, -x)",
        "lambda x: (torch.ones(2) + x, torch.zeros(2, device='cpu'))", "lambda x: x", "lambda: 3",
        "lambda *args, **kwargs: args[0] + kwargs['a']", "lambda input: input.sum(dim=0)",
        "lambda x: F.scaled_dot_product_attention(x, x, x) + F.relu(x, inplace=True)",
        "lambda x: torch.linalg.norm(F.linear(x, x)) + torch.fft.fft(x).abs() + torch.special.i0e(x)",
        "lambda x: torch.einsum('ij->i', x) + torch.split(x, 2)[0] + torch.stack([x, x], dim=1)",
        "lambda x: torch.where(x > 0, x, torch.zeros_like(x)).to('cpu')",
        "lambda x: (x + float('inf'), x * 1e-3, x - 1j)",
        "lambda x: x.to(device=torch.device('cpu'))", "lambda x, y: torch.max(x, y) + max(1, 2)",
    ],
)  # fmt: skip
def test_code_of_functions(function):
    agree(f"import torch.fx\nf = torch.fx.symbolic_trace({function})\nprint(f.code, f.graph)")


@pytest.mark.parametrize(
    "code",
    [
        "for n in f.graph.nodes:\n"
        "    if n.target is torch.sin: n.target = torch.cos\n"
        "f.graph.lint(); f.recompile(); print(f.code, f(ones, eye))",
        "for n in list(f.graph.nodes):\n"
        "    if n.target is operator.add:\n"
        "        with f.graph.inserting_after(n):\n"
        "            new = f.graph.call_function(torch.relu, args=(n,))\n"
        "    if n.target is operator.add: n.replace_all_uses_with(new); new.args = (n,)\n"
        "f.recompile(); print(f.code)\n"
        "for n in f.graph.nodes:\n"
        "    if n.target is torch.relu: n.replace_all_uses_with(n.args[0]); f.graph.erase_node(n)\n"
        "f.graph.lint(); print(f.graph)",
        "f.graph.erase_node(next(iter(f.graph.nodes)))",
        "n = list(f.graph.nodes)[2]; n.args = (list(f.graph.nodes)[4],); f.graph.lint()",
        "f.graph.call_function(torch.add, (1, 2)); print(f.graph.eliminate_dead_code(), f.graph)",
        "with f.graph.inserting_before(): f.graph.placeholder('z', default_value=1)\nf.recompile(); print(f.code)",
        "n = list(f.graph.nodes)[2]; n.update_kwarg('out', None); n.insert_arg(0, 5); n.update_arg(1, 7)\n"
        "print(n.args, n.kwargs)",
        "x, y, sin, t, *_ = f.graph.nodes; x.append(y); sin.prepend(t)\n"
        "print(list(f.graph.nodes), list(reversed(f.graph.nodes)))",
        "torch.fx.Node(f.graph, 'a', 'call_function', 'text', (), {})",
        "f.graph.nodes = []",
    ],
)
def test_changes(code):
    agree(MODEL + code)


BUILT = """
import torch.fx
class Root(nn.Module):
    def __init__(self): super().__init__(); self.weight = nn.Parameter(torch.ones(2)); self.act = nn.Tanh()
G = torch.fx.Graph(); x = G.placeholder("x"); w = G.get_attr("weight"); y = G.call_method("add", (x, w), {"alpha": 2})
z = G.call_module("act", (y,)); G.output((z, [y], {"a": slice(None, 1, None)}))
"""


@pytest.mark.parametrize(
    "code",
    [
        "m = torch.fx.GraphModule(Root(), G); print(G, m.code, m, m(torch.ones(2)), list(m.state_dict()))",
        "print(torch.fx.GraphModule({'weight': torch.ones(2), 'act': nn.ReLU()}, G)(torch.ones(2)))",
        "torch.fx.GraphModule({'weight': torch.ones(2)}, G)",
        "m = torch.fx.GraphModule(Root(), G); del m.act; G.lint()",
    ],
)
def test_graphs_built_by_hand(code):
    agree(BUILT + code)


@pytest.mark.parametrize(
    "code",
    [
        "class T(torch.fx.Transformer):\n"
        "    def call_function(self, target, args, kwargs):\n"
        "        return super().call_function(torch.neg if target is torch.sin else target, args, kwargs)\n"
        "t = T(f).transform(); print(t.code, t(ones, eye))",
        "class I(torch.fx.Interpreter):\n"
        "    def run_node(self, n): r = super().run_node(n); print(n.name, getattr(r, 'shape', r)); return r\n"
        "print(I(f).run(ones, eye))",
        "torch.fx.Interpreter(f).run(ones)",
        "torch.fx.Interpreter(f).run(torch.ones(2, 3), torch.ones(2, 2))",
        "from torch.fx.passes.shape_prop import ShapeProp\nShapeProp(f).propagate(ones, eye)\n"
        "print([n.meta['tensor_meta'] for n in f.graph.nodes if n.op != 'output'][:3], n.meta['type'])",
        "h = torch.fx.symbolic_trace(lambda a: torch.relu(a * 2) + 1)\n"
        "print(torch.fx.replace_pattern(h, lambda x: torch.relu(x) + 1, lambda x: torch.sigmoid(x)), h.code)",
        "h = torch.fx.symbolic_trace(lambda a, b: torch.cat([a.neg(), b.neg()]).sum() + a.neg().sum())\n"
        "torch.fx.replace_pattern(h, lambda x: x.neg(), lambda x: 0 - x); print(h.code)",
        "import copy; c = copy.deepcopy(g); print(c.code == g.code, len(c.graph.nodes), list(c.state_dict()))",
        "class Leaf(torch.fx.Tracer):\n"
        "    def is_leaf_module(self, m, name): return isinstance(m, nn.Sequential)\n"
        "print(Leaf().trace(M()))",
        "print(torch.fx.symbolic_trace(lambda x, n: x * n if n > 2 else x, concrete_args={'n': 3}).code)",
        "def fn(x: torch.Tensor, n: int = 3) -> torch.Tensor: return x + n\n"
        "t = torch.fx.symbolic_trace(fn); print(t.code, t, t.graph, t(1))",
    ],
)
def test_what_runs_and_makes_graphs(code):
    agree(MODEL + code)


def test_wrapped_functions_are_calls():
    agree(
        """
import torch.fx
@torch.fx.wrap
def helper(x, n): return x + len(n)
torch.fx.wrap("len")
t = torch.fx.symbolic_trace(lambda x: helper(x, [1, 2]) * len(x)); print(t.code, t(torch.ones(2)), helper(1, [2]))
def inner(): torch.fx.wrap(helper)
inner()
"""
    )


def test_batch_norm_is_folded_into_convolution():
    agree(
        """
import torch.fx
from torch.nn.utils.fusion import fuse_conv_bn_eval
m = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).eval(); s = torch.fx.symbolic_trace(m)
mods = dict(s.named_modules()); print(s.code, list(mods))
for n in s.graph.nodes:
    if n.op == "call_module" and isinstance(mods[n.target], nn.BatchNorm2d):
        setattr(s, n.args[0].target, fuse_conv_bn_eval(mods[n.args[0].target], mods[n.target]))
        n.replace_all_uses_with(n.args[0]); s.graph.erase_node(n)
s.recompile(); x = torch.randn(1, 1, 5, 5); print(s.code, torch.allclose(s(x), m(x), atol=1e-6))
"""
    )


def test_a_traced_module_trains():
    agree(
        """
import torch.fx
m = torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 1))); x = torch.ones(2, 2)
m(x).sum().backward(); print([p.grad for p in m.parameters()], sorted(m.state_dict()))
"""
    )


def test_a_pickled_module_computes_the_same():
    module = engine.fx.symbolic_trace(engine.nn.Sequential(engine.nn.Linear(2, 3), engine.nn.ReLU()))
    again = pickle.loads(pickle.dumps(module))
    x = engine.ones(1, 2)
    assert engine.equal(again(x), module(x))
    assert again.code == module.code


def test_modules_and_functions_are_as_before_after_tracing():
    call, read, relu = engine.nn.Module.__call__, engine.nn.Module.__getattr__, engine.relu
    with pytest.raises(engine.fx.proxy.TraceError):
        engine.fx.symbolic_trace(lambda x: x if x else 1)
    assert (engine.nn.Module.__call__, engine.nn.Module.__getattr__, engine.relu) == (call, read, relu)


def test_programs_are_traced_where_no_torch_is():
    code = "import engine, sys; print(engine.fx.symbolic_trace(lambda x: engine.sin(x)).code, 'torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "sin = torch.sin(x)" in found.stdout
    assert found.stdout.endswith("False\n")


@pytest.mark.parametrize(
    "code",
    [
        "t = torch.fx.symbolic_trace(f, concrete_args={'y': 2}); print(t.code, [n.args for n in t.graph.nodes])",
        "t = torch.fx.symbolic_trace(f, concrete_args={'flag': False}); print(t.code); t(torch.ones(1), flag_1=True)",
        "t = torch.fx.symbolic_trace(f, concrete_args={'w': None}); print(t.code); print(t(1)); t(1, 2, 3)",
        "torch.fx.Graph().call_function(3)", "torch.fx.Graph().call_method(3)", "torch.fx.Graph().get_attr(3)",
        "import copy; m = torch.fx.symbolic_trace(nn.Sequential(nn.ReLU())); print(m, copy.deepcopy(m), copy.copy(m))",
    ],
)  # fmt: skip
def test_what_is_specialised_keeps_its_default(code):
    agree(f"import torch.fx\ndef f(x, y=3, w=None, *, flag=True): return x + y\n{code}")

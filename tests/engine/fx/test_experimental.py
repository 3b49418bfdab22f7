"""Graphs of operators, and modules made faster, beside torch's."""

import pytest
from bothways import agree

MADE = "from torch.fx.experimental.proxy_tensor import make_fx\ndef f(x, y): return torch.sin(x) + y * 2\n"
TRACED = [
    "g = make_fx(f)(torch.ones(2), torch.ones(2)); print(g.code, g.graph, g, type(g).__name__); g.print_readable()",
    "print(make_fx(lambda x: F.softmax(x, -1).sum())(torch.rand(2, 3)).code)",
    "print(make_fx(torch.func.vmap(lambda x: x.sin() + 1))(torch.ones(2, 3)).code)",
    "l = nn.Linear(2, 3); g = make_fx(lambda x: l(x))(torch.ones(1, 2)); print(g.code, [n for n, "
    "_ in g.named_parameters()])",
    "l = nn.Linear(2, 3); print(make_fx(lambda x: l(x).relu().sum())(torch.ones(1, 2)).code)",
    "c = torch.ones(2); g = make_fx(lambda x: x + c)(torch.ones(2)); print(g.code, g(torch.ones(2)))",
    "print(make_fx(lambda x: x.max(0))(torch.ones(2, 3)).code)",
    "print(make_fx(lambda x: (x, [x + 1, {'a': x * 2}]))(torch.ones(2)).graph)",
    "print(make_fx(lambda x: x.view(3, 2).t().contiguous().relu_())(torch.ones(2, 3)).code)",
    "print(make_fx(lambda x: torch.cat([x, torch.zeros(2)]))(torch.ones(2)).code, make_fx(lambda x, "
    "n: x * n)(torch.ones(2), 3).code)",
    "print(make_fx(lambda x: x[0] + x[:, 1].sum())(torch.ones(2, 2)).code, make_fx(f, "
    "tracing_mode='symbolic')(torch.ones(2), torch.ones(2)).code)",
    "a = torch.ops.aten; t = {a.silu.default: lambda x: x * x.sigmoid(), a.log2.default: lambda x: x.log() * 1.4427}\n"
    "g = make_fx(lambda x: F.silu(x) + x.log2(), t)(torch.ones(2)); print(g.code, g(torch.ones(2)))",
    "make_fx(lambda x: x, tracing_mode='foo')(torch.ones(1))",
]  # fmt: skip
CHANGED = [
    "from torch.fx.experimental.optimization import fuse, remove_dropout\n"
    "m = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.ReLU(), nn.Dropout()).eval(); x = torch.rand(2, 1, "
    "3, 3)\n"
    "print(fuse(m), remove_dropout(m), torch.allclose(fuse(m)(x), m(x)), m)",
    "from torch.fx import subgraph_rewriter, symbolic_trace\ng = symbolic_trace(lambda x: torch.relu(x) + 1)\n"
    "print(subgraph_rewriter.replace_pattern(g, lambda x: torch.relu(x), lambda x: torch.sigmoid(x)), g.code)",
]  # fmt: skip


@pytest.mark.parametrize("code", [MADE + code for code in TRACED] + CHANGED)
@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
def test_it_does_what_torchs_does(code):
    agree("import importlib; importlib.import_module(torch.__name__ + '.fx')\n" + code)

"""Pictures of graphs, against torchviz: of torch's graphs, and of the engine's graphs for the same code."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from itertools import product
from pathlib import Path

import pytest

import engine
from engine import graph
from engine.graph.dot import make_dot, resize_graph

torch = pytest.importorskip("torch")
graphviz = pytest.importorskip("graphviz")

pytestmark = pytest.mark.filterwarnings("ignore:distutils Version classes are deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def torchviz():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports distutils
        return pytest.importorskip("torchviz", exc_type=ImportError)


def masked(source: str) -> str:
    """Addresses replaced by numbers in the order of their appearance."""
    numbers: dict[str, int] = {}
    return re.sub(r"\b\d{8,}\b", lambda match: f"node{numbers.setdefault(match[0], len(numbers))}", source)


GRAPHS = {
    "a chain": "(x**2 + 1) ** 2",
    "a leaf": "x",
    "no graph": "torch.ones(2, 3)",
    "a number": "(x * 3).sum()",
    "several inputs": "(m @ x).exp() * m.sum(1)",
    "shared nodes": "(lambda y: y * y + y)(x.sin())",
    "several outputs": "(x * 2, x, m * x)",
    "an output that another one saved": "(x.exp(), x)",
    "an output twice": "(lambda y: (y, y))(x * 2)",
    "a view": "(x * 2).view(2, 1)",
    "a view of a leaf": "m[0]",
    "a view of an output": "(lambda y: (y, y[0]))(m * 2)",
    "saved tuples": "m[torch.tensor([0, 1])]",
    "a long attribute": "m.view(1, 1, 3, 1, 2, 1, 1, 1).sum((0, 1, 2, 3, 4, 5))",
}
LEAVES = """
x = torch.tensor([1.0, 2.0], requires_grad=True)
m = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
"""
OPTIONS = [
    {"show_attrs": attrs, "show_saved": saved, "max_attr_chars": width}
    for attrs, saved, width in product((False, True), (False, True), (50, 8, 0))
]


def built(module, code):
    namespace = {"torch": module}
    exec(LEAVES, namespace)
    value = eval(code, namespace)
    return value, {"x": namespace["x"], "matrix": namespace["m"]}


@pytest.mark.parametrize("code", GRAPHS.values(), ids=GRAPHS)
def test_the_picture_of_torchs_graph_is_torchvizs(torchviz, code):
    value, params = built(torch, code)
    for options in OPTIONS:
        expected = torchviz.make_dot(value, params=params, **options).source
        assert masked(make_dot(value, params=params, **options).source) == masked(expected)
    assert masked(make_dot(value).source) == masked(torchviz.make_dot(value).source)


@pytest.mark.parametrize("code", GRAPHS.values(), ids=GRAPHS)
def test_the_picture_of_the_engines_graph_is_that_of_torchs(torchviz, code):
    (value, params), (expected, names) = built(engine, code), built(torch, code)
    for options in OPTIONS:
        source = make_dot(value, params=params, **options).source
        assert masked(source) == masked(torchviz.make_dot(expected, params=names, **options).source)


def test_modules_and_custom_functions_too(torchviz):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result, x)
            return result

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    layers = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten())
    value = torch.cat([Exp.apply(layers(torch.ones(2, 1, 4, 4))).logsumexp(1).norm()[None]])
    for options in OPTIONS:
        expected = torchviz.make_dot(value, params=dict(layers.named_parameters()), **options).source
        assert masked(make_dot(value, params=dict(layers.named_parameters()), **options).source) == masked(expected)


def test_freed_tensors_cannot_be_drawn():
    value = (torch.ones(2, requires_grad=True) ** 2).sum()
    value.backward()
    assert "PowBackward0" in make_dot(value).source
    with pytest.raises(RuntimeError, match="after they have already been freed"):
        make_dot(value, show_saved=True)


def test_a_long_chain_is_drawn_without_recursion():
    value = torch.ones(1, requires_grad=True)
    for _ in range(3000):
        value = value * 2
    assert make_dot(value).source.count("label=MulBackward0") == 3000


def test_the_size_grows_with_the_statements():
    dot = graphviz.Digraph(graph_attr={"size": "12,12"})
    resize_graph(dot)
    assert dot.graph_attr["size"] == "12,12"
    for number in range(100):
        dot.node(str(number))
    resize_graph(dot)
    assert dot.graph_attr["size"] == "15.0,15.0"
    resize_graph(dot, size_per_element=1, min_size=200)
    assert dot.graph_attr["size"] == "200,200"


def test_names_belong_to_tensors_only():
    with pytest.raises(AssertionError) as raised:
        make_dot(torch.ones(1), params={"x": 3})
    assert str(raised.value) == ""


def test_traces_are_not_drawn():
    with pytest.raises(NotImplementedError, match="has been moved to pytorch core"):
        graph.make_dot_from_trace(None)


def test_without_graphviz_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match=r"pip install autograd-conformance\[viz\]"):
        make_dot(torch.ones(1))


def test_the_package_uses_nothing_of_the_engine():
    for path in Path(graph.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or node.module.split(".")[0] in {*sys.stdlib_module_names, "graphviz"}
            elif isinstance(node, ast.Import):
                assert all(name.name in sys.stdlib_module_names for name in node.names)

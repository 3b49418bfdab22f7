"""Graphs as text."""

from __future__ import annotations

import pytest

import engine
from engine.graph import text_tree


@pytest.fixture(params=["engine", "torch"])
def torch(request):
    return engine if request.param == "engine" else pytest.importorskip("torch")


def leaf(torch):
    return torch.tensor([1.0, 2.0], requires_grad=True)


def test_branches_and_shared_nodes(torch):
    x, w = leaf(torch), leaf(torch)
    y = x**2
    assert text_tree(y * w + y, {"x": x, "w": w}).splitlines() == [
        "AddBackward0",
        "├─ MulBackward0",
        "│  ├─ PowBackward0 #1",
        "│  │  └─ AccumulateGrad x (2)",
        "│  └─ AccumulateGrad w (2)",
        "└─ PowBackward0 #1, above",
    ]


def test_shared_leaves_have_nothing_below_them(torch):
    x = leaf(torch)
    assert text_tree(x * x).splitlines() == [
        "MulBackward0",
        "├─ AccumulateGrad tensor (2) #1",
        "└─ AccumulateGrad tensor (2) #1",
    ]


def test_inputs_that_are_not_tracked_are_left_out(torch):
    assert text_tree((leaf(torch) * torch.tensor([3.0, 4.0])).sum()).splitlines() == [
        "SumBackward0",
        "└─ MulBackward0",
        "   └─ AccumulateGrad tensor (2)",
    ]


def test_a_node_may_be_the_root(torch):
    y = leaf(torch) * 2
    assert text_tree(y.grad_fn) == text_tree(y)


def test_a_tensor_without_a_graph(torch):
    x = leaf(torch)
    assert text_tree(x, {"x": x}) == "x (2) has no grad_fn"
    assert text_tree(torch.ones(2, 3)) == "tensor (2, 3) has no grad_fn"


def test_what_is_too_deep_is_dots(torch):
    x = leaf(torch)
    for _ in range(3000):
        x = x * 2
    assert text_tree(x, depth=2).splitlines() == ["MulBackward0", "└─ MulBackward0", "   └─ MulBackward0 ..."]
    assert len(text_tree(x, depth=3000).splitlines()) == 3001


def test_a_node_that_was_cut_is_shown_where_there_is_room(torch):
    x = leaf(torch)
    y = x.exp()
    assert text_tree(y.sin() * y, {"x": x}, depth=2).splitlines() == [
        "MulBackward0",
        "├─ SinBackward0",
        "│  └─ ExpBackward0 #1 ...",
        "└─ ExpBackward0 #1",
        "   └─ AccumulateGrad x (2)",
    ]

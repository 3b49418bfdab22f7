"""Operators that take functions.  torch compiles what they are given, which takes seconds: its values stand here."""

import pytest

import engine
from engine._higher_order_ops import associative_scan, scan, while_loop
from engine._higher_order_ops.map import map as map_

X = engine.ones(3)


def test_a_condition_chooses_a_function():
    x = engine.ones(3, requires_grad=True)
    y = engine.cond(x.sum() > 0, engine.sin, engine.cos, (x,))
    assert repr(y) == "tensor([0.8415, 0.8415, 0.8415], grad_fn=<CondAutogradOpBackward>)"
    y.sum().backward()
    assert repr(x.grad) == "tensor([0.5403, 0.5403, 0.5403])"
    assert (
        repr(engine.cond(False, engine.sin, lambda x: (x, [x + 1]), [X]))
        == "(tensor([1., 1., 1.]), [tensor([2., 2., 2.])])"
    )
    assert engine.cond(X.sum() > 9, lambda: X, lambda: X - 1).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            (X, engine.sin, engine.cos, (X,)),
            "Expected pred to be bool or single-element tensor, but got tensor([1., 1., 1.]).",
        ),
        (("a", engine.sin, engine.cos, (X,)), "Expected pred to be bool or tensor, but got a."),
        ((True, engine.sin, 3, (X,)), "Expect both branches to be callable."),
        (
            (True, engine.sin, engine.cos, X),
            "Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of tensor leaves, but "
            "got tensor([1., 1., 1.]).",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(given, text):
    with pytest.raises(RuntimeError) as refused:
        engine.cond(*given)
    assert str(refused.value) == text


def test_loops_and_scans():
    found = while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 2), (engine.tensor(0), X))
    assert repr(found) == "(tensor(5), tensor([32., 32., 32.]))"
    last, kept = scan(lambda c, x: (c + x, c * x), engine.zeros(3), engine.arange(6.0).view(2, 3))
    assert (last.tolist(), kept.tolist()) == ([3, 5, 7], [[0, 0, 0], [0, 4, 10]])
    summed = associative_scan(lambda a, b: a + b, engine.arange(6.0).view(3, 2), 0, combine_mode="generic")
    assert summed.tolist() == [[0, 1], [2, 4], [6, 9]]
    assert associative_scan(engine.add, engine.arange(3), 0, reverse=True).tolist() == [3, 3, 2]
    assert map_(lambda x, y: x + y, engine.ones(2, 3), X).tolist() == [[2, 2, 2]] * 2

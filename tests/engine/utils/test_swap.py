"""Two tensors exchanged."""

import pytest

import engine as torch


def test_everything_is_exchanged():
    x, y = torch.ones(2), torch.zeros(3, requires_grad=True)
    identity, y.note = id(x), "y"
    torch.utils.swap_tensors(x, y)
    assert id(x) == identity and x.shape == (3,) and x.requires_grad and x.note == "y"
    assert y.tolist() == [1.0, 1.0] and not y.requires_grad and not hasattr(y, "note")


def test_a_graph_to_a_swapped_leaf_fails():
    x = torch.ones(2, requires_grad=True)
    loss = (x * 2).sum()
    torch.utils.swap_tensors(x, torch.zeros(2))
    with pytest.raises(RuntimeError, match="poisoned by swap_tensors"):
        loss.backward()

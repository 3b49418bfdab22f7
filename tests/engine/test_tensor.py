"""What Python sees of a tensor."""

import pickle
import warnings

import pytest

import engine as torch


def test_a_tracked_number_warns_only_where_gradients_are_recorded():
    loss = torch.ones(1, requires_grad=True).sum()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("error")
        assert float(loss) == 1.0
    torch.set_warn_always(True)
    try:
        with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
            float(loss)
    finally:
        torch.set_warn_always(False)


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.arange(3.0),
        lambda: torch.ones(2, 2, dtype=torch.bfloat16).t(),
        lambda: torch.ones(2, requires_grad=True),
        lambda: torch.nn.Parameter(torch.ones(2)),
    ],
    ids=["plain", "bfloat16", "leaf", "parameter"],
)
def test_a_pickled_tensor_comes_back(make):
    tensor = make()
    found = pickle.loads(pickle.dumps(tensor))
    assert type(found) is type(tensor) and repr(found) == repr(tensor)
    assert found.requires_grad == tensor.requires_grad

"""What Python sees of a tensor."""

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

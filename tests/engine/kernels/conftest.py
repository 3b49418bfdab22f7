"""What the tests of kernels share."""

import pytest


@pytest.fixture
def one_thread():
    """torch with one thread: with more, it adds up parts."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

"""What is no more says what to use."""

import pytest
from bothways import agree


@pytest.mark.parametrize("call", ["symeig(A)", "eig(A)", "matrix_rank(A)", "solve(A, A)", "lstsq(A, A)"])
def test_the_error_is_torchs(call):
    agree(f"A = torch.eye(2)\ntorch.{call}")


def test_some_are_methods():
    agree("print([hasattr(torch.Tensor, name) for name in ('symeig', 'eig', 'matrix_rank', 'solve', 'lstsq')])")

"""Padding and packing against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
from torch.nn.utils.rnn import *
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
x = torch.arange(24.0).reshape(4, 3, 2).requires_grad_()
"""


@pytest.mark.parametrize(
    "code",
    [
        "p = pack_padded_sequence(x, [4, 2, 1]); print(p, p.data.grad_fn._saved_batch_first, p.data.grad_fn._saved_result1)",
        "for first in (False, True): y, n = pad_packed_sequence(pack_padded_sequence(x, [4, 2, 1]), first, -1, 5); print(y, n, y.stride())",
        "p = pack_padded_sequence(x, [1, 4, 2], enforce_sorted=False); print(p); (p.data ** 2).sum().backward(); print(x.grad)",
        "p = pack_padded_sequence(x, [1, 4, 2], enforce_sorted=False); print(pad_packed_sequence(p)); print(unpack_sequence(p))",
        "attempt(pack_padded_sequence, x, [1, 2, 3]); attempt(pack_padded_sequence, x, [4, 2]); attempt(pack_padded_sequence, x, [4, 2, 0])",
        "attempt(pack_padded_sequence, x, [6, 5, 1]); attempt(pack_padded_sequence, x[:, 0, 0], [3]); attempt(pack_padded_sequence, x, torch.tensor([[4], [2], [1]]))",
        "attempt(pack_padded_sequence, x, []); attempt(pack_padded_sequence, x, [2.5, 2, 1]); attempt(pack_padded_sequence, torch.zeros(0, 3, 2), [])",
        "attempt(pad_packed_sequence, pack_padded_sequence(x, [4, 2, 1]), total_length=2)",
        "a, b = torch.ones(2), torch.arange(3.0, requires_grad=True); print(pad_sequence([a, b]), pad_sequence([a, b], True, -1.0, 'left'))",
        "attempt(pad_sequence, []); attempt(pad_sequence, 3); attempt(pad_sequence, [torch.ones(2)], padding_side='x'); attempt(pad_sequence, torch.eye(2))",
        "attempt(pad_sequence, [torch.ones(2), torch.ones(3, 2)]); attempt(pad_sequence, [torch.tensor(1.0)]); attempt(pad_sequence, [1, 2]); print(pad_sequence(iter([torch.tensor([1]), torch.tensor([2, 3])])))",
        "attempt(pack_sequence, [torch.ones(1), torch.ones(2)]); print(pack_sequence([torch.ones(1), torch.ones(2)], enforce_sorted=False)); attempt(pack_sequence, [])",
        "a = x.clone(); print(unpad_sequence(a, torch.tensor([4, 2, 1])), a.shape)",
        "attempt(PackedSequence, torch.ones(2)); print(PackedSequence((1, 2)), PackedSequence(torch.ones(2), torch.tensor([1, 1])))",
        "p = pack_padded_sequence(x, [4, 2, 1]); print(p.double().data.dtype, p.to('cpu') is p, p.cpu() is p, p.is_cuda, p.is_pinned(), p.long().data.sum(), p._fields, type(p).__mro__)",
        "print(invert_permutation(torch.tensor([2, 0, 1])), invert_permutation(None))",
        "p = pack_padded_sequence(x, [4, 2, 1]); (g,) = torch.autograd.grad((p.data ** 3).sum(), x, create_graph=True); print(g.grad_fn.name()); g.sum().backward(); print(x.grad)",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code)

"""Tensors joined in one and parted again, against torch."""

from __future__ import annotations

from tests.bothways import agree


def test_joined_and_parted():
    agree(
        "import torch._utils as u\n"
        "ts = [torch.ones(2, 2, requires_grad=True), torch.arange(3.), torch.zeros(0, 4), torch.tensor(5.), "
        "torch.arange(6.).view(2, 3).t()]\n"
        "f = u._flatten_dense_tensors(ts)\nprint(f, *u._unflatten_dense_tensors(f, ts))\n"
        "print(u._unflatten_dense_tensors(f.detach(), ts)[1]._base is not None)\nu._flatten_dense_tensors([])"
    )

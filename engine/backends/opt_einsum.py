"""``torch.backends.opt_einsum``: operands of ``einsum`` are taken from left to right."""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


enabled = False
strategy = None

"""``torch.backends.cuda``."""

from __future__ import annotations


def is_built() -> bool:
    """False: the engine has no GPU kernels."""
    return False

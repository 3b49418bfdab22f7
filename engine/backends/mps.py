"""``torch.backends.mps``."""

from __future__ import annotations


def is_built() -> bool:
    """False: the engine has no GPU kernels."""
    return False


def is_available() -> bool:
    """False: every tensor is on the CPU."""
    return False

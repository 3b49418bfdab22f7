"""``torch.distributed`` in a build without it."""

from __future__ import annotations


def is_available() -> bool:
    """False: the engine has one process."""
    return False


def is_initialized() -> bool:
    """False: there is no group."""
    return False

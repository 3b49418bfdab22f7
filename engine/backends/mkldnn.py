"""``torch.backends.mkldnn``."""

from __future__ import annotations


def is_available() -> bool:
    """False: no operation has a kernel of oneDNN."""
    return False

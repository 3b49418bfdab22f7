"""``torch.xpu``, Intel's GPUs, where there is none."""

from __future__ import annotations


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0

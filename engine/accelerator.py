"""``torch.accelerator`` where there is none."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0


def current_accelerator(check_available: bool = False) -> Any:
    """None."""
    return None

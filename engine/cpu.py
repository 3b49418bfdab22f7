"""``torch.cpu``: the device that is always there."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """One."""
    return 1


def current_device() -> str:
    """``"cpu"``."""
    return "cpu"


def set_device(device: Any) -> None:
    """No effect: there is one."""


def synchronize(device: Any = None) -> None:
    """No effect: nothing runs in the background."""


def is_initialized() -> bool:
    """Always."""
    return True

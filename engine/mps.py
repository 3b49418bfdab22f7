"""``torch.mps``, Apple's GPUs, where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from .refusing import refusing


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0


def _refused(name: str, function: str) -> Callable[..., NoReturn]:
    return refusing(name, RuntimeError, f"Cannot execute {function}() without MPS backend.")


empty_cache = _refused("empty_cache", "emptyCache")
synchronize = _refused("synchronize", "deviceSynchronize")
current_allocated_memory = _refused("current_allocated_memory", "getCurrentAllocatedMemory")


def manual_seed(seed: int) -> None:
    """No effect without a device."""

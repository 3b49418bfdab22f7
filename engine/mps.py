"""``torch.mps``, Apple's GPUs, where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0


def _refused(name: str, function: str) -> Callable[..., NoReturn]:
    def refused(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(f"Cannot execute {function}() without MPS backend.")

    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = "Refused: there is no device.\n\nRaises:\n    RuntimeError: always.\n"
    return refused


empty_cache = _refused("empty_cache", "emptyCache")
synchronize = _refused("synchronize", "deviceSynchronize")
current_allocated_memory = _refused("current_allocated_memory", "getCurrentAllocatedMemory")


def manual_seed(seed: int) -> None:
    """No effect without a device."""

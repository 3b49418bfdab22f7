"""``torch.accelerator`` where there is none."""

from __future__ import annotations

from typing import Any

from .refusing import refusing

_NONE = "Cannot access accelerator device when none is available."


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0


def current_accelerator(check_available: bool = False) -> Any:
    """None."""
    return None


current_device_index = refusing("current_device_index", RuntimeError, _NONE)
current_device_idx = refusing("current_device_idx", RuntimeError, _NONE)
set_device_index = refusing("set_device_index", RuntimeError, _NONE)
set_device_idx = refusing("set_device_idx", RuntimeError, _NONE)
current_stream = refusing("current_stream", RuntimeError, _NONE)
set_stream = refusing("set_stream", RuntimeError, _NONE)
synchronize = refusing("synchronize", RuntimeError, _NONE)
empty_cache = refusing("empty_cache", RuntimeError, _NONE)
memory_allocated = refusing("memory_allocated", RuntimeError, _NONE)
max_memory_allocated = refusing("max_memory_allocated", RuntimeError, _NONE)
memory_reserved = refusing("memory_reserved", RuntimeError, _NONE)
max_memory_reserved = refusing("max_memory_reserved", RuntimeError, _NONE)
memory_stats = refusing("memory_stats", RuntimeError, _NONE)
reset_peak_memory_stats = refusing("reset_peak_memory_stats", RuntimeError, _NONE)
reset_accumulated_memory_stats = refusing("reset_accumulated_memory_stats", RuntimeError, _NONE)
get_memory_info = refusing("get_memory_info", RuntimeError, _NONE)
get_device_capability = refusing("get_device_capability", RuntimeError, _NONE)

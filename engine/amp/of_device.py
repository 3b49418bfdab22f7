"""What ``torch.cpu.amp`` and ``torch.cuda.amp`` call what ``torch.amp`` has for all devices; each warns."""

from __future__ import annotations

from typing import Any

from ..dtypes import dtype as Dtype
from ..warning import warn
from . import autocast_mode, grad_scaler


def warn_of(device: str, name: str, new: str) -> None:
    """Say what a name of the device's module stands for."""
    warn(f"`torch.{device}.amp.{name}(args...)` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning)


def old_names(device: str, lower: Dtype) -> tuple[type[autocast_mode.autocast], type[grad_scaler.GradScaler]]:
    """``autocast`` and ``GradScaler`` of a device, whose casts are to ``lower`` unless told otherwise."""

    class autocast(autocast_mode.autocast):
        __doc__ = f'``torch.amp.autocast("{device}")``.'
        __module__, __qualname__ = f"torch.{device}.amp.autocast_mode", "autocast"

        def __init__(self, enabled: bool = True, dtype: Any = lower, cache_enabled: bool = True) -> None:
            warn_of(device, "autocast", f"autocast('{device}', args...)")
            super().__init__(device, enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)

    class GradScaler(grad_scaler.GradScaler):
        __doc__ = f'``torch.amp.GradScaler("{device}")``.'
        __module__, __qualname__ = f"torch.{device}.amp.grad_scaler", "GradScaler"

        def __init__(
            self,
            init_scale: float = 2.0**16,
            growth_factor: float = 2.0,
            backoff_factor: float = 0.5,
            growth_interval: int = 2000,
            enabled: bool = True,
        ) -> None:
            warn_of(device, "GradScaler", f"GradScaler('{device}', args...)")
            super().__init__(device, init_scale, growth_factor, backoff_factor, growth_interval, enabled)

    return autocast, GradScaler

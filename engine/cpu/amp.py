"""The old names of ``torch.amp`` for the CPU; each warns.  Source: ``torch.cpu.amp``."""

from __future__ import annotations

from .. import amp
from ..dtypes import bfloat16, dtype
from ..warning import warn


def _old(name: str) -> None:
    text = f"`torch.cpu.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cpu', args...)` instead."
    warn(text, FutureWarning)


class autocast(amp.autocast):
    """``torch.amp.autocast("cpu")``."""

    __module__ = "torch.cpu.amp.autocast_mode"

    def __init__(self, enabled: bool = True, dtype: dtype = bfloat16, cache_enabled: bool = True) -> None:
        _old("autocast")
        super().__init__("cpu", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class GradScaler(amp.GradScaler):
    """``torch.amp.GradScaler("cpu")``."""

    __module__ = "torch.cpu.amp.grad_scaler"

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _old("GradScaler")
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)

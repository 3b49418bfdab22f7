"""The old names of ``torch.amp`` for CUDA; each warns.  Source: ``torch.cuda.amp``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import amp
from ..dtypes import dtype, float16
from ..warning import warn


def _old(name: str, new: str) -> None:
    warn(f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning)


class autocast(amp.autocast):
    """``torch.amp.autocast("cuda")``."""

    __module__ = "torch.cuda.amp.autocast_mode"

    def __init__(self, enabled: bool = True, dtype: dtype = float16, cache_enabled: bool = True) -> None:
        _old("autocast", "autocast('cuda', args...)")
        super().__init__("cuda", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


def custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: dtype | None = None) -> Callable[..., Any]:
    """``torch.amp.custom_fwd(device_type="cuda")``."""
    _old("custom_fwd", "custom_fwd(args..., device_type='cuda')")
    return functools.partial(amp.custom_fwd, device_type="cuda")(fwd, cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Callable[..., Any]:
    """``torch.amp.custom_bwd(device_type="cuda")``."""
    _old("custom_bwd", "custom_bwd(args..., device_type='cuda')")
    return amp.custom_bwd(bwd, device_type="cuda")


class GradScaler(amp.GradScaler):
    """``torch.amp.GradScaler("cuda")``."""

    __module__ = "torch.cuda.amp.grad_scaler"

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _old("GradScaler", "GradScaler('cuda', args...)")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)

"""The old names of ``torch.amp`` for CUDA.  Source: ``torch.cuda.amp``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import amp
from ..amp.of_device import old_names, warn_of
from ..dtypes import dtype, float16

autocast, GradScaler = old_names("cuda", float16)


def custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: dtype | None = None) -> Callable[..., Any]:
    """``torch.amp.custom_fwd(device_type="cuda")``."""
    warn_of("cuda", "custom_fwd", "custom_fwd(args..., device_type='cuda')")
    return functools.partial(amp.custom_fwd, device_type="cuda")(fwd, cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Callable[..., Any]:
    """``torch.amp.custom_bwd(device_type="cuda")``."""
    warn_of("cuda", "custom_bwd", "custom_bwd(args..., device_type='cuda')")
    return amp.custom_bwd(bwd, device_type="cuda")

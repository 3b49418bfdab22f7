"""By which kernel ``scaled_dot_product_attention`` computes.  Source: ``torch.nn.attention``."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from typing import Any

from ...ops.attention import KERNELS


class SDPBackend(enum.Enum):
    """The kernels that torch may have; on the CPU these are `MATH` and `FLASH_ATTENTION`."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


SDPBackend.__module__ = "torch.nn.attention"


@contextlib.contextmanager
def sdpa_kernel(backends: list[SDPBackend] | SDPBackend, set_priority: bool = False) -> Iterator[dict[Any, Any]]:
    """In the block, or in the function that this decorates, attend by these kernels alone.

    Args:
        backends: one, or several.
        set_priority: no effect: on the CPU the order is fixed.

    Raises:
        AssertionError: for something else.
        RuntimeError: by the attention, if none of them can compute it.
    """
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(
            "Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
            f"{type(backends).__name__}"
        )
    chosen = [backends] if isinstance(backends, SDPBackend) else backends
    token = KERNELS.set(frozenset(one.name for one in chosen if isinstance(one, SDPBackend)))
    try:
        yield {}
    finally:
        KERNELS.reset(token)

"""What libraries ask of how functions are compiled, which they are not here.  Source: ``torch._jit_internal``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _copy_to_script_wrapper(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself: it stays as it is on a compiled module."""
    return fn

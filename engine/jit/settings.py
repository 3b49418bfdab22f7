"""What programs set of TorchScript's compiler, and names that they catch and annotate with.

Source: ``torch.jit``.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from ..futures import Future as Future
from ..warning import warn


class Error(Exception):
    """An error inside a script."""

    __module__ = "torch.jit"


class Attribute(NamedTuple):
    """A value with the type that it has in a script."""

    value: Any
    type: Any


Attribute.__module__ = "torch.jit._script"


class strict_fusion:
    """A block in which all operations are to be fused: of scripts, and none is, here."""

    __module__ = "torch.jit"

    def __init__(self) -> None:
        warn("Only works in script mode")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class _Fusion:
    strategy: ClassVar[list[tuple[str, int]]] = [("STATIC", 2), ("DYNAMIC", 10)]
    onednn = False


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Set what has no effect; what was set before."""
    warn("`torch.jit.set_fusion_strategy` is deprecated. Please use `torch.compile` instead.", DeprecationWarning)
    before, _Fusion.strategy = _Fusion.strategy, strategy
    return before


def enable_onednn_fusion(enabled: bool) -> None:
    """Set what has no effect."""
    _Fusion.onednn = enabled


def onednn_fusion_enabled() -> bool:
    """What was set."""
    return _Fusion.onednn

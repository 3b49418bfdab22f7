"""``torch.utils.hooks``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..autograd.node import RemovableHandle as RemovableHandle
from ..tensor import Tensor
from ..warning import warn

Hook = TypeVar("Hook", bound=Callable)


def unserializable_hook(f: Hook) -> Hook:
    """Let tensors with this hook be saved, without it, and without a warning."""
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f


def warn_if_has_hooks(tensor: Tensor) -> None:
    """Warn of each hook of a tensor that will not be saved with it."""
    extra = tensor._extra
    for hook in list(extra.hooks.values()) if extra is not None and extra.hooks else ():
        if not hasattr(hook, "__torch_unserializable__"):
            warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning"
            )

"""Modules without initial values.  Source: ``torch.nn.utils.skip_init``."""

from __future__ import annotations

import inspect
from typing import Any

from ..modules.module import Module


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Module:
    """A module whose parameters nobody has set, which draws no random numbers.

    Args:
        module_cls: its class, which takes a ``device``.
        *args: of the class.
        **kwargs: of the class.

    Raises:
        RuntimeError: for another class.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    return module_cls(*args, **kwargs, device="meta").to_empty(device=device)

"""What the engine's modules are called where one is asked for what it has not: torch's name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

_OWN = __name__.partition(".")[0]


def call_modules_torch() -> None:
    """Have every module loaded so far say ``module 'torch.nn' has no attribute 'Foo'``.

    ``__name__`` stays: ``from engine import graph`` would look for ``torch.graph``.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == _OWN:
            vars(module).setdefault("__getattr__", _lacking("torch" + name.removeprefix(_OWN)))


def _lacking(module: str) -> Callable[[str], NoReturn]:
    def __getattr__(name: str) -> NoReturn:
        raise AttributeError(f"module '{module}' has no attribute '{name}'")

    return __getattr__

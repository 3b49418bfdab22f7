"""All declared operations, by the name that Python uses."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .op import Op

OVERLOADS: dict[str, list[Op]] = {}
"""The overloads of each function, in the order in which a call tries them."""

IN_PLACE: dict[str, list[Op]] = {}
"""Those of each method that works in place."""

STANDING: dict[str, Op] = {}
"""Those that stand for what is no call of a kernel (``standing.py``)."""


_DECLARED_LATER = ("nn.functional", "ops.foreach")
"""Modules that declare operations, or import what does, and wait to be asked for."""


def operations() -> list[Op]:
    """Every overload once, in the order of declaration; those that wait to be asked for are declared now."""
    for module in _DECLARED_LATER:
        import_module(f"{__name__.partition('.')[0]}.{module}")
    return [op for overloads in OVERLOADS.values() for op in overloads]

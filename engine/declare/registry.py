"""All declared operations, by the name that Python uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .op import Op

OVERLOADS: dict[str, list[Op]] = {}
"""The overloads of each function, in the order in which a call tries them."""

STANDING: dict[str, Op] = {}
"""Those that stand for what is no call of a kernel (``standing.py``)."""


def operations() -> list[Op]:
    """Every overload once, in the order of declaration."""
    return [op for overloads in OVERLOADS.values() for op in overloads]

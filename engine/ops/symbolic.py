"""What torch computes of sizes that a compiler does not know yet: of plain numbers, Python's own.

Source: ``torch.sym_int`` and its kind.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

_NUMBERS = (np.integer, np.floating, int, float)
_FLOATS = (np.floating, float)


def sym_int(a: Any) -> int:
    """As an integer, towards zero."""
    return int(a)


def sym_float(a: Any) -> float:
    """As a float."""
    return float(a)


def sym_max(a: Any, b: Any) -> Any:
    """The larger; a float if one of them is.

    Raises:
        AssertionError: for something else than numbers.
    """
    return _chosen(builtins.max, a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller; a float if one of them is.

    Raises:
        AssertionError: for something else than numbers.
    """
    return _chosen(builtins.min, a, b)


def _chosen(choose: Any, a: Any, b: Any) -> Any:
    for one in (a, b):
        if not isinstance(one, _NUMBERS):
            raise AssertionError(f"expected {_NUMBERS}, got {type(one)}")
    return float(choose(a, b)) if isinstance(a, _FLOATS) or isinstance(b, _FLOATS) else choose(a, b)


def sym_not(a: Any) -> bool:
    """Whether it is false."""
    return not a


def sym_ite(b: bool, t: Any, f: Any) -> Any:
    """``t`` if ``b`` is true, else ``f``.

    Raises:
        AssertionError: if ``b`` is no bool, or the others are not of one type.
    """
    if not isinstance(b, bool):
        raise AssertionError(f"expected SymBool or bool, got {type(b)}")
    if type(t) is not type(f):
        raise AssertionError(f"type mismatch: {type(t)} vs {type(f)}")
    return t if b else f


def sym_sum(*args: Any) -> Any:
    """The sum of numbers, one by one or in a list."""
    return sum(args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args)


def sym_sqrt(a: Any) -> float:
    """The square root."""
    return math.sqrt(a)

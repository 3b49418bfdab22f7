"""Warnings that point at the caller's line, and torch's rule for those that it gives once per process."""

from __future__ import annotations

import os
import sys
import warnings
from contextvars import ContextVar

COMPILED: ContextVar[bool] = ContextVar("compiled", default=False)
"""Whether the kernel of a compiled call runs. It gives up before it warns: the slow path does so, once."""
_HERE = os.path.dirname(__file__) + os.sep
_given: set[str] = set()
_always = False


def set_warn_always(b: bool, /) -> None:
    """Whether warnings that torch gives once per process are given each time."""
    global _always
    _always = b


def is_warn_always_enabled() -> bool:
    """The flag that ``set_warn_always`` sets."""
    return _always


def forget_given() -> None:
    """Give the once-per-process warnings again, as a new process would."""
    _given.clear()


def warn(message: str, category: type[Warning] = UserWarning, *, once: bool | str = False) -> None:
    """Warn at the first line outside the engine.

    Args:
        message: torch's text, without the "(Triggered internally at ...)" tail of its C++ core.
        category: the class of the warning.
        once: give it only the first time in this process, unless ``set_warn_always(True)``; by a name, the first of
            all that have that name.
    """
    key = None if _always or not once else message if once is True else once
    if key in _given:
        return
    if COMPILED.get():
        raise RuntimeError("a compiled call leaves it to the slow path to warn")
    if key is not None:
        _given.add(key)
    level, frame = 1, sys._getframe(0)
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_HERE, "<engine ")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)

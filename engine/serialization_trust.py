"""Which classes and functions `load` may build and call besides torch's own.  Source: ``torch.serialization``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

TRUSTED: dict[tuple[str, str], Any] = {}
"""What a user has said may be named besides."""


def add_safe_globals(safe_globals: Iterable[Any]) -> None:
    """Trust these classes and functions: `load` may build and call them."""
    for one in safe_globals:
        TRUSTED[one.__module__, one.__qualname__] = one


def get_safe_globals() -> list[Any]:
    """What has been trusted."""
    return list(TRUSTED.values())


def clear_safe_globals() -> None:
    """Trust nothing any more."""
    TRUSTED.clear()


@contextlib.contextmanager
def safe_globals(safe_globals: Iterable[Any]) -> Iterator[None]:
    """Trust these classes and functions in the block."""
    before = dict(TRUSTED)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        TRUSTED.clear()
        TRUSTED.update(before)

"""Functions for what is not here: they stand at their names, and refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


def refusing(name: str, error: type[Exception], text: str) -> Callable[..., NoReturn]:
    """The function of that name, which takes anything and raises `error` with `text`."""

    def refused(*_: Any, **__: Any) -> NoReturn:
        raise error(text)

    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = f"Refused.\n\nRaises:\n    {error.__name__}: always.\n"
    return refused

"""What of ``torch.jit`` means something where nothing is compiled: marks for the compiler, and whether it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

__all__ = [
    "Final", "annotate", "export", "ignore", "is_scripting", "is_tracing", "load", "save", "script", "trace", "unused",
]  # fmt: skip

T = TypeVar("T")


def is_scripting() -> bool:
    """False: code runs as Python."""
    return False


def is_tracing() -> bool:
    """False: nothing is traced."""
    return False


def annotate(the_type: Any, the_value: T) -> T:
    """The value."""
    return the_value


def export(fn: T) -> T:
    """The function, which a compiler would keep."""
    return fn


def unused(fn: T) -> T:
    """The function, which a compiler would leave out."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function, which a compiler would leave to Python; with an argument, what gives it."""
    return drop if callable(drop) else lambda fn: fn


def _refused(name: str) -> Callable[..., NoReturn]:
    def function(*_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(f"torch.jit.{name}: the engine has no TorchScript; it runs code as it is")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Refused: nothing is compiled.\n\nRaises:\n    NotImplementedError: always.\n"
    return function


script, trace, load, save = _refused("script"), _refused("trace"), _refused("load"), _refused("save")

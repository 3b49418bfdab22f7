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


def refused(name: str, backend: str = "SparseCPU") -> NotImplementedError:
    """torch's error for an operation without a kernel for a backend, without its list of backends."""
    return NotImplementedError(
        f"Could not run 'aten::{name}' with arguments from the '{backend}' backend. This could be because the operator "
        "doesn't exist for this backend, or was omitted during the selective/custom build process (if using custom "
        "build)."
    )


def read_only(cls: type) -> None:
    """Have properties of a class that nothing writes refuse it in torch's words."""
    for owner in cls.__mro__:
        for name, member in list(vars(owner).items()):
            if type(member) is property and member.fset is None and not name.startswith("_"):
                setattr(owner, name, member.setter(_unwritable(name)))


def _unwritable(name: str) -> Callable[[Any, Any], NoReturn]:
    def refused(instance: Any, value: Any) -> NoReturn:
        raise AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")

    return refused

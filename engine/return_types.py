"""Named tuples for operations with several results: ``torch.return_types``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class _Kind(type):
    """The class of the named tuples, whose errors give their full name and ``__name__`` the last part, as of types that
    are written in C."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        return cls.__qualname__


class StructSequence(tuple, metaclass=_Kind):
    """A tuple with named fields that prints one field a line."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    n_unnamed_fields = 0

    def __reduce__(self) -> tuple:
        return _remade, (type(self).__qualname__, tuple(self))

    def __repr__(self) -> str:
        shown = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{shown})"


def _field(index: int) -> property:
    return property(lambda self: self[index])


_types: dict[str, type] = {}


def __getattr__(name: str) -> type:
    if name not in _types:
        raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'")
    return _types[name]


def named(name: str, *fields: str) -> Callable[[Sequence[Any]], Any]:
    """The type of an operation's results; call it with their sequence.  ``out`` is the type with ``out=``."""
    body: dict[str, Any] = {"__slots__": (), "__module__": "torch.return_types", "_fields": fields}
    body |= {"n_fields": len(fields), "n_sequence_fields": len(fields)}
    body |= {field: _field(index) for index, field in enumerate(fields)}
    with_out = _made(f"{name}_out", body)
    found = _made(name, body | {"out": with_out})
    _types.update({name: found, f"{name}_out": with_out})
    return found


def _remade(name: str, values: tuple) -> Any:
    return _types[name](values)


def _made(name: str, body: dict[str, Any]) -> type:
    return _Kind(f"torch.return_types.{name}", (StructSequence,), body | {"__qualname__": name})

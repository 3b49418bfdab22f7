"""What a script takes, as TorchScript declares it: types by annotation, tensors where there is none.

Calls are held against it before the Python runs.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any

from ..tensor import Tensor

_SCALARS = {int: "int", float: "float", bool: "bool", str: "str", Tensor: "Tensor", type(None): "None"}


class Argument(typing.NamedTuple):
    """One argument: its name, its type as in Python, whether that was stated, and its default."""

    name: str
    kind: Any
    stated: bool
    default: Any

    def __str__(self) -> str:
        default = "" if self.default is inspect.Parameter.empty else f"={_literal(self.default)}"
        return f"{type_text(self.kind)} {self.name}{default}"


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return f'"{value}"' if isinstance(value, str) else str(value)


def type_text(kind: Any) -> str:
    """A type as schemas have it."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType) and type(None) in inner and len(inner) == 2:
        return f"{type_text(next(one for one in inner if one is not type(None)))}?"
    if origin is list:
        return f"{type_text(inner[0])}[]"
    if origin is tuple:
        return f"({', '.join(map(type_text, inner))})"
    if origin is dict:
        return f"Dict({type_text(inner[0])}, {type_text(inner[1])})"
    return getattr(kind, "__name__", str(kind))


def _annotation(kind: Any) -> str:
    """A type as annotations have it."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType) and type(None) in inner and len(inner) == 2:
        return f"Optional[{_annotation(next(one for one in inner if one is not type(None)))}]"
    if origin in (list, tuple, dict):
        return f"{origin.__name__.title()}[{', '.join(map(_annotation, inner))}]"
    return type_text(kind)


def _unfit(value: Any, kind: Any) -> str | None:
    """Why a value is none of a type; None for one that is."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        reasons = [_unfit(value, one) for one in inner]
        return None if None in reasons else reasons[0]
    if kind is Tensor:
        return None if isinstance(value, Tensor) else f"Unable to cast {value} to Tensor"
    if isinstance(value, Tensor):
        return None  # torch reads numbers out of tensors
    fits = True
    if kind in (int, bool, str):
        fits = isinstance(value, kind)
    elif kind is type(None):
        fits = value is None
    elif origin is list:
        fits = isinstance(value, (list, tuple)) and all(_is_element(one, inner[0]) for one in value)
    elif origin is dict and (fits := isinstance(value, dict)):
        parts = [(one, wanted) for pair in value.items() for one, wanted in zip(pair, inner, strict=True)]
        return next(
            (why for one, wanted in parts if not _is_element(one, wanted) and (why := _unfit(one, wanted))), None
        )
    elif origin is tuple and (fits := isinstance(value, (list, tuple))):
        if len(value) != len(inner):
            return f"Object {value} had a different number of elements than type {_annotation(kind)}"
        return next((why for one, wanted in zip(value, inner, strict=True) if (why := _unfit(one, wanted))), None)
    return None if fits else (
        f"Unable to cast Python instance of type {type(value)} to C++ type '?' (#define "
        "PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)"
    )  # fmt: skip


def _is_element(value: Any, kind: Any) -> bool:
    """Whether a container of such elements takes a value: numbers as C++ does, where one becomes another unharmed."""
    if kind in (int, float):
        return isinstance(value, (int, Tensor) if kind is int else (int, float, Tensor))
    return _unfit(value, kind) is None


class Declaration:
    """What a function takes and gives.

    Args:
        function: the function.
        owner: what the type of its first argument is called, of a method.
    """

    def __init__(self, function: Callable[..., Any], owner: str = "") -> None:
        self.name = function.__name__.replace("<lambda>", "_lambda")
        self._owner = owner
        try:
            hints = typing.get_type_hints(function)
        except Exception:  # names that mean nothing here
            hints = {}
        parameters = [*inspect.signature(function).parameters.values()]
        self._is_plain = all(one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for one in parameters)
        self._arguments = [
            Argument(one.name, hints.get(one.name, Tensor), one.name in hints, one.default)
            for one in parameters[1 if owner else 0 :]
        ]
        self._returns = hints.get("return", Tensor)

    def __str__(self) -> str:
        taken = [f"{self._owner} self"] if self._owner else []
        taken += map(str, self._arguments)
        return f"{self.name}({', '.join(taken)}) -> {type_text(self._returns)}"

    def check(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Refuse a call that does not fit.

        Raises:
            RuntimeError: that says why.
        """
        if not self._is_plain:
            return
        more = 1 if self._owner else 0
        if len(args) + len(kwargs) > len(self._arguments):
            raise RuntimeError(
                f"{self.name}() expected at most {len(self._arguments) + more} argument(s) but received "
                f"{len(args) + len(kwargs) + more} argument(s). Declaration: {self}"
            )
        for place, argument in enumerate(self._arguments):
            if place < len(args):
                self._check_one(args[place], argument, place + more)
            elif argument.name in kwargs:
                self._check_one(kwargs[argument.name], argument, place + more)
            elif argument.default is inspect.Parameter.empty:
                raise RuntimeError(
                    f"{self.name}() is missing value for argument '{argument.name}'. Declaration: {self}"
                )
        names = [argument.name for argument in self._arguments]
        for name in kwargs:
            if name not in names:
                raise RuntimeError(f"Unknown keyword argument '{name}' for operator '{self.name}'. Schema: {self}")

    def _check_one(self, value: Any, argument: Argument, place: int | None) -> None:
        kind = argument.kind
        if (detail := _unfit(value, kind)) is None:
            return
        inferred = (
            "" if argument.stated else
            f"Inferred '{argument.name}' to be of type 'Tensor' because it was not annotated with an explicit type.\n"
        )  # fmt: skip
        at = "" if place is None else f"Position: {place}\n"
        expected = _annotation(kind) + ("" if argument.stated else " (inferred)")
        raise RuntimeError(
            f"{self.name}() Expected a value of type '{expected}' for argument "
            f"'{argument.name}' but instead found type '{type(value).__name__}'.\n{inferred}{at}Value: "
            f"{value!r}\nDeclaration: {self}\nCast error details: {detail}"
        )

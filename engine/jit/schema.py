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
        if len(args) > len(self._arguments):
            raise RuntimeError(
                f"{self.name}() expected at most {len(self._arguments) + more} argument(s) but received "
                f"{len(args) + more} argument(s). Declaration: {self}"
            )
        for place, argument in enumerate(self._arguments):
            if place < len(args):
                self._check_one(args[place], argument, place + more)
            elif argument.name in kwargs:
                self._check_one(kwargs[argument.name], argument, None)
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
        if kind is Tensor and not isinstance(value, Tensor):
            detail = f"Unable to cast {value} to Tensor"
        elif kind in (int, bool, str) and type(value) is not kind:
            detail = (
                f"Unable to cast Python instance of type {type(value)} to C++ type '?' (#define "
                "PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)"
            )
        else:
            return
        if isinstance(value, Tensor):
            return  # torch reads numbers out of tensors
        inferred = (
            "" if argument.stated else
            f"Inferred '{argument.name}' to be of type 'Tensor' because it was not annotated with an explicit type.\n"
        )  # fmt: skip
        at = "" if place is None else f"Position: {place}\n"
        raise RuntimeError(
            f"{self.name}() Expected a value of type '{type_text(kind)}{'' if argument.stated else ' (inferred)'}' for "
            f"argument '{argument.name}' but instead found type '{type(value).__name__}'.\n{inferred}{at}Value: "
            f"{value!r}\nDeclaration: {self}\nCast error details: {detail}"
        )

"""Schemas of functions, from their annotations, and the types that operators accept.

Source: ``torch.library.infer_schema``.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Sequence
from typing import Any

from ..device import device
from ..dtypes import dtype
from ..tensor import Tensor

_TYPES: dict[Any, str] = {
    Tensor: "Tensor", int: "SymInt", float: "float", bool: "bool", str: "str", int | float | bool: "Scalar",
    dtype: "ScalarType", device: "Device",
}  # fmt: skip
"""What annotations are called in schemas."""


def infer_schema(prototype_function: Callable[..., Any], /, *, mutates_args: Any, op_name: str | None = None) -> str:
    """The schema of a function, from its annotations: ``"(Tensor x, *, float s=2.0) -> Tensor"``.

    Args:
        prototype_function: the function.
        mutates_args: the names of the parameters that it modifies in place.
        op_name: stands before the schema.

    Raises:
        ValueError: for a parameter or a result without annotation, or with one that schemas do not have.
    """
    signature = inspect.signature(prototype_function)
    hints = typing.get_type_hints(prototype_function)

    def refuse(text: str) -> ValueError:
        return ValueError(f"infer_schema(func): {text} Got func with signature {signature})")

    words: list[str] = []
    mutated = 0
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        if name not in hints:
            raise refuse(f"Parameter {name} must have a type annotation.")
        kind = type_name(hints[name])
        if kind is None:
            raise refuse(f"Parameter {name} has unsupported type {hints[name]}.")
        if name in mutates_args:
            kind = kind.replace("Tensor", f"Tensor(a{mutated}!)", 1)
            mutated += 1
        default = "" if parameter.default is parameter.empty else f"={_default(parameter.default)}"
        if default and not isinstance(parameter.default, (int, float, str, dtype, device, type(None))):
            raise refuse(
                f"Parameter {name} has an unsupported default value type {type(parameter.default)}. Please file an "
                "issue on GitHub so we can prioritize this."
            )
        words.append(f"{kind} {name}{default}")
    for name in mutates_args:
        if name not in signature.parameters:
            raise refuse(f"mutates_args contains {name} which is not in the function's signature.")
    if "return" not in hints:
        raise refuse("No return type annotation was provided. Please add one.")
    return f"{op_name or ''}({', '.join(words)}) -> {_result_name(hints['return'], refuse)}"


def type_name(annotation: Any) -> str | None:
    if annotation in _TYPES:
        return _TYPES[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if type(None) in arguments and len(arguments) == 2:
        inner = type_name(next(one for one in arguments if one is not type(None)))
        return inner and f"{inner}?"
    if origin in (list, Sequence, typing.Sequence) and len(arguments) == 1:
        inner = type_name(arguments[0])
        return inner and f"{inner}[]"
    return None


def _default(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value).removeprefix("torch.")


def _result_name(annotation: Any, refuse: Callable[[str], ValueError]) -> str:
    if annotation is type(None) or annotation is None:
        return "()"
    if typing.get_origin(annotation) is tuple:
        return f"({', '.join(_result_name(one, refuse) for one in typing.get_args(annotation))})"
    name = type_name(annotation)
    if name is None:
        raise refuse(f"Return has unsupported type {annotation}.")
    return name


def shown(schema: str) -> str:
    """A schema as torch shows it: defaults are what a call gets, and floats have all their digits."""
    schema = schema.replace("=Mean", "=1").replace("'", '"')
    schema = _SIZES.sub(lambda size: f"{size[1]}[{', '.join([size[3]] * int(size[2]))}]", schema)
    return _FLOATS.sub(_digits, schema)


_SIZES = re.compile(r"(SymInt\[(\d)\] \w+=)(\d+)")
_FLOATS = re.compile(r"(float\??(?:\[\])? \w+=|Scalar \w+=(?=-?\d*\.))(-?[\d.e+-]+)")


def _digits(default: re.Match[str]) -> str:
    text = f"{float(default[2]):.17g}"
    return default[1] + (text if any(mark in text for mark in ".en") else f"{text}.")


ACCEPTED: dict[str, Any] = {
    "Tensor": Tensor, "float": (int, float, Tensor), "int": (int, Tensor), "str": str, "bool": (bool, int, Tensor),
}  # fmt: skip

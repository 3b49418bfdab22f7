"""From a call's arguments to the parameters of one overload, with torch's errors.

A Python name such as ``max`` stands for several overloads, tried in order.  If none takes the arguments, the
error is torch's: exact about the one overload that the number of arguments leaves, or the list of all.

Source: the behaviour of ``torch._C``'s argument parser, observed on torch 2.13.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..declare.schema import REQUIRED, Param
from ..device import device
from ..dtypes import INTEGRAL, dtype
from ..tensor import Tensor, layout, memory_format

if TYPE_CHECKING:
    from ..declare.op import Op

NUMBERS = (bool, int, float, complex, np.number, np.bool_)


class _Mismatch(Exception):
    """This overload does not take these arguments; the text says why, as torch does."""


def _is_int(value: Any) -> bool:
    if isinstance(value, (int, np.integer)):
        return not isinstance(value, bool)
    return (
        isinstance(value, Tensor)
        and value._array.ndim == 0
        and value._dtype.category == INTEGRAL
        and not value._requires_grad
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, NUMBERS):
        return True
    return isinstance(value, Tensor) and value._array.ndim == 0 and not value._requires_grad


def _is_float(value: Any) -> bool:
    return _is_number(value) and not isinstance(value, (complex, np.complexfloating))


_CHECKS = {
    "int": _is_int,
    "Scalar": _is_number,
    "float": _is_float,
    "bool": lambda value: isinstance(value, (bool, np.bool_)),
    "ScalarType": lambda value: isinstance(value, dtype),
    "Layout": lambda value: isinstance(value, layout),
    "Device": lambda value: isinstance(value, (device, str)) or _is_int(value),
    "MemoryFormat": lambda value: isinstance(value, memory_format),
    "str": lambda value: isinstance(value, str),
    "Generator": lambda value: type(value).__name__ == "Generator",
    "Any": lambda value: True,
}


def accepts(param: Param, value: Any, numbers_as_tensors: bool) -> bool:
    """Whether a value may be passed for this parameter."""
    type_ = param.type
    if value is None:
        return type_.optional
    if type_.is_list:
        if type_.size is not None and not type_.is_tensor and _CHECKS[type_.base](value):
            return True  # one number stands for all
        if not isinstance(value, (tuple, list)):
            return False
        if type_.is_tensor:
            return True  # what is wrong inside is said later, with its place
        return not value or _CHECKS[type_.base](value[0]) or isinstance(value[0], Tensor)
    if type_.is_tensor:
        return isinstance(value, Tensor) or (numbers_as_tensors and isinstance(value, NUMBERS))
    return _CHECKS[type_.base](value)


def convert(op: Op, param: Param, value: Any, position: int) -> Any:
    """The value in the form that kernels and formulas take.

    Raises:
        TypeError: for a list with an element of a wrong type.
    """
    type_ = param.type
    if value is None or type_.is_tensor:
        if type_.is_list and value is not None:
            return _tensor_list(param, value, position)
        return value
    if type_.is_list:
        if not isinstance(value, (tuple, list)):
            return (_element(type_.base, value),) * (type_.size or 1)
        return tuple(_list(op, param, value))
    if type_.base == "bool":
        return bool(value)
    return _element(type_.base, value)


def _element(base: str, value: Any) -> Any:
    if base == "int":
        return int(value)
    if base == "float":
        return float(value)
    if base == "Scalar":
        return value.item() if isinstance(value, (Tensor, np.generic)) else value
    return value


def _list(op: Op, param: Param, values: Sequence[Any]) -> Iterable[Any]:
    base = param.type.base
    for index, value in enumerate(values):
        if not _CHECKS[base](value):
            raise TypeError(
                f"{op.python_name}(): argument '{param.name}' failed to unpack the object at pos {index + 1} with "
                f'error "type must be {param.type.python_name},but got {type(value).__name__}"'
            )
        yield _element(base, value)


def _tensor_list(param: Param, values: Sequence[Any], position: int) -> tuple:
    for index, value in enumerate(values):
        if not isinstance(value, Tensor) and not (value is None and param.type.optional):
            raise TypeError(
                f"expected Tensor as element {index} in argument {position}, but got {type(value).__name__}"
            )
    return tuple(values)


def _shown(op: Op, param: Param, method: bool) -> str:
    """A parameter's name: what schemas call ``self``, torch's functions call ``input``."""
    if param.name == "self" and param.type.is_tensor and not method:
        return "input"
    return param.name


def _bind(op: Op, args: Sequence[Any], kwargs: dict[str, Any], method: bool) -> list[Any]:
    """The values for this overload's parameters.

    Raises:
        _Mismatch: if it does not take these arguments.
    """
    params = op.schema.params
    positional = [p for p in params if not p.kwarg_only]
    if len(args) > len(positional) or (op.varargs and len(args) > op.varargs and isinstance(args[op.varargs], int)):
        if op.varargs and len(args) >= op.varargs and all(_is_int(a) for a in args[op.varargs :]):
            args = (*args[: op.varargs], tuple(args[op.varargs :]))
        elif len(args) > len(positional):
            limit, given = len(positional) - method, len(args) - method
            plural = "" if limit == 1 else "s"
            verb = "was" if given == 1 else "were"
            raise _Mismatch(f"takes {limit} positional argument{plural} but {given} {verb} given")
    values, unused = [], dict(kwargs)
    missing = []
    for position, param in enumerate(params):
        shown = _shown(op, param, method)
        if position < len(args) and not param.kwarg_only:
            value, place = args[position], f" (position {position + 1 - method})"
            if shown in unused:
                raise _Mismatch(f"got multiple values for argument '{shown}'")
        elif shown in unused or (name := op.keyword_aliases.get(shown)) in unused:
            value, place = unused.pop(shown if shown in unused else name), ""  # type: ignore[arg-type]
        elif param.default is REQUIRED:
            missing.append(shown)
            continue
        else:
            values.append(param.default)
            continue
        if not accepts(param, value, op.numbers_as_tensors):
            raise _Mismatch(f"argument '{shown}'{place} must be {param.type.python_name}, not {type(value).__name__}")
        values.append(convert(op, param, value, position))
    if missing:
        plural = "s" if len(args) else ""
        names = ", ".join(f'"{name}"' for name in missing)
        raise _Mismatch(f"missing {len(missing)} required positional argument{plural}: {names}")
    if unused:
        raise _Mismatch(f"got an unexpected keyword argument '{next(iter(unused))}'")
    return values


def bind(
    name: str, overloads: Sequence[Op], args: Sequence[Any], kwargs: dict[str, Any], method: bool
) -> tuple[Op, list[Any]]:
    """The overload that takes these arguments, and its parameters' values.

    Args:
        name: the Python name of the function, for messages.
        overloads: in the order in which they are tried.
        args, kwargs: the call's, without ``out``.
        method: the first argument is ``self`` of a method call, and messages do not count it.

    Raises:
        TypeError: if no overload does.
    """
    mismatches = []
    for op in overloads:
        try:
            return op, _bind(op, args, kwargs, method)
        except _Mismatch as mismatch:
            mismatches.append(str(mismatch))
    plausible = [
        i for i, op in enumerate(overloads) if len([p for p in op.schema.params if not p.kwarg_only]) >= len(args)
    ]
    if len(overloads) == 1 or len(plausible) == 1:
        text = mismatches[plausible[0] if plausible else 0]
        separator = ": " if text.startswith("argument ") else " "
        raise TypeError(f"{name}(){separator}{text}") from None
    raise TypeError(_invalid_combination(name, overloads, args[int(method) :], kwargs, method)) from None


def _type_name(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inner = ", ".join(_type_name(one) for one in value)
        if isinstance(value, list):
            return f"list of [{inner}]"
        return f"tuple of ({inner}{',' if len(value) == 1 else ''})"
    return "Tensor" if isinstance(value, Tensor) else type(value).__name__


def given_types(args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    given = [_type_name(value) for value in args]
    given += [f"{name}={_type_name(value)}" for name, value in kwargs.items()]
    return f"({', '.join(given)}{', ' if kwargs else ''})"


def signature(op: Op, method: bool) -> str:
    """An overload as torch's messages print it."""
    shown, star = [], False
    for param in op.schema.params[int(method) :]:
        if param.kwarg_only and not star:
            shown.append("*")
            star = True
        text = f"{param.type.python_name} {_shown(op, param, method)}"
        if param.default is not REQUIRED:
            text += f" = {_default(param)}"
        shown.append(text)
    if op.has_out and not method:
        if not star:
            shown.append("*")
        returned = "Tensor" if len(op.schema.returns) == 1 else "tuple of Tensors"
        shown.append(f"{returned} out = None")
    return f"({', '.join(shown)})"


def _default(param: Param) -> str:
    value = param.default
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def _invalid_combination(
    name: str, overloads: Sequence[Op], args: Sequence[Any], kwargs: dict[str, Any], method: bool
) -> str:
    lines = [
        f"{name}() received an invalid combination of arguments - got {given_types(args, kwargs)}, but expected one of:"
    ]
    for op in overloads:
        text = signature(op, method)
        lines.append(f" * {text}")
        count = text.count(",") + 1 if text != "()" else 0
        if text.endswith("out = None)") and "out" not in kwargs:
            count -= 1
        if count == len(args) + len(kwargs):
            lines.append(_why(op, args, kwargs, method))
    return "\n".join(lines) + "\n"


def _why(op: Op, args: Sequence[Any], kwargs: dict[str, Any], method: bool) -> str:
    params = op.schema.params[int(method) :]
    names = {_shown(op, param, method): param for param in params}
    unknown = [key for key in kwargs if key not in names]
    if unknown:
        return f"      didn't match because some of the keywords were incorrect: {', '.join(unknown)}"
    marked = []
    for param, value in zip(params, args, strict=False):
        fits = accepts(param, value, op.numbers_as_tensors)
        marked.append(_type_name(value) if fits else f"!{_type_name(value)}!")
    for key, value in kwargs.items():
        fits = accepts(names[key], value, op.numbers_as_tensors)
        marked.append(f"{key}={_type_name(value)}" if fits else f"!{key}={_type_name(value)}!")
    tail = ", " if kwargs else ""
    return f"      didn't match because some of the arguments have invalid types: ({', '.join(marked)}{tail})"

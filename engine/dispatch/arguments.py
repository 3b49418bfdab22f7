"""From a call's arguments to the parameters of one overload, with torch's errors.

A Python name such as ``max`` stands for several overloads, tried in order.  If none takes the arguments, the
error is torch's: exact about the one overload that the number of arguments leaves, or the list of all.

Python sees an overload's parameters in its own way: a function calls ``self`` of the schema ``input``, a method
has it before the dot; ``out`` comes after the schema's keywords; what describes a new tensor (``dtype``,
``layout``, ``device``, ``pin_memory``) comes last, with ``requires_grad``.

Source: the behaviour of ``torch._C``'s argument parser, observed on torch 2.13.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import dtypes
from ..autograd.modes import FORMULA
from ..declare.schema import REQUIRED, Param, Schema, Type, parse
from ..device import device, to_device
from ..dtypes import INTEGRAL, dtype
from ..layout import layout, memory_format
from ..tensor import Tensor
from ..warning import warn

if TYPE_CHECKING:
    from ..declare.op import Op

NUMBERS = (bool, int, float, complex, np.number, np.bool_)
OPTIONS = ("dtype", "layout", "device", "pin_memory")
"""The parameters that describe a new tensor."""

NUMPY_NAMES = {"dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",)}
"""NumPy's names for parameters, taken as well."""


class Bound(NamedTuple):
    """A call that an overload takes."""

    op: Op
    values: list[Any]
    """One per parameter of the schema."""
    out: Any
    requires_grad: bool


class _Mismatch(Exception):
    """This overload does not take these arguments; the text says why, as torch does."""


# Parameters as Python sees them.


@dataclass(frozen=True, eq=False)
class Signature:
    """One way to call an overload."""

    op: Op
    params: tuple[Param, ...]
    """Without the ``self`` of a method (see the module's text)."""
    deprecated: bool

    @functools.cached_property
    def required(self) -> int:
        """How many parameters have no default."""
        return sum(p.default is REQUIRED for p in self.params)

    @functools.cached_property
    def positional(self) -> int:
        """How many parameters need no keyword."""
        return sum(not p.kwarg_only for p in self.params)

    @functools.cached_property
    def takes_many(self) -> bool:
        """Whether integers given one by one make a tuple: for the only positional parameter."""
        return self.positional == 1 and self.params[0].type.is_list and self.params[0].type.base == "int"

    @functools.cached_property
    def text(self) -> str:
        """As torch's messages print it."""
        shown, star = [], False
        for param in self.params:
            if param.kwarg_only and not star:
                shown.append("*")
                star = True
            text = f"{param.type.python_name} {param.name}"
            shown.append(text if param.default is REQUIRED else f"{text} = {_shown_default(param)}")
        return f"({', '.join(shown)})"


def _shown_default(param: Param) -> str:
    """A default as torch's messages print it: a list of equal numbers is the number."""
    default = param.default
    if isinstance(default, str):
        return f'"{default}"'
    if not isinstance(default, tuple):
        return str(default)
    if param.type.size and len(set(default)) == 1:
        return str(default[0])
    return f"{{{','.join(map(str, default))}}}"


@functools.cache
def signature(op: Op, method: bool, deprecated: Schema | None = None) -> Signature:
    """How an overload is called as a function, or as a method; or was called once."""
    schema = deprecated or op.schema
    given = [
        dataclasses.replace(p, name="input") if p.name == "self" and p.type.is_tensor and not p.type.is_list else p
        for p in schema.params
        if not (method and p.name == "self")
    ]
    options = [p for p in given if p.name in OPTIONS] if creates(op) else []
    found = [p for p in given if p not in options]
    if op.out is not None and not method:
        several = len(op.schema.returns) > 1 or op.schema.variadic
        found.append(Param("out", Type("Tensor", several, optional=True), None, kwarg_only=True))
    if options:
        found += [dataclasses.replace(p, default=None) for p in options if p.name != "pin_memory"]
        found += [Param(name, Type("bool", optional=True), False, True) for name in ("pin_memory", "requires_grad")]
    return Signature(op, tuple(found), deprecated is not None)


@functools.cache
def _signatures(overloads: tuple[Op, ...], method: bool) -> tuple[Signature, ...]:
    """All ways to call a name, in the order in which they are tried."""
    current = [signature(op, method) for op in overloads]
    return (*current, *(signature(op, method, schema) for op in overloads for schema in op.deprecated))


@functools.cache
def _of_numbers(name: str, op: Op, method: bool) -> tuple[Signature, ...]:
    """The overloads with a number in place of the second tensor that torch's messages tell of; of ``add`` and ``mul``
    they do not, and here they are one with those for tensors."""
    rests = _NUMBERS.get(name.removesuffix("_"), ())
    schemas = [parse(f"{name}.Scalar(Tensor self, {rest}) -> Tensor") for rest in rests]
    ops = [dataclasses.replace(op, schema=one, out=None, numbers_as_tensors=False) for one in schemas]
    return tuple(signature(one, method) for one in ops)


_ROUNDED = "Scalar other, *, str? rounding_mode"
_NUMBERS = {
    "div": (_ROUNDED,), "divide": ("Scalar other", _ROUNDED), "floor_divide": ("Scalar other",),
    "multiply": ("Scalar other",), "subtract": ("Scalar other, Scalar alpha=1",), "true_divide": ("Scalar other",),
}  # fmt: skip


@functools.cache
def creates(op: Op) -> bool:
    """Whether the operation makes a tensor as its options describe it."""
    return {p.name for p in op.schema.params}.issuperset(OPTIONS)


# Types.


def _is_int(value: Any) -> bool:
    if isinstance(value, (int, np.integer)):
        return not isinstance(value, bool)
    return (
        isinstance(value, Tensor)
        and value._array.ndim == 0
        and value._dtype.category == INTEGRAL
        and not value._requires_grad
    )


def _is_index(value: Any) -> bool:
    """Whether Python could index by it: torch asks no more of sizes and of elements of lists, so that an integer tensor
    of one element is one, whatever its shape."""
    if isinstance(value, (int, np.integer)):
        return not isinstance(value, bool)
    if isinstance(value, Tensor):
        return value._array.size == 1 and value._dtype.category == INTEGRAL
    return hasattr(value, "__index__") and _indexes(value)


def _indexes(value: Any) -> bool:
    try:
        operator.index(value)
    except TypeError:  # an array of several elements
        return False
    return not isinstance(value, np.bool_)


def _stands_for_all(type_: Type, value: Any) -> bool:
    """Whether it is one number for all elements of a list."""
    if type_.size is None or type_.is_tensor:
        return False
    return _CHECKS[type_.base](value) or (type_.base == "int" and isinstance(value, Tensor) and _is_index(value))


def _is_number(value: Any) -> bool:
    if isinstance(value, NUMBERS):
        return True
    return (
        isinstance(value, Tensor)
        and value._array.ndim == 0
        and not value._requires_grad
        and (value._extra is None or value._extra.wrapped is None)  # of many examples, or differentiated further out
    )


def _is_float(value: Any) -> bool:
    return _is_number(value) and not isinstance(value, (complex, np.complexfloating))


_CHECKS = {
    "int": _is_int,
    "Scalar": _is_number,
    "float": _is_float,
    "bool": lambda value: isinstance(value, bool),
    "ScalarType": lambda value: isinstance(value, dtype) or (isinstance(value, type) and value in dtypes.FROM_PYTHON),
    "Layout": lambda value: isinstance(value, layout),
    "Device": lambda value: isinstance(value, (device, str)) or value.__class__ is int,
    "MemoryFormat": lambda value: isinstance(value, memory_format),
    "str": lambda value: isinstance(value, str),
    "Generator": lambda value: type(value).__name__ == "Generator",
    "Any": lambda value: True,
}


def _check(type_: Type) -> Callable[[Any], bool]:
    """Whether a value is of a type, or of that of a list's elements."""
    return _is_index if type_.base == "int" and (type_.is_list or type_.symbolic) else _CHECKS[type_.base]


def accepts(param: Param, value: Any, numbers_as_tensors: bool) -> bool:
    """Whether a value may be passed for this parameter."""
    type_ = param.type
    if value is None:
        return type_.optional or param.default in (None, ())
    if type_.is_list:
        if _stands_for_all(type_, value):
            return True
        if not isinstance(value, (tuple, list)):
            return False
        if type_.is_tensor:
            return True  # what is wrong inside is said later, with its place
        return not value or _check(type_)(value[0])
    if type_.is_tensor:
        return isinstance(value, Tensor) or (numbers_as_tensors and isinstance(value, NUMBERS))
    return _check(type_)(value)


def convert(op: Op, param: Param, value: Any, position: int) -> Any:
    """The value in the form that kernels and formulas take.

    Raises:
        TypeError: for a list with an element of a wrong type.
        OverflowError, ValueError: for an integer beyond 64 bits.
    """
    type_ = param.type
    if value is None:
        return param.default if param.default is not REQUIRED else None
    if type_.is_tensor:
        if type_.is_list:
            return _tensor_list(param, value, position)
        return python_number(value) if isinstance(value, np.generic) else value
    if type_.is_list:
        if not isinstance(value, (tuple, list)):
            return (_element(type_.base, value),) * (type_.size or 1)
        return tuple(_list(op.python_name, param, value))
    return _element(type_.base, value)


def python_number(value: Any) -> Any:
    """A number of NumPy's as the Python number for which torch takes it: float if it is neither an integer nor one of
    Python's own."""
    if not isinstance(value, np.generic) or isinstance(value, complex):
        return value
    return int(value) if isinstance(value, np.integer) else float(value)


def _element(base: str, value: Any) -> Any:
    if base == "int":
        return _long(int(value))
    if base == "float":
        return float(value)
    if base == "Scalar":
        number = value.item() if isinstance(value, Tensor) else python_number(value)
        if number.__class__ is int and not -(2**63) <= number < 2**64:
            raise OverflowError("can't convert negative int to unsigned" if number < 0 else "int too big to convert")
        return number
    if base == "ScalarType":
        return dtypes.FROM_PYTHON.get(value, value)
    return value


def _long(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return value


def _list(name: str, param: Param, values: Sequence[Any]) -> Iterable[Any]:
    base, is_one = param.type.base, _check(param.type)
    for index, value in enumerate(values):
        problem = None
        if not is_one(value) and not isinstance(value, bool):
            problem = f"type must be {param.type.python_name},but got {type_name(value)}"
        else:
            try:
                yield _element(base, value)
            except ValueError as error:
                problem = str(error)
        if problem is not None:
            raise TypeError(
                f"{name}(): argument '{param.name}' failed to unpack the object at pos {index + 1} with "
                f'error "{problem}"'
            )


def _tensor_list(param: Param, values: Sequence[Any], position: int) -> tuple:
    return tensors(values, position, optional=param.type.optional)


def tensors(values: Sequence[Any], position: int = 0, *, optional: bool = False) -> tuple:
    """The values of the argument at a position, which have to be tensors, or None where that is optional.

    Raises:
        TypeError: for anything else.
    """
    for index, value in enumerate(values):
        if not isinstance(value, Tensor) and not (value is None and optional):
            raise TypeError(f"expected Tensor as element {index} in argument {position}, but got {type_name(value)}")
    return tuple(values)


def size_argument(name: str, given: Sequence[Any]) -> tuple[int, ...]:
    """The sizes in the arguments of a method that is no operation, one by one or as a list.

    Raises:
        TypeError: for anything else.
    """
    param = Param("size", Type("int", is_list=True))
    several = len(given) > 1
    if several and not _is_index(given[0]):
        raise TypeError(f"{name}() takes 1 positional argument but {len(given)} were given")
    if not given:
        raise TypeError(f"{name}(){_missing([param])}")
    value = tuple(given) if several or _is_index(given[0]) else given[0]
    if not accepts(param, value, False):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be {_wrong(param, value)}")
    return tuple(_list(name, param, value))


# Binding.


def _bind(form: Signature, args: Sequence[Any], kwargs: dict[str, Any], method: bool) -> Bound:
    """What this signature makes of the arguments.

    Raises:
        _Mismatch: if it does not take them.
    """
    op, params = form.op, form.params
    first = args[:1] if method else ()
    args = args[1:] if method else args
    if len(args) > form.positional and not (form.takes_many and _is_index(args[0])):
        raise _Mismatch(_extra_arguments(form, len(args)))
    values: dict[str, Any] = {}
    accepted: list[tuple[int, Param, Any]] = []
    unused = dict(kwargs)
    used = 0
    for position, param in enumerate(params):
        if used < len(args):
            if param.kwarg_only:
                raise _Mismatch(_extra_arguments(form, len(args)))
            value, place = args[used], f" (position {used + 1})"
            used += 1
        else:
            names = (param.name, *NUMPY_NAMES.get(param.name, ()))
            found = next((name for name in names if name in unused), None)
            if found is None and param.default is not REQUIRED:
                values[param.name] = param.default
                continue
            if found is None:
                raise _Mismatch(_missing(params[position:]))
            value, place = unused.pop(found), ""
        if not accepts(param, value, op.numbers_as_tensors):
            if not (form.takes_many and place and _is_index(args[0])):
                raise _Mismatch(f": argument '{param.name}'{place} must be {_wrong(param, value)}")
            value, used = tuple(args), len(args)
        accepted.append((position, param, value))
    for position, param, value in accepted:  # after all: elements are read only if the signature fits
        values[param.name] = convert(op, param, value, position)
    if unused:  # then torch looks for the first that is not a parameter, and knows no other names
        name = next((name for name in kwargs if all(p.name != name for p in params)), None)
        if name is None:
            raise _Mismatch(f" got multiple values for argument '{next(iter(unused))}'")
        raise _Mismatch(f" got an unexpected keyword argument '{name}'")
    values.setdefault("self", values.get("input"))
    ordered = [*first, *(values.get(p.name, p.default) for p in op.schema.params[len(first) :])]
    return Bound(op, ordered, values.get("out"), creates(op) and values["requires_grad"])


def _wrong(param: Param, value: Any) -> str:
    """What was wanted, and what came instead."""
    wanted = param.type.python_name
    if param.type.is_list and isinstance(value, (tuple, list)) and value:
        return f"{wanted}, but found element of type {type_name(value[0])} at pos 0"
    return f"{wanted}, not {type_name(value)}"


def _extra_arguments(form: Signature, given: int) -> str:
    required, positional = form.required, form.positional
    if required != positional:
        return f" takes from {required} to {positional} positional arguments but {given} were given"
    plural, verb = "" if positional == 1 else "s", "was" if given == 1 else "were"
    return f" takes {positional} positional argument{plural} but {given} {verb} given"


def _missing(params: Sequence[Param]) -> str:
    names = [f'"{p.name}"' for p in params if p.default is REQUIRED]
    plural = "s" if len(names) == 1 else ""  # torch has it the wrong way round
    return f" missing {len(names)} required positional argument{plural}: {', '.join(names)}"


def bind(name: str, overloads: Sequence[Op], args: Sequence[Any], kwargs: dict[str, Any], method: bool) -> Bound:
    """The overload that takes these arguments, and its parameters' values.

    Args:
        name: the Python name of the function, for messages.
        overloads: in the order in which they are tried.
        args, kwargs: the call's.
        method: the first argument is ``self`` of a method call, and messages do not count it.

    Raises:
        TypeError: if no overload does.
    """
    forms = _signatures(tuple(overloads), method)
    mismatches = []
    for form in forms:
        try:
            bound = _bind(form, args, kwargs, method)
        except _Mismatch as mismatch:
            mismatches.append(str(mismatch))
        else:
            if form.deprecated:
                _warn_deprecated(name, form, forms)
            return bound
    count = len(args) - method + len(kwargs)
    if method and len(forms) == 1 and not forms[0].params:
        given = "keyword arguments" if kwargs else f"arguments ({count} given)"
        raise TypeError(f"TensorBase.{name}() takes no {given}") from None
    for form in _of_numbers(name, overloads[0], method):
        try:
            _bind(form, args, kwargs, method)
        except _Mismatch as mismatch:
            forms, mismatches = (*forms, form), [*mismatches, str(mismatch)]
    pairs = list(zip(forms, mismatches, strict=True))
    plausible = [text for form, text in pairs if form.required <= count <= len(form.params) and not form.deprecated]
    if len(forms) == 1 or len(plausible) == 1:
        raise TypeError(f"{name}(){plausible[0] if len(forms) > 1 else mismatches[0]}") from None
    raise TypeError(_invalid_combination(name, forms, args[int(method) :], kwargs)) from None


def _warn_deprecated(name: str, form: Signature, forms: Sequence[Signature]) -> None:
    recommended = "".join(f"\n\t{name}{other.text}" for other in forms if not other.deprecated)
    warn(
        f"This overload of {name} is deprecated:\n\t{name}{form.text}\nConsider using one of the following signatures "
        f"instead:{recommended}",
        once="a deprecated overload",
    )


# The list of all overloads.


def type_name(value: Any) -> str:
    """A value's type as C names it: classes that are not Python's own come with their module."""
    cls = type(value)
    if cls.__module__ in ("numpy", "torch", "torch.return_types") and not isinstance(value, Tensor):
        return f"{cls.__module__}.{cls.__name__}"
    return cls.__name__


def _description(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(_description, value))
        if isinstance(value, list):
            return f"list of [{inner}]"
        return f"tuple of ({inner}{',' if len(value) == 1 else ''})"
    return type_name(value)


def given_types(args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """What a call was given; keywords come last first."""
    given = [type_name(value) for value in args]
    given += [f"{name}={type_name(value)}" for name, value in reversed(kwargs.items())]
    return f"({', '.join(given)}{', ' if kwargs and not args else ''})"


def _invalid_combination(name: str, forms: Sequence[Signature], args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """What was given and what can be; deprecated overloads are not recommended."""
    options = sorted((form.text for form in forms if not form.deprecated), key=_not_of_dtype)
    return invalid_of(name, options, args, kwargs)


def invalid_of(name: str, options: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """`_invalid_combination`, of parameters as they are printed."""
    head = f"{name}() received an invalid combination of arguments - got"
    if len(options) == 1:
        parts = options[0][1:-1].split(", ")
        unknown = _unknown(parts, kwargs)
        if unknown:
            return f"{head} unrecognized keyword arguments: {', '.join(unknown)}"
        given = _marked(parts, args, kwargs) if _counts(parts, args, kwargs) else given_types(args, kwargs)
        return f"{head} {given}, but expected {options[0]}"
    lines = [f"{head} {given_types(args, kwargs)}, but expected one of:"]
    for option in options:
        lines.append(f" * {option}")
        parts = option[1:-1].split(", ")
        if _counts(parts, args, kwargs):
            lines.append(f"      didn't match because some of the {_why(parts, args, kwargs)}")
    return "\n".join(lines) + "\n"


def _not_of_dtype(option: str) -> bool:
    """Whether it is more than a dtype, which is listed first, as of ``view``."""
    return option != "(torch.dtype dtype)"


# Why an overload does not match is read off its printed parameters, as torch does: of ``bool keepdim = False`` the
# name is the last word, and the type all before it.


def _counts(parts: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    return len(parts) == len(args) + len(kwargs)


def _unknown(parts: Sequence[str], kwargs: dict[str, Any]) -> list[str]:
    names = [part.rpartition(" ")[2] for part in parts[max(len(parts) - len(kwargs), 0) :]]
    return [key for key in reversed(kwargs) if key not in names]


def _why(parts: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    unknown = _unknown(parts, kwargs)
    if unknown:
        return f"keywords were incorrect: {', '.join(unknown)}"
    return f"arguments have invalid types: {_marked(parts, args, kwargs)}"


def _marked(parts: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """What was given, with marks where it does not fit."""
    shown = []
    for index, part in enumerate(parts):
        type_, _, name = part.rpartition(" ")
        value = args[index] if index < len(args) else kwargs[name]
        text = _description(value) if index < len(args) else f"{name}={_description(value)}"
        fits = type_name(value) in _FITS.get(type_, (type_,))
        shown.append(text if fits else f"!{text}!")
    return f"({', '.join(shown)})"


_FITS = {"float": ("float", "int")}
"""The types of values that torch's messages take for fitting, besides the one that is printed."""


def given(op: Op, values: Sequence[Any]) -> tuple[tuple, dict[str, Any]]:
    """A call's arguments without those that have their defaults, as they are shown to who watches operations."""
    pairs = [*zip(op.schema.params, values, strict=True)]
    positional = [(param, value) for param, value in pairs if not param.kwarg_only]
    while positional and _is_default(*positional[-1]):
        positional.pop()
    named = {param.name: value for param, value in pairs if param.kwarg_only and not _is_default(param, value)}
    if FORMULA.get() and named.get("pin_memory") is False and op.schema.tensors:  # which torch's own code does not say
        del named["pin_memory"]
    if "pin_memory" in named and not op.schema.tensors:  # of what makes a tensor of nothing, torch always says where
        where = {"device": named.get("device", to_device(None)), "pin_memory": named.pop("pin_memory")}
        named |= where
    return tuple([*value] if value.__class__ is tuple else value for _, value in positional), named


def _is_default(param: Param, value: Any) -> bool:
    default = param.of_operator
    if param.type.base == "float" and isinstance(default, (int, float)):
        return bool(value == default)
    return not isinstance(value, Tensor) and value.__class__ is default.__class__ and value == default

"""Operator schemas, in the language of torch's ``native_functions.yaml``.

    mul.Tensor(Tensor self, Tensor other) -> Tensor
    sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor

A schema is parsed once, when its operation is declared; everything after that works on ``Schema`` objects.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass

_HEAD = re.compile(r"(?P<name>\w+)(?:\.(?P<overload>\w+))?\((?P<params>.*)\) -> (?P<returns>.+)", re.S)
_TYPE = re.compile(r"(?P<base>\w+)(?P<list>\[(?P<size>\d*)\])?(?P<optional>\?)?(?P<outer>\[\])?")
_ALIAS = re.compile(r"\([a-z0-9!|]+(?: -> [a-z*]+)?!?\)")
_COMMA = re.compile(r",\s*(?![^\[(]*[\])])")

_PYTHON_NAMES = {
    "Scalar": "Number", "SymInt": "int", "ScalarType": "torch.dtype", "Layout": "torch.layout",
    "Device": "torch.device", "MemoryFormat": "torch.memory_format", "Generator": "torch.Generator",
}  # fmt: skip
REQUIRED = object()
"""The default of a parameter that has none."""


class Mean(int):
    """The default of a loss's reduction: the mean, as which operators take it. The parser of Python's arguments reads
    no number there, which makes it none."""

    def __str__(self) -> str:
        return "at::Reduction::Mean"


@dataclass(frozen=True, slots=True)
class Type:
    """A schema type: ``int[1]?`` is base ``int``, a list that a single int may stand for, optional."""

    base: str
    is_list: bool = False
    size: int | None = None
    optional: bool = False
    symbolic: bool = False
    """A ``SymInt``, of which torch asks less than of an ``int``: that Python could index by it."""

    @property
    def is_tensor(self) -> bool:
        return self.base == "Tensor"

    @property
    def python_name(self) -> str:
        """The type as torch's messages name it."""
        base = _PYTHON_NAMES.get(self.base, self.base)
        if self.is_list:
            return f"tuple of {'Scalar' if self.base == 'Scalar' else base}s"
        return base

    @classmethod
    @functools.cache
    def parse(cls, text: str) -> Type:
        match = _TYPE.fullmatch(text)
        if match is None:
            raise ValueError(f"not a schema type: {text!r}")
        symbolic = match["base"] == "SymInt"
        base = "int" if symbolic else match["base"]
        size = int(match["size"]) if match["size"] else None
        return cls(base, bool(match["list"] or match["outer"]), size, match["optional"] is not None, symbolic)


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a schema."""

    name: str
    type: Type
    default: object = REQUIRED
    """As the parser of Python's arguments has it."""
    kwarg_only: bool = False

    @property
    def of_operator(self) -> object:
        """The default as operators have it, which are called without that parser."""
        return 1 if isinstance(self.default, Mean) else self.default


@dataclass(frozen=True, slots=True)
class Schema:
    """A parsed schema.  ``text`` is what the declaration said."""

    text: str
    name: str
    overload: str
    params: tuple[Param, ...]
    returns: tuple[str, ...]
    """The names of the results, ``""`` where the schema gives none."""
    variadic: bool
    """The result is a list of tensors, as of ``unbind``."""

    @property
    def qualified(self) -> str:
        return f"{self.name}.{self.overload}" if self.overload else self.name

    @property
    def outputs(self) -> tuple[str, ...]:
        """What formulas call the results."""
        if len(self.returns) == 1:
            return (self.returns[0] or "result",)
        return tuple(name or f"result{i}" for i, name in enumerate(self.returns))

    @property
    def tensors(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if p.type.is_tensor)


def _default(text: str, type_: Type) -> object:
    if text in ("contiguous_format", "long"):
        return None  # which the operations that say so take to mean the same
    if text == "Mean":
        return Mean(0)
    try:
        value = ast.literal_eval(text)
    except ValueError:
        return text  # a name
    if type_.is_list and type_.size and isinstance(value, int):
        return (value,) * type_.size
    return tuple(value) if isinstance(value, list) else value


def _split(text: str) -> list[str]:
    """Split at commas that stand outside brackets."""
    parts = _COMMA.split(text) if "[" in text or "(" in text else text.split(",")
    return [part.strip() for part in parts if part.strip()]


@functools.cache
def _param(text: str, kwarg_only: bool) -> Param:
    """One parameter; most stand in many schemas."""
    declared, _, rest = text.partition(" ")
    name, has_default, default = rest.partition("=")
    type_ = Type.parse(declared)
    return Param(name, type_, _default(default, type_) if has_default else REQUIRED, kwarg_only)


@functools.cache
def _returned(text: str) -> tuple[tuple[str, ...], bool]:
    """The names of the results, and whether they are a list."""
    parts = _split(text[1:-1]) if text.startswith("(") else [text]
    names = tuple(part.partition(" ")[2] for part in parts)
    return names, any(Type.parse(part.partition(" ")[0]).is_list for part in parts)


def parse(text: str) -> Schema:
    """Parse one schema.

    Raises:
        ValueError: if ``text`` is not a schema.
    """
    match = _HEAD.fullmatch(_ALIAS.sub("", text))
    if match is None:
        raise ValueError(f"not an operator schema: {text!r}")
    name, overload, declared, returned = match.groups("")
    params, kwarg_only = [], False
    for part in _split(declared):
        if part == "*":
            kwarg_only = True
        else:
            params.append(_param(part, kwarg_only))
    names, variadic = _returned(returned.strip())
    return Schema(text, name, overload, tuple(params), names, variadic)

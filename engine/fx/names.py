"""Names: what functions are called in code, and which names nodes may have."""

from __future__ import annotations

import builtins
import functools
import keyword
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from math import inf, nan
from types import FunctionType, SimpleNamespace
from typing import Any

from ..library.operators import OpOverload, OpOverloadPacket

_OWN = __name__.partition(".")[0]
_ELSEWHERE: dict[str, dict[str, tuple[str, ...]]] = {
    "nn.functional": {
        "_C._nn": (
            "avg_pool2d", "avg_pool3d", "elu_", "gelu", "hardtanh_", "leaky_relu_", "linear", "one_hot",
            "scaled_dot_product_attention", "softplus", "softshrink",
        ),
    },
    "linalg": {"_C._linalg": ("*",)}, "fft": {"_C._fft": ("*",)}, "special": {"_C._special": ("*",)},
}  # fmt: skip
"""Functions that torch calls by a name of its C++ part."""

_SPACES = ("functional", "", "nn.functional", "nn.init", "linalg", "fft", "special")
_NOT_PYTHON = frozenset({"istft", "pca_lowrank", "svd_lowrank"})  # which functional has in torch without defining them


def torch() -> Any:
    """The engine, which code calls ``torch``."""
    return import_module(_OWN)


def _space(name: str) -> Any:
    found = torch()
    for part in filter(None, name.split(".")):
        found = getattr(found, part)
    return found


@functools.cache
def _known() -> dict[int, str]:
    """The names of the functions of torch's namespaces, by their identity."""
    found: dict[int, str] = {}
    for space in reversed(_SPACES):
        for name, value in vars(_space(space)).items():
            if space == "functional" and name in _NOT_PYTHON:
                continue
            named = callable(value) and not isinstance(value, type) and not name.startswith("__")
            if named and (name == value.__name__ or id(value) not in found):
                found[id(value)] = _name_in(space, name)
    return found


def operations() -> Iterator[tuple[dict[str, Any], str, Callable[..., Any]]]:
    """The functions of torch's namespaces that are operations: the namespace, the name, the function."""
    for space in _SPACES:
        names = vars(_space(space))
        for name, value in names.items():
            if isinstance(value, FunctionType) and "compiled" in value.__globals__:
                yield names, name, value


def _name_in(space: str, name: str) -> str:
    for elsewhere, names in _ELSEWHERE.get(space, {}).items():
        if name in names or "*" in names:
            return f"torch.{elsewhere}.{f'{space}_' if '*' in names else ''}{name}"
    return ".".join(filter(None, ("torch", space, name)))


class _CodeTorch:
    """``torch`` as code sees it: the engine, with the functions that torch has in its C++ part under those names."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch(), name)

    @functools.cached_property
    def _C(self) -> Any:
        parts = {}
        for space, elsewhere in _ELSEWHERE.items():
            names = vars(_space(space))
            for place in elsewhere:
                prefix = f"{space}_" if "*" in elsewhere[place] else ""
                parts[place.removeprefix("_C.")] = SimpleNamespace(**{f"{prefix}{k}": v for k, v in names.items()})
        return SimpleNamespace(**parts)

    @functools.cached_property
    def fx(self) -> Any:
        """With the place at which code finds ``wrap``."""
        from . import tracer

        return SimpleNamespace(_symbolic_trace=tracer)


CODE_TORCH = _CodeTorch()
GLOBALS: dict[str, Any] = {"inf": inf, "nan": nan, "NoneType": type(None), "torch": CODE_TORCH}
"""What all code sees."""


def is_torchs(value: Any) -> bool:
    """Whether a function or a class is torch's."""
    module = getattr(value, "__module__", None) or ""
    return id(value) in _known() or module.partition(".")[0] in (_OWN, "torch")


def qualified_name(function: Callable[..., Any]) -> str:
    """The name of a function with its module's.

    Raises:
        RuntimeError: for one without a name.
    """
    if isinstance(function, (OpOverload, OpOverloadPacket)):
        return f"torch.ops.{function}"
    name = getattr(function, "__name__", None)
    if name is None:
        raise RuntimeError(f"{function!r} has no name to be called by")
    if getattr(builtins, name, None) is function:
        return name
    if id(function) in _known():
        return _known()[id(function)]
    module = function.__module__ or ""
    return f"{module}.{name}".replace(f"{_OWN}.", "torch.") if module.startswith(_OWN) else f"{module}.{name}"


def shown_target(target: Any) -> str:
    """A target as graphs show it."""
    if isinstance(target, str):
        return target
    name = qualified_name(target)
    module = getattr(target, "__module__", "")
    if module in ("builtins", "_operator"):
        return f"{module.removeprefix('_')}.{name.rpartition('.')[2]}"
    return name


def type_name(kind: Any) -> str:
    """A type as code has it."""
    if isinstance(kind, type) and kind.__module__ == "builtins":
        return kind.__qualname__
    if isinstance(kind, type):
        return f"{kind.__module__}.{kind.__qualname__}".replace(f"{_OWN}.", "torch.")
    return repr(kind).replace(f"{_OWN}.", "torch.")


_SHORT = {
    "float32": "f32", "float64": "f64", "float16": "f16", "bfloat16": "bf16", "int64": "i64", "int32": "i32",
    "int16": "i16", "int8": "i8", "uint8": "u8", "bool": "b8", "complex64": "c64", "complex128": "c128",
}  # fmt: skip


def shape_text(value: Any) -> str:
    """A dtype and a shape, as readable code shows them: ``f32[2, 3]``."""
    name = repr(value.dtype).removeprefix("torch.")
    return f"{_SHORT.get(name, name)}[{', '.join(map(str, value.shape))}]"


class Namespace:
    """The names that a graph has given."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def create_name(self, candidate: str, obj: Any = None) -> str:
        """A name that nothing has and that may stand in code: the candidate, or the candidate with a number."""
        if obj is not None and id(obj) in self._names:
            return self._names[id(obj)]
        candidate = re.sub(r"[^0-9a-zA-Z_]+", "_", candidate) or "_unnamed"
        if candidate[0].isdigit():
            candidate = f"_{candidate}"
        numbered = re.fullmatch(r"(.*)_(\d+)", candidate)
        base, number = (numbered[1], int(numbered[2])) if numbered else (candidate, 0)
        number = number or self._counts.get(base, 0)
        while candidate in self._used or _is_taken(candidate, obj):
            number += 1
            candidate = f"{base}_{number}"
        self._used.add(candidate)
        self._counts[base] = number
        if obj is not None:
            self._names[id(obj)] = candidate
        return candidate

    def rename(self, name: str, obj: Any) -> None:
        """Note that an object has another name now."""
        self._names[id(obj)] = name
        self._used.add(name)


def _is_taken(name: str, obj: Any) -> bool:
    if keyword.iskeyword(name):
        return True
    if name in vars(builtins):
        return vars(builtins)[name] is not obj
    return name in (*GLOBALS, "device", "fx_pytree", "pytree")

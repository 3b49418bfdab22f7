"""What a document shows for a result: Python's `>>>` its repr, a notebook what IPython makes of it."""

from __future__ import annotations

import builtins
import types
from typing import Any

from conformance.targets.sanitise import sanitise

_PRINTED_BY_IPYTHON = (
    *(list, tuple, set, frozenset, dict, types.MappingProxyType, types.SimpleNamespace, type, slice, super),
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, BaseException),
)
"""Of what is made without a further import, that for which IPython does not show the repr."""


def shown(value: Any, *, notebook: bool = False) -> str:
    """The text for `value`, which is not None."""
    kind = type(value)
    if notebook and (isinstance(value, _PRINTED_BY_IPYTHON) or _may_be_printed_otherwise(kind)):
        from IPython.lib.pretty import pretty  # not before: a fork copies what the worker imports

        return sanitise(pretty(value))
    return sanitise(repr(value))


def _may_be_printed_otherwise(kind: type) -> bool:
    """IPython leaves the word "object" out of `object.__repr__`, knows types of the standard library, and asks."""
    if kind.__repr__ is object.__repr__:
        return True
    if kind.__module__ == "builtins" and hasattr(builtins, kind.__name__):
        return False
    known = kind.__module__ in ("collections", "re", "datetime", "array")
    return known or hasattr(kind, "_repr_pretty_")


def display(*values: Any, **_: Any) -> None:
    """Asks for the rich forms of values, as a notebook does to show them."""
    for value in values:
        if isinstance(value, type):
            continue
        if method := getattr(value, "_repr_mimebundle_", None):
            method(include=None, exclude=None)
        for form in ("svg", "html", "png", "jpeg", "latex", "markdown", "json"):
            if method := getattr(value, f"_repr_{form}_", None):
                method()

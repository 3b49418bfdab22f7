"""Operators declared by their schema, whose functions are registered one by one.

Source: ``torch.library.Library``, ``define`` and ``impl``.
"""

from __future__ import annotations

import contextlib
import re
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ..device import device
from ..warning import warn
from .definition import DEFINED, KEYS, Operator
from .operators import OpOverload

_KINDS = ("IMPL", "DEF", "FRAGMENT")
_RESERVED = ("prim",)
_BLOCKS: dict[str, str] = {}
"""Where the one library of kind DEF of a namespace was made."""
_WARNED: list[str] = []


class Library:
    """Operators of a namespace, which are there as long as this object is.

    Args:
        ns: the namespace.
        kind: ``"DEF"``, of which there is one for a namespace, ``"FRAGMENT"``, or ``"IMPL"``, which declares none.
        dispatch_key: the key of functions that are registered without one.

    Raises:
        ValueError: for another kind, or a namespace that is torch's.
        RuntimeError: for a second one of kind DEF.
        NotImplementedError: for ``aten``: operations that are here cannot be replaced.
    """

    __module__ = "torch.library"

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in _KINDS:
            raise ValueError(f"Unsupported kind: {kind}")
        if ns in _RESERVED and kind in ("DEF", "FRAGMENT"):
            raise ValueError(f"{ns} is a reserved namespace. Please try creating a library with another name.")
        if ns == "aten":
            raise NotImplementedError("torch.library.Library('aten', ...): what the engine has stays as it is")
        here = _place()
        if kind == "DEF":
            if ns in _BLOCKS:
                raise RuntimeError(
                    f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}; please put all of your "
                    "definitions in a single TORCH_LIBRARY block.  If you were trying to specify implementations, "
                    "consider using TORCH_LIBRARY_IMPL (which can be duplicated).  If you really intended to define "
                    "operators for a single namespace in a distributed way, you can use TORCH_LIBRARY_FRAGMENT to "
                    f"explicitly indicate this.  Previous registration of TORCH_LIBRARY was registered at "
                    f"{_BLOCKS[ns]}; latest registration was registered at {here}"
                )
            _BLOCKS[ns] = here
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._op_defs: set[str] = set()
        weakref.finalize(self, _forget, ns, kind, self._op_defs)

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an operator.

        Args:
            schema: its name and what it takes and gives, ``"mul(Tensor a, Tensor b) -> Tensor"``.
            alias_analysis: ``""`` or ``"CONSERVATIVE"``; without effect.
            tags: without effect.

        Returns:
            The name.

        Raises:
            RuntimeError: for a text that is no schema, or a name that is taken.
        """
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        name, opened, rest = schema.partition("(")
        qualname = f"{self.ns}::{name}"
        _declare(qualname, opened + rest, schema)
        self._op_defs.add(qualname)
        return name

    def impl(
        self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "", *, with_keyset: bool = False,
        allow_override: bool = False,
    ) -> None:  # fmt: skip
        """Set the function of an operator for a key: ``"CPU"``, ``"Meta"``, ``"CompositeImplicitAutograd"``,
        ``"CompositeExplicitAutograd"``, or ``"Autograd"``, which gets all calls with tensors that are tracked.

        Raises:
            TypeError: for what is no function.
            RuntimeError: for a key that torch does not have.
            NotImplementedError: for one that means nothing here.
        """
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        if key not in KEYS:
            raise NotImplementedError(f"the dispatch key {key!r} means nothing on the CPU without a compiler")
        name = op_name._qualname if isinstance(op_name, Operator) else str(op_name).removeprefix(f"{self.ns}::")
        found = DEFINED.get(f"{self.ns}::{name.removeprefix(f'{self.ns}::')}")
        if found is None:
            _WAITING.setdefault(f"{self.ns}::{name}", []).append((key, fn))
            return
        _replaced(found, key)
        found.implement(key, fn)

    def fallback(self, fn: Callable[..., Any], dispatch_key: str = "", *, with_keyset: bool = False) -> NoReturn:
        """Refused.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("Library.fallback: the engine has no dispatcher to fall back in")

    def _destroy(self) -> None:
        _forget(self.ns, self.kind, self._op_defs)


_WAITING: dict[str, list[tuple[str, Callable[..., Any]]]] = {}
"""Functions of operators that are not declared yet."""


def _forget(ns: str, kind: str, names: set[str]) -> None:
    if kind == "DEF":
        _BLOCKS.pop(ns, None)
    for name in names:
        if name in DEFINED:
            DEFINED[name].forget()
    names.clear()


def _place() -> str:
    """The line of the user's that is running."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{__package__}."):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _declare(qualname: str, schema: str, shown: str) -> Operator:
    place = _place()
    if qualname in DEFINED:
        first = DEFINED[qualname].place
        raise RuntimeError(
            f"Tried to register an operator ({qualname}{schema}) with the same name and overload "
            "name multiple times. Each overload's schema should only be registered with a single call to def(). "
            f"Duplicate registration: registered at {place}. Original registration: registered at {first}"
        )
    try:
        made = Operator(qualname, schema)
    except ValueError:
        word = re.match(r"\w*\s*", shown)[0]  # type: ignore[index]
        what = re.match(r"\w+", shown[len(word) :])
        raise RuntimeError(
            f"expected eof but found '{'ident' if what else shown[len(word) : len(word) + 1]}' here:\n{shown}\n"
            f"{' ' * len(word)}{'~' * len(shown[len(word) :])} <--- HERE\n"
        ) from None
    made.place = place
    for key, function in _WAITING.pop(qualname, ()):
        made.implement(key, function)
    return made


def _replaced(op: Operator, key: str) -> None:
    """Warn, once for all, of a function that another takes the place of."""
    if key not in op._kernels or _WARNED:
        return
    _WARNED.append(op._qualname)
    warn(
        "Warning only once for all operators,  other operators may also be overridden.\n"
        "  Overriding a previously registered kernel for the same operator and the same dispatch key\n"
        f"  operator: {op._declaration}\n    registered at {op.place}\n"
        f"  dispatch key: {key}\n  previous kernel: no debug info\n       new kernel: registered at {_place()}"
    )


def define(qualname: str, schema: str, *, lib: Library | None = None, tags: Any = ()) -> None:
    """Declare an operator by its schema.

    Args:
        qualname: ``"namespace::name"``.
        schema: what it takes and gives, ``"(Tensor x) -> Tensor"``.
        lib: the library that it belongs to: it goes when that goes.
        tags: without effect.

    Raises:
        ValueError: for a name without namespace, or a schema without parentheses.
        RuntimeError: for a text that is no schema, or a name that is taken.
    """
    if not isinstance(qualname, str):
        raise ValueError(f"define(qualname, schema): expected qualname to be instance of str, got {type(qualname)}")
    _split(qualname)
    if not re.fullmatch(r"\(.*\) -> .*", schema, re.S):
        raise ValueError(
            'define(qualname, schema, ...): expected schema to look like e.g. "(Tensor x) -> Tensor" but got '
            f'"{schema}"'
        )
    _declare(qualname, schema, qualname + schema)
    if lib is not None:
        lib._op_defs.add(qualname)


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Library | None = None) -> Any:
    """Set the function of an operator for device types.

    Args:
        qualname: ``"namespace::name"``, or its overload. Or the older way, all as for `Library.impl`: the library, then
            as ``types`` the name, as ``func`` the key, for a decorator that gives the function.
        types: ``"cpu"``, ``"meta"``, ...; ``"default"`` for all; or several.
        func: gets the arguments of the schema; without it this is a decorator, which gives None.
        lib: without effect.

    Raises:
        ValueError: for a name without namespace.
        RuntimeError: for the name of no device.
    """
    if isinstance(qualname, Library):
        return _registering(qualname, types, str(func or ""))
    name = _name_of(qualname)
    _split(name)
    keys = [types] if isinstance(types, str) else [*types]
    for one in keys:
        if one != "default" and one not in KEYS:
            device(one)

    def register(fn: Callable[..., Any]) -> None:
        if name in DEFINED:
            DEFINED[name].implement(keys, fn)
        else:
            _WAITING.setdefault(name, []).extend((one, fn) for one in keys)

    return register if func is None else register(func)


def _registering(library: Library, name: str, key: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        library.impl(name, fn, key)
        return fn

    return register


def _name_of(op: Any) -> str:
    if isinstance(op, OpOverload):
        return op._definition._qualname
    return op._qualname if isinstance(op, Operator) else op


def _split(qualname: str) -> None:
    if qualname.count("::") != 1:
        raise ValueError(
            f'Expected `qualname` to be of the form "namespace::name", but got {qualname}. The qualname passed to the '
            "torch.library APIs must consist of a namespace and a name, e.g. aten::sin"
        )


def fallthrough_kernel() -> NoReturn:
    """A function that means: as if none were registered.

    Raises:
        NotImplementedError: when it is called.
    """
    raise NotImplementedError("fallthrough_kernel() should never be called.")


@contextlib.contextmanager
def _scoped_library(*args: Any, **kwargs: Any) -> Iterator[Library]:
    """A library whose operators go at the end of the block."""
    library = Library(*args, **kwargs)
    try:
        yield library
    finally:
        library._destroy()

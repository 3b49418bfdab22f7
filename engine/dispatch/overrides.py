"""Calls that belong to others: to subclasses of Tensor, to classes with ``__torch_function__``, and to modes.

A call with such an argument, or within a mode, is handed to its ``__torch_function__``, with the public function.
The one that Tensor has calls the function without looking for overrides, and makes tensors of its results.

Source: "Extending torch Python API" in torch's notes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from ..autograd.modes import NO_OVERRIDES
from ..tensor import Tensor

NOTHING: Any = object()
"""No override: the call means what it says."""
NO_DISPATCH: ContextVar[bool] = ContextVar("no_dispatch", default=False)
"""Whether classes with ``__torch_dispatch__`` are asked no more."""
MODES: ContextVar[tuple[Any, ...]] = ContextVar("torch_function_modes", default=())


class NOTED:
    """What exists in this process, so that calls look for it."""

    subclasses = False


def disabled_torch_function(*_: Any) -> Any:
    """The ``__torch_function__`` of classes of tensors that have none, such as Parameter."""
    return NotImplemented


def disabled_torch_dispatch(func: Callable[..., Any], types: Any, args: tuple = (), kwargs: Any = None) -> Any:
    """The ``__torch_dispatch__`` of Tensor: the operation, on what the tensors have in memory."""
    token = NO_DISPATCH.set(True)
    try:
        return func(*args, **(kwargs or {}))
    finally:
        NO_DISPATCH.reset(token)


def has_dispatch(kind: type) -> bool:
    """Whether a class of tensors decides what operations do, below autograd (``subclasses.py``)."""
    return getattr(kind, "__torch_dispatch__", disabled_torch_dispatch) is not disabled_torch_dispatch


def _override_of(kind: type) -> Any:
    return getattr(kind, "__torch_function__", None)


class _NotOwn:
    """The elements of a tensor whose class may take over calls, while it may: compiled code gets none to work on."""

    def __init__(self, always: bool) -> None:
        self._always = always

    def __get__(self, tensor: Tensor, _: type) -> Any:
        if NO_OVERRIDES.get() and not self._always:
            return tensor._array
        raise TypeError("the call may belong to the class")


def _note_subclass(cls: type[Tensor], **keywords: Any) -> None:
    """Let calls with an instance of a subclass look for overrides, which the slow path does."""
    super(Tensor, cls).__init_subclass__(**keywords)
    if "__torch_dispatch__" in vars(cls) and "__torch_function__" not in vars(cls):
        cls.__torch_function__ = disabled_torch_function
    overrides = _override_of(cls) is not disabled_torch_function or has_dispatch(cls)
    if overrides and not cls.__module__.startswith(("engine", "torch")):
        takes_over(cls)


def takes_over(cls: type[Tensor]) -> None:
    """Let a class of tensors take over calls."""
    cls._kept = cls
    cls._own = _NotOwn(has_dispatch(cls))  # type: ignore[assignment]
    NOTED.subclasses = True


Tensor.__init_subclass__ = classmethod(_note_subclass)  # type: ignore[assignment]
Tensor.__torch_dispatch__ = staticmethod(disabled_torch_dispatch)


def has_override(value: object) -> bool:
    """Whether a value's class has a ``__torch_function__`` that counts."""
    return type(value) is not Tensor and _override_of(type(value)) not in (None, disabled_torch_function)


def _relevant(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[Any]:
    for one in (*args, *kwargs.values()):
        if type(one) in (list, tuple):
            yield from filter(has_override, one)
        elif has_override(one):
            yield one


def overloaded(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """One argument for each class that overrides the call, subclasses before their bases."""
    found: list[Any] = []
    for one in _relevant(args, kwargs):
        if type(one) not in map(type, found):
            place = next((i for i, other in enumerate(found) if isinstance(one, type(other))), len(found))
            found.insert(place, one)
    return found


def may_override() -> bool:
    """Whether a call may belong to a subclass or a mode; other classes are looked for when binding fails."""
    return (NOTED.subclasses and not NO_OVERRIDES.get()) or bool(MODES.get())


def override(name: str, overloads: Sequence[Any], args: tuple, kwargs: dict[str, Any], *, method: bool) -> Any:
    """What a mode or a class makes of a call; NOTHING if the call is nobody's.

    Raises:
        Unclaimed: if all that could take it return NotImplemented.
    """
    takers = [] if NO_OVERRIDES.get() else overloaded(args, kwargs)
    modes = MODES.get()
    if not takers and not modes:
        return NOTHING
    function, types = public(name, overloads, method), tuple(map(type, takers))
    if modes:
        token = MODES.set(modes[:-1])
        try:
            found = modes[-1].__torch_function__(function, types, args, kwargs)
        finally:
            MODES.reset(token)
        if found is not NotImplemented:
            return found
    for one in takers:
        found = type(one).__torch_function__(function, types, args, kwargs or None)
        if found is not NotImplemented:
            return found
    raise Unclaimed(_nobody(name, method, [*modes[-1:], *takers]))


Slow = Callable[[str, Sequence[Any], tuple, dict[str, Any]], Any]


def overridable(call: Slow, *, method: bool, operator: bool = False) -> Slow:
    """A form of call that first asks whose it is.  An operator that nobody takes is for Python to refuse."""

    def asking(name: str, overloads: Sequence[Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        if may_override():
            try:
                found = override(name, overloads, args, kwargs, method=method)
            except Unclaimed:
                if operator:
                    return NotImplemented
                raise
            return call(name, overloads, args, kwargs) if found is NOTHING else found
        try:
            result = call(name, overloads, args, kwargs)
        except TypeError:
            if (found := override(name, overloads, args, kwargs, method=method)) is NOTHING:
                raise
            return found
        if (
            result is NotImplemented
            and (found := override(name, overloads, args, kwargs, method=method)) is not NOTHING
        ):
            return found
        return result

    return asking


class _TypeError(TypeError):
    """All that could take a call returned NotImplemented."""


_TypeError.__name__ = _TypeError.__qualname__ = "TypeError"
Unclaimed = _TypeError


def _nobody(name: str, method: bool, takers: list[Any]) -> str:
    kinds = "\n".join(f"  - tensor subclass {type(one)}" for one in takers)
    hint = "For more information, try re-running with TORCH_LOGS=not_implemented"
    return (
        f"Multiple dispatch failed for '{'torch.Tensor' if method else 'torch'}.{name}'; all __torch_function__ "
        f"handlers returned NotImplemented:\n\n{kinds}\n\n{hint}"
    )


def public(name: str, overloads: Sequence[Any], method: bool) -> Callable[..., Any]:
    """The function or method that users know by this name; of an operation that has none, one that calls it."""
    torch = sys.modules[__name__.partition(".")[0]]
    space, _, rest = name.partition("_")
    spaces = [(Tensor, name)] if method else [(torch, name), (getattr(torch, space, None), rest)]
    for one, inner in spaces:
        if hasattr(one, inner):
            return getattr(one, inner)
    from .slow import function

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(name, overloads, args, kwargs)

    call.__name__ = call.__qualname__ = name
    return call

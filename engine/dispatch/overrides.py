"""Calls that belong to others: to subclasses of Tensor, to classes with ``__torch_function__``, and to modes.

A call with such an argument, or within a mode, is handed to its ``__torch_function__``, with the public function.
The one that Tensor has calls the function without looking for overrides, and makes tensors of its results.

Source: "Extending torch Python API" in torch's notes.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from types import FunctionType
from typing import Any, ClassVar, TypeVar

from ..autograd.modes import NO_OVERRIDES, Overrides
from ..tensor import Tensor
from ..tensor_base import TensorBase
from ..warning import warn

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
    if _override_of(cls) is disabled_torch_function:
        _PLAIN.add(cls)
    overrides = _override_of(cls) is not disabled_torch_function or has_dispatch(cls)
    if overrides and not cls.__module__.startswith(("engine", "torch")):
        takes_over(cls)
        if "__torch_function__" in vars(cls) and cls.__torch_function__ is not disabled_torch_function:
            ask_for_members(cls)


def takes_over(cls: type[Tensor]) -> None:
    """Let a class of tensors take over calls."""
    cls._kept = cls
    cls._own = _NotOwn(has_dispatch(cls))  # type: ignore[assignment]
    NOTED.subclasses = True
    Overrides.offer = _offer


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
    return _by_class(_relevant(args, kwargs))


def _by_class(values: Iterable[Any]) -> list[Any]:
    """The first value of each class, subclasses before their bases."""
    found: list[Any] = []
    for one in values:
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
    if not takers and not MODES.get():
        return NOTHING
    takes_nothing = method and not takers and args and all(len(one.schema.params) == 1 for one in overloads)
    types = (type(args[0]),) if takes_nothing else None  # torch calls those otherwise, and names the tensor's class
    return _offered(
        public(name, overloads, method), takers, args, kwargs or None, name=name, method=method, types=types
    )


def _offered(
    function: Any,
    takers: list[Any],
    args: tuple,
    kwargs: dict[str, Any] | None,
    *,
    name: str,
    method: bool = True,
    types: tuple[type, ...] | None = None,
    in_python: bool = False,
) -> Any:
    """What the innermost mode, or else the first of the classes, makes of a call, which torch has in Python or not."""
    modes = MODES.get()
    types = tuple(map(type, takers)) if types is None else types
    if modes:
        token = MODES.set(modes[:-1])
        try:
            found = modes[-1].__torch_function__(function, types, args, kwargs)
        finally:
            MODES.reset(token)
        if found is not NotImplemented:
            return found
    for one in takers:
        asked = one.__torch_function__
        if getattr(asked, "__self__", None) is one:
            _warn_of_plain(in_python)
        found = asked(function, types, args, kwargs)
        if found is not NotImplemented:
            return found
    raise Unclaimed(_nobody(name, method, [*modes[-1:], *takers]))


def _warn_of_plain(in_python: bool) -> None:
    """Warn of a ``__torch_function__`` that is no classmethod, in the words of either part of torch."""
    advice = "as a plain method is deprecated and will be an error in future, please define it as a classmethod."
    if in_python:
        warn(f"Defining your `__torch_function__ {advice}", DeprecationWarning)
    else:
        warn(f"Defining your `__torch_function__` {advice}", once=True)


Slow = Callable[[str, Sequence[Any], tuple, dict[str, Any]], Any]


def overridable(call: Slow, *, method: bool, operator: bool = False) -> Slow:
    """A form of call that first asks whose it is.  An operator that nobody takes is for Python to refuse."""

    def asking(name: str, overloads: Sequence[Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        if may_override():
            try:
                found = override(name, overloads, args, kwargs, method=method)
            except TypeError:
                if operator:  # whatever it was about
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
    if not method and name in (functional := _of_functional()):
        return functional[name]
    from .slow import function

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(name, overloads, args, kwargs)

    call.__name__ = call.__qualname__ = name
    return call


@functools.cache
def _of_functional() -> dict[str, Callable[..., Any]]:
    """What only ``torch.nn.functional`` has, by the names of the operations."""
    module = sys.modules[f"{__name__.partition('.')[0]}.nn.functional"]
    return {one.__name__: one for one in vars(module).values() if isinstance(one, FunctionType)}


# Members of Tensor that are no operations. A class that takes over calls has ones of its own, which ask first; what
# Tensor itself has stays as fast as it is.


class _Attribute:
    """An attribute that asks who takes over being read, set or deleted."""

    def __init__(self, name: str, inherited: Any) -> None:
        self._name, self._inherited = name, inherited

    def _ask(self, access: str, instance: Tensor, *value: Any) -> Any:
        function, args = getattr(self._inherited, access), (instance, *value)
        takers = _takers(args[:1], {})
        if not takers and not MODES.get():
            return function(*args)
        return _offered(function, takers, args, None, name=f"{self._name}.{access}", types=(type(instance),))

    def __get__(self, instance: Tensor | None, _: Any = None) -> Any:
        return self._inherited if instance is None else self._ask("__get__", instance)

    def __set__(self, instance: Tensor, value: Any) -> None:
        self._ask("__set__", instance, value)

    def __delete__(self, instance: Tensor) -> None:
        self._ask("__delete__", instance)


POSITIONAL: dict[str, int] = {
    "__array__": 1, "__array_wrap__": 1, "__contains__": 2, "__deepcopy__": 2, "__dir__": 1, "__floordiv__": 2,
    "__format__": 2, "__ipow__": 2, "__len__": 1, "__pow__": 2, "__rdiv__": 2, "__reduce_ex__": 2, "__repr__": 1,
    "__reversed__": 1,
    "__rfloordiv__": 2, "__rlshift__": 2, "__rmatmul__": 2, "__rmod__": 2, "__rpow__": 2, "__rrshift__": 2,
    "__rsub__": 2, "__rtruediv__": 2, "backward": 1, "is_shared": 1, "istft": 2, "lu": 1, "norm": 1,
    "register_hook": 2, "register_post_accumulate_grad_hook": 2, "split": 2, "stft": 2, "storage": 1, "unflatten": 3,
    "unique": 1, "unique_consecutive": 1,
}  # fmt: skip
"""Methods that are written in Python in torch.  It hands on so many of their arguments by position, and the others,
given or not, by name."""

_OPERATORS = frozenset(
    {
        "__floordiv__", "__ipow__", "__pow__", "__rdiv__", "__rfloordiv__", "__rlshift__", "__rmatmul__", "__rmod__",
        "__rpow__", "__rrshift__", "__rsub__", "__rtruediv__",
    }
)  # fmt: skip
"""Those that are operators: whatever TypeError comes of one, it is for Python to refuse."""

_ALIASES = {
    "__ipow__": "pow_", "__pow__": "pow", "__rtruediv__": "__rdiv__", "ndimension": "dim", "nelement": "numel",
}  # fmt: skip
_SPECIAL = frozenset(
    {
        "__and__", "__bool__", "__complex__", "__delitem__", "__eq__", "__float__", "__getitem__", "__index__",
        "__int__", "__invert__", "__lshift__", "__or__", "__rshift__", "__setitem__", "__xor__",
    }
)  # fmt: skip
_TYPED = frozenset(
    {
        "__bool__", "__complex__", "__float__", "__index__", "__int__", "__invert__", "apply_", "data_ptr", "detach",
        "dim", "element_size", "get_device", "is_complex", "is_conj", "is_floating_point", "is_inference", "is_neg",
        "is_signed", "item", "new_tensor", "numel", "retain_grad", "storage_offset", "tolist", "untyped_storage",
    }
)  # fmt: skip
"""Methods that are not written in Python in torch, but name the types of tensors as those do."""

_UNASKED = frozenset({"as_subclass"})
"""Methods that no class takes over."""


def _takers(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    return [] if NO_OVERRIDES.get() else overloaded(args, kwargs)


def ask_for_members(cls: type[Tensor]) -> None:
    """Let reading attributes, and calling methods that are no operations, ask the class first."""
    for name, member in _asking_members().items():
        if name not in vars(cls):
            setattr(cls, name, member)


@functools.cache
def _asking_members() -> dict[str, Any]:
    """What a class, or Tensor while a mode is active, has in place of Tensor's members."""
    found: dict[str, Any] = {}
    for name in dir(Tensor):
        if (name.startswith("_") and name not in POSITIONAL and name not in _SPECIAL) or name in _UNASKED:
            continue
        inherited = inspect.getattr_static(Tensor, name)
        is_operation = isinstance(inherited, FunctionType) and "compiled" in inherited.__globals__
        if isinstance(inherited, property):
            found[name] = _Attribute(name, inherited)
        elif isinstance(inherited, FunctionType) and not (is_operation and name not in {*POSITIONAL, *_SPECIAL}):
            found[name] = _asking_method(name, inherited)
    return found


class _Watched:
    """Tensor's own members while a mode is active."""

    modes = 0
    replaced: ClassVar[dict[str, Any]] = {}


def watch_members(on: bool) -> None:
    """Let Tensor's members ask the modes, from when the first one is entered until the last one is left."""
    _Watched.modes += 1 if on else -1
    Overrides.offer = _offer
    if on and _Watched.modes == 1:
        members = _asking_members()
        _Watched.replaced = {name: vars(Tensor).get(name) for name in members}
        for name, member in members.items():
            setattr(Tensor, name, member)
    elif not on and _Watched.modes == 0:
        for name, member in _Watched.replaced.items():
            if member is None:
                delattr(Tensor, name)
            else:
                setattr(Tensor, name, member)
        _Watched.replaced = {}


def member_of_tensor(name: str) -> Any:
    """What Tensor has by this name, whether a mode is active or not."""
    own = _Watched.replaced.get(name)
    return own or inspect.getattr_static(TensorBase if name in _Watched.replaced else Tensor, name)


def _asking_method(name: str, inherited: Any) -> Callable[..., Any]:
    shown = _ALIASES.get(name, name)
    by_position = POSITIONAL.get(name)

    @functools.wraps(inherited)
    def method(*args: Any, **kwargs: Any) -> Any:
        takers = _takers(args, kwargs)
        if not takers and not MODES.get():
            return inherited(*args, **kwargs)
        function = getattr(Tensor, shown)
        if by_position is None:
            typed = (type(args[0]),) if shown in _TYPED else None
            return _offered(function, takers, args, kwargs or None, name=shown, types=typed)
        types = tuple(dict.fromkeys(type(one) for one in (*takers, *args) if _asks(one)))
        try:
            handed_on = _rearranged(inherited, by_position, args, kwargs)
            return _offered(function, takers, *handed_on, name=shown, types=types)
        except TypeError:
            if name in _OPERATORS:
                return NotImplemented
            raise

    return method


def _offer(function: Any, relevant: tuple, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
    """The result of a call of a function that somebody takes over; empty if nobody does."""
    takers = _takers(relevant, {})
    if not takers and not MODES.get():
        return []
    types = tuple(map(type, _by_class(filter(_asks, relevant))))
    asked: Any = {"name": function.__name__, "method": False, "types": types, "in_python": True}
    return [_offered(function, takers, args, kwargs, **asked)]


Overrides.offer_others = _offer


def claimed(function: Any, args: tuple, parts: Sequence[Any] = ()) -> list[Any]:
    """The result of a call that means nothing otherwise, if the class of an argument takes it over; empty else.

    Args:
        function: what was called.
        args: its arguments.
        parts: what is within these.
    """
    takers = _takers((*args, *parts), {})
    return [_offered(function, takers, args, None, name=function.__name__)] if takers else []


def of_one_tensor(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method without arguments as a function, which is no operation."""
    name = method.__name__

    def function(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and args[0].__class__ is Tensor and not kwargs and not _Watched.modes:
            return method(args[0])
        takers = _takers((*args, *kwargs.values()), {})
        if takers or MODES.get():
            return _offered(function, takers, args, kwargs or None, name=name, method=False)
        return method(_only_tensor(name, args, dict(kwargs)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    function.__module__ = __name__.partition(".")[0]  # where a pickle finds it
    return function


def _only_tensor(name: str, args: tuple, kwargs: dict[str, Any]) -> Tensor:
    """The tensor that a function takes, and nothing else.

    Raises:
        TypeError: for any other arguments, in torch's words.
    """
    if len(args) > 1:
        raise TypeError(f"{name}() takes 1 positional argument but {len(args)} were given")
    if not args and "input" not in kwargs:
        raise TypeError(f'{name}() missing 1 required positional arguments: "input"')
    place = " (position 1)" if args else ""
    given = args[0] if args else kwargs.pop("input")
    if not isinstance(given, Tensor):
        raise TypeError(f"{name}(): argument 'input'{place} must be Tensor, not {type(given).__name__}")
    if kwargs:
        repeated = "input" in kwargs
        what = (
            "multiple values for argument 'input'"
            if repeated
            else f"an unexpected keyword argument '{next(iter(kwargs))}'"
        )
        raise TypeError(f"{name}() got {what}")
    return given


def overridable_function(by_position: int | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A function that is no operation, as one that first asks who takes it over.

    Args:
        by_position: so many arguments are handed on by position, the others by name with their defaults; by default as
            they are given.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def asking(*args: Any, **kwargs: Any) -> Any:
            if all(type(one) is Tensor for one in args) and not MODES.get():
                return function(*args, **kwargs)
            flat = tuple(one for arg in args for one in (arg if isinstance(arg, (list, tuple)) else (arg,)))
            handed_on = (args, kwargs)
            if by_position is not None and (MODES.get() or _takers(flat, kwargs)):
                handed_on = _rearranged(function, by_position, args, kwargs)
            for taken in _offer(asking, (*flat, *kwargs.values()), *handed_on):
                return taken
            return function(*args, **kwargs)

        return asking

    return decorate


F = TypeVar("F", bound=Callable[..., Any])
_PLAIN: set[type] = {Tensor, int, float, tuple}
"""Classes of tensors that take nothing over, and of what may stand beside them."""


def overridable_functional(function: F) -> F:
    """A function that torch writes in Python, as one that first asks who takes it over.

    Arguments that must be given are handed on by position, the others by name with their defaults.
    """
    parameters = inspect.signature(function).parameters.values()
    by_position = sum(one.default is one.empty for one in parameters)

    @functools.wraps(function)
    def asking(*args: Any, **kwargs: Any) -> Any:
        plain = args and not (NOTED.subclasses or _Watched.modes) and args[0].__class__ in _PLAIN
        if plain and (by_position < 2 or len(args) < 2 or args[1].__class__ in _PLAIN):
            return function(*args, **kwargs)
        given = (*args, *kwargs.values())
        if MODES.get() or _takers(given, {}):
            try:
                handed_on = _rearranged(function, by_position, args, kwargs)
            except TypeError:  # a wrong call: Python says what is wrong with it
                return function(*args, **kwargs)
            for taken in _offer(asking, given, *handed_on):
                return taken
        return function(*args, **kwargs)

    return asking  # type: ignore[return-value]


def _asks(value: object) -> bool:
    return type(value) is Tensor or has_override(value)


def _rearranged(function: Any, by_position: int, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Arguments as torch hands them on: so many by position, the others by name with their defaults."""
    if len(args) >= by_position and "compiled" in function.__globals__:
        return args, kwargs
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    names = list(bound.arguments)
    given = [bound.arguments[name] for name in names[:by_position]]
    return tuple(given), {name: bound.arguments[name] for name in names[by_position:]}

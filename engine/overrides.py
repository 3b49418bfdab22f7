"""``torch.overrides``: how classes and modes take over calls."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from string import ascii_lowercase
from types import FunctionType, ModuleType, TracebackType
from typing import Any, Self

from .autograd.modes import NO_OVERRIDES, STATE
from .dispatch.overrides import (
    MODES,
    disabled_torch_function,
    has_override,
    member_of_tensor,
    overloaded,
    watch_members,
)
from .ops.shape import _alias
from .tensor import Tensor
from .tensor_base import TensorBase

_disabled_torch_function_impl = disabled_torch_function


class DisableTorchFunctionSubclass:
    """A block in which classes take over no calls."""

    __module__ = "torch._C"

    def __enter__(self) -> None:
        self._token = NO_OVERRIDES.set(True)

    def __exit__(self, *_: object) -> None:
        NO_OVERRIDES.reset(self._token)


class DisableTorchFunction(DisableTorchFunctionSubclass):
    """A block in which neither classes nor modes take over calls."""

    __module__ = "torch._C"

    def __enter__(self) -> None:
        super().__enter__()
        self._modes = MODES.set(())

    def __exit__(self, *_: object) -> None:
        MODES.reset(self._modes)
        super().__exit__()


class TorchFunctionMode:
    """A block in which ``__torch_function__`` of this object gets all calls; inside it, the modes around it do."""

    __module__ = "torch.overrides"

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Self:
        STATE.unusual += 1
        watch_members(True)
        MODES.set((*MODES.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        STATE.unusual -= 1
        watch_members(False)
        MODES.set(MODES.get()[:-1])

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> Self:
        """The old way to make one."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that changes nothing."""

    __module__ = "torch.overrides"

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return func(*args, **(kwargs or {}))


def is_tensor_like(inp: object) -> bool:
    """Whether this is a tensor, or has ``__torch_function__``."""
    return type(inp) is Tensor or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether an argument's class takes over calls."""
    return not NO_OVERRIDES.get() and any(map(has_override, relevant_args))


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function of one's own be taken over by the classes of what ``dispatcher`` gives for its arguments."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return wrapped

    return decorate


_SPACES = (
    "torch.functional", "torch", "torch.Tensor", "torch.linalg", "torch.fft", "torch.special", "torch.nn.functional",
    "torch.nn.init",
)  # fmt: skip
"""Where such functions are; one that is in several is known by the first."""


@functools.cache
def _overridable() -> tuple[dict[Any, list[Callable[..., Any]]], dict[Callable[..., Any], str]]:
    """The functions that may be taken over, by namespace; and the name of each."""
    package = importlib.import_module(__package__)
    spaces: dict[Any, list[Callable[..., Any]]] = {}
    names: dict[Callable[..., Any], str] = {}
    for space in _SPACES:
        holder = functools.reduce(getattr, space.split(".")[1:], package)
        for name in dir(holder):
            member = inspect.getattr_static(holder, name, None) if holder is not Tensor else member_of_tensor(name)
            hidden = name.startswith("_") and not (holder is Tensor and name.startswith("__"))
            if hidden or isinstance(member, ModuleType) or member is getattr(object, name, None):
                continue
            if isinstance(member, property):
                spaces.setdefault(member, []).append(member.__get__)
                names[member.__get__] = f"{space}.{name}.__get__"
                names[member.__set__] = f"{space}.{name}.__set__"
            elif isinstance(member, FunctionType) and name[0] in ascii_lowercase + "_":
                spaces.setdefault(holder, []).append(member)
                names.setdefault(member, f"{space}.{name}")
    return spaces, names


def get_overridable_functions() -> dict[Any, list[Callable[..., Any]]]:
    """The functions that ``__torch_function__`` may take over, by the namespace that they are in."""
    return _overridable()[0]


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The name by which users know a function that may be taken over, such as ``torch.Tensor.add``."""
    names = _overridable()[1]
    return names.get(f) or names.get(getattr(f, "__wrapped__", f))


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether this is a method of Tensor, or reads one of its attributes."""
    name = resolve_name(func)
    return func.__name__ == "__get__" or (
        name is not None and name.startswith("torch.Tensor.") and not name.endswith(".__set__")
    )


def has_torch_function_unary(obj: Any) -> bool:
    """Whether this has a ``__torch_function__`` that is to be asked."""
    return has_torch_function((obj,))


def has_torch_function_variadic(*args: Any) -> bool:
    """Whether one of these has a ``__torch_function__`` that is to be asked."""
    return has_torch_function(args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """What the classes of the arguments make of a call of a function of one's own.

    Raises:
        TypeError: if all return NotImplemented.
    """
    takers = overloaded(tuple(relevant_args), {})
    types = tuple(map(type, takers))
    for one in takers:
        found = type(one).__torch_function__(public_api, types, args, kwargs)
        if found is not NotImplemented:
            return found
    name = f"{public_api.__module__}.{public_api.__name__}"
    raise TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {[*types]}")


def _torch_function(
    cls: type[Tensor],
    func: Callable[..., Any],
    types: Sequence[type],
    args: tuple = (),
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """Call the function, and make tensors of this class of its results.  Source: ``Tensor.__torch_function__``."""
    if not all(issubclass(cls, one) for one in types):
        return NotImplemented
    with DisableTorchFunctionSubclass():
        result = func(*args, **(kwargs or {}))
        return result if func in get_default_nowrap_functions() else _converted(result, cls)


@functools.cache
def get_default_nowrap_functions() -> set[Callable[..., Any]]:
    """The attributes whose tensors stay of the class that they are."""
    return {Tensor._base.__get__, Tensor.grad.__get__}


def _converted(result: Any, cls: type[Tensor]) -> Any:
    if cls is Tensor:
        return result
    if isinstance(result, Tensor) and not isinstance(result, cls):
        return _as_subclass(result, cls)
    if isinstance(result, (tuple, list)):
        return type(result)(_converted(one, cls) for one in result)
    return result


def _as_subclass(self: Tensor, cls: type[Tensor]) -> Tensor:
    """The same elements and the same history as a tensor of a subclass.

    Raises:
        TypeError: for a class that is none.
    """
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(
            "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure your "
            "class inherits from Tensor."
        )
    with DisableTorchFunctionSubclass():
        alias = _alias(self)
    made = object.__new__(cls)
    for name in TensorBase.__slots__:
        if not name.startswith("__"):
            setattr(made, name, getattr(alias, name))
    return made


_torch_function.__name__ = _torch_function.__qualname__ = "__torch_function__"
for _name, _value in (("__torch_function__", classmethod(_torch_function)), ("as_subclass", _as_subclass)):
    setattr(Tensor, _name, _value)

for _name, _value in vars(Tensor).items():  # what was attached as a lambda or under a name of ours
    if isinstance(_value, FunctionType) and _value.__name__.startswith(("<", "_", "operator")):
        _value.__name__ = _name

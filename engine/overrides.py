"""``torch.overrides``: how classes and modes take over calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from .autograd.modes import NO_OVERRIDES, STATE
from .dispatch.overrides import MODES, disabled_torch_function, has_override, overloaded
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


class TorchFunctionMode:
    """A block in which ``__torch_function__`` of this object gets all calls; inside it, the modes around it do."""

    __module__ = "torch.overrides"

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Self:
        STATE.unusual += 1
        MODES.set((*MODES.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        STATE.unusual -= 1
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
        return _converted(func(*args, **(kwargs or {})), cls)


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


for _name, _value in (("__torch_function__", classmethod(_torch_function)), ("as_subclass", _as_subclass)):
    setattr(Tensor, _name, _value)

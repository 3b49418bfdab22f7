"""Grad mode, inference mode, and the one flag that says whether any rare mode is on.

Grad mode is per thread, so it lives in a ``ContextVar``: a new thread starts with gradients enabled.
``STATE.unusual`` counts the rare modes that are active anywhere in the process (inference mode, saved-tensor
hooks, anomaly detection, forward mode, ...); while it is zero the compiled fast path applies.

Source: "Locally disabling gradient computation" in torch's autograd notes.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from ..tensor_base import GRAD, INFERENCE
from ..warning import warn

F = TypeVar("F", bound=Callable[..., Any])

LAYOUT: ContextVar[bool] = ContextVar("grad_layout_policy", default=True)
"""Whether the gradients of leaves must lie in memory as the leaves do."""

FORMULA: ContextVar[bool] = ContextVar("formula", default=False)
"""Whether a formula of ours is being recorded.  Torch's formulas are C++, where a number has overloads of its own."""


NO_OVERRIDES: ContextVar[bool] = ContextVar("no_overrides", default=False)
"""Whether calls are taken for what they say, by classes with ``__torch_function__`` too."""


class Overrides:
    """Who may take over calls of the functions here; set by ``dispatch/overrides.py``, when there may be somebody."""

    offer: ClassVar[Callable[..., list[Any]] | None] = None
    """Gets a function, the arguments that may take it over, and all arguments, by position and by name.  Gives nothing,
    or one result."""
    offer_others: ClassVar[Callable[..., list[Any]]]
    """The same, at all times: for calls with an object of a class that is none of tensors."""


BEFORE_WRITE: ContextVar[Callable[[Any], None] | None] = ContextVar("before_write", default=None)
"""Gets each tensor that an operation is about to modify in place."""


class _State:
    """Process-wide counters that the fast path looks at."""

    __slots__ = ("inference", "unusual")

    def __init__(self) -> None:
        self.unusual = 0
        self.inference = 0
        """How many of the unusual modes are inference mode, for which there is a compiled path, too."""


STATE = _State()


@contextlib.contextmanager
def unusual() -> Iterator[None]:
    """Send every operation through the slow path while the block runs."""
    STATE.unusual += 1
    try:
        yield
    finally:
        STATE.unusual -= 1


WATCHERS: ContextVar[tuple[Callable[..., Any], ...]] = ContextVar("watchers", default=())
"""What wants to see operations as they are computed, the innermost last."""


@contextlib.contextmanager
def watching(watcher: Callable[..., Any]) -> Iterator[None]:
    """While the block runs, let ``watcher(op, values, proceed)`` give the results of each operation.

    ``proceed()`` computes them; gradients are recorded afterwards.
    """
    token = WATCHERS.set((*WATCHERS.get(), watcher))
    with unusual():
        try:
            yield
        finally:
            WATCHERS.reset(token)


def is_grad_enabled() -> bool:
    """Whether operations are recorded in this thread."""
    return GRAD.get()


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on in this thread."""
    return INFERENCE.get()


class _DecoratorContextManager:
    """A context manager that also decorates functions, generators and (deprecated) classes."""

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        raise NotImplementedError

    def clone(self) -> Self:
        """A fresh context of the same kind: one object may decorate many functions."""
        return self.__class__()

    def __call__(self, function: F) -> F:
        if inspect.isclass(function):
            warn(
                "Decorating classes is deprecated and will be disabled in "
                "future versions. You should only decorate functions or methods. "
                "To preserve the current behavior of class decoration, you can "
                "directly decorate the `__init__` method and nothing else.",
                FutureWarning,
            )
            made = function
            return lambda *args, **kwargs: self._call(made, args, kwargs)  # type: ignore[return-value]
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)  # type: ignore[return-value]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return self._call(function, args, kwargs)

        return wrapper  # type: ignore[return-value]

    def _call(self, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        with self.clone():
            return function(*args, **kwargs)

    def _wrap_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Each step of the generator runs in the mode; its consumer runs in its own."""

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            step = functools.partial(next, generator)
            while True:
                try:
                    with self.clone():
                        produced = step()
                except StopIteration as stop:
                    return stop.value
                try:
                    sent = yield produced
                except GeneratorExit:
                    with self.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    step = functools.partial(generator.throw, error)
                else:
                    step = functools.partial(generator.send, sent)

        return wrapper


class _GradMode(_DecoratorContextManager):
    """A context that sets grad mode.  As in torch, one object entered twice remembers the last mode only."""

    _mode: bool

    def __init__(self) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = GRAD.get()
        GRAD.set(self._mode)

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        GRAD.set(self.prev)


class no_grad(_GradMode):
    """Record nothing in the block (or function): results do not require grad.

    Source: ``torch.no_grad``.
    """

    __module__ = "torch.autograd.grad_mode"

    _mode = False

    def __new__(cls, orig_func: Any = None) -> Any:
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)


class enable_grad(_GradMode):
    """Record again inside a ``no_grad`` block.  Source: ``torch.enable_grad``."""

    __module__ = "torch.autograd.grad_mode"

    _mode = True

    def __new__(cls, orig_func: Any = None) -> Any:
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)


class set_grad_enabled(_GradMode):
    """Set grad mode at once; as a context, restore it at the end.  Source: ``torch.set_grad_enabled``.

    Raises:
        TypeError: if ``mode`` is not a bool.
    """

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, mode: bool) -> None:
        super().__init__()
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self.prev = GRAD.get()
        self.mode = self._mode = mode
        GRAD.set(mode)

    def __call__(self, function: F) -> F:
        GRAD.set(self.prev)
        return super().__call__(function)

    def __enter__(self) -> None:
        GRAD.set(self.mode)

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        GRAD.set(self.prev)

    def clone(self) -> set_grad_enabled:
        return type(self)(self.mode)

    def __str__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    __repr__ = __str__


class inference_mode(_DecoratorContextManager):
    """As ``no_grad``, and results know neither versions nor views: they can never be tracked.

    Args:
        mode: on or off, or the function to decorate.

    Source: ``torch.inference_mode``.
    """

    __module__ = "torch.autograd.grad_mode"

    def __new__(cls, mode: Any = True) -> Any:
        if isinstance(mode, bool):
            return super().__new__(cls)
        return cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode
        self._previous: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._previous.append((INFERENCE.get(), GRAD.get()))
        INFERENCE.set(self.mode)
        GRAD.set(not self.mode)
        STATE.unusual += 1
        STATE.inference += 1

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        inference, grad = self._previous.pop()
        INFERENCE.set(inference)
        GRAD.set(grad)
        STATE.unusual -= 1
        STATE.inference -= 1

    def clone(self) -> inference_mode:
        return type(self)(self.mode)


class enforce_grad_layout_policy(_DecoratorContextManager):
    """Set at once whether ``.grad`` must lie in memory as its leaf does; as a context, restore it at the end.

    Where it need not, a gradient that nothing else holds becomes ``.grad`` as it is, and nothing is warned of.

    Raises:
        TypeError: if ``enable`` is not a bool.

    Source: ``torch.autograd.enforce_grad_layout_policy``.
    """

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, enable: bool = True) -> None:
        if not isinstance(enable, bool):
            raise TypeError(
                "set_grad_layout_enforcement_enabled(): argument 'enabled' (position 1) must be bool, not "
                f"{type(enable).__name__}"
            )
        self.prev = LAYOUT.get()
        self.mode = enable
        LAYOUT.set(enable)

    def __call__(self, function: F) -> F:
        LAYOUT.set(self.prev)
        return super().__call__(function)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        LAYOUT.set(self.prev)

    def clone(self) -> enforce_grad_layout_policy:
        return type(self)(self.mode)


class set_multithreading_enabled(_DecoratorContextManager):
    """No effect: backward runs in the thread that calls it.  Source: ``torch.autograd.set_multithreading_enabled``."""

    __module__ = "torch.autograd.grad_mode"

    _enabled = True

    def __init__(self, mode: bool) -> None:
        self.prev = set_multithreading_enabled._enabled
        self.mode = set_multithreading_enabled._enabled = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        set_multithreading_enabled._enabled = self.prev

    def clone(self) -> set_multithreading_enabled:
        return type(self)(self.mode)


def is_multithreading_enabled() -> bool:
    """What ``set_multithreading_enabled`` has set."""
    return set_multithreading_enabled._enabled


class _unsafe_preserve_version_counter(_DecoratorContextManager):
    """A block after which tensors have the versions that they had before, whatever was done to them.

    Source: ``torch.autograd.grad_mode._unsafe_preserve_version_counter``.
    """

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, tensors: Any) -> None:
        self.tensors = tensors if isinstance(tensors, (tuple, list)) else (tensors,)
        self.prev_versions = tuple(one._version for one in self.tensors)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        for one, version in zip(self.tensors, self.prev_versions, strict=True):
            if one._counter is not None:
                one._counter[0] = version

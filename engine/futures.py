"""Values that come later.  Source: ``torch.futures``, and ``torch.jit.fork``."""

from __future__ import annotations

import threading
import types
from collections.abc import Callable, Sequence
from typing import Any, ClassVar


class Future:
    """A value that somebody sets, once.

    Args:
        devices: without effect.
    """

    __module__ = "torch.jit"  # as torch shows it
    __class_getitem__: ClassVar[Any] = classmethod(types.GenericAlias)

    def __init__(self, *, devices: Any = None) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._value: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Future], None]] = []

    def done(self) -> bool:
        """Whether it has been set."""
        return self._set.is_set()

    def wait(self) -> Any:
        """The value, when it is there.

        Raises:
            BaseException: the error that was set in its place.
        """
        self._set.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def value(self) -> Any:
        """The value, which must be there.

        Raises:
            RuntimeError: if it is not.
        """
        if not self.done():
            raise RuntimeError("the future has no value yet: wait for it")
        return self.wait()

    def set_result(self, result: Any) -> None:
        """Set the value.

        Raises:
            RuntimeError: if it has been set.
        """
        self._complete(result, None)

    def set_exception(self, result: BaseException) -> None:
        """Set an error, which waiting for the value raises.

        Raises:
            AssertionError: for what is no error.
        """
        assert isinstance(result, Exception), f"{result} is of type {type(result)}, not an Exception."
        self._complete(None, result)

    def _complete(self, value: Any, error: BaseException | None) -> None:
        with self._lock:
            if self.done():
                raise RuntimeError(
                    "Attempting to mark a completed Future as complete again. Note that a Future can only be marked "
                    "completed once."
                )
            self._value, self._error = value, error
            self._set.set()
        for callback in self._callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Future], None]) -> None:
        """Call a function with this when the value is there; at once if it is."""
        with self._lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)

    def then(self, callback: Callable[[Future], Any]) -> Future:
        """The value of a function that gets this when it has been set."""
        following = Future()

        def go_on(one: Future) -> None:
            try:
                found = callback(one)
            except Exception as error:
                following.set_exception(error)
            else:
                following.set_result(found)

        self.add_done_callback(go_on)
        return following


def collect_all(futures: Sequence[Future]) -> Future:
    """One for all of them: its value is their list, when all have been set."""
    together = Future()
    left = [len(futures)]
    lock = threading.Lock()

    def note(_: Future) -> None:
        with lock:
            left[0] -= 1
            last = left[0] == 0
        if last:
            together.set_result([*futures])

    if not futures:
        together.set_result([])
    for one in futures:
        one.add_done_callback(note)
    return together


def wait_all(futures: Sequence[Future]) -> list[Any]:
    """The values of all of them, when they are there."""
    return [one.wait() for one in collect_all(futures).wait()]

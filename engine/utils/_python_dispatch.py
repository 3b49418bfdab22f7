"""Modes that take over operations where they are computed, below autograd.

Source: ``torch.utils._python_dispatch``, and "Extending torch native API" in torch's notes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Self

from ..autograd.modes import WATCHERS, watching
from ..dispatch.subclasses import asked, dispatching, unclaimed
from ..tensor import Tensor


class TorchDispatchMode:
    """A block in which ``__torch_dispatch__`` of this object gets all operations; inside it, the modes around it do."""

    __module__ = "torch.utils._python_dispatch"

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        raise NotImplementedError

    def _handler(self, op: Any) -> Callable[..., Any]:
        """What gets an operation: the method of this object, or what ``register_torch_dispatch`` has set."""
        own = getattr(op, "handlers", {}).get(type(self))
        return self.__torch_dispatch__ if own is None else functools.partial(own, self)

    def __enter__(self) -> Self:
        outer = WATCHERS.get()

        def watch(op: Any, values: Sequence[Any], proceed: Callable[[], list[Tensor]]) -> list[Tensor]:
            token = WATCHERS.set(outer)
            try:
                types = tuple(map(type, dispatching(values)))
                found = asked(self._handler(op), types, op, values)
            finally:
                WATCHERS.reset(token)
            if found is NotImplemented:
                raise unclaimed(op, [f"mode object {self}"])
            return found

        entered: list[AbstractContextManager[None]] = self.__dict__.setdefault("_entered", [])
        entered.append(watching(watch))
        entered[-1].__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.__dict__["_entered"].pop().__exit__(*error)

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> Self:
        """The old way to make one."""
        return cls(*args, **kwargs)

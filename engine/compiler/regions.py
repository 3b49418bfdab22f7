"""Marks for a compiler that leave functions as they are, and choices among what it would check.

Source: ``torch.compiler``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any


class _Default:
    backend: Any = "inductor"


def get_default_backend() -> Any:
    """What was set."""
    return _Default.backend


def set_default_backend(backend: Any) -> None:
    """Set the backend of ``torch.compile``; None for the usual one."""
    _Default.backend = "inductor" if backend is None else backend


def is_dynamo_compiling() -> bool:
    """False: nothing is compiled."""
    return False


def nested_compile_region(fn: Callable[..., Any] | None = None, **_: Any) -> Any:
    """The function as it is, or what leaves one so."""
    return fn if fn is not None else lambda one: one


def substitute_in_graph(original_fn: Any, **_: Any) -> Callable[[Any], Any]:
    """A decorator that leaves a function as it is."""
    return lambda fn: fn


def wrap_numpy(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function on arrays as one on tensors."""
    import numpy as np

    from ..ops.data import as_tensor
    from ..tensor import Tensor
    from ..utils._pytree import tree_map

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = tree_map(lambda one: one.numpy() if isinstance(one, Tensor) else one, (args, kwargs))
        return tree_map(lambda one: as_tensor(one) if isinstance(one, np.ndarray) else one, fn(*args, **kwargs))

    return wrapped


def skip_guard_on_inbuilt_nn_modules_unsafe(guard_entries: Sequence[Any]) -> list[bool]:
    """Which of a compiled function's checks to keep: there are none."""
    return [True] * len(guard_entries)


skip_guard_on_all_nn_modules_unsafe = skip_guard_on_inbuilt_nn_modules_unsafe
skip_guard_on_globals_unsafe = skip_guard_on_inbuilt_nn_modules_unsafe
skip_all_guards_unsafe = skip_guard_on_inbuilt_nn_modules_unsafe


def keep_tensor_guards_unsafe(guard_entries: Sequence[Any], keep_parameters: bool = False) -> list[bool]:
    """Which of a compiled function's checks to keep: there are none."""
    return [True] * len(guard_entries)

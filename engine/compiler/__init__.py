"""Compilation, of which the engine does none: what is compiled runs as it is, and so gives what it gave.

Source: ``torch.compile`` and ``torch.compiler``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module

_BACKENDS = ("aot_eager", "cudagraphs", "eager", "inductor")
_MODES = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")


class InvalidBackend(RuntimeError):
    """There is no backend of this name."""

    __module__ = "torch._dynamo.exc"


class OptimizedModule(Module):
    """A module that calls another one, whose attributes it has."""

    _orig_mod: Module

    def __init__(self, mod: Module) -> None:
        super().__init__()
        self._orig_mod = mod
        self.__dict__.pop("training")

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._orig_mod, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training" and "_orig_mod" in self.__dict__.get("_modules", ()):
            self._orig_mod.training = value
        else:
            super().__setattr__(name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The other module's value."""
        return self._orig_mod(*args, **kwargs)


OptimizedModule.__module__ = "torch._dynamo.eval_frame"


def compile(
    model: Callable[..., Any] | None = None, *, fullgraph: bool = False, dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None, mode: str | None = None, options: dict[str, Any] | None = None,
    name: str | None = None, disable: bool = False, recompile_limit: int | None = None,
    isolate_recompiles: bool = False, shapes_spec: Any = None,
) -> Any:  # fmt: skip
    """The function, or a module that calls this one; without either, a decorator.

    Args:
        model: what is to be compiled.
        fullgraph, dynamic, options, name, recompile_limit, isolate_recompiles, shapes_spec: no effect.
        backend: the name of one, which must exist, or a function.
        mode: the name of one, which must exist.
        disable: return the model itself.

    Raises:
        AssertionError: for what cannot be called.
        RuntimeError: for an unknown mode or backend, and for a mode beside options.

    Source: ``torch.compile``.
    """
    if model is None:
        given: dict[str, Any] = {"fullgraph": fullgraph, "dynamic": dynamic, "backend": backend, "mode": mode}
        return lambda model: compile(model, **given, options=options, disable=disable)
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if mode is not None and mode not in _MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(_MODES)}")
    if isinstance(backend, str) and backend not in _BACKENDS:
        raise InvalidBackend(
            f"Invalid backend: {backend!r}, see `torch._dynamo.list_backends()` for available backends."
        )
    if disable:
        return model
    if isinstance(model, Module):
        return OptimizedModule(model)
    if not callable(model):
        raise AssertionError(f"A callable function is expected, but {type(model)} is provided.")
    function = model

    @functools.wraps(function)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return compiled


def disable(fn: Callable[..., Any] | None = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself, which would not be compiled; without it, a decorator."""
    return (lambda fn: fn) if fn is None else fn


def is_compiling() -> bool:
    """Whether this runs while something is compiled: never."""
    return False


def is_exporting() -> bool:
    """Whether this runs while something is exported: never."""
    return False


def reset() -> None:
    """Forget what has been compiled: nothing has."""


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """The names of the backends that are not for debugging."""
    return ["cudagraphs", "inductor", "openxla", "tvm"]


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


assume_constant_result = allow_in_graph


def cudagraph_mark_step_begin() -> None:
    """No effect: nothing is compiled."""


class set_stance:
    """A block, or a state from now on, of what compiled functions do; without effect.

    Args:
        stance: ``"default"``, ``"force_eager"`` and others.
    """

    __module__ = "torch._dynamo.decorators"

    def __init__(
        self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None
    ) -> None:
        self.stance = stance

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return

"""Automatic mixed precision.  Source: ``torch.amp``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from ..autograd.modes import STATE
from ..device import device
from ..dispatch.autocast import AUTOCAST, Autocast
from ..dtypes import bfloat16, dtype, float16
from ..tensor import Tensor
from ..warning import warn

_SUPPORTED = (bfloat16, float16)


class _Defaults:
    """What is set for the CPU, and for CUDA, which is never there."""

    def __init__(self) -> None:
        self.dtypes: dict[str, dtype] = {"cpu": bfloat16, "cuda": float16}
        self.keeps = True
        self.enabled: frozenset[str] = frozenset()
        """Where casts were switched on by hand."""
        self.nesting = 0
        """How many blocks are open."""


_DEFAULTS = _Defaults()


class autocast:
    """A block, or a function, in which some operations run in a lower dtype and some in float32.

    Args:
        device_type: ``"cpu"``; ``"cuda"`` warns and does nothing, since there is none.
        dtype: the lower one: bfloat16, unless set otherwise, or float16.
        enabled: whether it is on in the block.
        cache_enabled: whether casts of weights are kept.

    Raises:
        ValueError: if the device is no text.
        RuntimeError: for the name of no device, or of one that has no automatic casts.
    """

    __module__ = "torch.amp.autocast_mode"

    def __init__(
        self, device_type: str, dtype: dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self.device = device_type
        if device_type == "cuda" and enabled:
            warn("CUDA is not available or torch_xla is imported. Disabling autocast.")
            enabled = False
        if enabled and self.fast_dtype not in _SUPPORTED:
            warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently."
            )
            enabled = False
        self._enabled = enabled
        self._cache_enabled = _DEFAULTS.keeps if cache_enabled is None else cache_enabled
        self._tokens: list[Any] = []

    def __enter__(self) -> autocast:
        outer = AUTOCAST.get()
        active = outer
        if self.device == "cpu":
            cache = {} if outer is None else outer.cache
            active = Autocast(self.fast_dtype, self._cache_enabled, cache) if self._enabled else None
        STATE.unusual += 1
        _DEFAULTS.nesting += 1
        self._tokens.append(AUTOCAST.set(active))
        return self

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        AUTOCAST.reset(self._tokens.pop())
        STATE.unusual -= 1
        _DEFAULTS.nesting -= 1

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return decorated


def is_autocast_enabled(device_type: str = "cuda", /) -> bool:
    """Whether automatic casts are on for a device."""
    if not isinstance(device_type, str):
        kind = type(device_type).__name__
        raise TypeError(f"is_autocast_enabled(): argument 'device_type' (position 1) must be str, not {kind}")
    kind = device(device_type).type
    return AUTOCAST.get() is not None if kind == "cpu" else kind in _DEFAULTS.enabled


def get_autocast_dtype(device_type: str, /) -> dtype:
    """The lower dtype of a device.

    Raises:
        RuntimeError: for the name of no device, or of one that has no automatic casts.
    """
    kind = device(device_type).type
    if kind not in _DEFAULTS.dtypes:
        raise RuntimeError("unsupported scalarType")
    active = AUTOCAST.get()
    return active.dtype if kind == "cpu" and active is not None else _DEFAULTS.dtypes[kind]


def set_autocast_dtype(device_type: str, dtype: dtype, /) -> None:
    """Set the lower dtype of a device."""
    _DEFAULTS.dtypes[device(device_type).type] = dtype


def set_autocast_cache_enabled(enabled: bool, /) -> None:
    """Set whether casts of weights are kept."""
    _DEFAULTS.keeps = enabled


def clear_autocast_cache() -> None:
    """Forget the casts that are kept: a block forgets its own at its end."""


def is_autocast_available(device_type: str) -> bool:
    """Whether a device has automatic casts."""
    return device(device_type).type in _DEFAULTS.dtypes


def is_autocast_cache_enabled() -> bool:
    """Whether casts of weights are kept."""
    active = AUTOCAST.get()
    return _DEFAULTS.keeps if active is None else active.keeps


def is_autocast_cpu_enabled() -> bool:
    """The old name of ``is_autocast_enabled("cpu")``."""
    warn(
        "torch.is_autocast_cpu_enabled() is deprecated. Please use torch.is_autocast_enabled('cpu') instead.",
        DeprecationWarning,
    )
    return is_autocast_enabled("cpu")


def get_autocast_cpu_dtype() -> dtype:
    """The old name of ``get_autocast_dtype("cpu")``."""
    warn(
        "torch.get_autocast_cpu_dtype() is deprecated. Please use torch.get_autocast_dtype('cpu') instead.",
        DeprecationWarning,
    )
    return get_autocast_dtype("cpu")


# Custom functions.


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: dtype | None = None
) -> Callable[..., Any]:
    """Make ``forward`` of a custom function note whether automatic casts are on, for `custom_bwd`.

    Args:
        fwd: the function; without it this is a decorator.
        device_type: ``"cpu"``.
        cast_inputs: if they are on, cast floating-point tensors to this dtype, and switch them off inside.

    Raises:
        ValueError: if the device is no text.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        args[0]._dtype = get_autocast_dtype(device_type)
        if cast_inputs is None:
            args[0]._fwd_used_autocast = is_autocast_enabled(device_type)
            return fwd(*args, **kwargs)
        is_on = is_autocast_enabled(device_type)
        args[0]._fwd_used_autocast = False
        if not is_on:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(*_cast(args, cast_inputs), **_cast(kwargs, cast_inputs))

    return decorated


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Callable[..., Any]:
    """Make ``backward`` of a custom function run with automatic casts as ``forward`` did.

    Raises:
        ValueError: if the device is no text.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorated


def _cast(value: Any, wanted: dtype) -> Any:
    if isinstance(value, Tensor):
        return value.to(wanted) if value.is_floating_point() and str(value.dtype) != "torch.float64" else value
    if isinstance(value, Mapping):
        return {_cast(key, wanted): _cast(one, wanted) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cast(one, wanted) for one in value)
    return value

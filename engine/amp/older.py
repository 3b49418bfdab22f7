"""Switches that `autocast` turns, by their own names, and older names of what tells of it.

Source: ``torch.set_autocast_enabled`` and its kind.
"""

from __future__ import annotations

from typing import Any

from ..autograd.modes import STATE
from ..device import device
from ..dispatch.autocast import AUTOCAST, Autocast
from ..dtypes import dtype
from ..warning import warn
from .autocast_mode import _DEFAULTS, get_autocast_dtype, set_autocast_dtype


def set_autocast_enabled(*args: Any, **kwargs: Any) -> None:
    """Turn automatic casts on or off: ``(device_type, enabled)``, or ``(enabled)`` of CUDA.

    Raises:
        RuntimeError: for the name of no device.
        TypeError: for arguments of neither form.
    """
    names = ("device_type", "enabled") if len(args) + len(kwargs) == 2 else ("enabled",)
    given = dict(zip(names, args, strict=False)) | kwargs
    if len(args) + len(kwargs) not in (1, 2) or given.keys() != set(names):
        got = ", ".join(type(one).__name__ for one in args)
        raise TypeError(
            f"set_autocast_enabled() received an invalid combination of arguments - got ({got}), but expected one of:\n"
            " * (str device_type, bool enabled)\n * (bool enabled)\n"
        )
    for number, (name, kind) in enumerate(zip(names, (str, bool)[-len(names) :], strict=True), 1):
        if not isinstance(given[name], kind):
            raise TypeError(
                f"set_autocast_enabled(): argument '{name}' (position {number}) must be {kind.__name__}, not "
                f"{type(given[name]).__name__}"
            )
    _enable(device(given.get("device_type", "cuda")).type, given["enabled"])


def _enable(kind: str, enabled: bool) -> None:
    if kind != "cpu":
        _DEFAULTS.enabled = _DEFAULTS.enabled | {kind} if enabled else _DEFAULTS.enabled - {kind}
        return
    STATE.unusual += enabled - ("cpu" in _DEFAULTS.enabled)  # of its own, whatever blocks are open
    _DEFAULTS.enabled = _DEFAULTS.enabled | {"cpu"} if enabled else _DEFAULTS.enabled - {"cpu"}
    AUTOCAST.set(Autocast(get_autocast_dtype("cpu"), _DEFAULTS.keeps, {}) if enabled else None)


def autocast_increment_nesting() -> int:
    """One block more; how many are open then."""
    _DEFAULTS.nesting += 1
    return _DEFAULTS.nesting


def autocast_decrement_nesting() -> int:
    """One block fewer; how many are open then."""
    _DEFAULTS.nesting -= 1
    return _DEFAULTS.nesting


def _deprecated(old: str, new: str) -> None:
    warn(f"torch.{old} is deprecated. Please use torch.{new} instead.", DeprecationWarning)


def _check(name: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        wanted = f"{kind.__module__}.{kind.__name__}".removeprefix("builtins.")
        raise TypeError(f"{name} must be a {wanted} (got {type(value).__name__})")


def set_autocast_cpu_enabled(enabled: bool, /) -> None:
    """The old name of ``set_autocast_enabled("cpu", enabled)``."""
    _check("enabled", enabled, bool)
    _deprecated("set_autocast_cpu_enabled(enabled)", "set_autocast_enabled('cpu', enabled)")
    _enable("cpu", enabled)


def set_autocast_cpu_dtype(dtype: dtype, /) -> None:
    """The old name of ``set_autocast_dtype("cpu", dtype)``."""
    _check("dtype", dtype, _dtype)
    _deprecated("set_autocast_cpu_dtype(dtype)", "set_autocast_dtype('cpu', dtype)")
    set_autocast_dtype("cpu", dtype)


def set_autocast_gpu_dtype(dtype: dtype, /) -> None:
    """The old name of ``set_autocast_dtype("cuda", dtype)``."""
    _check("dtype", dtype, _dtype)
    _deprecated("set_autocast_gpu_dtype(dtype)", "set_autocast_dtype('cuda', dtype)")
    set_autocast_dtype("cuda", dtype)


def get_autocast_gpu_dtype() -> dtype:
    """The old name of ``get_autocast_dtype("cuda")``."""
    _deprecated("get_autocast_gpu_dtype()", "get_autocast_dtype('cuda')")
    return get_autocast_dtype("cuda")


_dtype = dtype

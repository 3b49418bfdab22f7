"""Whether operations must be deterministic, and what memory that nobody has filled holds then.

Source: ``torch.use_deterministic_algorithms`` and what belongs to it.
"""

from __future__ import annotations

import numpy as np

from .warning import warn

_MODES = ("default", "warn", "error")


class _State:
    mode = 0
    """An index of ``_MODES``."""


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Whether an operation that has no deterministic form is an error, or a warning with ``warn_only``.

    Raises:
        TypeError: for what is no bool.
    """
    if not isinstance(mode, bool):
        raise TypeError(
            f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {type(mode).__name__}"
        )
    _State.mode = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether they are asked for."""
    return _State.mode > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it is only warned of an operation that has none."""
    return _State.mode == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """The same by a number or a name: 0 ``"default"``, 1 ``"warn"``, 2 ``"error"``.

    Raises:
        TypeError, RuntimeError: for anything else.
    """
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in _MODES:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got " + debug_mode
            )
        debug_mode = _MODES.index(debug_mode)
    if not 0 <= debug_mode < len(_MODES):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _State.mode = debug_mode


def get_deterministic_debug_mode() -> int:
    """What ``set_deterministic_debug_mode`` sets."""
    return _State.mode


def alert_not_deterministic(name: str) -> None:
    """Say that an operation has no deterministic form, if one is asked for.

    Raises:
        RuntimeError: unless it is only warned of.
    """
    help_ = "You can {}file an issue at https://github.com/pytorch/pytorch/issues to help us prioritize adding "
    help_ += "deterministic support for this operation."
    text = f"{name} does not have a deterministic implementation, but you set 'torch.use_deterministic_algorithms(True"
    if _State.mode == 2:
        raise RuntimeError(
            f"{text})'. You can turn off determinism just for this operation, or you can use the 'warn_only=True' "
            f"option, if that's acceptable for your application. {help_.format('also ')}"
        )
    if _State.mode == 1:
        warn(f"{text}, warn_only=True)'. {help_.format('')}")


def uninitialized(array: np.ndarray) -> np.ndarray:
    """Fill what stands for memory that nobody has written: with NaN, or the largest integer, in deterministic mode."""
    from .utils import deterministic  # where users switch it off

    if _State.mode and deterministic.fill_uninitialized_memory:
        array[...] = _filling(array.dtype)
    return array


def _filling(d: np.dtype) -> complex | bool:
    if d.kind == "b":
        return True
    return np.iinfo(d).max if d.kind in "iu" else np.nan

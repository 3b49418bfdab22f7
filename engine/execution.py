"""Settings of how torch computes, which the engine keeps and answers, but has no use for: it computes on one thread."""

from __future__ import annotations

import os

from .warning import warn


class _Settings:
    def __init__(self) -> None:
        self.threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
        self.interop_threads = os.cpu_count() or 1
        self.precision = "highest"


_SETTINGS = _Settings()
_PRECISIONS = ("highest", "high", "medium")


def _checked(name: str, number: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise RuntimeError(f"{name} expects an int, but got {type(number).__name__}")
    if number <= 0:
        raise RuntimeError(f"{name} expects a positive integer")
    return number


def get_num_threads() -> int:
    """The number that was set; at first that of ``OMP_NUM_THREADS``, or of the processors."""
    return _SETTINGS.threads


def set_num_threads(number: int, /) -> None:
    """Keep a number of threads.

    Raises:
        RuntimeError: unless it is a positive integer.
    """
    _SETTINGS.threads = _checked("set_num_threads", number)


def get_num_interop_threads() -> int:
    """The number that was set; at first that of the processors."""
    return _SETTINGS.interop_threads


def set_num_interop_threads(number: int, /) -> None:
    """Keep a number of threads.

    Raises:
        RuntimeError: unless it is a positive integer.
    """
    _SETTINGS.interop_threads = _checked("set_num_interop_threads", number)


def get_float32_matmul_precision() -> str:
    """The name that was set; at first ``"highest"``."""
    return _SETTINGS.precision


def set_float32_matmul_precision(precision: str) -> None:
    """Keep a name; products are computed with the highest precision in any case.

    Raises:
        RuntimeError: unless it is text.
    """
    if not isinstance(precision, str):
        raise RuntimeError(f"set_float32_matmul_precision expects a str, but got {type(precision).__name__}")
    if precision in _PRECISIONS:
        _SETTINGS.precision = precision
    else:
        warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the currentsetFloat32MatmulPrecision call has "
            "no effect."
        )


def set_flush_denormal(mode: bool, /) -> bool:
    """Whether denormal numbers become zero, as asked for: NumPy keeps them."""
    return not mode

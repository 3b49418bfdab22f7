"""``torch.cuda`` as a build of torch for the CPU answers."""

from __future__ import annotations

from typing import Any

from . import amp as amp

NOT_COMPILED = "Torch not compiled with CUDA enabled"


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0


def is_initialized() -> bool:
    """Never."""
    return False


def current_device() -> int:
    """Refused: there is no device.

    Raises:
        AssertionError: always.
    """
    raise AssertionError(NOT_COMPILED)


def get_device_name(device: Any = None) -> str:
    """Refused: there is no device.

    Raises:
        AssertionError: always.
    """
    raise AssertionError(NOT_COMPILED)


def manual_seed(seed: int) -> None:
    """No effect without a device."""


def manual_seed_all(seed: int) -> None:
    """No effect without a device."""


def empty_cache() -> None:
    """No effect without a device."""


def synchronize(device: Any = None) -> None:
    """Refused: there is no device.

    Raises:
        AssertionError: always.
    """
    raise AssertionError(NOT_COMPILED)

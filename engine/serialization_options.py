"""What programs set and ask of saving and loading.  Source: ``torch.serialization``."""

from __future__ import annotations

from enum import Enum
from typing import Any

DEFAULT_PROTOCOL = 2
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001


class SourceChangeWarning(Warning):
    """The source of a pickled module has changed."""

    __module__ = "torch.serialization"


class LoadEndianness(Enum):
    """The order of bytes of files that do not tell."""

    __module__ = "torch.serialization"

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class _Options:
    endianness: LoadEndianness | None = None
    crc32 = True


def get_default_load_endianness() -> LoadEndianness | None:
    """What was set."""
    return _Options.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Set the order of bytes of files that do not tell: little, whatever is set.

    Raises:
        TypeError: for something else.
    """
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _Options.endianness = endianness


def get_crc32_options() -> bool:
    """What was set."""
    return _Options.crc32


def set_crc32_options(compute_crc32: bool) -> None:
    """Set whether records get a sum, which has no effect: they do."""
    _Options.crc32 = compute_crc32


def get_default_mmap_options() -> int:
    """How files are mapped: privately."""
    import mmap

    return mmap.MAP_PRIVATE


def location_tag(storage: Any) -> str:
    """Where a storage is, as files tell it."""
    return storage.device.type


def check_module_version_greater_or_equal(
    module: Any, req_version_tuple: tuple[int, ...], error_if_malformed: bool = True
) -> bool:
    """Whether a module's ``__version__`` is that or a later one.

    Raises:
        RuntimeError: for a version that is no numbers, if asked for.
    """
    try:
        parts = module.__version__.split(".")
        return tuple(type(n)(one) for one, n in zip(parts, req_version_tuple, strict=False)) >= req_version_tuple
    except Exception as error:
        message = (
            f"'{module.__name__}' module version string is malformed '{module.__version__}' and cannot be compared "
            f"with tuple {req_version_tuple}"
        )
        if error_if_malformed:
            raise RuntimeError(message) from error
        return False

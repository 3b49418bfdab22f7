"""``torch.cpu``: the device that is always there."""

from __future__ import annotations

from typing import Any

from ..streams import Idle
from . import amp as amp


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """One."""
    return 1


def current_device() -> str:
    """``"cpu"``."""
    return "cpu"


def set_device(device: Any) -> None:
    """No effect: there is one."""


def synchronize(device: Any = None) -> None:
    """No effect: nothing runs in the background."""


def is_initialized() -> bool:
    """Always."""
    return True


class Stream:
    """A queue of work: the CPU has one, and it is empty."""

    __module__ = "torch.cpu"

    def __init__(self, priority: int = -1) -> None:
        """No effect."""

    def wait_stream(self, stream: Any) -> None:
        """No effect: nothing runs in the background."""

    def record_event(self) -> None:
        """No effect: nothing runs in the background."""

    def wait_event(self, event: Any) -> None:
        """No effect: nothing runs in the background."""


class Event:
    """A point in it, which has always come."""

    __module__ = "torch.cpu"

    def query(self) -> bool:
        """True."""
        return True

    def record(self, stream: Any = None) -> None:
        """No effect."""

    def synchronize(self) -> None:
        """No effect."""

    def wait(self, stream: Any = None) -> None:
        """No effect."""


_STREAM = Stream()


def current_stream(device: Any = None) -> Stream:
    """The stream."""
    return _STREAM


class StreamContext(Idle):
    """A block with another stream; no effect."""

    __module__ = "torch.cpu"


def stream(stream: Stream) -> StreamContext:
    """A block with another stream; no effect."""
    return StreamContext(stream)

"""Streams and events of the CPU, which computes at once: all that was asked for has been done.

Source: ``torch.Stream`` and ``torch.Event``.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, NoReturn

from .device import device as Device

_NO_EVENTS = "cpu backend doesn't support events."


def _device(given: Any) -> Device:
    found = Device("cpu" if given is None else given)
    if found.type != "cpu":
        raise RuntimeError(f"PyTorch is not linked with support for {found.type} devices")
    return found


class Idle:
    """A block with another stream; no effect without a device."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


class Stream:
    """The one queue of work of the CPU.

    Args:
        device: the CPU.
        priority: without effect.

    Raises:
        RuntimeError: for another device.
    """

    __module__ = "torch"

    def __init__(self, device: Any = None, *, priority: int = 0) -> None:
        self.device, self.device_index, self.device_type, self.stream_id = _device(device), -1, 0, 0

    def query(self) -> bool:
        """Whether all is done: it is."""
        return True

    def synchronize(self) -> None:
        """No effect: all is done."""

    def wait_event(self, event: Any = None) -> NoReturn:
        """Refused, as torch does.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(_NO_EVENTS)

    wait_stream = record_event = wait_event

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        return

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream)

    def __hash__(self) -> int:
        return hash((self.device_type, self.device_index, self.stream_id))

    def __repr__(self) -> str:
        return f"torch.Stream device_type={self.device.type}, device_index=-1, stream_id=0"


class Event:
    """A point in the work of the CPU; it cannot be recorded.

    Args:
        device: the CPU.
        enable_timing: whether times would be taken.
        blocking: without effect.
        interprocess: without effect.

    Raises:
        RuntimeError: for another device.
    """

    __module__ = "torch"

    def __init__(
        self, device: Any = None, *, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        self.device, self.event_id, self._timed = _device(device), 0, enable_timing

    def query(self) -> bool:
        """Whether it has come: nothing is recorded, so it has."""
        return True

    def synchronize(self) -> None:
        """No effect: nothing is recorded."""

    def record(self, stream: Any = None) -> NoReturn:
        """Refused, as torch does.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(_NO_EVENTS)

    def wait(self, stream: Any = None) -> None:
        """No effect: nothing is recorded."""

    def elapsed_time(self, end_event: Event) -> NoReturn:
        """Refused, as torch does.

        Raises:
            ValueError: if times would not be taken, or nothing is recorded.
        """
        if not (self._timed and end_event._timed):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        raise ValueError("Both events must be recorded before calculating elapsed time.")

    def __repr__(self) -> str:
        flag = int(self._timed)
        return f"torch.Event device_type={self.device.type}, device_index=-1, event_flag={flag}, event_id=0"

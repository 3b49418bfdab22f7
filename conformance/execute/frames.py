"""Length-prefixed JSON over a pipe or a socket."""

from __future__ import annotations

import os
import select
import struct
import time

RUN, REAP = b"R", b"K"
"""The requests to a worker; see `worker`."""

_HEAD = struct.Struct("!Q")
LIMIT = 256 * 1024 * 1024
"""How many bytes a frame may have; a worker that announces more is not believed."""


def pack(payload: bytes) -> bytes:
    """`payload` with its length before it."""
    return _HEAD.pack(len(payload)) + payload


def write(fd: int, payload: bytes) -> None:
    """Writes one frame, whole."""
    rest = memoryview(pack(payload))
    while rest:
        rest = rest[os.write(fd, rest) :]


def read(fd: int) -> bytes | None:
    """The next frame from a blocking fd, None at its end."""
    head = _exactly(fd, _HEAD.size)
    return None if head is None else _exactly(fd, _HEAD.unpack(head)[0])


def _exactly(fd: int, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = os.read(fd, count - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


class Frames:
    """The frames that arrive on the pipe `fd` while the process behind the pidfd `ended` lives.

    A process that ended may have left others that keep the pipe open: what it wrote is still read, then no more.
    Without a pidfd (None) the end of the pipe alone counts.
    """

    def __init__(self, fd: int, ended: int | None) -> None:
        self._fd, self._ended = fd, ended
        self._data = bytearray()
        self._poll = select.poll()
        for watched in (fd, ended):
            if watched is not None:
                self._poll.register(watched, select.POLLIN)

    def next(self, deadline: float) -> bytes | None:
        """The next frame, None at the end.

        Raises TimeoutError when `deadline`, on the monotonic clock, has passed, and ValueError at a frame over LIMIT.
        """
        while (frame := self._whole()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = {watched for watched, _ in self._poll.poll(left * 1000)}
            if self._fd in ready:
                piece = os.read(self._fd, 1 << 20)
                if not piece:
                    return None
                self._data += piece
            elif self._ended in ready:
                return None
        return frame

    def _whole(self) -> bytes | None:
        if len(self._data) < _HEAD.size:
            return None
        (length,) = _HEAD.unpack_from(self._data)
        if length > LIMIT:
            raise ValueError(f"a frame of {length} bytes was announced")
        end = _HEAD.size + length
        if len(self._data) < end:
            return None
        frame = bytes(self._data[_HEAD.size : end])
        del self._data[:end]
        return frame

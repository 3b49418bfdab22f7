"""Length-prefixed JSON over a pipe or a socket."""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Iterator

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


def frames(fd: int, deadline: float, ended: int) -> Iterator[bytes]:
    """The frames that arrive on `fd`, until it or the process behind the pidfd `ended` ends.

    Raises TimeoutError when `deadline`, on the monotonic clock, has passed, and ValueError at a frame over
    LIMIT. A process that ended may have left others that keep the pipe open: what it wrote is still read,
    then no more.
    """
    data = bytearray()
    poll = select.poll()
    for watched in (fd, ended):
        poll.register(watched, select.POLLIN)
    while True:
        while len(data) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(data)
            if length > LIMIT:
                raise ValueError(f"a frame of {length} bytes was announced")
            end = _HEAD.size + length
            if len(data) < end:
                break
            yield bytes(data[_HEAD.size : end])
            del data[:end]
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        ready = {watched for watched, _ in poll.poll(left * 1000)}
        if fd in ready:
            piece = os.read(fd, 1 << 20)
            if not piece:
                return
            data += piece
        elif ended in ready:
            return

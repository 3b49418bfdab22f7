"""Files in the format from before torch 1.6, and files in none: what `load` says of them.

Such a file is a row of pickles: a magic number, a version, facts of the machine, the object, and the keys of the pieces
of memory, whose elements follow, each after their count.

Source: ``torch.save(..., _use_new_zipfile_serialization=False)``.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from .dtypes import dtype
from .serialization import _Pickler, _Unpickler
from .serialization_texts import ARCHIVE, NO_ZIP, refusal
from .warning import warn

_MAGIC, _VERSION = 0x1950A86A20F9469CFC6C, 1001
_MACHINE = {
    "protocol_version": _VERSION, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4},
}  # fmt: skip
_COUNT = 8
"""The bytes of a count of elements."""
_SAFE = frozenset(b"c\x81Rbaesu(t\x85\x86\x87N\x89\x88)]}\x8fJKMGXU\x8aQhjqr\x80.")
"""The opcodes that torch's own unpickler knows."""
_SMALLEST_ZIP = 22


def write(obj: object, file: Any) -> None:
    """Write an object in the old format."""
    for each in (_MAGIC, _VERSION, _MACHINE):
        pickle.dump(each, file, protocol=2)
    pickler = _Pickler(file)
    pickler.more = (None,)  # a view has what it is part of here, of which nothing is left
    pickler.dump(obj)
    pickle.dump([key for key, _ in pickler.memory.values()], file, protocol=2)
    for key, memory in pickler.memory.values():
        size = pickler.itemsizes[key]
        file.write((memory.nbytes // size).to_bytes(_COUNT, "little") + memory.tobytes(order="A"))


class _OldUnpickler(_Unpickler):
    """Makes room for the elements, which come after the object."""

    def __init__(self, file: Any, trusted: bool, place: Callable[[Any, str], bool]) -> None:
        super().__init__(file, lambda key: self.rooms[key], trusted, place)
        self.rooms: dict[str, np.ndarray] = {}

    def persistent_load(self, pid: Any) -> tuple[np.ndarray | None, dtype]:
        if pid[0] == "storage":
            _, d, key, _, count, *_ = pid
            self.rooms.setdefault(key, np.frombuffer(bytearray(count * d.itemsize), np.uint8))
        return super().persistent_load(pid)


def read(file: Any, weights_only: bool | None, place: Callable[[Any, str], bool]) -> Any:
    """What such a file has.

    Raises:
        EOFError: if it is empty, or ends too soon.
        pickle.UnpicklingError: if it is none, or names something that would have to be trusted.
        RuntimeError: if it is damaged, or a damaged archive.
    """
    at = file.tell()
    start = file.read(len(ARCHIVE))
    trusted = weights_only is False
    if start == ARCHIVE:
        rest = len(file.read()) + len(start)
        raise RuntimeError(
            NO_ZIP.format("failed finding central directory" if rest > _SMALLEST_ZIP else "not a ZIP archive")
        )
    if not (start or trusted):
        raise EOFError
    file.seek(at)
    if not trusted:
        _check_opcodes(start)
    if pickle.Unpickler(file).load() != _MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    if (version := pickle.Unpickler(file).load()) != _VERSION:
        raise RuntimeError(f"Invalid protocol version: {version}")
    pickle.Unpickler(file).load()
    unpickler = _OldUnpickler(file, trusted, place)
    try:
        made = unpickler.load()
    except pickle.UnpicklingError as error:
        if trusted:
            raise
        raise pickle.UnpicklingError(refusal(str(error))) from None
    for key in pickle.Unpickler(file).load():
        _fill(unpickler.rooms[key], file)
    return made


def _fill(room: np.ndarray, file: Any) -> None:
    file.read(_COUNT)
    content = file.read(room.nbytes)
    if len(content) < room.nbytes:
        raise RuntimeError(
            f"unexpected EOF, expected {room.nbytes - len(content)} more bytes. The file might be corrupted."
        )
    room[:] = np.frombuffer(content, np.uint8)


def _check_opcodes(start: bytes) -> None:
    """Refuse what begins with no opcode that torch's unpickler knows."""
    opcode = start[0]
    if opcode == pickle.PROTO[0] and len(start) > 2:
        if start[1] != 2:
            warn(
                f"Detected pickle protocol {start[1]} in the checkpoint, which was not the default pickle protocol "
                "used by `torch.load` (2). The weights_only Unpickler might not support all instructions implemented "
                "by this protocol, please file an issue for adding support if you encounter this."
            )
        opcode = start[2]
    if opcode not in _SAFE:
        raise pickle.UnpicklingError(refusal(f"Unsupported operand {opcode}"))

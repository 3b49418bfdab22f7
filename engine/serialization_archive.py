"""The archives that `torch.save` writes, byte for byte as long as torch's: a zip of records that are not compressed.

Each record's content begins at a multiple of 64 bytes, so that it can be mapped; its sum and sizes come after it.

Source: "Serialization semantics" in torch's notes, and PKWARE's APPNOTE.TXT.
"""

from __future__ import annotations

import zipfile
import zlib
from struct import pack
from typing import IO

ALIGNMENT = 64
_UTF8, _SUM_FOLLOWS = 0x800, 0x8
_LARGE = 0xF0000000
"""Bytes after which places no longer fit four; such archives are those of `zipfile`."""


def write(file: IO[bytes], name: str, records: dict[str, bytes]) -> None:
    """Write records into the folder `name` of an archive."""
    records = {**records, "version": b"3\n"}
    if sum(map(len, records.values())) > _LARGE:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for key, content in records.items():
                archive.writestr(zipfile.ZipInfo(f"{name}/{key}"), content)
        return
    at, sums = 0, 0
    entries: list[bytes] = []
    for key, content in records.items():
        at, sums = _record(file, at, f"{name}/{key}".encode(), content, entries, sums)
    identity = f"{zlib.crc32(b''.join(entries)):020}{sums:020}".encode()
    at, _ = _record(file, at, f"{name}/.data/serialization_id".encode(), identity, entries, sums)
    size, count = sum(map(len, entries)), len(entries)
    file.write(b"".join(entries))
    file.write(b"PK\6\6" + pack("<QHHIIQQQQ", 44, 0x31E, 45, 0, 0, count, count, size, at))
    file.write(b"PK\6\7" + pack("<IQI", 0, at + size, 1))
    few = min(count, 0xFFFF)
    file.write(b"PK\5\6" + pack("<HHHHIIH", 0, 0, few, few, size, at, 0))


def _record(file: IO[bytes], at: int, name: bytes, content: bytes, entries: list[bytes], sums: int) -> tuple[int, int]:
    """Write a record; where the next one begins, and the sum of all sums so far."""
    flags = _UTF8 | (_SUM_FOLLOWS if content else 0)
    crc, size = zlib.crc32(content), len(content)
    padding = -(at + 30 + len(name) + 4) % ALIGNMENT
    file.write(b"PK\3\4" + pack("<HHHHHIIIHH", 0, flags, 0, 0, 0, 0, 0, 0, len(name), padding + 4))
    file.write(name + b"FB" + pack("<H", padding) + b"Z" * padding)
    file.write(content)
    if content:
        file.write(b"PK\7\x08" + pack("<III", crc, size, size))
    entries.append(
        b"PK\1\2"
        + pack("<HHHHHHIIIHHHHHII", 0, 0, flags, 0, 0, 0, crc, size, size, len(name), 0, 0, 0, 0, 0, at)
        + name
    )
    return at + 30 + len(name) + 4 + padding + size + (16 if content else 0), (sums * 31 + crc) % 2**64

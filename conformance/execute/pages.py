"""The memory that a fork shares, kept in as few pages as can be (Linux; elsewhere nothing happens)."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

_COLLAPSE = 25
_LARGEST = 1 << 30
"""Larger mappings are reserves, hardly used."""


def collapse() -> None:
    """Has the kernel put together to huge pages what this process has allocated until now: a fork copies an entry for
    each page. See MADV_COLLAPSE in madvise(2); where it is not to be had, all stays as it is."""
    try:
        size = int(Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size").read_text())
    except OSError:
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _allocated():
        for address in range(-(-start // size) * size, end - size + 1, size):
            madvise(address, size, _COLLAPSE)


def _allocated() -> Iterator[tuple[int, int]]:
    """Where the private mappings that hold no file start and end."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, access, _, _, _, *path = line.split(maxsplit=5)
        start, end = (int(number, 16) for number in place.split("-"))
        if access == "rw-p" and path in ([], ["[heap]"]) and end - start < _LARGEST:
            yield start, end

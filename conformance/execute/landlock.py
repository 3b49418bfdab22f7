"""Landlock, the kernel's sandbox for the unprivileged: a process gives up writing outside a folder, and the network.

See landlock(7). Glibc has no wrappers, so the system calls go by number; they are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from typing import Any

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_ASK_VERSION = 1
_NO_NEW_PRIVS = 38

_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_TCP = 0b11
"""Binding and connecting."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_syscall: Any = getattr(_LIBC, "syscall", None)
_prctl: Any = getattr(_LIBC, "prctl", None)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


@functools.cache
def version() -> int:
    """The version of Landlock's interface, 0 where the kernel has none."""
    if sys.platform != "linux":
        return 0
    return max(0, _syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION)))


def layers() -> tuple[str, ...]:
    """What `confine` does here, for the report."""
    if not version():
        return ()
    return ("Landlock: writes",) if version() < 4 else ("Landlock: writes, network",)


def confine(directory: str) -> None:
    """Lets this process write below `directory` and to devices alone, and reach no TCP port."""
    if not (known := version()):
        return
    writing = _WRITE_FILE | _MAKE_AND_REMOVE | (_REFER if known >= 2 else 0) | (_TRUNCATE if known >= 3 else 0)
    rules = _Ruleset(writing, _TCP if known >= 4 else 0)
    size = ctypes.sizeof(rules) if known >= 4 else 8
    ruleset = _syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        _allow(ruleset, directory, writing)
        _allow(ruleset, "/dev", _WRITE_FILE | (writing & _TRUNCATE))
        _prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        if _syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)):
            raise OSError(ctypes.get_errno(), "Landlock refused the rules")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights, folder)
        if _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0)):
            raise OSError(ctypes.get_errno(), f"Landlock refused a rule for {path}")
    finally:
        os.close(folder)

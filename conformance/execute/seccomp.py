"""seccomp: system calls that no cell needs fail with EPERM. See seccomp(2) and the kernel's classic BPF."""

from __future__ import annotations

import ctypes
import errno
import functools
import platform
import struct
import sys
from typing import Any

_SET_SECCOMP, _GET_SECCOMP, _FILTER, _NO_NEW_PRIVS = 22, 21, 2, 38
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
"""Where in the data of a call its number and its architecture stand."""

_REFUSED = {
    "x86_64": (
        0xC000003E,
        # ptrace, mount, umount2, swapon, swapoff, reboot, init_module, delete_module, kexec_load, perf_event_open,
        # process_vm_readv, process_vm_writev, finit_module, bpf, userfaultfd, pidfd_getfd
        (101, 165, 166, 167, 168, 169, 175, 176, 246, 298, 310, 311, 313, 321, 323, 438),
    ),
    "aarch64": (
        0xC00000B7,
        (117, 40, 39, 224, 225, 142, 105, 106, 104, 241, 270, 271, 273, 280, 282, 438),
    ),
}
"""By machine, its name in the kernel's audit interface and the numbers of the refused calls."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_prctl: Any = getattr(_LIBC, "prctl", None)


@functools.cache
def _program() -> bytes:
    """The filter; empty where there is none for this machine, or no seccomp."""
    machine, calls = _REFUSED.get(platform.machine(), (0, ()))
    if sys.platform != "linux" or not calls or _prctl(_GET_SECCOMP, 0, 0, 0, 0) < 0:
        return b""

    def step(code: int, if_true: int, if_false: int, value: int) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    tests = [step(_JUMP_IF_EQUAL, len(calls) - place, 0, number) for place, number in enumerate(calls)]
    return b"".join(
        [
            step(_LOAD, 0, 0, _ARCHITECTURE),
            step(_JUMP_IF_EQUAL, 0, len(calls) + 1, machine),
            step(_LOAD, 0, 0, _NUMBER),
            *tests,
            step(_RETURN, 0, 0, _ALLOW),
            step(_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
    )


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def layers() -> tuple[str, ...]:
    """What `confine` does here, for the report."""
    return ("seccomp",) if _program() else ()


def confine() -> None:
    """Refuses the calls to this process and to all that it starts."""
    if not (program := _program()):
        return
    _prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _prctl(_SET_SECCOMP, _FILTER, ctypes.byref(_Filter(len(program) // 8, program)), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp refused the filter")

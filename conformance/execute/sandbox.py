"""What a worker process may use and see, and how it ends with whoever started it (Linux; elsewhere the limits
alone)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from conformance.execute import landlock, seccomp

_SET_PDEATHSIG = 1
_PERTURB = -6
_SET_CHILD_SUBREAPER = 36

LIBC = ctypes.CDLL(None)
"""The C library that this process runs on; it and what is called of it are looked up once, since every fork would do
it again."""
_prctl: Any = getattr(LIBC, "prctl", None)
flush_native = LIBC.fflush

MEMORY = 4 << 30
"""How many bytes of address space a case may use beyond what its target has."""
FILE_SIZE = 64 << 20
OPEN_FILES = 256

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_KEPT = (
    "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "SYSTEMROOT", "TZ",
    "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "OPENBLAS_CORETYPE",
    "NPY_DISABLE_CPU_FEATURES",
)  # fmt: skip
"""What finds libraries and devices, and what says which of the processor's instructions a library may use."""


def environment() -> dict[str, str]:
    """The environment of a worker: one thread, a fixed hash seed, UTF-8, this process's import path, and of
    the rest only `_KEPT`."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path),
        "LC_ALL": "C.UTF-8",
        "PATH": os.defpath,
    }


FORKS = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether a process that has loaded a target can be forked. Where not, each target has a spawned process in which its
cases run one after the other."""


def layers() -> tuple[str, ...]:
    """What is between a case and the machine, for the report."""
    linux = ("subreaper", "parent-death signal") if sys.platform == "linux" else ()
    kernel = (*landlock.layers(), *seccomp.layers())
    processes = ("process group",) if FORKS else ("no fork here: spawned workers, many cases in one process",)
    return (*processes, *linux, "rlimits", *kernel, "private directory", "scrubbed environment")


def confine(directory: str) -> None:
    """Lets this process, and all that it starts, write only below `directory`, reach no network, and make none of the
    system calls that no cell needs; as far as the kernel can do it."""
    landlock.confine(directory)
    seccomp.confine()


def fill_new_memory() -> None:
    """Lets the C library fill the memory that it hands out from now on, where it can: what is read there before it is
    written is then something else than in other processes, a large number in each dtype."""
    with contextlib.suppress(AttributeError):  # glibc's alone
        LIBC.mallopt(_PERTURB, ~0x4B & 0xFF)  # it fills with the complement


def adopt_orphans() -> None:
    """Makes this process the parent of those whose parent ends, and ends it with its own parent."""
    if _prctl and sys.platform == "linux":
        _prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def limit() -> None:
    """Limits this process and all that it starts; its memory to MEMORY more than it has now."""
    for kind, value in (
        (resource.RLIMIT_AS, _address_space() + MEMORY),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(kind, value)


def limit_processor_time(seconds: int) -> None:
    """Ends this process, and each that it starts, after so much processor time: it backs up the supervisor's clock."""
    _lower(resource.RLIMIT_CPU, seconds)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def threads() -> int:
    """How many threads this process has, native ones too."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def children() -> set[int]:
    """The processes whose parent is this one's only thread, orphans that it adopted among them."""
    try:
        file = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return set()
    listed = b""
    while piece := os.read(file, 1 << 16):
        listed += piece
    os.close(file)
    return {int(pid) for pid in listed.split()}

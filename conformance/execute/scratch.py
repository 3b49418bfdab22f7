"""Where the cases of this process have their directories, and what becomes of them when it is killed.

Each supervisor has one folder in the temporary directory, and holds a lock in it for as long as it lives: the kernel
lets go of the lock however the process ends. The next supervisor removes the folders whose lock nobody holds.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "conformance-run-"
_LOCK = "lock"


@functools.cache
def folder() -> Path:
    """The folder of this process, made at the first call and removed when the process ends."""
    sweep()
    made = Path(tempfile.mkdtemp(prefix="conformance-new-"))
    _lock(made)
    path = made.with_name(made.name.replace("conformance-new-", PREFIX))
    made.rename(path)  # only now, with its lock held, can it be taken for one that was left
    atexit.register(_remove, path, os.getpid())
    return path


def sweep() -> None:
    """Removes what killed supervisors of this user have left in the temporary directory."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.lstat().st_uid == os.getuid() and not path.is_symlink():
                os.close(_lock(path))
                shutil.rmtree(path, ignore_errors=True)


def _lock(path: Path) -> int:
    """Takes the lock of a folder, until its descriptor is closed. Raises OSError if another process has it."""
    descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def remove() -> None:
    """Removes the folder of this process; the next call of `folder` makes another."""
    if folder.cache_info().currsize:
        _remove(folder(), os.getpid())
        folder.cache_clear()


def _remove(path: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)

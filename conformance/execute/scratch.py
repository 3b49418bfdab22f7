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
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "conformance-run-"
WORK = "work"
"""The folder in which a case runs, in that which it has."""
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


@contextlib.contextmanager
def case_folder() -> Iterator[str]:
    """The folder of a case, with the empty `WORK` in it. One in which a case has left nothing is given to another: to
    make and remove folders takes longer than many a case."""
    free = _free(folder())
    try:
        name = free.pop()
    except IndexError:
        name = tempfile.mkdtemp(dir=folder())
        os.mkdir(f"{name}/{WORK}", stat.S_IMODE(_MADE))
    try:
        yield name
    finally:
        if _is_as_made(name):
            free.append(name)
        else:
            shutil.rmtree(name, ignore_errors=True)


_MADE = stat.S_IFDIR | stat.S_IRWXU


@functools.cache
def _free(_: Path) -> list[str]:
    """The folders in that one that wait for a case."""
    return []


os.register_at_fork(after_in_child=_free.cache_clear)


def _is_as_made(name: str) -> bool:
    work = f"{name}/{WORK}"
    try:
        kept = all(os.lstat(path).st_mode == _MADE for path in (name, work))
        return kept and os.listdir(name) == [WORK] and not os.listdir(work)
    except OSError:
        return False


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

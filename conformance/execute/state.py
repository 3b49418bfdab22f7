"""Python's own state at the start of a case; the target resets the engine's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.targets.protocol import Target, Task

RECURSION_LIMIT = 1000


def begin(task: Task, target: Target, directory: Path) -> None:
    """Sets the working directory, the environment's variables that depend on the case, and every seed."""
    os.chdir(directory)
    os.environ.update(HOME=str(directory), TMPDIR=str(directory), PATH=task.path)
    sys.setrecursionlimit(RECURSION_LIMIT)
    target.reset(task.seed)


@contextmanager
def restored() -> Iterator[None]:
    """Puts back, where no process ends with the case, what `begin` and the cells changed."""
    directory, environment, recursion = Path.cwd(), dict(os.environ), sys.getrecursionlimit()
    path, argv, hook = list(sys.path), list(sys.argv), sys.breakpointhook
    try:
        yield
    finally:
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        sys.setrecursionlimit(recursion)
        sys.path[:], sys.argv[:], sys.breakpointhook = path, argv, hook

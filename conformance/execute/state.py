"""Python's own state at the start of a case; the target resets the engine's."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.targets.protocol import Task

RECURSION_LIMIT = 1000


def begin(task: Task, directory: str) -> None:
    """Sets what of Python's own state depends on the case: the working directory, the environment, the seed, which
    a fork would draw anew."""
    os.chdir(directory)
    os.environ.update(HOME=directory, TMPDIR=directory, PATH=task.path)
    sys.setrecursionlimit(RECURSION_LIMIT)
    random.seed(task.seed)


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

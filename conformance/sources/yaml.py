"""Suites from YAML files: the specs."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.sources.files import spec_files, suite_name
from conformance.spec.errors import Problem, SpecError
from conformance.spec.loader import load_suite
from conformance.spec.model import Suite


def suites(root: Path, paths: Sequence[Path] = (), *, compiled: bool = True) -> tuple[Suite, ...]:
    """The suites in `paths`, files or folders, or all below `root`, in the order of their names.

    A suite is called after its path below `root`, without suffix. Nothing runs before every file was read:
    raises one `SpecError` with the problems of all files, those of cells' Python only if that is `compiled`.
    """
    found: list[Suite] = []
    problems: list[Problem] = []
    with _uncollected():
        for path in dict.fromkeys(file for start in paths or (root,) for file in spec_files(start, root)):
            try:
                found.append(load_suite(path, suite_name(path, root), compiled=compiled))
            except SpecError as error:
                problems += error.problems
    if problems:
        raise SpecError(problems)
    return tuple(found)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Spares the garbage collector, which would walk again and again over what is all kept."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()

"""Suites from YAML files: the specs."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from conformance.spec.errors import Problem, SpecError
from conformance.spec.loader import load_suite
from conformance.spec.model import Suite, is_suite_name

NOT_SUITES = frozenset({"known.yaml", "behaviours/catalogue.yaml"})
"""Files below the root of the specs that hold something else."""


def suites(root: Path, paths: Sequence[Path] = (), *, compiled: bool = True) -> tuple[Suite, ...]:
    """The suites in `paths`, files or folders, or all below `root`, in the order of their names.

    A suite is called after its path below `root`, without suffix. Nothing runs before every file was read:
    raises one `SpecError` with the problems of all files, those of cells' Python only if that is `compiled`.
    """
    found: list[Suite] = []
    problems: list[Problem] = []
    with _uncollected():
        for path in dict.fromkeys(file for start in paths or (root,) for file in _files(start, root)):
            try:
                found.append(load_suite(path, _name(path, root), compiled=compiled))
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


def _files(start: Path, root: Path) -> Iterable[Path]:
    if not start.is_dir():
        return [start]
    files = (path for path in start.rglob("*") if path.suffix in (".yaml", ".yml"))
    return sorted(path for path in files if _below(path, root).as_posix() not in NOT_SUITES)


def _name(path: Path, root: Path) -> str:
    """What the suite in `path` is called in addresses."""
    name = _below(path, root).with_suffix("").as_posix()
    if path.suffix != ".yaml" and path.exists():
        raise SpecError([Problem(path, 0, 0, "is not called *.yaml: rename it")])
    if not is_suite_name(name):
        raise SpecError(
            [Problem(path, 0, 0, f"{name!r} cannot stand in an address: rename it without space, :, #, [ or ]")]
        )
    return name


def _below(path: Path, root: Path) -> Path:
    absolute = path.resolve()
    return absolute.relative_to(root.resolve()) if absolute.is_relative_to(root.resolve()) else path

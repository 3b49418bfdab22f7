"""The files that hold suites, and what those are called."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.spec.address import is_suite_name
from conformance.spec.errors import Problem, SpecError

NOT_SUITES = frozenset({"known.yaml", "behaviours/catalogue.yaml"})
"""Files below the root of the specs that hold something else."""


def spec_files(start: Path, root: Path) -> Iterable[Path]:
    """The files of suites below a folder, in the order of their names; a file is itself."""
    if not start.is_dir():
        return [start]
    files = (path for path in start.rglob("*") if path.suffix in (".yaml", ".yml"))
    return sorted(path for path in files if _below(path, root).as_posix() not in NOT_SUITES)


def suite_name(path: Path, root: Path) -> str:
    """What the suite in `path` is called in addresses. Raises SpecError for a name that none can have."""
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

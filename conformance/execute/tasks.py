"""What a worker gets of a case: code and questions. What is expected stays here."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from conformance.spec.code import runnable
from conformance.spec.model import Case, Cell, Needs, Suite, case_address
from conformance.targets.protocol import Description, Program, Task

_COUNTED = re.compile(r"In \[(\d+)\]")
"""The place of a cell in a notebook that was run."""


def task(suite: Suite, case: Case, description: Description) -> Task:
    """The case for a target of this description."""
    return Task(
        address=str(case_address(suite, case)),
        programs=tuple(_program(cell, description) for cell in case.cells),
        seed=case.seed,
        bindings=dict(case.bindings),
        modules=case.needs.module,
        path=search_path(case.hide.program),
        hidden=case.hide.program,
        notebook=suite.source is not None and suite.source.kind == "notebook",
        live=suite.name.startswith(("notebook:", "docstring:")),
    )


def _program(cell: Cell, description: Description) -> Program:
    code = runnable(cell.code)
    return Program(
        code=code.python,
        questions=tuple(dict.fromkeys((*cell.values, *cell.graph, *cell.after))),
        conditions=cell.holds,
        modules=cell.needs.module,
        number=int(counted[1]) if (counted := _COUNTED.fullmatch(cell.from_ or "")) else 0,
        skip=unmet(cell.needs, description) or (f"{code.needs_shell} needs a shell" if code.needs_shell else ""),
    )


def unmet(needs: Needs, description: Description) -> str:
    """Why something with these needs cannot run on a target; empty if it can. Modules are for the worker to
    find."""
    if needs.device and not _on(needs.device, description.device):
        return f"needs {needs.device}, the target is on {description.device}"
    version = description.follows or description.versions.get("torch")
    if needs.torch and version and not _fits(version, needs.torch):
        return f"needs torch {needs.torch}, this is {version}"
    if needs.build and version and re.search(r"\+(cu|rocm|xpu)", version):
        return f"needs a build of torch for the CPU alone, this is {version}"
    missing = [program for program in needs.program if shutil.which(program) is None]
    return f"no program {', '.join(missing)}" if missing else ""


def _on(needed: str, device: str) -> bool:
    kind, _, number = device.partition(":")
    return needed in (kind, f"{kind}:{number or 0}")


def _fits(version: str, specifier: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def search_path(hidden: Iterable[str]) -> str:
    """PATH without the directories in which one of the hidden programs is found."""
    directories = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(
        directory for directory in directories if not any(shutil.which(program, path=directory) for program in hidden)
    )

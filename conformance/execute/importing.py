"""What `import` means in a cell.

A namespace has its own `__builtins__`, and in them an `__import__` that gives the target's module for
`torch`, also for its submodules and in `from torch import ...`. sys.modules stays as it is, so that a target
can stand beside the real torch. A library that a cell imports sees the usual `__import__`: one that imports
torch itself would get the real torch, so it has a place in the target's import map, or is refused by `Guard`.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any


def cell_builtins(imports: Mapping[str, str]) -> dict[str, Any]:
    """A copy of the builtins whose `__import__` follows the import map."""

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        head, dot, rest = name.partition(".")
        if level or imports.get(head, head) == head:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = _bound(imports[head] + dot + rest, name)
        if not fromlist:
            return importlib.import_module(imports[head])
        for wanted in fromlist:
            if wanted != "*" and not hasattr(module, wanted):
                _submodule(module, wanted, name)
        return module

    return {**vars(builtins), "__import__": import_}


def _bound(path: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not path.startswith(error.name):
            raise
        if lacking := getattr(sys.modules.get(path.partition(".")[0]), "lacking", None):
            raise lacking(name.partition(".")[2]) from None
        missing = name[: len(name) - (len(path) - len(error.name))]
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing) from None


def _submodule(module: ModuleType, wanted: str, name: str) -> None:
    try:
        importlib.import_module(f"{module.__name__}.{wanted}")
    except ModuleNotFoundError:
        where = getattr(module, "__file__", None) or "unknown location"
        raise ImportError(f"cannot import name {wanted!r} from {name!r} ({where})", name=name) from None


def missing(modules: Sequence[str], imports: Mapping[str, str]) -> str:
    """Which of `modules` a cell could not import, as the reason for not running it; empty if none."""
    return ", ".join(f"no module {name}" for name in modules if not _can_import(name, imports))


def _can_import(name: str, imports: Mapping[str, str]) -> bool:
    head, dot, rest = name.partition(".")
    try:
        return importlib.util.find_spec(imports.get(head, head) + dot + rest) is not None
    except (ImportError, ValueError):
        return False


class Refused(ImportError):
    """A library needs another engine than the one that runs."""


class Guard(importlib.abc.MetaPathFinder):
    """Refuses, in a process that runs nothing but cells, to load the module that an import name does not
    stand for: two engines' tensors would meet."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self._refused = {name for name, module in imports.items() if module.partition(".")[0] != name}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in self._refused:
            raise Refused(
                f"a library imports {fullname!r} itself, which is bound to another engine here", name=fullname
            )
        return None

    def install(self) -> None:
        sys.meta_path.insert(0, self)

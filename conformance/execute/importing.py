"""What `import` means in a cell.

A namespace has its own `__builtins__`, and in them an `__import__` that gives the target's module for
`torch`, also for its submodules and in `from torch import ...`. That leaves sys.modules as it is, so that a target
can stand beside the real torch in a process that has both. A library that a cell imports sees the usual `__import__`:
in a process of one target, `Binding` gives the target's modules there, too.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
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
        if level or imports.get(head, head) == head or any(one.gives(head) for one in _bindings()):
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
    return _exists(imports.get(head, head) + dot + rest)


class Binding(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives, in a process that runs nothing but the cells of one target, its modules to whoever imports them by the
    names that they stand for: a library that a cell imports works on the target's tensors, as the cell does. The
    modules say that these are their names."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self._bound = {name: module for name, module in imports.items() if module.partition(".")[0] != name}

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def bind(self) -> None:
        """Has the modules that are loaded by now stand under those names in sys.modules, where libraries look for
        engines that are in use."""
        for name, bound in self._bound.items():
            for path, module in list(sys.modules.items()):
                if path == bound or path.startswith(f"{bound}."):
                    _take(name + path.removeprefix(bound), module)

    def gives(self, name: str) -> bool:
        """Whether an import of this name needs nothing else. An engine of other names says itself what it lacks."""
        return name in self._bound and not hasattr(sys.modules.get(self._bound[name]), "lacking")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        head = fullname.partition(".")[0]
        if head not in self._bound or (head != fullname and not _exists(self._stands_for(fullname))):
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        _take(name, _bound(self._stands_for(name), name))

    def _stands_for(self, name: str) -> str:
        head, dot, rest = name.partition(".")
        return self._bound[head] + dot + rest


def _bindings() -> Iterator[Binding]:
    return (one for one in sys.meta_path if isinstance(one, Binding))


def _take(name: str, module: ModuleType) -> None:
    """Have a module stand under a name."""
    sys.modules[name] = module
    module.__name__ = name


def _exists(path: str) -> bool:
    try:
        return path in sys.modules or importlib.util.find_spec(path) is not None
    except (ImportError, ValueError):
        return False

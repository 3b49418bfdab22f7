"""Python's own state at the start of a case; the target resets the engine's."""

from __future__ import annotations

import builtins
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.execute import sandbox
from conformance.targets.protocol import Target, Task

RECURSION_LIMIT = 1000


def begin(task: Task, directory: str) -> None:
    """Sets what of Python's own state depends on the case: the working directory, the environment, the seed, which
    a fork would draw anew."""
    os.chdir(directory)
    os.environ["HOME"] = os.environ["TMPDIR"] = directory
    os.environ["PATH"] = task.path
    tempfile.tempdir = None  # which is read from the environment once
    sys.setrecursionlimit(RECURSION_LIMIT)
    random.seed(task.seed)


class Settings:
    """What `begin` and cells change of Python's own state, as it was when this was made."""

    def __init__(self) -> None:
        self._directory, self._environment = Path.cwd(), dict(os.environ)
        self._recursion = sys.getrecursionlimit()
        self._path, self._argv, self._temporary = list(sys.path), list(sys.argv), tempfile.tempdir
        self._hooks = {name: getattr(sys, name) for name in _HOOKS}
        self._handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}

    def put_back(self) -> None:
        os.chdir(self._directory)
        for name in os.environ.keys() - self._environment.keys():
            del os.environ[name]
        for name, value in self._environment.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
        sys.setrecursionlimit(self._recursion)
        sys.path[:], sys.argv[:], tempfile.tempdir = self._path, self._argv, self._temporary
        for name, hook in self._hooks.items():
            setattr(sys, name, hook)
        for number, handler in self._handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)


_HOOKS = ("breakpointhook", "displayhook", "excepthook", "unraisablehook")


@contextmanager
def restored() -> Iterator[None]:
    """Puts back afterwards what `begin` and the cells changed, where no process ends with the case."""
    settings = Settings()
    try:
        yield
    finally:
        settings.put_back()


class Checkpoint:
    """A process between two cases. Names of the builtins, of the target's modules and of its Tensor, modules that were
    loaded, threads and child processes are what no reset puts back."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._settings = Settings()
        self._spaces = {name: _Names(vars(space)) for name, space in _spaces(target)}
        self._modules = _Names(sys.modules)
        self._state = target.state()

    def return_to(self) -> str:
        """Puts back all that can be. What is then not as it was, in a few words; empty if all is."""
        self._settings.put_back()
        self._target.reset(0)
        if threading.active_count() > 1:
            return "a thread"
        if sandbox.children():
            return "a process"
        if other := self._modules.changed():
            return f"another module {other}"
        for space, names in self._spaces.items():
            if changed := names.changed() or names.added():
                return f"another {space}.{changed}"
        return "" if self._target.state() == self._state else "a changed mode"


def _spaces(target: Target) -> Iterator[tuple[str, Any]]:
    """The namespaces that cells change most easily, by name."""
    yield "builtins", builtins
    for name in set(target.imports.values()):
        if module := sys.modules.get(name):
            yield name, module
            for attribute, value in list(vars(module).items()):
                if value is not module and (isinstance(value, ModuleType) or attribute == "Tensor"):
                    yield f"{name}.{attribute}", value


class _Names:
    """A namespace, and what its names meant when this was made. There are thousands of them, and they are looked at
    after each case: all at once, by lists, unless something is different."""

    def __init__(self, space: Mapping[str, Any]) -> None:
        self._space, self._before = space, dict(space)
        self._values = list(space.values())

    def changed(self) -> str:
        """A name that means something else now. A dunder is none: imports change them."""
        if self._all_are_there():
            return ""
        changed = (name for name, value in self._before.items() if self._space.get(name, _Names) is not value)
        return next((name for name in changed if not name.startswith("__")), "")

    def added(self) -> str:
        """A new name. A module or a dunder is none: imports make them."""
        if len(self._before) == len(self._space):
            return ""
        added = (name for name in self._space.keys() - self._before.keys() if not name.startswith("__"))
        return next((name for name in sorted(added) if not isinstance(self._space[name], ModuleType)), "")

    def _all_are_there(self) -> bool:
        try:
            return list(self._space.values())[: len(self._values)] == self._values
        except Exception:  # values that cannot be compared are others: the same one is not asked
            return False

"""What IPython adds to a notebook: `In`, `Out`, `_` and its kin, `get_ipython()`, `display`, `clear_output`.

A whole `InteractiveShell` would bring hooks, threads and a history file with it; this is what documents use of one.
Magics are not run, by whatever name they are called; of `%%capture` the name is bound to what the cell wrote.
"""

from __future__ import annotations

import itertools
import re
import sys
from types import ModuleType
from typing import Any

from conformance.execute import display
from conformance.execute.streams import Streams


class ZMQInteractiveShell:
    """What `get_ipython()` gives: a name by which notebooks tell a kernel from a terminal, and calls of magics."""

    def run_line_magic(self, name: str, line: str, *_: Any) -> None:
        """Nothing."""

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Nothing."""

    def magic(self, line: str) -> None:
        """Nothing."""

    def system(self, command: str) -> None:
        """Nothing."""


ZMQInteractiveShell.__module__ = "ipykernel.zmqshell"


_CAPTURE = re.compile(r"# %%capture\b(.*)")


class CapturedIO:
    """What a cell under `%%capture` wrote."""

    __module__ = "IPython.utils.capture"

    def __init__(self, stdout: str, stderr: str) -> None:
        self.stdout, self.stderr = stdout, stderr
        self.outputs: list[Any] = []

    def __str__(self) -> str:
        return self.stdout

    def show(self) -> None:
        """Write it."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    __call__ = show


class Shell:
    """That of one notebook."""

    def __init__(self, namespace: dict[str, Any], builtins: dict[str, Any], streams: Streams) -> None:
        self._namespace, self._streams = namespace, streams
        self._inputs: list[str] = [""]
        self._results: dict[int, Any] = {}
        self._unders: tuple[Any, ...] = ("", "", "")
        self._to_clear: tuple[str, str] | None = None
        shell = ZMQInteractiveShell()
        self._gives = {
            "get_ipython": lambda: shell,
            "display": display.display,
            "clear_output": self._clear_output,
        }
        self._import = builtins["__import__"]
        # Not in the namespace: there they would be names that cells have bound.
        builtins |= {"In": self._inputs, "Out": self._results, "__import__": self._import_with_shell}
        builtins |= {name: self._gives[name] for name in ("get_ipython", "display")}
        namespace |= {"_ih": self._inputs, "_oh": self._results, **_named("_", self._unders)}

    # --- what was typed, and what it gave ---

    def begin(self, code: str, number: int) -> int:
        """A cell begins: `number` is its execution count in the document, 0 if that does not tell it. Gives the count
        that it has here."""
        number = number or len(self._inputs)
        self._namespace |= _named("_i", [*reversed(self._inputs[-3:]), "", ""])
        self._inputs += [""] * (number + 1 - len(self._inputs))
        self._inputs[number] = self._namespace[f"_i{number}"] = code
        return number

    def show(self, value: Any, number: int) -> None:
        """A result is shown. Where a cell has bound `_`, or one of the others, to something else, it stays bound."""
        kept = all(self._namespace.get(name) is last for name, last in _named("_", self._unders).items())
        self._unders = (value, *self._unders[:2])
        if kept:
            self._namespace |= _named("_", self._unders)
        self._namespace[f"_{number}"] = self._results[number] = value

    # --- output that is taken back ---

    def _clear_output(self, wait: bool = False) -> None:
        written = self._streams.take()
        self._to_clear = written if wait else None

    def left(self, stdout: str, stderr: str) -> tuple[str, str]:
        """What a document keeps of the output of a cell, which ends with this after the last `clear_output`: with
        `wait`, what was there before goes when something follows."""
        before, self._to_clear = self._to_clear, None
        if before and not (stdout or stderr):
            stdout, stderr = before
        captured = _CAPTURE.match(self._inputs[-1])
        if captured is None:
            return stdout, stderr
        words = captured[1].split()
        keeps_out, keeps_err = "--no-stdout" in words, "--no-stderr" in words
        for name in words:
            if name.isidentifier():
                self._namespace[name] = CapturedIO("" if keeps_out else stdout, "" if keeps_err else stderr)
        return stdout if keeps_out else "", stderr if keeps_err else ""

    # --- IPython's modules ---

    def _import_with_shell(self, name: str, *arguments: Any, **options: Any) -> ModuleType:
        module: ModuleType = self._import(name, *arguments, **options)
        return self._with_shell(module) if module.__name__.partition(".")[0] == "IPython" else module

    def _with_shell(self, module: ModuleType) -> ModuleType:
        """The module as a cell sees it: IPython's own print, or give None, where none of its shells runs, and libraries
        that ask them shall find so."""
        seen = ModuleType(module.__name__, module.__doc__)
        vars(seen).update(vars(module))
        vars(seen).update((name, given) for name, given in self._gives.items() if callable(getattr(module, name, None)))
        if isinstance(inner := sys.modules.get(f"{module.__name__}.display"), ModuleType):
            vars(seen)["display"] = self._with_shell(inner)
        return seen


def _named(name: str, values: Any) -> dict[str, Any]:
    """`_`, `__`, `___` and what they are; `_i`, `_ii`, `_iii`."""
    head, letter = ("", "_") if name == "_" else ("_", "i")
    return {head + letter * times: value for times, value in zip(itertools.count(1), values[:3], strict=False)}

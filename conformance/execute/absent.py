"""What a notebook lacks here: modules that are not installed, and the names that therefore were never bound."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterator
from typing import Any


class Absent:
    """Follows the cells of a document that does not say what it needs.

    A cell that imports what is not here is nobody's fault, and neither is a later one that uses a name which
    such a cell would have bound. What else such a cell imports is imported all the same: the one that begins a
    notebook imports torch beside much that has nothing to do with it.
    """

    def __init__(self, imports: Collection[str]) -> None:
        self._imports = imports
        self._names: dict[str, str] = {}

    def reason(self, error: BaseException, code: str, namespace: dict[str, Any]) -> str:
        """Why the cell that ended with `error` says nothing of the target; empty if it does."""
        cause = self._cause(error)
        if not cause:
            return ""
        if isinstance(error, ModuleNotFoundError):
            self._import_the_rest(code, namespace)
        self._names |= {name: cause for name in _bound(code) if name not in {*namespace, *self._names}}
        return f"{error.name} was never bound: {cause}" if isinstance(error, NameError) else cause

    def skipped(self, code: str, reason: str) -> None:
        """A cell was not run at all."""
        self._names |= dict.fromkeys(_bound(code), reason)

    def _import_the_rest(self, code: str, namespace: dict[str, Any]) -> None:
        for failed, error in import_each(code, namespace):
            cause = self._cause(error)
            self._names |= {name: cause for name in failed if cause and name not in namespace}

    def _cause(self, error: BaseException) -> str:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in self._imports:
            return f"no module {error.name}"
        return self._names.get(error.name or "", "") if isinstance(error, NameError) else ""


def import_each(code: str, namespace: dict[str, Any]) -> list[tuple[set[str], Exception]]:
    """Run the imports of a cell that is not run, each by itself. Gives the names that are not bound for that, and
    why."""
    failed = []
    for one in _imports(code):
        try:
            exec(compile(ast.Module([one], []), "<imports>", "exec"), namespace)
        except Exception as error:  # what a module does when it is imported is its own affair
            failed.append((_bound(ast.unparse(one)), error))
    return failed


def _imports(code: str) -> Iterator[ast.stmt]:
    for one in _parsed(code):
        if isinstance(one, ast.Import):
            yield from (ast.copy_location(ast.Import([name]), one) for name in one.names)
        elif isinstance(one, ast.ImportFrom):
            yield one


def _parsed(code: str) -> list[ast.stmt]:
    try:
        return ast.parse(code).body
    except (SyntaxError, ValueError):
        return []


def _bound(code: str) -> set[str]:
    """The names that the code binds in its namespace; none if it is not Python."""
    try:
        symbols = symtable.symtable(code, "<cell>", "exec").get_symbols()
    except (SyntaxError, ValueError):
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}

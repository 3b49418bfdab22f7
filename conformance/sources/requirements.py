"""What the cells of a document need besides torch, read off their imports."""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from conformance.spec.code import runnable
from conformance.spec.model import Case, Cell, Needs, Suite

_Part = TypeVar("_Part", Case, Cell)
_ALWAYS = frozenset({*sys.stdlib_module_names, "numpy", "torch"})


def with_needs(suite: Suite) -> Suite:
    """The suite, whose cells say which modules they need: those that they import, and those without which a name that
    they use would not be bound. What all cells of a case need stands in the case."""
    return suite.model_copy(update={"cases": tuple(map(_case, suite.cases))})


def _case(case: Case) -> Case:
    needs = list(_needed([runnable(cell.code).python for cell in case.cells]))
    common = frozenset.intersection(*needs) if needs else frozenset()
    cells = tuple(_stating(cell, need - common) for cell, need in zip(case.cells, needs, strict=True))
    return _stating(case.model_copy(update={"cells": cells}), common)


def _stating(part: _Part, modules: frozenset[str]) -> _Part:
    return part.model_copy(update={"needs": Needs(module=tuple(sorted(modules)))}) if modules else part


def _needed(codes: Sequence[str]) -> Iterator[frozenset[str]]:
    """Of each cell the modules, in the order in which they run."""
    behind: dict[str, frozenset[str]] = {}
    for code in codes:
        try:
            tree, symbols = ast.parse(code), symtable.symtable(code, "<cell>", "exec")
        except (SyntaxError, ValueError):
            yield frozenset()
            continue
        bound = {each.get_name() for each in symbols.get_symbols() if each.is_assigned() or each.is_imported()}
        used = set(_used(symbols))
        imported = dict(_imported(tree.body))
        modules = frozenset().union(*imported.values(), *(behind.get(name, ()) for name in used))
        yield modules
        behind |= dict.fromkeys(bound, modules) | {name: imported[name] for name in bound & imported.keys()}


def _imported(body: Sequence[ast.stmt]) -> Iterator[tuple[str, frozenset[str]]]:
    """The names that are imported for sure, and the modules that they need: not in a function, and not where an
    `except` waits for their absence."""
    for statement in body:
        match statement:
            case ast.Import():
                yield from ((each.asname or _top(each.name), _module(each.name)) for each in statement.names)
            case ast.ImportFrom(module=str() as name, level=0):
                yield from ((each.asname or each.name, _module(name)) for each in statement.names)
            case ast.With() | ast.For():
                yield from _imported(statement.body)


def _module(name: str) -> frozenset[str]:
    return frozenset({_top(name)} - _ALWAYS)


def _top(name: str) -> str:
    return name.partition(".")[0]


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    """The names of the cell's namespace that its code reads, inside of functions too."""
    whole = table.get_type() == "module"
    yield from (each.get_name() for each in table.get_symbols() if each.is_referenced() and (whole or each.is_global()))
    for child in table.get_children():
        yield from _used(child)

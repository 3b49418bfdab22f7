"""A short program in place of one that does not conform: cells and statements are taken away for as long as what is
left is wrong in the same way."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from conformance.compare.results import CaseResult
from conformance.compare.verdict import EXPECTED, Check
from conformance.selection import Selected
from conformance.spec.model import Case, Cell

Judge: TypeAlias = Callable[[Selected], CaseResult]
"""Runs a case on the target that is wrong, and compares it."""


class Reduced(NamedTuple):
    """What is left of a case."""

    item: Selected
    result: CaseResult
    """Of what is left; its last cell is the one that is wrong."""
    tried: int
    """How many programs were run."""


def reduce(item: Selected, judge: Judge) -> Reduced | None:
    """A case as short as it gets, whose last cell is wrong as the first wrong one of `item` is: the same check has the
    same verdict. None if nothing of `item` is wrong."""
    whole = item._replace(cell=None)
    result = judge(whole)
    wrong = _wrong(result)
    if wrong is None:
        return None
    search = _Search(whole, judge, wrong, result)
    search.keep(item.case.cells[: wrong.cell])
    while search.shorten():
        pass
    return Reduced(search.item, search.result, search.tried)


def _wrong(result: CaseResult) -> Check | None:
    """The first check that is not as expected."""
    bad = (each for each in result.checks if each.verdict not in (*EXPECTED, "flaky"))
    return min(bad, key=lambda each: each.cell, default=None)


class _Search:
    """The shortest case so far."""

    def __init__(self, item: Selected, judge: Judge, wrong: Check, result: CaseResult) -> None:
        self.item, self.result, self.tried = item, result, 1
        self._judge, self._wrong = judge, wrong

    def keep(self, cells: Sequence[Cell]) -> bool:
        """Goes on with these cells, if the last one of them is still wrong in the same way."""
        case = self.item.case.model_copy(update={"cells": tuple(cells)})
        candidate = self.item._replace(case=case)
        self.tried += 1
        result = self._judge(candidate)
        found = _wrong(result)
        if found is None or found.cell != len(cells) or (found.name, found.verdict) != (
            self._wrong.name, self._wrong.verdict,
        ):  # fmt: skip
            return False
        self.item, self.result = candidate, result
        return True

    def shorten(self) -> bool:
        """Takes away what can be taken away, the larger parts first; whether anything was."""
        return self._without_cells() | self._without_statements()

    def _without_cells(self) -> bool:
        size, shorter = len(self.item.case.cells) // 2, False
        while size:
            start = 0
            while start + size < len(cells := self.item.case.cells):  # the last one stays
                if self.keep([*cells[:start], *cells[start + size :]]):
                    shorter = True
                else:
                    start += size
            size //= 2
        return shorter

    def _without_statements(self) -> bool:
        shorter, number = False, 0
        while number < len(self.item.case.cells):
            if any(self._with_code(number, code) for code in _shorter(self.item.case.cells[number].code)):
                shorter = True
            else:
                number += 1
        return shorter

    def _with_code(self, number: int, code: str) -> bool:
        cells = list(self.item.case.cells)
        cells[number] = cells[number].model_copy(update={"code": code})
        return self.keep(cells)


def _shorter(code: str) -> Iterator[str]:
    """The code without one of its statements, or with the body of a `with` or an `if` in place of the whole."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = code.splitlines()
    for statement, alone in _statements(tree):
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))]) - 1
        last = statement.end_lineno or statement.lineno
        if not alone:
            yield "\n".join([*lines[:first], *lines[last:]])
        if isinstance(statement, ast.With | ast.If | ast.For) and statement.body[0].lineno > statement.lineno:
            end = statement.body[-1].end_lineno or last
            body = textwrap.dedent("\n".join(lines[statement.body[0].lineno - 1 : end]))
            indented = textwrap.indent(body, " " * statement.col_offset)
            yield "\n".join([*lines[:first], *indented.splitlines(), *lines[last:]])


def _statements(tree: ast.Module | ast.stmt) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements that have lines of their own, and whether one is alone in its block, so that it must stay."""
    for block in (getattr(tree, name, []) for name in ("body", "orelse", "finalbody")):
        taken = [line for each in block for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)]
        for each in block:
            own = all(taken.count(line) == 1 for line in range(each.lineno, (each.end_lineno or each.lineno) + 1))
            if own:
                yield each, len(block) == 1
                yield from _statements(each)


def as_python(case: Case) -> str:
    """The cells as a script, which `conformance import` reads."""
    return "\n".join(f"# %%\n{cell.code.rstrip()}\n" for cell in case.cells)

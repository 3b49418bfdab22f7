"""The Python in a spec: which part of a notebook's cell is Python, and whether it is valid."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from typing import Literal, NamedTuple

_NOT_PYTHON = re.compile(
    r"(?P<indent>[ \t]*)(?:(?P<timed>%time) (?P<statement>\S.*)|(?P<assigned>[\w, ]+?)[ \t]*=[ \t]*(?P<output>[!%].*)"
    r"|(?P<shell>[!%].*|\?{1,2}[\w.*]+|[\w.*]+\?{1,2}|(?:pip|conda|cd|ls|ll|cat|cp|mv|rm|mkdir|rmdir) [^=].*)[ \t]*)"
)
"""A line for the shell (`!ls`), for a magic (`%matplotlib inline`; some, like `pip`, need no `%`) or for help (`x?`);
one that binds what such a line gives; a statement whose time is told."""


class NotPython(Exception):
    """A text that does not compile: why, and the line and column of the place in it, from 1."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@functools.lru_cache(maxsize=4096)  # the same few expressions are asked for in many cells
def check(text: str, mode: Literal["exec", "eval"]) -> None:
    """Raise `NotPython` unless `text` compiles, as statements (`exec`) or as one expression (`eval`)."""
    try:
        with warnings.catch_warnings(action="ignore"):  # they belong to the run
            compile(text, "<cell>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if mode == "exec" else 0, dont_inherit=True)
    except SyntaxError as error:
        raise NotPython(error.msg, error.lineno or 1, max(error.offset or 1, 1)) from None
    except (ValueError, RecursionError, MemoryError) as error:  # a null character; too deep for the compiler
        raise NotPython(str(error) or type(error).__name__) from None


class Runnable(NamedTuple):
    """A cell's code as Python, line for line, and what had to be left out."""

    python: str
    not_run: tuple[str, ...] = ()
    """IPython's shell lines (`!pip install torchviz`) and magics (`%matplotlib inline`), as written."""
    needs_shell: str = ""
    """A line without which the rest of the cell means nothing: `files = !ls`."""


def runnable(code: str) -> Runnable:
    """`code` with IPython's shell lines and magics replaced by `pass`, so that every line keeps its number.

    Code that is valid Python is left alone: a `%` may begin a line inside brackets or a text. What is still
    not Python afterwards fails when it is compiled, as it should.
    """
    lines = code.split("\n")
    others = {number: found for number, line in enumerate(lines) if (found := _NOT_PYTHON.fullmatch(line))}
    if not others or _is_python(code):
        return Runnable(code)
    not_run, needs_shell = [], ""
    for number, found in others.items():
        if found["timed"]:
            replaced = found["statement"]
        elif found["assigned"]:
            replaced = f"{found['assigned']} = None"
            needs_shell = needs_shell or lines[number].strip()
        else:
            replaced = "pass"
        lines[number] = found["indent"] + replaced
        not_run.append(found["timed"] or found["shell"] or f"{found['assigned']} = {found['output']}")
    return Runnable("\n".join(lines), tuple(not_run), needs_shell)


def _is_python(code: str) -> bool:
    try:
        check(code, "exec")
    except NotPython:
        return False
    return True

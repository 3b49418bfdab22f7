"""Which part of a notebook's cell is Python."""

from __future__ import annotations

import re
from typing import NamedTuple

_SHELL_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<shell>[!%].*)")


class Runnable(NamedTuple):
    """A cell's code as Python, line for line, and the lines that had to be left out."""

    python: str
    not_run: tuple[str, ...]
    """IPython's shell lines (`!pip install torchviz`) and magics (`%matplotlib inline`), as written."""


def runnable(code: str) -> Runnable:
    """`code` with IPython's shell lines and magics replaced by `pass`, so that every line keeps its number.

    Code that is valid Python is left alone: a `%` may begin a line inside brackets or a text. What is still
    not Python afterwards fails when it is compiled, as it should.
    """
    if not _SHELL_LINE.search(code) or _is_python(code):
        return Runnable(code, ())
    not_run: list[str] = []
    lines = code.split("\n")
    for number, line in enumerate(lines):
        if shell := _SHELL_LINE.fullmatch(line):
            not_run.append(shell["shell"])
            lines[number] = f"{shell['indent']}pass"
    return Runnable("\n".join(lines), tuple(not_run))


def _is_python(code: str) -> bool:
    try:
        compile(code, "<cell>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True

"""How mistakes in a spec are told: all of a run's files at once, one line each, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One mistake, where it is, and what to do about it."""

    path: Path
    line: int
    """From 1; 0 if the problem is the file as a whole."""
    column: int
    """In characters, from 1."""
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else str(self.path)
        return f"{place}: {self.message}"


class SpecError(Exception):
    """Specs that cannot be run. `problems` holds every mistake that was found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

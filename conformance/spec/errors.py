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


def place(text: str, index: int) -> tuple[int, int]:
    """The line and the column of a character, from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def read_text(path: Path, limit: int) -> str:
    """A file of UTF-8, its lines ended by line feeds. Raises SpecError, with the place, for what is none, and for what
    has more than `limit` bytes."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except FileNotFoundError:
        what = "there is no such file: check the path, it is relative to where you are"
        raise SpecError([Problem(path, 0, 0, what)]) from None
    except OSError as error:
        raise SpecError([Problem(path, 0, 0, f"cannot be read: {error.strerror}")]) from None
    if len(raw) > limit:
        raise SpecError([Problem(path, 0, 0, f"is larger than {limit >> 20} MiB: split it into several files")])
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        what = "is not UTF-8 from here on: save it as UTF-8"
        raise SpecError([Problem(path, *place(before, len(before)), what)]) from None


class SpecError(Exception):
    """Specs that cannot be run. `problems` holds every mistake that was found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

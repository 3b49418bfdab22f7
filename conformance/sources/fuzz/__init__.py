"""Programs that are drawn at random, as a suite: `fuzz:7`.

    fuzz:SEED                another hundred programs for each seed, a number; 0 without it
    fuzz:SEED?programs=N     so many of them
    fuzz:SEED?lines=N        so many statements each, and one that makes leaves

A program is a case: leaves, then statements that compute, view, write in place, index, hook, detach, go backward,
differentiate twice, transform, define functions and classes, and look. Nothing is stated of what they do: torch
decides, and after each cell everything that can be seen of every name is compared. A program depends on its seed,
number and length alone, and is plain code that anybody can run. `conformance reduce ADDRESS` makes a short one of one
that diverges.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import NamedTuple

from conformance.sources.fuzz.drawing import Draw
from conformance.sources.fuzz.statements import STATEMENTS, leaf
from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Case, Cell, Suite

KIND = "fuzz"


class Query(NamedTuple):
    """Which programs."""

    seed: int
    programs: int = 100
    lines: int = 14
    text: str = ""
    """What was asked besides the seed, as it stands in addresses."""


def parse(selector: str) -> Query:
    """What a selector asks for. Raises SpecError with what can be asked."""
    seed, mark, text = selector.removeprefix(f"{KIND}:").partition("?")
    if not re.fullmatch(r"\d{0,18}", seed):
        raise _problem(selector, f"{seed!r} is no seed: write a number, fuzz:7")
    asked = Query(int(seed or 0), text=mark + text)
    for word in text.split("&") if mark else ():
        key, _, value = word.partition("=")
        if key not in ("programs", "lines") or not re.fullmatch(r"[1-9]\d{0,5}", value):
            raise _problem(selector, f"{word!r} is no question: ask ?programs=1000 or ?lines=20, joined by &")
        asked = asked._replace(programs=int(value)) if key == "programs" else asked._replace(lines=int(value))
    return asked


def fuzz(selector: str) -> Suite:
    """The programs that a selector asks for. Raises SpecError."""
    query = parse(selector)
    cases = [
        Case(
            id=f"program-{number}",
            cells=tuple(Cell(code=code, may_raise=True) for code in program(query.seed, number, query.lines)),
        )
        for number in range(query.programs)
    ]
    return Suite(title=f"Programs drawn with seed {query.seed}", cases=tuple(cases)).found(
        f"{KIND}:{query.seed}{query.text}"
    )


def program(seed: int, number: int, lines: int) -> list[str]:
    """The cells of a program. The first imports torch and makes leaves; each of the others is a statement."""
    draw = Draw(random.Random(f"{seed}/{number}"))  # seeded by text, which is the same everywhere
    leaves = [str(leaf(draw)) for _ in range(draw.random.randint(2, 3))]
    cells = ["\n".join(["import torch", *leaves])]
    statements, weights = zip(*STATEMENTS.items(), strict=True)
    while len(cells) <= lines:
        code = draw.random.choices(statements, weights)[0](draw)
        if code is not None:
            cells.append(code)
    return cells


def _problem(selector: str, text: str) -> SpecError:
    return SpecError([Problem(Path(selector), 0, 0, text)])

"""What statements there are, and what they may be about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

from conformance.sources.fuzz.drawing import Draw, Name

Statement: TypeAlias = Callable[[Draw], str | None]
"""Code of one statement; None if nothing is there that it could be made of."""

STATEMENTS: dict[Statement, int] = {}
"""All statements, and how often each comes in relation to the others."""


def statement(
    weight: int, of: Callable[[Name], bool] | None = None
) -> Callable[[Callable[..., str | None]], Statement]:
    """Adds a statement to STATEMENTS. With `of` it is about one of the tensors that fit, and gets that, too."""

    def add(made: Callable[..., str | None]) -> Statement:
        @functools.wraps(made)
        def about_one(draw: Draw) -> str | None:
            given: list[Any] = [] if of is None else [draw.tensor(of)]
            return None if given == [None] else made(draw, *given)

        STATEMENTS[about_one] = weight
        return about_one

    return add


def anything(name: Name) -> bool:
    """Every tensor."""
    return True


def differentiable(name: Name) -> bool:
    """Floating point and complex tensors."""
    return name.is_differentiable


def tracked(name: Name) -> bool:
    """Tensors that require grad."""
    return name.tracked


def real(name: Name) -> bool:
    """Floating point tensors."""
    return name.is_real


def dimensioned(name: Name) -> bool:
    """Tensors that are not 0-d."""
    return len(name.shape) > 0


def filled(name: Name) -> bool:
    """Floating point vectors and matrices with elements."""
    return name.is_real and len(name.shape) in (1, 2) and 0 not in name.shape

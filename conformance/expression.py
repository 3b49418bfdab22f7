"""Cases by their words: `-k "no_grad and not slow"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


class SelectionError(Exception):
    """A selector or an expression that names nothing or is none."""


def words(address: str, title: str | None, tags: Iterable[str], covers: Iterable[str]) -> str:
    """What the words of an expression are looked for in, of a case."""
    return " ".join((address, title or "", *tags, *covers)).lower()


Predicate = Callable[[str], bool]


def parse(expression: str) -> Predicate:
    """`expression` as a predicate on a lower-case text; an empty one holds for every text.

    Raises SelectionError with the column of what is wrong.
    """
    tokens = [(found[0], found.start() + 1) for found in re.finditer(r"[()]|[^\s()]+", expression)]
    if not tokens:
        return lambda text: True
    predicate, rest = _either(tokens, expression)
    if rest:
        raise _wrong(expression, rest[0][1], f"{rest[0][0]!r} was not expected")
    return predicate


Tokens = list[tuple[str, int]]


def _either(tokens: Tokens, expression: str) -> tuple[Predicate, Tokens]:
    first, rest = _both(tokens, expression)
    if rest and rest[0][0] == "or":
        second, rest = _either(rest[1:], expression)
        return (lambda text: first(text) or second(text)), rest
    return first, rest


def _both(tokens: Tokens, expression: str) -> tuple[Predicate, Tokens]:
    first, rest = _one(tokens, expression)
    if rest and rest[0][0] == "and":
        second, rest = _both(rest[1:], expression)
        return (lambda text: first(text) and second(text)), rest
    return first, rest


def _one(tokens: Tokens, expression: str) -> tuple[Predicate, Tokens]:
    if not tokens:
        raise _wrong(expression, len(expression) + 1, "a word is missing")
    (token, column), *rest = tokens
    if token == "not":
        inner, rest = _one(rest, expression)
        return (lambda text: not inner(text)), rest
    if token == "(":
        inner, rest = _either(rest, expression)
        if not rest or rest[0][0] != ")":
            raise _wrong(expression, column, "this parenthesis is never closed")
        return inner, rest[1:]
    if token in (")", "and", "or"):
        raise _wrong(expression, column, f"a word is missing before {token!r}")
    word = token.lower()
    return (lambda text: word in text), rest


def _wrong(expression: str, column: int, reason: str) -> SelectionError:
    return SelectionError(f"-k {expression!r}, column {column}: {reason}")

"""The cases of a spec without their cells: what `list` tells, in a tenth of the time that it takes to read all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from conformance.spec.address import CASE_ID, Address
from conformance.spec.errors import SpecError
from conformance.spec.yaml import document, text_of


class Outline(NamedTuple):
    """A case, once for each combination of its parameters."""

    address: Address
    title: str
    tags: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


def outlines(path: Path, suite: str) -> tuple[Outline, ...] | None:
    """The cases in a file. None where it is no spec: to be told why it has to be read in full. What is in the cells,
    and what else a case says, is not looked at."""
    try:
        root = document(path, _without_cells(text_of(path))).data
    except SpecError:
        return None
    try:
        found = [each for case in root["cases"] for each in _variants(suite, case)]
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return tuple(found) if found and len({each.address for each in found}) == len(found) else None


_FIRST = re.compile(r"^cases:[ \t]*\n(?:[ \t]*(?:#.*)?\n)*( *- +)", re.MULTILINE)
"""The list of cases as it is written most often, up to the first key of the first case."""


def _without_cells(text: str) -> str:
    """The text of a spec without the lines below `cells:`, where that is a key of cases that are written below each
    other. A line that is indented as deep as the keys is a key, or an item of the list below one."""
    first = _FIRST.search(text)
    if first is None:
        return text
    key = " " * len(first[1])
    cells = re.compile(rf"^{key}cells:[ \t]*\n(?:{key}[ -].*\n|[ \t]*(?:#.*)?\n)*", re.MULTILINE)
    return text[: first.end()] + cells.sub(f"{key}cells:\n", text[first.end() :])


def _variants(suite: str, case: dict[str, object]) -> Iterator[Outline]:
    """Raises ValueError for what a case cannot be called."""
    name, title = _text(case["id"]), _text(case.get("title", ""))
    tags, covers = _texts(case.get("tags", [])), _texts(case.get("covers", []))
    params = case.get("params", {})
    if not re.search(CASE_ID, name) or not isinstance(params, dict):
        raise ValueError(case)
    for combination in itertools.product(*map(_texts, params.values())):
        bound = ",".join(f"{key}={value}" for key, value in zip(params, combination, strict=True))
        yield Outline(Address(suite, name, bound), title, tags, covers)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | dict):
        raise ValueError(value)
    return tuple(map(_text, value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value

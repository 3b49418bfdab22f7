"""What may differ in a text without meaning anything. Each normaliser has a name, a test, and a line in the
README; both sides of a comparison go through all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Normaliser(NamedTuple):
    name: str
    what: str
    apply: Callable[[str], str]


def _substitute(pattern: str, put: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(put, text)


_DOT_ID = re.compile(r"(?m)(?<=^\t)\d{9,}(?= \[| ->)|(?<=-> )\d{9,}\b")


def _number_ids(text: str) -> str:
    numbers: dict[str, str] = {}
    return _DOT_ID.sub(lambda found: numbers.setdefault(found[0], f"#{len(numbers) + 1}"), text)


NORMALISERS = (
    Normaliser(
        "object addresses",
        "`at 0x7f3a...` becomes `at 0x...`",
        _substitute(r"\bat 0x[0-9a-fA-F]+", "at 0x..."),
    ),
    Normaliser(
        "functions",
        "`<built-in method sin of type object at 0x...>`, written in C, becomes `<function sin at 0x...>`",
        _substitute(r"<built-in method (\w+) of type object at 0x\.\.\.>", r"<function \1 at 0x...>"),
    ),
    Normaliser(
        "object ids",
        "the ids of nodes in Graphviz source become `#1`, `#2` in the order of their first use",
        _number_ids,
    ),
    Normaliser(
        "triggered internally",
        "torch's `(Triggered internally at <file>:<line>.)` at the end of a warning is left out",
        _substitute(r" *\(Triggered internally at [^()]*\)", ""),
    ),
    Normaliser(
        "file paths",
        "of an absolute path only the last part stays: `/usr/lib/x.py` becomes `.../x.py`",
        _substitute(r"(?<![\w.:/])(?:/[\w.@+-]+)+/(?=[\w.@+-])", ".../"),
    ),
)
DEVICE = Normaliser(
    "device suffixes",
    "on a target that is not on the CPU, `, device='cuda:0'` in a tensor's repr is left out",
    _substitute(r", device='(?!cpu)[a-z]+(:\d+)?'", ""),
)


def normalise(text: str, *, on_cpu: bool = True) -> str:
    """`text` after every normaliser; `on_cpu` for a document, or for a target on the CPU."""
    for normaliser in NORMALISERS if on_cpu else (*NORMALISERS, DEVICE):
        text = normaliser.apply(text)
    return text

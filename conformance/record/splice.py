"""Entries of a spec replaced in its text: all the rest of the file stays as it is, to the last blank.

A YAML library that writes whole documents back would lay most specs out anew. So the places come from the reader of
specs, an entry is exchanged as lines, and whoever calls checks that the new text says what was meant.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.record.changes import ABSENT, Change
from conformance.spec.writer import entry
from conformance.spec.yaml import Node

ORDER = ("from", "title", "code", "shell", "stdout", "result", "values", "raises", "warns", "graph", "holds", "after")
"""The order of a cell's keys, in which a new one finds its place."""


class Unspliceable(Exception):
    """An entry that cannot be exchanged as lines."""


def spliced(lines: list[str], cell: Node, change: Change) -> list[str]:
    """The lines of the file with one entry of the cell changed. Raises Unspliceable, with what to do."""
    head, *rest = change.path
    inside = cell.children.get(head)
    if rest and inside is not None and inside.keys:
        if isinstance(change.after, dict) and change.after.keys() == {"data"} and not inside.children[rest[0]].keys:
            change = replace(change, after=change.after["data"])  # the short form stays short
        if change.after is not ABSENT and _is_block(lines, inside):
            return _replaced(lines, inside, rest[0], entry(rest[0], change.after, flow=True))
        if _is_block(lines, inside) and len(inside.keys) > 1:
            return _replaced(lines, inside, rest[0], [])
        whole = {key: value for key, value in _plain(inside).items() if key != rest[0]}
        if change.after is not ABSENT:
            whole[rest[0]] = change.after
            whole = {key: whole[key] for key in _plain(inside)}
        return _replaced(lines, cell, head, _entries(head, whole) if whole else [])
    if not _is_block(lines, cell):
        raise Unspliceable("the cell is written in braces: write it as a block first")
    if change.before is ABSENT:
        return _inserted(lines, cell, head, entry(head, change.after))
    return _replaced(lines, cell, head, [] if change.after is ABSENT else entry(head, change.after))


def _plain(node: Node) -> dict[str, Any]:
    return dict(node.data)


def _entries(key: str, data: dict[str, Any]) -> list[str]:
    return [f"{key}:", *(f"  {line}" for name, value in data.items() for line in entry(name, value, flow=True))]


def _is_block(lines: list[str], mapping: Node) -> bool:
    """Whether each key of the mapping is the first on its line."""
    return all(re.fullmatch(r"[ -]*", lines[line - 1][: column - 1]) for line, column in mapping.keys.values())


def _extent(lines: list[str], mapping: Node, key: str) -> tuple[int, int]:
    """The lines of an entry, from its first to behind its last, counted from 0."""
    if not _is_block(lines, mapping):
        raise Unspliceable("it is written in braces: write it as a block first")
    line, column = mapping.keys[key]
    end = line
    while end < len(lines):
        text = lines[end]
        indent = len(text) - len(text.lstrip(" "))
        if text.strip() and indent < column and not (indent == column - 1 and text.lstrip().startswith("- ")):
            break
        end += 1
    while end > line and not lines[end - 1].strip():
        end -= 1
    return line - 1, end


def _replaced(lines: list[str], mapping: Node, key: str, new: list[str]) -> list[str]:
    start, end = _extent(lines, mapping, key)
    column = mapping.keys[key][1] - 1
    value = mapping.children[key]
    if value.style not in ("|", ">") and any(re.search(r"(^|\s)#", line) for line in lines[start:end]):
        raise Unspliceable("a comment would be lost: change it by hand")
    if value.style in ("|", ">") and re.search(r"\s#", lines[start]):
        raise Unspliceable("a comment would be lost: change it by hand")
    before = lines[start][:column]
    if before.strip() and not new:
        raise Unspliceable("it is the first of its item: change it by hand")
    indented = [(" " * column + line) if line else line for line in new]
    if indented:
        indented[0] = before + new[0]
    return [*lines[:start], *indented, *lines[end:]]


def _inserted(lines: list[str], cell: Node, key: str, new: list[str]) -> list[str]:
    earlier = [each for each in cell.keys if each in ORDER and ORDER.index(each) < ORDER.index(key)]
    after = max(earlier, key=lambda each: cell.keys[each])
    _, end = _extent(lines, cell, after)
    column = cell.keys[after][1] - 1
    return [*lines[:end], *((" " * column + line) if line else line for line in new), *lines[end:]]

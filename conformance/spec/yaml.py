"""YAML as data that remembers its place: the core rules of YAML 1.2, and nothing that could surprise.

PyYAML's C parser gives events; everything above them is here. `1e-5` is a number, `no` and `on` are text,
`0o17` is octal. Tags, anchors, aliases, duplicate keys, nesting over 64 and files over 1 MiB are errors,
found on the events before anything is built: PyYAML's own composer overflows the C stack at a depth of
30,000, and its merge keys can take forever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isinf
from pathlib import Path
from typing import Any

import yaml

from conformance.spec.errors import Problem, SpecError, place, read_text

MAX_DEPTH = 64
MAX_BYTES = 2**20


@dataclass(slots=True)
class Node:
    """A piece of YAML as plain data, with the place of each part. Lines and columns count from 1."""

    data: Any
    line: int
    column: int
    style: str | None = None
    """A scalar's: `|`, `>`, a quote, or None if it is plain."""
    children: dict[str | int, Node] = field(default_factory=dict)
    """By key or index."""
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """A mapping's: where each key is written."""

    def items(self, key: str) -> Iterable[Node]:
        """The items of the list under `key`."""
        return self.children[key].children.values()


def read(path: Path) -> tuple[Node, list[str]]:
    """The one document in the file, and the file's lines. Raises SpecError."""
    text = text_of(path)
    return document(path, text), text.split("\n")


def document(path: Path, text: str) -> Node:
    """The one document in a text of the file. Raises SpecError."""
    return _Reader(path, text).document()


def text_of(path: Path) -> str:
    text = read_text(path, MAX_BYTES)
    if odd := _ODD_CHARACTER.search(text):
        raise _error(
            path,
            *place(text, odd.start()),
            f"a character U+{ord(odd[0]):04X}: write it as an escape in double quotes",
        )
    return text


_ODD_CHARACTER = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow unescaped, and what PyYAML, but not YAML 1.2, takes for the end of a line."""


def _error(path: Path, line: int, column: int, message: str) -> SpecError:
    return SpecError([Problem(path, line, column, message)])


class _Reader:
    """Reads one document off the events, depth first, and collects every problem that it can read past."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.problems: list[Problem] = []
        self.parser = yaml.CSafeLoader(text)

    def document(self) -> Node:
        try:
            self.parser.get_event()  # the start of the stream
            if isinstance(self.parser.get_event(), yaml.StreamEndEvent):
                raise _error(self.path, 1, 1, "the file is empty: write something, or remove it")
            root = self.node(self.parser.get_event(), depth=1)
            self.parser.get_event()  # the end of the document
            second = self.parser.get_event()
            if not isinstance(second, yaml.StreamEndEvent):
                self.problem(second, "a second document: write one suite per file")
        except yaml.MarkedYAMLError as error:
            self.problems.append(self.not_yaml(error))
        finally:
            self.parser.dispose()
        if self.problems:
            raise SpecError(self.problems)
        return root

    def node(self, event: Any, depth: int) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.AliasEvent):
            self.problem(event, f"an alias (*{event.anchor}): write the value out, specs have no aliases")
            return Node(None, line, column)
        if event.anchor is not None:
            self.problem(event, f"an anchor (&{event.anchor}): remove it, specs have no aliases")
        if event.tag is not None:
            self.problem(event, f"a tag ({_shown_tag(event.tag)}): remove it, specs have no tags")
        if isinstance(event, yaml.ScalarEvent):
            return Node(self.scalar(event), line, column, event.style or None)
        if depth > MAX_DEPTH:
            self.problem(event, _TOO_DEEP)
            raise SpecError(self.problems)
        node = Node([], line, column)
        if isinstance(event, yaml.SequenceStartEvent):
            while not isinstance(event := self.parser.get_event(), yaml.SequenceEndEvent):
                node.children[len(node.data)] = child = self.node(event, depth + 1)
                node.data.append(child.data)
            return node
        node.data = {}
        while not isinstance(event := self.parser.get_event(), yaml.MappingEndEvent):
            key = self.key(event, node, depth)
            child = self.node(self.parser.get_event(), depth + 1)
            node.data[key], node.children[key] = child.data, child
        return node

    def key(self, event: Any, node: Node, depth: int) -> str:
        """The text of a key of `node`. Keys are always text: `1: a` has the key "1"."""
        read = self.node(event, depth + 1)
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self.problem(event, "a list or mapping as a key: a key is a text, quote it")
            return ""
        key: str = event.value
        if key in node.keys:
            self.problem(event, f"the key {key!r} is already there on line {node.keys[key][0]}: remove one of them")
        else:
            node.keys[key] = read.line, read.column
        return key

    def scalar(self, event: Any) -> Any:
        """The value of a scalar by the core rules of YAML 1.2: what is not plain is text."""
        text: str = event.value
        if event.style or (text and text[0] not in _BEGINS_A_VALUE):
            return text
        found = _CORE.fullmatch(text)
        if found is None:
            return text
        match found.lastgroup:
            case "null":
                return None
            case "bool":
                return text in ("true", "True", "TRUE")
            case "int":
                return self.number(event, lambda: int(text, 0 if text[1:2] in ("o", "x") else 10))
            case "float":
                return self.number(event, lambda: _finite(text))
            case "inf":
                return float("-inf" if text[0] == "-" else "inf")
            case _:
                return float("nan")

    def number(self, event: Any, parse: Any) -> Any:
        try:
            return parse()
        except (ValueError, OverflowError):
            self.problem(event, "a number too large to hold: write .inf, or quote it if it is a text")
            return 0

    def problem(self, event: Any, message: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(self.path, mark.line + 1, mark.column + 1, message))

    def not_yaml(self, error: yaml.MarkedYAMLError) -> Problem:
        mark = error.problem_mark or error.context_mark
        lines = self.text.split("\n")
        line, column = (mark.line, mark.column) if mark else (0, 0)
        if "nesting depth" in str(error.problem):  # newer parsers have a limit of their own, and look ahead
            message = _TOO_DEEP
        elif line < len(lines) and lines[line][column : column + 1] == "\t":
            message = "a tab where only spaces may stand: indent with spaces"
        else:
            context = f" {error.context}" if error.context else ""
            hint = next(
                (hint for part, hint in _HINTS.items() if part in str(error.problem)),
                "look at its indentation",
            )
            message = f"not YAML: {error.problem}{context}: {hint}"
        return Problem(self.path, line + 1, column + 1, message)


_TOO_DEEP = f"nested more than {MAX_DEPTH} deep: write it flatter"
_HINTS = {
    "mapping values are not allowed": "quote a text that contains ': '",
    "could not find expected ':'": "a key needs ': ' and its value after it",
    "cannot start any token": "quote a text that starts with this character",
    "unexpected end of stream": "close the quote",
    "unknown escape character": "write it in single quotes, or double the backslash",
    "undefined tag handle": "remove it, specs have no tags",
}

_CORE = re.compile(
    r"(?P<null>|~|null|Null|NULL)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<inf>[-+]?\.(?:inf|Inf|INF))"
    r"|(?P<nan>\.(?:nan|NaN|NAN))"
)
_BEGINS_A_VALUE = frozenset("~nNtTfF-+.0123456789")


def reads_as_text(text: str) -> bool:
    """Whether `text` is a text where it stands unquoted and alone, by the core rules."""
    return _CORE.fullmatch(text) is None


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise OverflowError(text)
    return value


def _shown_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")

"""Documents that are text, as suites: Python with cell marks, Markdown, and text with examples of a console.

Each cell is linked back to the line of the document where it starts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from conformance.sources.docstring import example_cells, states
from conformance.spec.errors import Problem, SpecError, read_text
from conformance.spec.model import Case, Cell, Source, Suite

SUFFIXES = (".py", ".md", ".rst", ".txt")

MAX_BYTES = 16 << 20
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_PYTHON = re.compile(r"\s*\{?\s*[.]?(?:code(?:-cell|-block)?\}\s*)?i?(?:python[23]?|py|pycon)(?![\w+-])", re.IGNORECASE)
"""What names Python after a fence, as GitHub, Pandoc, Quarto and MyST write it."""
_PLAIN = re.compile(r"\s*\{?\s*[.]?(?:text|txt|plaintext|plain|output|out|none)?\s*\}?\s*", re.IGNORECASE)
"""What stands after the fence of an output."""
_SAYS_SO = re.compile(r"(?!\s*[#`~])\W*(?:out(?:put)?|prints?|result)s?\W*", re.IGNORECASE)
"""A line between code and its output that says so."""
_CELL_MARK = re.compile(r"^# ?(?:%%.*|In ?\[[ \d]*\]:?[ \t]*)(?:\n|\Z)", re.M)
_NO_CODE = re.compile(r"\[(?:markdown|md|raw)\]")


def text(path: Path) -> Suite:
    """The cells of the document in `path`, as one case: of Python those between `# %%` marks; of Markdown the fenced
    blocks of Python with the output below them, or if there are none the console examples; of any other text the
    console examples.

    Raises SpecError if it has none, or cannot be read."""
    written = read_text(path, MAX_BYTES)
    if path.suffix.lower() == ".py":
        cells = list(_marked(written))
    else:
        cells = list(_fenced(written)) if path.suffix.lower() == ".md" else []
        cells = cells or list(example_cells(written, 1))
    if not cells:
        raise SpecError([Problem(path, 0, 0, "has no code that could be a cell")])
    source = Source(document=path.name, kind="page")
    return Suite(title=path.stem, source=source, cases=(Case(id="document", cells=tuple(cells)),))


def _marked(written: str) -> Iterator[Cell]:
    marks = list(_CELL_MARK.finditer(written))
    starts = [0, *(found.end() for found in marks)]
    ends = [*(found.start() for found in marks), len(written)]
    for mark, start, end in zip(("", *(found[0] for found in marks)), starts, ends, strict=True):
        if not _NO_CODE.search(mark):
            yield from _cell(written.count("\n", 0, start) + 1, written[start:end])


class _Block(NamedTuple):
    """A fenced block."""

    info: str
    indent: str
    start: int
    """The number of the line that opens it."""
    size: int
    """How many lines are in it."""
    text: str


def _fenced(written: str) -> Iterator[Cell]:
    """The blocks of Python, also those that a list indents, each with the output that is shown below it."""
    lines = written.split("\n")
    blocks = list(_blocks(lines))
    for block, following in itertools.zip_longest(blocks, blocks[1:]):
        if not _PYTHON.match(block.info):
            continue
        if block.text.lstrip().startswith(">>>"):
            yield from example_cells(block.text, block.start + 1)
        else:
            yield from _cell(block.start + 1, block.text, _output(lines, block, following))


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """A block that is never closed goes on to the end; what stands inside another block is part of that."""
    numbered = iter(enumerate(lines, start=1))
    for number, line in numbered:
        if not (found := _FENCE.fullmatch(line)) or "`" in found["info"]:
            continue
        ends = re.compile(rf"[ \t]*{re.escape(found['fence'][0])}{{{len(found['fence'])},}}[ \t]*")
        block = [each for _, each in _until(ends, numbered)]
        indent = re.compile(f"[ \t]{{0,{len(found['indent'])}}}")
        text = "".join(indent.sub("", each, count=1) + "\n" for each in block)
        yield _Block(found["info"], found["indent"], number, len(block), text)


def _until(ends: re.Pattern[str], lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    return itertools.takewhile(lambda line: not ends.fullmatch(line[1]), lines)


def _output(lines: list[str], block: _Block, following: _Block | None) -> str | None:
    """What comes next after a block of Python, if it is a block of plain text: one with fences, or an indented one, as
    nbconvert writes it."""
    rest = enumerate(lines[block.start + block.size + 1 :], start=block.start + block.size + 2)
    between = (each for each in rest if each[1].strip() and not _SAYS_SO.fullmatch(each[1]))
    number, line = next(between, (0, ""))
    if following and following.start == number:
        return following.text if _PLAIN.fullmatch(following.info) else None
    if block.indent or not line.startswith("    "):
        return None
    shown = itertools.takewhile(lambda each: not each.strip() or each.startswith("    "), lines[number - 1 :])
    return "".join(each[4:] + "\n" for each in shown)


def _cell(line: int, code: str, output: str | None = None) -> Iterator[Cell]:
    stripped = code.strip("\n")
    if any(each.strip() and not each.lstrip().startswith("#") for each in stripped.split("\n")):
        line += len(code) - len(code.lstrip("\n"))
        shown = {} if output is None or not output.strip() else states(stripped, output.strip("\n"))
        if "result" in shown and "print(" in code:
            shown = {}  # which of it was printed nobody can tell
        yield Cell.model_validate({"from": f"line {line}", "code": stripped + "\n", **shown})

"""Documents that are text, as suites: Python with cell marks, Markdown, and text with examples of a console.

Each cell is linked back to the line of the document where it starts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from conformance.sources.docstring import example_cells
from conformance.spec.errors import Problem, SpecError, read_text
from conformance.spec.model import Case, Cell, Source, Suite

SUFFIXES = (".py", ".md", ".rst", ".txt")

MAX_BYTES = 16 << 20
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_PYTHON = re.compile(r"\s*\{?\s*[.]?(?:code(?:-cell|-block)?\}\s*)?i?(?:python[23]?|py|pycon)(?![\w+-])", re.IGNORECASE)
"""What names Python after a fence, as GitHub, Pandoc, Quarto and MyST write it."""
_CELL_MARK = re.compile(r"^# ?(?:%%.*|In ?\[[ \d]*\]:?[ \t]*)(?:\n|\Z)", re.M)
_NO_CODE = re.compile(r"\[(?:markdown|md|raw)\]")


def text(path: Path) -> Suite:
    """The cells of the document in `path`, as one case: of Python those between `# %%` marks; of Markdown the fenced
    blocks of Python, or if there are none the console examples; of any other text the console examples.

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


def _fenced(written: str) -> Iterator[Cell]:
    """The blocks of Python, also those that a list indents. One that is never closed goes on to the end; what stands
    inside another block is part of that."""
    lines = iter(enumerate(written.split("\n"), start=1))
    for number, line in lines:
        if not (found := _FENCE.fullmatch(line)) or "`" in found["info"]:
            continue
        ends = re.compile(rf"[ \t]*{re.escape(found['fence'][0])}{{{len(found['fence'])},}}[ \t]*")
        block = [each for _, each in _until(ends, lines)]
        if not _PYTHON.match(found["info"]):
            continue
        indent = re.compile(f"[ \t]{{0,{len(found['indent'])}}}")
        code = "".join(indent.sub("", each, count=1) + "\n" for each in block)
        if code.lstrip().startswith(">>>"):
            yield from example_cells(code, number + 1)
        else:
            yield from _cell(number + 1, code)


def _until(ends: re.Pattern[str], lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    return itertools.takewhile(lambda line: not ends.fullmatch(line[1]), lines)


def _cell(line: int, code: str) -> Iterator[Cell]:
    stripped = code.strip("\n")
    if any(each.strip() and not each.lstrip().startswith("#") for each in stripped.split("\n")):
        line += len(code) - len(code.lstrip("\n"))
        yield Cell.model_validate({"from": f"line {line}", "code": stripped + "\n"})

"""Documents that are text, as suites: Python with cell marks, Markdown, and text with examples of a console.

Each cell is linked back to the line of the document where it starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from conformance.sources.docstring import example_cells
from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Case, Cell, Source, Suite

SUFFIXES = (".py", ".md", ".rst", ".txt")

_FENCE = re.compile(r"^(?P<fence>```+|~~~+) *(?P<language>[\w+-]*)[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$", re.M | re.S)
_CELL_MARK = re.compile(r"^# ?%%.*\n", re.M)


def text(path: Path) -> Suite:
    """The cells of the document in `path`, as one case: of Python those between `# %%` marks; of Markdown the fenced
    blocks of Python, or if there are none the console examples; of any other text the console examples.

    Raises SpecError if it has none, or cannot be read."""
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem(path, 0, 0, f"cannot be read: {error}")]) from None
    if path.suffix == ".py":
        cells = list(_marked(written))
    else:
        cells = list(_fenced(written)) if path.suffix == ".md" else []
        cells = cells or list(example_cells(written))
    if not cells:
        raise SpecError([Problem(path, 0, 0, "has no code that could be a cell")])
    source = Source(document=path.name, kind="page")
    return Suite(title=path.stem, source=source, cases=(Case(id="document", cells=tuple(cells)),))


def _marked(written: str) -> Iterator[Cell]:
    starts = [0, *(found.end() for found in _CELL_MARK.finditer(written))]
    ends = [*(found.start() for found in _CELL_MARK.finditer(written)), len(written)]
    for start, end in zip(starts, ends, strict=True):
        yield from _cell(written, start, written[start:end])


def _fenced(written: str) -> Iterator[Cell]:
    for found in _FENCE.finditer(written):
        if found["language"].lower() not in ("python", "py", "python3", "pycon"):
            continue
        if found["code"].lstrip().startswith(">>>"):
            yield from example_cells(found["code"])
        else:
            yield from _cell(written, found.start("code"), found["code"])


def _cell(written: str, start: int, code: str) -> Iterator[Cell]:
    stripped = code.strip("\n")
    if stripped.strip():
        line = written.count("\n", 0, start) + len(code) - len(code.lstrip("\n")) + 1
        yield Cell.model_validate({"from": f"line {line}", "code": stripped + "\n"})

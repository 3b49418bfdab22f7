"""Texts side by side, with the parts that differ marked: by carets below them, and by a style where there is
one.

The first text is the one that the others are held against. Where they fit they stand in columns, otherwise
one under the other. Every text goes through rich's `Text`, nothing is read as markup.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.text import Text

GAP = "   "
CONTEXT = 2
"""How many lines around a marked one are shown in a long text."""
LONG = 14
"""How many lines a text may have before only marked lines and their context are shown."""

FOLDS = 4
"""How many lines one long line may take before only its start and what is marked are shown."""

NOTHING = ("", "no error", "no warning")
"""What is said where nothing happened."""

Span = tuple[int, int]


class Side(NamedTuple):
    """A text and whose it is."""

    label: str
    text: str | None
    """None for who says nothing."""
    absent: str = "says nothing"
    """What is shown for None."""


class Line(NamedTuple):
    text: str
    marks: tuple[Span, ...] = ()
    style: str = ""


def side_by_side(sides: Sequence[Side], width: int, *, whole: bool = False) -> list[Text]:
    """The lines to print, none wider than `width` cells; with `whole` all of a line that is much longer."""
    merged = _merge(sides)
    columns = [_marked(side, merged[0].text) for side in merged]
    if any(len(column) > LONG for column in columns):
        columns = _hunks(columns)
    each = (width - cell_len(GAP) * (len(merged) - 1)) // len(merged)
    widest = max(cell_len(line.text) for column in columns for line in column)
    if max(widest, *(cell_len(side.label) for side in merged)) <= each:
        return list(_columns([side.label for side in merged], columns))
    return list(_stacked([side.label for side in merged], columns, width, whole))


def marked(sides: Sequence[Side]) -> list[tuple[str, list[tuple[str, bool]]]]:
    """The same for what is no terminal: each heading, and its text in pieces, those that differ marked."""
    merged = _merge(sides)
    return [(side.label, list(_pieces_of(_marked(side, merged[0].text)))) for side in merged]


def _pieces_of(column: Sequence[Line]) -> Iterator[tuple[str, bool]]:
    for number, line in enumerate(column):
        last = 0
        for start, end in line.marks:
            yield line.text[last:start], False
            yield line.text[start:end], True
            last = end
        yield line.text[last:] + "\n" * (number + 1 < len(column)), False


def _merge(sides: Sequence[Side]) -> list[Side]:
    """Those who say the same under one heading, in the order of the first; those who say nothing at the
    end."""
    merged: dict[str, Side] = {}
    silent = []
    for side in sides:
        if side.text is None:
            silent.append(side)
        elif (key := side.text.rstrip("\n")) in merged:
            merged[key] = merged[key]._replace(label=f"{merged[key].label}, {side.label}")
        else:
            merged[key] = side._replace(text=key)
    return [*merged.values(), *silent]


# --- marks ----------------------------------------------------------------------------------------

_PIECE = re.compile(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?|\w+|\s+|.")


def _marked(side: Side, expected: str | None) -> list[Line]:
    if side.text is None:
        return [Line(side.absent, style="dim")]
    if not side.text:
        return [Line("nothing", style="dim")]
    ours = side.text.split("\n")
    if expected is None or expected == side.text or {expected, side.text} & {*NOTHING}:
        return [Line(line) for line in ours]
    theirs = expected.split("\n") if expected else []
    if len(ours) == len(theirs):
        return [Line(line, _spans(line, other)) for line, other in zip(ours, theirs, strict=True)]
    lines = []
    for kind, from_, to, start, end in difflib.SequenceMatcher(a=theirs, b=ours, autojunk=False).get_opcodes():
        for offset, line in enumerate(ours[start:end]):
            if kind == "equal":
                lines.append(Line(line))
            elif from_ + offset < to:
                lines.append(Line(line, _spans(line, theirs[from_ + offset])))
            else:
                lines.append(Line(line, ((0, len(line)),)))
    return lines


def _spans(line: str, expected: str) -> tuple[Span, ...]:
    """Where `line` differs: whole numbers and words, so that a mark is something to read, and blanks only
    where there is nothing else."""
    ours, theirs = _PIECE.findall(line), _PIECE.findall(expected)
    starts = [0, *itertools.accumulate(map(len, ours))]
    spans = []
    for kind, _, _, start, end in difflib.SequenceMatcher(a=theirs, b=ours, autojunk=False).get_opcodes():
        if kind == "delete":
            spans.append((starts[start], min(starts[start] + 1, len(line))))
        elif kind != "equal":
            spans.append((starts[start], starts[end]))
    visible = [(start, end) for start, end in spans if line[start:end].strip()]
    return tuple((end - len(line[start:end].lstrip()), end) for start, end in visible) or tuple(spans)


def _hunks(columns: list[list[Line]]) -> list[list[Line]]:
    rows = max(map(len, columns))
    marked = {row for column in columns for row, line in enumerate(column) if line.marks}
    marked |= {row for row in range(rows) if any(row >= len(column) for column in columns)}
    near = range(-CONTEXT, CONTEXT + 1)
    kept = {row + offset for row in sorted(marked)[:LONG] for offset in near} or set(range(LONG))
    return [_kept(column, kept) for column in columns]


def _kept(column: Sequence[Line], kept: Container[int]) -> list[Line]:
    lines: list[Line] = []
    for row, line in enumerate(column):
        if row in kept:
            lines.append(line)
        elif not lines or lines[-1].text != "...":
            lines.append(Line("...", style="dim"))
    return lines


# --- layouts --------------------------------------------------------------------------------------


def _columns(labels: Sequence[str], columns: list[list[Line]]) -> Iterator[Text]:
    widths = [
        max(cell_len(label), *(cell_len(line.text) for line in column))
        for label, column in zip(labels, columns, strict=True)
    ]
    yield _row([Text(label, "bold") for label in labels], widths)
    for row in itertools.zip_longest(*columns, fillvalue=Line("")):
        yield _row([_styled(line) for line in row], widths)
        if any(line.marks for line in row):
            yield _row([Text(_carets(line), "red") for line in row], widths)


def _row(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    row = Text()
    for cell, width in zip(cells, widths, strict=True):
        row.append_text(cell).append(" " * (width - cell.cell_len) + GAP)
    row.rstrip()
    return row


def _stacked(labels: Sequence[str], columns: list[list[Line]], width: int, whole: bool) -> Iterator[Text]:
    indent = min(max(map(cell_len, labels)) + len(GAP), width // 2)
    for label, column in zip(labels, columns, strict=True):
        head = Text(label, "bold")
        if head.cell_len + len(GAP) > indent:
            yield head
            head = Text()
        for line in itertools.chain.from_iterable(_folded(line, width - indent, whole) for line in column):
            yield _row([head, _styled(line)], [indent - len(GAP), 0])
            if line.marks:
                yield _row([Text(), Text(_carets(line), "red")], [indent - len(GAP), 0])
            head = Text()


def _folded(line: Line, width: int, whole: bool) -> Iterable[Line]:
    """A line cut where it is full, its marks with it."""
    start = 0
    folds = []
    for piece in _pieces(line.text, width):
        end = start + len(piece)
        marks = ((max(a, start) - start, min(b, end) - start) for a, b in line.marks)
        folds.append(Line(piece, tuple((a, b) for a, b in marks if a < b), line.style))
        start = end
    if whole or len(folds) <= FOLDS:
        return folds
    marked = [number for number, fold in enumerate(folds) if fold.marks][: FOLDS - 1] or range(FOLDS)
    return _kept(folds, {0, *marked})


def _pieces(text: str, width: int) -> Iterator[str]:
    """`text` in pieces of at most `width` cells, cut after a space where there is one."""
    while cell_len(text) > width:
        piece = chop_cells(text, width)[0]
        space = piece.rfind(" ") + 1
        piece = piece[:space] if space > len(piece) // 2 else piece
        yield piece
        text = text[len(piece) :]
    yield text


def _styled(line: Line) -> Text:
    text = Text(line.text, line.style)
    for start, end in line.marks:
        text.stylize("bold red", start, end)
    return text


def _carets(line: Line) -> str:
    carets = ""
    for start, end in line.marks:
        carets += " " * (cell_len(line.text[:start]) - len(carets))
        carets += "^" * max(1, cell_len(line.text[start:end]))
    return carets

"""How a report reaches a terminal, a pipe or a file."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text


def terminal() -> Console:
    """stdout, its width and its colours: rich honours COLUMNS, NO_COLOR and what is no terminal. Nothing that
    is printed is read as markup."""
    return Console(highlight=False, markup=False, emoji=False)


def put(console: Console, part: RenderableType) -> None:
    """Prints `part` without blanks at the ends of lines. A Text that is not to wrap is printed whole, so that
    a command can be copied."""
    if isinstance(part, Text) and part.no_wrap:
        console.print(part, soft_wrap=True)
        return
    for line in console.render_lines(part, pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
        console.print(Segments([*line, Segment.line()]), end="")

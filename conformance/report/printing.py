"""How a report reaches a terminal, a pipe or a file."""

from __future__ import annotations

import os
import sys

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

NARROWEST = 40
"""In columns, what a report needs to say anything."""


class Terminal(Console):
    """stdout, or stderr, its width and its colours: rich honours COLUMNS, NO_COLOR and what is no terminal. Nothing
    that is printed is read as markup."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, stderr=stderr)
        if self.width < NARROWEST:
            self.width = NARROWEST  # the terminal breaks the lines

    def on_broken_pipe(self) -> None:
        """Whoever read this has gone. The rest goes nowhere, and the exit code stays that of the run."""
        discard()


def discard() -> None:
    """From here on what goes to stdout goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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

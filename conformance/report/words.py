"""How a report calls things: glyphs, styles and plurals."""

from __future__ import annotations

from typing import NamedTuple

from conformance.compare.verdict import Verdict


class Look(NamedTuple):
    """A verdict in a report."""

    glyph: str
    plain: str
    """The glyph where only ASCII can be shown."""
    style: str
    words: str
    """What such cells did, after their number."""
    word: str = ""
    """The same of one cell, where it differs."""

    def counted(self, number: int) -> str:
        """`1 diverges`, `2 diverge`."""
        return f"{number:,} {self.words if number != 1 else self.word or self.words}"


LOOKS: dict[Verdict, Look] = {
    "conforms": Look("✓", "ok", "green", "conform", "conforms"),
    "skipped": Look("-", "-", "dim", "skipped"),
    "known": Look("≈", "kn", "cyan", "known"),
    "drifted": Look("~", "~", "yellow", "drifted"),
    "flaky": Look("?", "?", "yellow", "flaky"),
    "fixed": Look("↑", "fx", "yellow", "fixed"),
    "diverges": Look("✗", "x", "bold red", "diverge", "diverges"),
    "no-result": Look("∅", "nr", "bold red", "without result"),
    "timeout": Look("⧖", "to", "bold red", "timed out"),
    "crashed": Look("☠", "cr", "bold red", "crashed"),
    "broken": Look("!", "!", "bold magenta", "broken by the harness"),
}


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 cell`, `2 cells`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """`0.41 s`, `12.3 s`, `3 min 20 s`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"

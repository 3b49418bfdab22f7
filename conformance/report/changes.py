"""What changed from one run to another, in a terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from conformance.report.diff import MEANING, Change, count
from conformance.report.printing import put

DETAILS = 3
"""How many differences of a cell are shown, unless all are."""
SHOWN = 40
"""How many cells of one kind are shown, unless all are."""

STYLES: dict[str, str] = {
    "new": "bold red",
    "gone": "red",
    "changed": "yellow",
    "slower": "yellow",
    "fixed": "green",
    "added": "dim",
}


def show(
    found: Sequence[Change],
    console: Console,
    *,
    fail_on: Collection[str] = (),
    whole: bool = False,
    left_out: Sequence[str] = (),
) -> None:
    """Prints the changes by kind, and their numbers; those of `fail_on` are marked. `left_out` is what could not be
    compared."""
    for kind, meaning in MEANING.items():
        changes = [change for change in found if change.kind == kind]
        if not changes:
            continue
        put(console, Text(f"{kind}  ", STYLES[kind]).append(meaning, "dim"))
        for change in changes if whole else changes[:SHOWN]:
            put(console, _line(change))
            for detail in change.details if whole else change.details[:DETAILS]:
                put(console, Padding(Text(detail, "dim"), (0, 0, 0, 6)))
        if not whole and len(changes) > SHOWN:
            put(console, Text(f"  and {len(changes) - SHOWN} more; --all shows them", "dim"))
        put(console, Text())
    put(console, summary(count(found), fail_on))
    for sentence in left_out:
        put(console, Padding(Text(f"Not compared: {sentence}.", "yellow"), (0, 0, 0, 2)))


def summary(counts: Mapping[str, int], fail_on: Collection[str] = ()) -> Text:
    """`2 new, 1 fixed`."""
    parts = [Text(f"{number:,} {kind}", STYLES[kind]) for kind, number in counts.items() if number]
    failing = sorted(kind for kind, number in counts.items() if number and kind in fail_on)
    line = Text("  ").append_text(Text(", ").join(parts) if parts else Text("Nothing changed."))
    return line.append(f": fails on {' and '.join(failing)}", "bold red") if failing else line


def _line(change: Change) -> Text:
    return Text(f"  {change.address}", no_wrap=True).append(f"  {change.target}", "bold").append(f"  {change.how}")

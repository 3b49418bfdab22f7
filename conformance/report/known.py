"""The accepted divergences, as lines and as a page."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.known import Known, KnownDivergence


def lines(known: Known) -> Iterator[str]:
    """A line for each entry."""
    for entry in known.entries:
        until = f" ({_until(known, entry)})" if entry.expires else ""
        link = f"  {entry.link}" if entry.link else ""
        yield f"{entry.address}  {entry.target}  {entry.check}  {entry.reason}{until}{link}"


def page(known: Known) -> Iterator[str]:
    """The lines of a page in Markdown, a table for each target."""
    yield "# Accepted divergences"
    yield ""
    if not known.entries:
        yield "There are none."
    for target in dict.fromkeys(entry.target for entry in known.entries):
        yield f"## {_escaped(target)}"
        yield ""
        yield "| address | check | reason | accepted |"
        yield "|---|---|---|---|"
        for entry in known.entries:
            if entry.target == target:
                reason = _escaped(entry.reason) + (f" ([discussion]({entry.link}))" if entry.link else "")
                yield f"| `{_escaped(entry.address)}` | {_escaped(entry.check)} | {reason} | {_until(known, entry)} |"
        yield ""


def _until(known: Known, entry: KnownDivergence) -> str:
    if entry.expires is None:
        return "without end"
    return f"**expired** after {entry.expires}" if known.is_over(entry) else f"until {entry.expires}"


def _escaped(text: str) -> str:
    """`text` as it is, in a cell of a table."""
    for special in "\\|<>[]*_`":
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())

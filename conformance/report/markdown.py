"""Markdown for the summary of a CI job, within its size limit."""

from __future__ import annotations

import re
from collections import Counter

from conformance.compare.verdict import VERDICTS
from conformance.report.failures import Seen, cells, failures, sentence, told
from conformance.report.run import Record, TargetInfo
from conformance.report.why import is_live, why

LIMIT = 1_000_000
"""How many bytes the page may have: GitHub takes a summary of 1 MiB."""


def render(record: Record) -> str:
    """The counts as a table, then each failing cell, as many as fit, those that drifted after the others."""
    page = "".join(line + "\n" for line in _head(record))
    rest = sorted(failures(record), key=lambda seen: seen.cell.verdict == "drifted")  # the document's fault
    room = LIMIT - len(page.encode()) - 200
    shown = 0
    for seen in rest:
        block = _block(seen)
        if (size := len(block.encode())) > room:
            break
        page, room, shown = page + block, room - size, shown + 1
    if shown < len(rest):
        page += f"\nAnd {len(rest) - shown:,} more, which do not fit here.\n"
    return page


def _head(record: Record) -> list[str]:
    counted: dict[str, Counter[str]] = {}
    for seen in cells(record):
        counted.setdefault(seen.result.called, Counter())[seen.cell.verdict] += 1
    verdicts = [verdict for verdict in VERDICTS if any(each[verdict] for each in counted.values())]
    lines = ["## Does this behave like PyTorch's autograd?", ""]
    if not record.complete:
        lines += ["**Incomplete: the run was stopped before every cell had run.**", ""]
    lines += [f"| target | {' | '.join(verdicts)} |", f"|---|{'--:|' * len(verdicts)}"]
    for target, each in counted.items():
        lines.append(f"| {_escaped(target)} | {' | '.join(f'{each[verdict]:,}' for verdict in verdicts)} |")
    targets = record.header.targets.items()
    return [*lines, "", *(f"{_escaped(name + _told(info))}  " for name, info in targets), ""]


def _told(info: TargetInfo) -> str:
    if info.state == "ready":
        return f": {info.told}"
    return f" did not run: {info.told if info.state == 'replayed' else info.reason}"


def _block(seen: Seen) -> str:
    parts = [fenced(seen.cell.code.rstrip(), "python"), *(fenced(told(check)) for check in seen.failing)]
    summary = f"<code>{_html(seen.address)}</code> on {_html(seen.result.called)}: <b>{seen.cell.verdict}</b>"
    summary += "".join(f", {_html(sentence(check))}" for check in seen.failing[:1])
    if is_live(seen.result.address):
        summary += f" ({why(*seen)})"
    return f"\n<details><summary>{summary}</summary>\n\n" + "\n\n".join(parts) + "\n\n</details>\n"


def fenced(text: str, language: str = "") -> str:
    """`text` as a code block that nothing in it can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\|<>\[\]*_`])", r"\\\1", " ".join(text.split()))


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

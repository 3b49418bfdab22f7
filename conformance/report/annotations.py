"""A line for each failing cell, as GitHub's workflows read them: shown at the cell's place in its spec."""

from __future__ import annotations

from conformance.report.failures import Seen, failures, sentence
from conformance.report.run import Record


def render(record: Record) -> str:
    """The lines; none if all is as expected."""
    return "".join(map(_line, failures(record)))


def _line(seen: Seen) -> str:
    kind = "warning" if seen.cell.verdict in ("drifted", "flaky") else "error"
    place = {"file": seen.result.file, "line": str(seen.cell.line)} if seen.result.file and seen.cell.line else {}
    fields = {**place, "title": f"{seen.address} on {seen.result.called}: {seen.cell.verdict}"}
    message = "\n".join(map(sentence, seen.failing))
    return f"::{kind} {','.join(f'{name}={_field(text)}' for name, text in fields.items())}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _field(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""One page of HTML with all in it: no network, and a policy that allows only the script and the style in it."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.compare.verdict import VERDICTS
from conformance.report.blocks import sides_of
from conformance.report.failures import cells, sentence
from conformance.report.run import Record
from conformance.report.sides import marked
from conformance.report.words import LOOKS

HERE = Path(__file__).parent / "page"


def render(record: Record) -> str:
    """The page."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    seen = list(cells(record))
    counted: dict[str, Counter[str]] = {}
    for each in seen:
        counted.setdefault(each.result.called, Counter())[each.cell.verdict] += 1
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(sentence=sentence)
    return environment.get_template("page.html.jinja").render(
        record=record,
        cells=seen,
        counted=counted,
        verdicts=[verdict for verdict in VERDICTS if any(each[verdict] for each in counted.values())],
        looks=LOOKS,
        sides=lambda check, result: marked(sides_of(check, result, record.header.reference)),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'",
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

"""The run as a badge: the JSON that an endpoint badge of shields.io shows."""

from __future__ import annotations

import json

from conformance.report.failures import cells, failures
from conformance.report.run import Record


def render(record: Record) -> str:
    """One JSON object."""
    ran = [seen for seen in cells(record) if seen.cell.verdict != "skipped"]
    wrong = len(failures(record))
    if not record.complete or not ran:
        message, color = ("incomplete" if not record.complete else "nothing ran"), "lightgrey"
    else:
        replayed = sum(seen.result.replayed for seen in ran)
        message = f"{len(ran) - wrong:,} of {len(ran):,} cells" + (f", {replayed:,} replayed" if replayed else "")
        color = "red" if wrong else "brightgreen"
    badge = {"schemaVersion": 1, "label": "autograd conformance", "message": message, "color": color}
    return json.dumps(badge) + "\n"

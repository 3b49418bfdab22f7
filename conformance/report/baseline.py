"""A run reduced to what a later one is held against: verdicts, and what failed and how. Small enough to be tracked, and
the same for every run with the same verdicts."""

from __future__ import annotations

from dataclasses import replace

from conformance.compare.results import CaseResult
from conformance.compare.verdict import EXPECTED, Check
from conformance.report.run import Record, counts


def reduced(record: Record, *, failures: bool = False) -> Record:
    """`record` without code, times, texts of checks that are as expected, and what only tells one run from the next.

    With `failures` only the names of what failed are kept: enough to see what fails anew, not what is gone or changed.
    """
    footer = record.footer and replace(record.footer, seconds=0.0, gate=None)
    header = replace(record.header, id="baseline", started="1970-01-01T00:00:00+00:00", specs="", known="", layers=())
    targets = {name: replace(info, hardware="", isolation="") for name, info in header.targets.items()}
    options = {name: header.options[name] for name in ("targets", "selectors", "expression") if name in header.options}
    header = replace(header, targets=targets, options=options, platform="")
    kept = [result for result in record.results if not failures or result.verdict not in EXPECTED]
    if failures:
        named = {result.address.partition("::")[0] for result in kept}
        header = replace(header, suites=tuple(suite for suite in header.suites if suite.name in named))
        kept = [replace(result, checks=tuple(map(_named, result.checks))) for result in kept]
        cells = {result.address: len(result.cells) for result in kept}
        footer = footer and replace(footer, counts=counts(kept), cases=len(cells), cells=sum(cells.values()))
    return Record(header, tuple(map(_reduced, kept)), footer)


def _named(check: Check) -> Check:
    return replace(check, who="", document=None, torch=None, target=None, differences=(), aspects=(), ulp=None)


def _reduced(result: CaseResult) -> CaseResult:
    cells = tuple(
        replace(cell, code="", label="", title="", line=0, not_run=(), stderr="", traceback="", seconds=0.0)
        for cell in result.cells
    )
    failing = tuple(check for check in result.checks if check.verdict not in EXPECTED)
    return replace(result, checks=failing, seconds=0.0, cells=cells, title="", order=0, file="")

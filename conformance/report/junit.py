"""JUnit XML: a test suite for each suite on each target, a test case for each cell.

conforms                                       passed
skipped                                        skipped
known (what pytest calls xfail)                skipped, of type "known"
fixed (a strict xpass)                         failure
diverges drifted flaky timeout no-result       failure
crashed broken                                 error
"""

from __future__ import annotations

import re

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from conformance.report.failures import Seen, cells, sentence, told
from conformance.report.run import Record

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(record: Record) -> str:
    """The run as JUnit XML. One that is incomplete has an error that says so."""
    suites: dict[tuple[str, str], TestSuite] = {}
    for seen in cells(record):
        place = seen.suite, seen.result.target
        if place not in suites:
            suites[place] = TestSuite(f"{seen.suite} on {seen.result.called}")
            suites[place].timestamp = record.header.started
            suites[place].add_property("target", seen.result.called)
            if seen.result.replayed:
                suites[place].add_property("replayed", record.header.targets[seen.result.target].told)
        suites[place].add_testcase(_case(seen))
    xml = JUnitXml("autograd-conformance")
    for suite in suites.values():
        xml.add_testsuite(suite)
    if not record.complete:
        stopped = TestSuite("the run")
        case = TestCase("complete", "run")
        case.result = [Error("the run was stopped before every cell had run", "incomplete")]
        stopped.add_testcase(case)
        xml.add_testsuite(stopped)
    xml.update_statistics()
    return str(xml.tostring().decode("utf-8"))


def _case(seen: Seen) -> TestCase:
    case = TestCase(_xml(seen.address), _xml(f"{seen.result.called}.{seen.suite}"), round(seen.cell.seconds, 6))
    verdict = seen.cell.verdict
    if verdict in ("skipped", "known"):
        case.result = [Skipped(_xml("; ".join(seen.reasons)), verdict)]
    elif verdict != "conforms":
        kind = Error if verdict in ("crashed", "broken") else Failure
        outcome = kind(_xml("; ".join(map(sentence, seen.failing))), verdict)
        outcome.text = _xml("\n\n".join([seen.cell.code.rstrip(), *map(told, seen.failing)]))
        case.result = [outcome]
    return case


def _xml(text: str) -> str:
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

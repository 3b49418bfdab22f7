"""Why a document that was read as it is was not reproduced: the classes in which a maintainer sorts them."""

from __future__ import annotations

import re

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import EXPECTED

_RANDOM = re.compile(r"\brand|dropout|bernoulli|multinomial|normal\b|normal_|uniform_|exponential_|\bempty\w*\(")
_ENVIRONMENT = ("FileNotFoundError", "ModuleNotFoundError", "PermissionError", "ConnectionError", "URLError")
_CUDA = re.compile(r"cuda|gpu|\bHIP\b|NVIDIA", re.IGNORECASE)


def is_live(address: str) -> bool:
    """Whether the case comes from a document that was read as it is."""
    return address.startswith(("notebook:", "docstring:"))


def why(result: CaseResult, cell: CellResult) -> str:
    """The class of a cell that is not as the document says: `undefined name`, `environment`, `needs CUDA`, `spacing`,
    `random`, `error text`, `error`, `value`, or the verdict of one that did not end."""
    failing = [check for check in result.checks_of(cell) if check.verdict not in EXPECTED]
    checks = {check.name: check for check in failing}
    if "outcome" in checks:
        return checks["outcome"].verdict
    if error := checks.get("error"):
        if (error.target or "").startswith("NameError"):
            return "undefined name"
        if (error.target or "").startswith(_ENVIRONMENT):
            return "environment"
        if _CUDA.search(error.target or ""):
            return "needs CUDA"
        return "error text" if "no error" not in (error.target, error.document) else "error"
    if all(_bare(check.target) == _bare(check.document) for check in failing):
        return "spacing"
    before = "\n".join(each.code for each in result.cells if each.number <= cell.number)
    return "random" if _RANDOM.search(before) else "value"


def _bare(text: str | None) -> str:
    return "".join((text or "").split())

"""Why a document that was read as it is was not reproduced: the classes in which a maintainer sorts them."""

from __future__ import annotations

import re

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import EXPECTED

MEANS = {
    "random": "numbers are drawn without a seed",
    "spacing": "only spaces and line ends differ",
    "out of order": "the execution counts say that other cells had run before it",
    "undefined name": "no cell before it binds a name that it uses",
    "environment": "it needs a file, a module or a connection that is not here",
    "needs CUDA": "it ran on a GPU",
    "value": "it prints or gives something else",
    "error": "it raises where the document shows none, or the other way round",
    "error text": "it raises with other words",
}
"""What the classes say of a cell."""

_DRAWS = {
    "torch": re.compile(
        r"(?<!random\.)(?<!\w)rand(?:n|int|perm)?(?:_like)?\(|[dD]ropout|bernoulli|multinomial|normal_?\(|uniform_\("
        r"|exponential_\(|\.r?sample\(|shuffle=True|random_split"
        r"|\bnn\.(?:Linear|Bilinear|Conv\w*|Embedding\w*|RNN\w*|LSTM\w*|GRU\w*|MultiheadAttention|Transformer\w*)\("
    ),
    "numpy": re.compile(r"\b(?:np|numpy)\.random\.(?!seed|default_rng|RandomState)"),
    "python": re.compile(r"(?<![\w.])random\.(?!seed)\w+\("),
}
"""What draws numbers, by whose generator."""
_SEEDS = {
    "torch": re.compile(r"manual_seed\(|seed_everything\(|set_seed\("),
    "numpy": re.compile(r"random\.seed\(|seed_everything\(|set_seed\("),
    "python": re.compile(r"(?<![\w.])random\.seed\(|seed_everything\(|set_seed\("),
}
"""What gives that generator a seed."""
_UNSEEDED = re.compile(r"\bempty(?:_like|_strided)?\(|default_rng\(\)")
"""What no seed decides."""
_ENVIRONMENT = ("FileNotFoundError", "ModuleNotFoundError", "PermissionError", "ConnectionError", "URLError")
_CUDA = re.compile(r"cuda|gpu|\bHIP\b|NVIDIA", re.IGNORECASE)
_ON_CUDA = re.compile(r",\s*device='cuda(?::\d+)?'")
_COUNT = re.compile(r"In \[(\d+)\]")


def is_live(address: str) -> bool:
    """Whether the case comes from a document that was read as it is."""
    return address.startswith(("notebook:", "docstring:"))


def why(result: CaseResult, cell: CellResult) -> str:
    """The class of a cell that is not as the document says: `out of order`, `undefined name`, `environment`,
    `needs CUDA`, `spacing`, `random`, `error text`, `error`, `value`, or the verdict of one that did not end."""
    failing = [check for check in result.checks_of(cell) if check.verdict not in EXPECTED]
    checks = {check.name: check for check in failing}
    if "outcome" in checks:
        return checks["outcome"].verdict
    if any(check.verdict == "flaky" for check in failing):
        return "random"
    error = checks.get("error")
    if error and (error.target or "").startswith(_ENVIRONMENT):
        return "environment"
    if error and _CUDA.search(error.target or ""):
        return "needs CUDA"
    if not error and all(_bare(check.target) == _bare(check.document) for check in failing):
        return "spacing"
    if not error and all(_bare(check.target) == _bare(_ON_CUDA.sub("", check.document or "")) for check in failing):
        return "needs CUDA"
    if _ran_out_of_order(result, cell):
        return "out of order"
    if error:
        if (error.target or "").startswith("NameError"):
            return "undefined name"
        return "error text" if "no error" not in (error.target, error.document) else "error"
    before = "\n".join(each.code for each in result.cells if each.number <= cell.number)
    return "random" if _is_random(before) else "value"


def _ran_out_of_order(result: CaseResult, cell: CellResult) -> bool:
    """Whether what stands before the cell was not all that had run before it, when the document was saved.

    The execution counts tell: one of a cell before it is greater, or one of a cell after it is less.
    """
    counts = {each.number: int(found[1]) for each in result.cells if (found := _COUNT.search(each.label))}
    own = counts.get(cell.number)
    if own is None:
        return False
    return any((number < cell.number) != (count < own) for number, count in counts.items() if count != own)


def _is_random(code: str) -> bool:
    """Whether numbers are drawn before their generator gets a seed."""
    if _UNSEEDED.search(code):
        return True
    for kind, draws in _DRAWS.items():
        drawn, seeded = draws.search(code), _SEEDS[kind].search(code)
        if drawn and (not seeded or drawn.start() < seeded.start()):
            return True
    return False


def _bare(text: str | None) -> str:
    return "".join((text or "").split())

"""What is run without a spec, by selector: `notebook:PATH`, `docstring:torch.autograd`, `fuzz:7`, and torch's samples:
`opinfo:linalg.*`, `moduleinfo:nn.Conv*`, `optiminfo:Adam`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Suite

SAMPLES = ("opinfo", "moduleinfo", "optiminfo")
"""The kinds whose entries are chosen by a pattern."""
KINDS = ("notebook", "docstring", "fuzz", *SAMPLES)


def is_live(selector: str) -> bool:
    """Whether the selector names such a document."""
    return selector.startswith(tuple(f"{kind}:" for kind in KINDS))


def many(selector: str) -> bool:
    """Whether the selector has a pattern, so that what it names is told sooner than made."""
    kind, _, name = selector.partition(":")
    pattern = name.partition("::")[0].partition("?")[0]
    return kind in SAMPLES and (not pattern or "*" in pattern)


def live_suites(selectors: Iterable[str]) -> dict[str, tuple[Suite, ...]]:
    """What each selector names: one document as a suite that is called like the selector, or torch's samples as a suite
    for each entry. Raises SpecError."""
    selectors = list(dict.fromkeys(selectors))
    sampled = [selector for selector in selectors if selector.partition(":")[0] in SAMPLES]
    found: dict[str, tuple[Suite, ...]] = {each: (_document(each),) for each in selectors if each not in sampled}
    if sampled:
        from conformance.sources.samples import suites

        found |= suites(sampled)
    return {selector: found[selector] for selector in selectors}


def _document(selector: str) -> Suite:
    kind, _, name = selector.partition(":")
    if not name and kind != "fuzz":
        raise SpecError([Problem(Path(kind), 0, 0, "names nothing: write it after the colon")])
    if kind == "notebook":
        from conformance.sources.notebook import notebook

        return notebook(Path(name)).found(selector, Path(name))
    if kind == "docstring":
        from conformance.sources.docstring import docstrings

        return docstrings(name).found(selector)
    from conformance.sources.fuzz import fuzz

    return fuzz(selector)

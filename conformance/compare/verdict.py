"""Who is wrong: from what a document says, what a target did, and what torch did, to one verdict per check.

    document-target  document-torch  target-torch agree            agree           (agree)       conforms
    differ           agree           differ        diverges: the target is wrong differ           differ
    agree         drifted: the document is out of date agree            differ          differ
    conforms: torch has drifted, the target follows the document differ           differ          differ
    diverges: each does something else differ           no torch                      diverges: nobody to
    arbitrate silent           -               agree         conforms silent           -               differ
    diverges: not documented, but torch does otherwise

For torch itself, as the reference, a difference from the document is `drifted`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from conformance.compare.difference import Difference, in_order

Verdict: TypeAlias = Literal[
    "conforms",
    "skipped",
    "known",
    "drifted",
    "flaky",
    "fixed",
    "diverges",
    "no-result",
    "timeout",
    "crashed",
    "broken",
]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From the best to the worst: a cell is as bad as its worst check, a case as its worst cell."""

EXPECTED: frozenset[Verdict] = frozenset({"conforms", "skipped", "known"})
"""The verdicts that do not fail a run."""

CheckName: TypeAlias = Literal[
    "outcome", "error", "warnings", "stdout", "result", "values", "graph", "holds", "after", "state"
]


CHECKS: tuple[str, ...] = get_args(CheckName)
"""The names of all checks."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared, and what came of it."""

    name: CheckName
    verdict: Verdict
    cell: int = 0
    """The number of its cell in the case, from 1."""
    subject: str = ""
    """The expression or the name that it is about."""
    who: str = ""
    """Who is wrong, in a sentence; empty where nobody is."""
    document: str | None = None
    """What the document says, None where it is silent."""
    torch: str | None = None
    """What the reference did, None where it did not run."""
    target: str | None = None
    """What the target did."""
    differences: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    """What of it each of the differences is in."""
    ulp: float | None = None
    """The largest distance from the reference's numbers, in units of the last place."""
    was: Verdict | None = None
    """For `known`: the verdict without the entry that accepts it."""
    reason: str = ""
    """Why it is accepted, or why there is no result."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the three are called in sentences."""

    target: str
    reference: str


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of `verdicts`, `conforms` if there is none."""
    return max(verdicts, key=VERDICTS.index, default="conforms")


def judge(
    names: Names,
    *,
    document_target: list[Difference] | None,
    document_torch: list[Difference] | None,
    target_torch: list[Difference] | None,
    stated: frozenset[str] = frozenset(),
) -> tuple[Verdict, str, tuple[Difference, ...]]:
    """The verdict, who is wrong, and the differences that show it.

    None: the document is silent, or there is no reference. Where both agree with the document, torch
    arbitrates only the aspects that are not `stated`: a spec may be looser than torch.
    """
    target, torch = names.target, names.reference
    if not document_target:
        if document_torch:
            return "conforms", f"{torch} has drifted: {target} follows the document", ()
        left_open = [difference for difference in target_torch or () if difference.aspect not in stated]
        if left_open:
            who = f"{target} is wrong: {torch} does otherwise, the document is silent"
            return "diverges", who, in_order(left_open)
        return "conforms", "", ()
    found = in_order(document_target)
    if target == torch:
        return "drifted", f"{torch} no longer does what the document says", found
    if document_torch is None:
        nobody = f"{torch} was not there" if torch else "there is nobody"
        return "diverges", f"{target} differs from the document; {nobody} to arbitrate", found
    if not document_torch:
        return "diverges", f"{target} is wrong: {torch} does what the document says", found
    if not target_torch:
        return "drifted", f"the document is out of date: {target} and {torch} agree", found
    return "diverges", f"{target} and {torch} both differ from the document, and from each other", found

"""A run that was stopped goes on: what its journal has stays, and only the rest is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from conformance.compare.results import CaseResult
from conformance.report.run import Header, JournalError, Result, read_lines

_WORDS = {
    "specs": "the specs that were selected",
    "known": "the accepted divergences",
    "reference": "the reference",
    "targets": "the targets, or their versions",
    "platform": "the platform",
    "version": "the version of this project",
    "shard": "the shard",
}
"""What makes two runs the same run, in the words of a refusal."""
_FREE = ("jobs", "shuffle", "specs", "reference")
"""The options that change no verdict, or that the header has besides."""


class Kept(NamedTuple):
    """What stays of a journal."""

    results: tuple[CaseResult, ...] = ()
    size: int = 0
    """In bytes, the header included."""


def unfinished(path: Path, header: Header, targets: Sequence[str]) -> Kept:
    """The cases in the journal at `path` that have a result on each of `targets`; nothing where not even a header was
    written.

    Raises JournalError, with the reason, if it is not the journal of this run.
    """
    if not path.exists():
        return Kept()
    if not (lines := read_lines(path)):
        return Kept()
    found, size = lines[0]
    if not isinstance(found, Header):
        raise JournalError(f"{path} is no journal of a run: its first line is no header")
    if different := differences(found, header):
        raise JournalError(f"{path} is another run and cannot be resumed: {' and '.join(different)} differ")
    results: list[CaseResult] = []
    case: list[CaseResult] = []
    for line, end in lines[1:]:
        if not isinstance(line, Result):
            break
        case.append(line)
        if len(case) == len(targets):
            results, case, size = [*results, *case], [], end
    return Kept(tuple(results), size)


def differences(one: Header, other: Header, *, but: Sequence[str] = ()) -> list[str]:
    """In what two headers are those of different runs, whenever and however they were started."""
    found = [words for name, words in _WORDS.items() if name not in but and getattr(one, name) != getattr(other, name)]
    ours, theirs = ({k: v for k, v in each.options.items() if k not in _FREE} for each in (one, other))
    return found + (["the options"] if ours != theirs else [])

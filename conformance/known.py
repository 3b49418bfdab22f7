"""The accepted divergences, `specs/known.yaml`: a list, each entry with its reason.

    - address: ops/pointwise::tanh-large#2
      target: engine
      check: values
      reason: the last bit of tanh depends on the C library
      expires: 2027-01-31

An entry accepts a check that diverges. One that is about something that ran, and accepted nothing of it, is
stale and fails that run: either the divergence is gone, or the entry was never right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, PrivateAttr, StringConstraints
from pydantic_core import PydanticCustomError

from conformance.spec.address import parse_address
from conformance.spec.errors import Problem, SpecError
from conformance.spec.fields import Items, Maybe, Text
from conformance.spec.loader import load
from conformance.spec.model import Model


def _address(pattern: str) -> str:
    try:
        parse_address(pattern)
    except ValueError as error:
        raise PydanticCustomError("address", "{error}", {"error": str(error)}) from None
    return pattern


def _iso_date(text: Any) -> Any:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else text
    except ValueError:
        raise PydanticCustomError(
            "date", "{text} is not a date: write it as 2027-01-31", {"text": repr(text)}
        ) from None


class KnownDivergence(Model):
    """One accepted divergence. In address, target and check, `*` stands for any text."""

    address: Annotated[Text, BeforeValidator(_address)]
    """The case or the cell: `seeds/autograd-basics::chain-rule`, or `...::chain-rule#2`. A case stands for
    all its cells."""
    target: Text
    """The target that diverges: `engine`, `torch:*`."""
    check: Text
    """The check that diverges: `stdout`, `values`."""
    reason: Text
    """Why this is accepted."""
    link: Maybe[Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]] = None
    """Where it is discussed."""
    expires: Maybe[Annotated[date, BeforeValidator(_iso_date)]] = None
    """The last day on which it is accepted."""

    _line: int = PrivateAttr(0)

    @property
    def line(self) -> int:
        """The line of the file where the entry starts, from 1; 0 if it came from no file."""
        return self._line

    def found(self, line: int) -> Self:
        """This entry, found at `line`."""
        self._line = line
        return self

    def accepts(self, address: str, target: str, check: str) -> bool:
        """Whether the entry is about this check of the cell or case at `address`."""
        return self.concerns(address, target) and _fits(self.check, check)

    def concerns(self, address: str, target: str) -> bool:
        """Whether the entry is about any check of the cell or case at `address` on this target."""
        if not _fits(self.target, target):
            return False
        case = str(parse_address(address)._replace(cell=None))
        return _fits(self.address, address) or _fits(self.address, case)


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


Entries: TypeAlias = Items[KnownDivergence]
"""What the file holds."""


@dataclass(frozen=True)
class Known:
    """All accepted divergences as they stand on one day."""

    entries: tuple[KnownDivergence, ...] = ()
    today: date = date.min

    def accepting(self, address: str, target: str, check: str) -> KnownDivergence | None:
        """The entry that accepts this check if it diverges; an expired one accepts nothing."""
        return next((entry for entry in self._valid() if entry.accepts(address, target, check)), None)

    def stale(
        self, ran: Iterable[tuple[str, str]], diverged: Collection[tuple[str, str, str]]
    ) -> tuple[KnownDivergence, ...]:
        """The entries that accepted nothing, of those that concern something that ran.

        `ran` holds address and target of each cell, `diverged` address, target and check of each divergence.
        """
        used = {id(entry) for entry in self._valid() for check in diverged if entry.accepts(*check)}
        ran = tuple(ran)
        return tuple(
            entry for entry in self.entries if id(entry) not in used and any(entry.concerns(*place) for place in ran)
        )

    def is_over(self, entry: KnownDivergence) -> bool:
        """Whether the entry has expired."""
        return entry.expires is not None and self.today > entry.expires

    def _valid(self) -> Iterable[KnownDivergence]:
        return (entry for entry in self.entries if not self.is_over(entry))


def load_known(
    path: Path,
    targets: Collection[str],
    checks: Collection[str],
    today: date | None = None,
    cells: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Known:
    """The accepted divergences in the file `path`, as they stand today.

    `targets` and `checks` are the names that an entry may be about, `cells` the addresses of cases and cells in the
    suites that are known, by suite: an entry about one of these must name one of them.

    Raises `SpecError` with every problem found.
    """
    entries, root, _ = load(path, Entries)
    problems = []
    for entry, node in zip(entries, root.children.values(), strict=True):
        entry.found(node.line)
        for key, names in (("target", targets), ("check", checks)):
            pattern = getattr(entry, key)
            if not any(_fits(pattern, name) for name in names):
                place = node.children[key]
                near = difflib.get_close_matches(pattern, names, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"it may be {', '.join(sorted(names))}"
                problems.append(Problem(path, place.line, place.column, f"there is no {key} {pattern!r}: {hint}"))
        named = cells.get(entry.address.partition("::")[0], ())
        if named and not any(_fits(entry.address, address) for address in named):
            place = node.children["address"]
            near = difflib.get_close_matches(entry.address, named, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            what = f"there is no case or cell {entry.address!r}{hint}"
            problems.append(Problem(path, place.line, place.column, what))
    if problems:
        raise SpecError(problems)
    return Known(entries, today or date.today())

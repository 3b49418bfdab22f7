"""Which documented behaviours have a cell: the catalogue, `specs/behaviours/catalogue.yaml`, against the specs.

    - title: Leaf tensors and requires_grad
      lines:
      - {id: B01.01, text: A new tensor is an untracked leaf}
      - {id: B01.45, text: Save and load keep requires_grad, without: the engine has no torch.save}

A case says by `covers` which lines it is about. A line that no case covers states `without`, the reason; so does an
area of which no line is covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import StringConstraints

from conformance.spec.fields import Items, Maybe, Text
from conformance.spec.loader import load
from conformance.spec.model import Model, Suite, case_address

CATALOGUE = Path("behaviours/catalogue.yaml")
"""Below the root of the specs."""


class Line(Model):
    """One documented behaviour."""

    id: Annotated[str, StringConstraints(pattern=r"^B\d\d\.\d\d$")]
    """Its name, which `covers` uses: `B07.01`."""
    text: Text
    """What is promised."""
    without: Maybe[Text] = None
    """Why no cell covers it."""


class Area(Model):
    """Behaviours that belong together."""

    title: Text
    """What they are about."""
    without: Maybe[Text] = None
    """Why no cell covers any of them."""
    lines: Items[Line]
    """The behaviours."""


Catalogue: TypeAlias = Items[Area]
"""What the file holds."""


@dataclass(frozen=True)
class AreaCoverage:
    """One area, and the cases of each of its lines."""

    area: Area
    cases: Mapping[str, tuple[str, ...]]
    """The addresses of the cases that cover a line, by its id."""

    @property
    def uncovered(self) -> tuple[Line, ...]:
        """The lines that no case covers."""
        return tuple(line for line in self.area.lines if not self.cases[line.id])

    @property
    def unexplained(self) -> tuple[Line, ...]:
        """Those of them that state no reason."""
        return tuple(line for line in self.uncovered if not (line.without or self.area.without))

    @property
    def stale(self) -> tuple[Line, ...]:
        """The lines that state a reason and have a case."""
        return tuple(line for line in self.area.lines if self.cases[line.id] and (line.without or self.area.without))


def load_catalogue(path: Path) -> tuple[Area, ...]:
    """The catalogue in the file `path`.

    Raises `SpecError` with every problem found.
    """
    areas, _, _ = load(path, Catalogue)
    return tuple(areas)


def coverage(areas: Iterable[Area], suites: Iterable[Suite]) -> tuple[AreaCoverage, ...]:
    """What the cases of these suites cover of the catalogue."""
    cases: dict[str, list[str]] = {}
    for suite in suites:
        for case in suite.cases:
            for line in case.covers:
                cases.setdefault(line, []).append(str(case_address(suite, case)))
    return tuple(AreaCoverage(area, {line.id: tuple(cases.get(line.id, ())) for line in area.lines}) for area in areas)


def unknown_lines(areas: Iterable[Area], suites: Iterable[Suite]) -> tuple[tuple[str, str], ...]:
    """The ids in `covers` that the catalogue does not have, each with the address of its case."""
    known = {line.id for area in areas for line in area.lines}
    return tuple(
        (line, str(case_address(suite, case)))
        for suite in suites
        for case in suite.cases
        for line in case.covers
        if line not in known
    )

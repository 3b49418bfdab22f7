"""Selected cases run on torch, twice each, and what their specs should then state, change by change.

Nothing is written but what was agreed to, a file at a time and at once, and only where the new text reads as the old
one with just these changes. What is not the same twice, or not in every variant of a case, is refused.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.execute.pool import Availability, Worker
from conformance.execute.recording import replace_file
from conformance.execute.tasks import task, unmet
from conformance.record.changes import ABSENT, Change, Mode, Proposed, propose
from conformance.record.splice import Unspliceable, spliced
from conformance.selection import Selected
from conformance.spec.errors import SpecError
from conformance.spec.loader import load_suite
from conformance.spec.model import Suite, case_address
from conformance.spec.yaml import read
from conformance.targets.protocol import Observation


class Unrecordable(Exception):
    """Torch is not there, or the file is no longer what was read."""


@dataclass(frozen=True)
class Place:
    """A cell of a file."""

    address: str
    case: int
    cell: int
    code: str


@dataclass
class Found:
    """What there is to do in one file."""

    suite: Suite
    text: str
    """What the file held when the cells ran."""
    changes: list[tuple[Place, Change]] = field(default_factory=list)
    refused: list[tuple[Place, str]] = field(default_factory=list)


def look(selected: Sequence[Selected], mode: Mode, reference: str, *, jobs: int, timeout: float) -> list[Found]:
    """Runs the cases on the reference and says what should change, in the order of the specs.

    Raises Unrecordable if it is not there, or is no torch.
    """
    worker = Worker(reference)
    try:
        availability = worker.availability()
        if availability.description is None:
            raise Unrecordable(f"{reference} is not there: {availability.reason}")
        if availability.description.follows or "torch" not in availability.description.versions:
            raise Unrecordable(f"{reference} is no torch: specs are filled from torch alone")
        cases: dict[tuple[str, str], list[Selected]] = {}
        for item in selected:
            cases.setdefault((item.suite.name, item.case.id), []).append(item)
        texts = {item.suite.name: _text(item.suite) for item in selected}
        with ThreadPoolExecutor(max(1, jobs)) as threads:
            ran = list(threads.map(lambda items: _run(worker, availability, items, timeout), cases.values()))
    finally:
        worker.close()
    files: dict[str, Found] = {}
    for items, observed in zip(cases.values(), ran, strict=True):
        suite = items[0].suite
        found = files.setdefault(suite.name, Found(suite, texts[suite.name]))
        _judge(found, items, observed, mode)
    return list(files.values())


def _text(suite: Suite) -> str:
    if suite.path is None:
        raise Unrecordable(f"{suite.name} is no spec: import it first")
    return suite.path.read_bytes().decode("utf-8")


def _run(
    worker: Worker, availability: Availability, items: Sequence[Selected], timeout: float
) -> list[tuple[Observation, Observation]]:
    """What each variant of a case did, at the first and at the second time."""
    assert availability.description is not None
    found = []
    for item in items:
        if reason := unmet(item.case.needs, availability.description):
            found.append((Observation("skipped", reason),) * 2)
            continue
        asked = task(item.suite, item.case, availability.description)
        found.append((worker.run(asked, timeout), worker.run(asked, timeout, again=True)))
    return found


def _judge(
    found: Found, items: Sequence[Selected], observed: Sequence[tuple[Observation, Observation]], mode: Mode
) -> None:
    """Adds what all variants of the case, at both times, agree on."""
    case = items[0].case
    index = [each.id for each in found.suite.cases].index(case.id)
    wanted = {item.cell for item in items}
    for number, cell in enumerate(case.cells, start=1):
        if None not in wanted and number not in wanted:
            continue
        address = str(case_address(found.suite, case)._replace(params="", cell=number))
        place = Place(address, index, number - 1, cell.code)
        proposals: list[Proposed] = []
        for observation in (each for pair in observed for each in pair):
            if observation.status == "skipped":
                break
            if number > len(observation.cells):
                found.refused.append((place, observation.reason or "it was not reached"))
                break
            seen = observation.cells[number - 1]
            if seen.skipped:
                break
            proposals.append(propose(cell, seen, mode))
        else:
            found.refused += [(place, reason) for reason in proposals[0].refused]
            found.changes += [(place, change) for change in proposals[0].changes if _agreed(change, proposals)]
            found.refused += [(place, reason) for reason in _disagreed(proposals)]


def _agreed(change: Change, proposals: Sequence[Proposed]) -> bool:
    return all(change in each.changes for each in proposals)


def _disagreed(proposals: Sequence[Proposed]) -> Iterator[str]:
    paths = dict.fromkeys(change.path for each in proposals for change in each.changes)
    for path in paths:
        of_path = [[change for change in each.changes if change.path == path] for each in proposals]
        if any(each != of_path[0] for each in of_path):
            twice = len(proposals) == 2
            yield f"{' '.join(path)}: {'not the same twice' if twice else 'not the same each time, or in each variant'}"


def write(found: Found, agreed: Sequence[tuple[Place, Change]]) -> list[tuple[Place, str]]:
    """Puts what was agreed to into the file, and gives what could not be, with the reasons.

    Raises Unrecordable if the file has changed meanwhile.
    """
    path = found.suite.path
    assert path is not None
    if path.read_bytes().decode("utf-8") != found.text:
        raise Unrecordable(f"{path} has changed while its cells ran: run this again")
    text, refused = found.text, []
    intended = found.suite.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for place, change in agreed:
        try:
            changed = _changed(intended, place, change)
            text, intended = _edited(path, text, place, change, changed), changed
        except Unspliceable as reason:
            refused.append((place, f"{' '.join(change.path)}: {reason}"))
    if text != found.text:
        replace_file(path, text.encode("utf-8"))
    return refused


def _changed(data: dict[str, Any], place: Place, change: Change) -> dict[str, Any]:
    """The file's data with the change."""
    data = copy.deepcopy(data)
    inside: dict[str, Any] = data["cases"][place.case]["cells"][place.cell]
    owner, *keys = (inside, *change.path)
    for key in keys[:-1]:
        owner = owner[key]
    if change.after is ABSENT:
        del owner[keys[-1]]
        if owner is not inside and not owner:
            del inside[keys[0]]
    else:
        owner[keys[-1]] = change.after
    return data


def _edited(path: Path, text: str, place: Place, change: Change, intended: Mapping[str, Any]) -> str:
    """The text with the change. Raises Unspliceable where it would not read as intended."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        draft = Path(folder, path.name)
        draft.write_bytes(text.encode("utf-8"))
        root, lines = read(draft)
        cell = list(list(root.items("cases"))[place.case].items("cells"))[place.cell]
        new = "\n".join(spliced(lines, cell, change))
        draft.write_text(new, encoding="utf-8", newline="")
        try:
            suite = load_suite(draft, path.stem)
        except SpecError as error:
            raise Unspliceable(f"the file would be no spec: {error}") from None
    if suite.model_dump(mode="json", by_alias=True, exclude_unset=True) != intended:
        raise Unspliceable("the file would not say just that: change it by hand")
    return new

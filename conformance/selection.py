"""Which cases a run is about."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from conformance.expression import SelectionError, parse, words
from conformance.sources.live import KINDS, is_live, live_suites
from conformance.sources.yaml import suites
from conformance.spec.address import Address, parse_address
from conformance.spec.model import Case, Suite, case_address


class Selected(NamedTuple):
    """A case of a run, and the one cell of it that is meant, if one is."""

    suite: Suite
    case: Case
    cell: int | None = None

    @property
    def address(self) -> Address:
        return case_address(self.suite, self.case)._replace(cell=self.cell)


def select(
    root: Path, selectors: Sequence[str] = (), expression: str = "", *, compiled: bool = True
) -> tuple[Selected, ...]:
    """The cases that any of the selectors names and that the expression holds for, in the order of the specs.

    A selector is a suite or a folder of suites (`seeds`, `seeds/autograd-basics`, a path), a document that is read as
    it is (`notebook:PATH`, `docstring:torch.autograd`), what is written anew each time (`opinfo:linalg.*`, `fuzz:7`),
    the address of a case, or that of a cell.
    `expression` is made of words, `and`, `or`, `not` and parentheses: a word holds for a case if its address, title,
    tags or behaviours contain it.

    The Python of stored cells is `compiled`, which finds what is none: only who does not run them goes without.

    Raises SelectionError, and SpecError for the first trouble with a file.
    """
    holds = parse(expression)
    live = live_suites(head for selector in selectors if is_live(head := selector.partition("::")[0]))
    stored = [selector for selector in selectors if selector.partition("::")[0] not in live]
    read = {suite.name: suite for found in live.values() for suite in found}
    loaded = [*(_stored(root, stored, compiled) if stored or not live else ()), *read.values()]
    every = [Selected(suite, variant) for suite in loaded for case in suite.cases for variant in case.variants()]
    chosen = _in_order(selectors, every, root, live) if selectors else every
    return tuple(item for item in chosen if not expression or holds(_words(item)))


def _in_order(
    selectors: Sequence[str], every: Sequence[Selected], root: Path, live: Mapping[str, Sequence[Suite]]
) -> list[Selected]:
    """What the selectors name, once each, in the order of the specs."""
    names = {head: frozenset(suite.name for suite in found) for head, found in live.items()}
    chosen = [item for selector in selectors for item in _named(selector, every, root, names)]
    order = {each.address: index for index, each in enumerate(every)}
    unique = {item.address: item for item in chosen}.values()
    return sorted(unique, key=lambda item: (order[item.address._replace(cell=None)], item.cell or 0))


def _stored(root: Path, selectors: Sequence[str], compiled: bool) -> list[Suite]:
    if not root.is_dir():
        raise SelectionError(f"there are no specs at {root}: name their folder with --specs")
    paths = tuple(_path(root, selector) for selector in selectors)
    return sorted(suites(root, paths, compiled=compiled), key=lambda suite: suite.name)


def _path(root: Path, selector: str) -> Path:
    head = selector.partition("::")[0]
    for path in (Path(head), root / head, root / f"{head}.yaml"):
        if path.is_file() and path.suffix in _DOCUMENTS:
            raise SelectionError(f"{path} is no spec: {_DOCUMENTS[path.suffix].format(path)}")
        if path.exists():
            return path
    kind, colon, rest = head.partition(":")
    if colon and (meant := difflib.get_close_matches(kind, KINDS, n=1)):
        raise SelectionError(f"there is no suite {head!r}: did you mean '{meant[0]}:{rest}'?")
    known = [file.relative_to(root).with_suffix("").as_posix() for file in root.rglob("*.yaml")]
    raise SelectionError(f"there is no suite {head!r}{_nearest(head, known)}")


def _named(selector: str, every: Iterable[Selected], root: Path, live: Mapping[str, Container[str]]) -> list[Selected]:
    every = list(every)
    if (head := selector.partition("::")[0]) in live:
        cases = [item for item in every if item.suite.name in live[head]]
        return _of_address(selector, cases) if "::" in selector else cases
    if "::" not in selector:
        path = _path(root, selector).resolve()
        return [item for item in every if item.suite.path and item.suite.path.resolve().is_relative_to(path)]
    path = _path(root, selector).resolve()
    return _of_address(selector, [item for item in every if item.suite.path and item.suite.path.resolve() == path])


def _of_address(selector: str, cases: Iterable[Selected]) -> list[Selected]:
    try:
        wanted = parse_address(selector)
    except ValueError as error:
        raise SelectionError(str(error)) from None
    found = [
        item._replace(cell=wanted.cell)
        for item in cases
        if item.case.id == wanted.case and wanted.params in ("", item.address.params)
    ]
    if not found:
        names = [str(item.address).partition("::")[2] for item in cases]
        raise SelectionError(f"there is no case {selector!r}{_nearest(selector.partition('::')[2], names)}")
    if wanted.cell and wanted.cell > (count := len(found[0].case.cells)):
        raise SelectionError(f"there is no cell {wanted.cell} in {selector!r}: it has {count}")
    return found


_IMPORTED = "`conformance import {} -o specs/mine/name.yaml` makes one of it"
_DOCUMENTS = {
    ".ipynb": "run it as notebook:{}, or `conformance import` it",
    ".py": _IMPORTED, ".md": _IMPORTED, ".txt": _IMPORTED,
}  # fmt: skip
"""What is to be done with documents that are named as if they were specs."""


def _nearest(name: str, names: Iterable[str]) -> str:
    cutoff = 0.7 if name.endswith((".yaml", ".yml")) else 0.5  # of a path, much is like any other
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=cutoff)
    return f": did you mean {near[0]!r}?" if near else ""


def _words(item: Selected) -> str:
    case = item.case
    return words(str(item.address), case.title, case.tags, case.covers)

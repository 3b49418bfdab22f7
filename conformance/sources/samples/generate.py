"""Writes torch's samples as suites, a line of JSON for each entry.

`python -m conformance.sources.samples.generate [--names] SELECTOR...`: what each asks for; only what the entries are
called, with `--names`. To import torch's samples takes seconds, so that one process does all.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

import torch

from conformance.sources.samples import Query, Written, parse
from conformance.sources.samples.code import Unwritable
from conformance.spec.model import Case, Source, Suite

TABLES = {"opinfo": "operators", "moduleinfo": "modules", "optiminfo": "optimizers"}
"""The module of each table: its entries, `DB`, what torch calls them, `DOCUMENT`, and the `cases` of each."""


def entry_name(entry: Any) -> str:
    """The name of an entry: unlike its `name`, unique."""
    variant = getattr(entry, "variant_test_name", "")
    return f"{entry.name}.{variant}" if variant else entry.name


def main(arguments: Sequence[str]) -> None:
    """Write the entries that the selectors ask for."""
    torch.set_num_threads(1)
    names = arguments[0] == "--names"
    for selector in arguments[names:]:
        for line in _named(selector) if names else _made(selector):
            print(line.model_dump_json(by_alias=True, exclude_unset=True), flush=True)


def _named(selector: str) -> Iterator[Written]:
    query = parse(selector)
    return (Written(selector=selector, entry=name) for name in _fitting(_table(query), query.pattern))


def _made(selector: str) -> Iterator[Written]:
    query = parse(selector)
    source = _table(query)
    dtypes = [getattr(torch, name) for name in query.dtypes]
    of = Source(document=f"torch {torch.__version__}, {source.DOCUMENT}", kind="torch")
    for name, entry in _fitting(source, query.pattern).items():
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(sys.stderr):
            made = list(source.cases(entry, dtypes, query.samples))
        cases = tuple(each.model_copy(update={"any_processor": True}) for each in made if isinstance(each, Case))
        suite = Suite(title=name, source=of, cases=cases) if cases else None
        left_out = Counter(str(each) for each in made if isinstance(each, Unwritable))
        yield Written(selector=selector, entry=name, suite=suite, left_out=dict(left_out))


def _table(query: Query) -> Any:
    return importlib.import_module(f"conformance.sources.samples.{TABLES[query.table]}")


def _fitting(source: Any, pattern: str) -> dict[str, Any]:
    """The entries of a table whose names fit, by name."""
    return dict(sorted((name, entry) for entry in source.DB if fnmatchcase(name := entry_name(entry), pattern)))


if __name__ == "__main__":
    main(sys.argv[1:])

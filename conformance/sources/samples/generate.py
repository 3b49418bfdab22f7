"""Writes torch's samples as suites, a line of JSON for each entry.

`python -m conformance.sources.samples.generate TABLE PATTERN DTYPES SAMPLES`.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from collections import Counter
from fnmatch import fnmatchcase
from typing import Any

import torch

from conformance.sources.samples import Written
from conformance.sources.samples.code import Unwritable
from conformance.spec.model import Case, Source, Suite

TABLES = {"opinfo": "operators", "moduleinfo": "modules", "optiminfo": "optimizers"}
"""The module of each table: its entries, `DB`, what torch calls them, `DOCUMENT`, and the `cases` of each."""


def entry_name(entry: Any) -> str:
    """The name of an entry: unlike its `name`, unique."""
    variant = getattr(entry, "variant_test_name", "")
    return f"{entry.name}.{variant}" if variant else entry.name


def main(table: str, pattern: str, names: str = "", samples: str = "") -> None:
    """Write the entries that fit; without dtypes only what they are called."""
    torch.set_num_threads(1)
    source = importlib.import_module(f"conformance.sources.samples.{TABLES[table]}")
    found = {name: entry for entry in source.DB if fnmatchcase(name := entry_name(entry), pattern)}
    if not names:
        print("\n".join(sorted(found)))
        return
    dtypes = [getattr(torch, name) for name in names.split(",")]
    count = None if samples == "None" else int(samples)
    for name, entry in sorted(found.items()):
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(sys.stderr):
            made = list(source.cases(entry, dtypes, count))
        cases = tuple(each for each in made if isinstance(each, Case))
        of = Source(document=f"torch {torch.__version__}, {source.DOCUMENT}", kind="torch")
        suite = Suite(title=name, source=of, cases=cases) if cases else None
        left_out = Counter(str(each) for each in made if isinstance(each, Unwritable))
        line = Written(entry=name, suite=suite, left_out=dict(left_out))
        print(line.model_dump_json(by_alias=True, exclude_unset=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

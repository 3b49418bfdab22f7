"""Writes torch's samples as suites, a line of JSON for each entry.

`python -m conformance.sources.samples.generate TABLE PATTERN DTYPES SAMPLES`.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from fnmatch import fnmatchcase

import torch

from conformance.sources.samples import Written

TABLES = {"opinfo": "operators", "moduleinfo": "modules", "optiminfo": "optimizers"}
"""The module of each table: `DB`, `entry_name` and `suite`."""


def main(table: str, pattern: str, names: str = "", samples: str = "") -> None:
    """Write the entries that fit; without dtypes only what they are called."""
    torch.set_num_threads(1)
    made_of = importlib.import_module(f"conformance.sources.samples.{TABLES[table]}")
    found = {name: entry for entry in made_of.DB if fnmatchcase(name := made_of.entry_name(entry), pattern)}
    if not names:
        print("\n".join(sorted(found)))
        return
    dtypes = [getattr(torch, name) for name in names.split(",")]
    count = None if samples == "None" else int(samples)
    for name, entry in sorted(found.items()):
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(sys.stderr):
            made, left_out = made_of.suite(entry, dtypes, count)
        line = Written(entry=name, suite=made, left_out=dict(left_out))
        print(line.model_dump_json(by_alias=True, exclude_unset=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

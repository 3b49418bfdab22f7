"""torch's own samples, which its wheel carries, as suites: of operators, modules and optimizers.

    opinfo:PATTERN                     the operators whose name fits, `*` for any text; all without a pattern
    moduleinfo:PATTERN                 modules: `moduleinfo:nn.Conv*`
    optiminfo:PATTERN                  optimizers: `optiminfo:Adam`
    opinfo:PATTERN?dtype=A,B           samples of these dtypes
    opinfo:PATTERN?samples=N           so many of each dtype, spread evenly over those that there are; `all` for all

An entry of such a table is a suite, a sample of one dtype a case. Its cells are code that anybody can run: one makes
the inputs, the others call the operator, or make the module, differentiate once and twice, and so on. Nothing is stated
of what they do: torch decides, as it does wherever a document is silent. Nothing of torch's is copied either: its
installed samples are read each time, in a process of their own (`generate`), since the one that supervises a run
imports no target.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Suite

DTYPES = {
    "opinfo": ("float64", "float32", "complex128", "int64", "bool", "float16", "bfloat16"),
    "moduleinfo": ("float64", "float32", "complex128", "bfloat16"),
    "optiminfo": ("float64", "float32", "complex128"),
}
"""The tables, by what they are called in selectors, and the dtypes that are taken if none is named."""
_MORE_DTYPES = ("complex64", "complex32", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64")
"""Those that may be named besides."""
SAMPLES = 4
"""How many samples of a dtype are taken if no number is given."""


class Query(NamedTuple):
    """Which entries of a table, and which of their samples."""

    table: str
    pattern: str
    dtypes: tuple[str, ...]
    samples: int | None
    """How many of a dtype; None for all."""
    text: str
    """What was asked of the samples, as it stands in addresses: `?samples=all`."""


class Written(BaseModel):
    """A line of what `generate` writes: an entry that a selector asks for, and what of it is no suite."""

    model_config = ConfigDict(frozen=True)

    selector: str
    entry: str
    suite: Suite | None = None
    left_out: dict[str, int] = {}
    """Reasons for which samples are left out, and their numbers."""


def parse(selector: str) -> Query:
    """What a selector asks for. Raises SpecError with what can be asked."""
    table, _, rest = selector.partition(":")
    pattern, mark, text = rest.partition("?")
    dtypes = DTYPES[table]
    samples = str(SAMPLES)
    for word in text.split("&") if mark else ():
        key, _, value = word.partition("=")
        if key == "dtype" and re.fullmatch(r"[a-z]+\d*(,[a-z]+\d*)*", value):
            dtypes = tuple(value.split(","))
            possible = (*DTYPES["opinfo"], *_MORE_DTYPES)
            if odd := next((each for each in dtypes if each not in possible), None):
                near = difflib.get_close_matches(odd, possible, n=1)
                raise _problem(
                    selector, f"there is no dtype {odd!r}" + (f": did you mean {near[0]!r}?" if near else "")
                )
        elif key == "samples" and (value == "all" or re.fullmatch(r"[1-9]\d*", value)):
            samples = value
        else:
            raise _problem(selector, f"{word!r} is no question: ask ?dtype=float64,float32 or ?samples=8, joined by &")
    number = None if samples == "all" else int(samples)
    return Query(table, pattern or "*", dtypes, number, mark + text)


def suites(selectors: Sequence[str]) -> dict[str, tuple[Suite, ...]]:
    """The suites that each selector asks for. Raises SpecError if no entry fits one, or torch is not there to read them
    of."""
    queries = {selector: parse(selector) for selector in selectors}
    found: dict[str, list[Suite]] = {selector: [] for selector in selectors}
    for written in _written(selectors):
        if written.suite is not None:
            query = queries[written.selector]
            found[written.selector].append(written.suite.found(f"{query.table}:{written.entry}{query.text}"))
    for selector, made in found.items():
        if not made:
            pattern = queries[selector].pattern
            raise _problem(selector, f"no entry of torch's samples fits {pattern!r} with one of these dtypes")
    return {selector: tuple(made) for selector, made in found.items()}


def entries(selectors: Sequence[str]) -> tuple[str, ...]:
    """The selectors of the single entries that selectors with patterns ask for, without making their samples, which
    takes minutes for all. Raises SpecError as `suites` does."""
    queries = {selector: parse(selector) for selector in selectors}
    written = list(_written(selectors, "--names"))
    for selector in queries.keys() - {each.selector for each in written}:
        raise _problem(selector, f"no entry of torch's samples fits {queries[selector].pattern!r}")
    names = (f"{queries[each.selector].table}:{each.entry}{queries[each.selector].text}" for each in written)
    return tuple(dict.fromkeys(names))


def _written(selectors: Sequence[str], *options: str) -> Iterator[Written]:
    return map(Written.model_validate_json, _generated([*options, *selectors]).splitlines())


def _generated(arguments: Sequence[str]) -> bytes:
    command = [sys.executable, "-m", f"{__name__}.generate", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        output, errors = process.communicate()
    if process.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else "no reason was given"
        raise _problem(arguments[-1], f"torch's samples could not be read: {reason}")
    return output


def _problem(selector: str, text: str) -> SpecError:
    return SpecError([Problem(Path(selector), 0, 0, text)])

"""`conformance run`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from conformance.cli.shared import (
    LATEST,
    Kinds,
    Refused,
    Shard,
    all_option,
    checked,
    expression_option,
    read_run,
    selected,
    selectors_argument,
    specs_option,
)
from conformance.targets import DEFAULT, REFERENCE

if TYPE_CHECKING:
    from conformance.report.diff import Kind


@click.command()
@selectors_argument
@expression_option
@click.option(
    "-t",
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help=f"A target; may be repeated. [default: {', '.join(DEFAULT)}]",
)
@click.option(
    "--reference",
    default=REFERENCE,
    show_default=True,
    metavar="TARGET",
    help="Who arbitrates where the document is silent; `none` for nobody.",
)
@click.option(
    "--require", multiple=True, metavar="TARGET", help="Exit with 6 unless this target is available; may be repeated."
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=lambda: len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    help="How many cases run at once; 0 runs them in this process, for a debugger. [default: one per core]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="What a case may take on a target.",
)
@click.option(
    "--isolate",
    type=click.Choice(["case", "batch"]),
    default="case",
    show_default=True,
    help="What has a process of its own: each case, or many; of many, what is not as expected runs again alone.",
)
@click.option("--shard", type=Shard(), metavar="I/N", help="Run only the I-th of N parts; `merge` joins them.")
@click.option("--shuffle", type=int, metavar="SEED", help="Run the cases in a random order. It must change nothing.")
@click.option("--resume", is_flag=True, help="Go on from the run in --out: what it has is not run again.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Hold the run against an earlier one: what was wrong there may be wrong still.",
)
@click.option(
    "--fail-on",
    type=Kinds(),
    default="new",
    show_default=True,
    metavar="KINDS",
    help="The changes since the baseline that fail the run, separated by commas; `diff --help` tells them.",
)
@specs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=LATEST,
    show_default=True,
    help="The folder that run.ndjson is written to.",
)
@all_option
def run(
    selectors: tuple[str, ...],
    expression: str,
    targets: tuple[str, ...],
    reference: str,
    require: tuple[str, ...],
    jobs: int,
    timeout: float,
    isolate: Literal["case", "batch"],
    shard: tuple[int, int] | None,
    shuffle: int | None,
    resume: bool,
    baseline: Path | None,
    fail_on: tuple[Kind, ...],
    specs: Path,
    out: Path,
    whole: bool,
) -> int:
    """Run cells on targets and compare them.

    SELECTORS are suites, folders of suites, cases and cells: `seeds`, `seeds/autograd-basics`,
    `seeds/autograd-basics::notebook`, `seeds/autograd-basics::notebook#4`. Without any, everything runs.
    `notebook:PATH` and `docstring:torch.autograd` run a document as it is, without a spec.
    """
    from conformance import session
    from conformance.report.printing import Terminal
    from conformance.report.progress import Live
    from conformance.report.run import JOURNAL, JournalError, read
    from conformance.report.terminal import report
    from conformance.run import Options

    names = tuple(dict.fromkeys((*(targets or DEFAULT), *require)))
    options = Options(names, None if reference == "none" else reference, jobs, timeout, isolate)
    try:
        session.refuse_unknown(options.names)
    except ValueError as error:
        raise Refused(str(error)) from None
    cases = selected(specs, selectors, expression)
    if shard and shard[1] > len(cases):
        raise Refused(f"there are fewer cases than shards: {len(cases)} for {shard[1]}")
    known = checked(lambda: session.accepted_divergences(specs, (*DEFAULT, *options.names)))
    words: dict[str, str | int | float | list[str]] = {
        "targets": list(names),
        "selectors": list(selectors),
        "expression": expression,
        "jobs": jobs,
        "timeout": timeout,
        "specs": str(specs),
        "require": list(require),
        "isolate": isolate,
    }
    if shuffle is not None:
        words["shuffle"] = shuffle
    before = None if baseline is None else session.Baseline(read_run(baseline), baseline, fail_on)
    planned = session.Session(cases, options, known, words, require, shard, shuffle, before)
    journal, console = out / JOURNAL, Terminal()
    try:
        with Live(console, len(planned.cases) * len(names)) as live:
            code = session.run(planned, journal, live.done, resume=resume)
    except JournalError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"the run cannot be written to {out}: {error}") from None
    report(read(journal), console, whole=whole)
    return code


COMMANDS = (run,)

"""The command line: arguments and exit codes, nothing else.

    0  all as expected            4  bad usage, configuration or spec
    1  a divergence               5  nothing selected
    2  interrupted                6  a required target, device or worker was unavailable
    3  the harness failed

What a command needs is imported when it runs, so that `--help` and `list` answer at once.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import rich_click as click

from conformance.targets import DEFAULT, REFERENCE

if TYPE_CHECKING:
    from conformance.report.run import Record
    from conformance.selection import Selected

T = TypeVar("T")

INTERRUPTED, INTERNAL, USAGE, NOTHING = 2, 3, 4, 5

LATEST = Path("reports/latest")


class Refused(click.ClickException):
    """Nothing was run: one message on stderr, and why."""

    exit_code = USAGE

    def show(self, file: IO[str] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"conformance: {line}", err=True)


class NothingSelected(Refused):
    """What was asked for is not there."""

    exit_code = NOTHING


def run_command_line(arguments: Sequence[str]) -> int:
    """Runs the command line and gives its exit code."""
    try:
        return main(list(arguments), prog_name="conformance", standalone_mode=False) or 0
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("conformance: interrupted", err=True)
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        click.echo("conformance: this is a fault of the harness, not of a target", err=True)
        return INTERNAL


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="autograd-conformance", prog_name="conformance")
def main() -> None:
    """Does this behave like PyTorch's autograd?

    Specs capture what documented cells do; `run` executes them on each target and says who is wrong. A spec
    is code: run only specs that you would run as a script.
    """


specs_option = click.option(
    "--specs",
    type=click.Path(path_type=Path),
    default=Path("specs"),
    show_default=True,
    help="The folder of the specs.",
)
selectors_argument = click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
expression_option = click.option(
    "-k",
    "expression",
    default="",
    metavar="EXPR",
    help="Only cases whose address, title or tags fit: words, and, or, not.",
)


@main.command()
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
@specs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=LATEST,
    show_default=True,
    help="The folder that run.ndjson is written to.",
)
@click.option("--all", "whole", is_flag=True, help="Show every divergence, and each in full.")
def run(
    selectors: tuple[str, ...],
    expression: str,
    targets: tuple[str, ...],
    reference: str,
    require: tuple[str, ...],
    jobs: int,
    timeout: float,
    specs: Path,
    out: Path,
    whole: bool,
) -> int:
    """Run cells on targets and compare them.

    SELECTORS are suites, folders of suites, cases and cells: `seeds`, `seeds/autograd-basics`,
    `seeds/autograd-basics::notebook`, `seeds/autograd-basics::notebook#4`. Without any, everything runs.
    """
    from conformance import session
    from conformance.report.printing import Terminal
    from conformance.report.progress import Live
    from conformance.report.run import read
    from conformance.report.terminal import report
    from conformance.run import Options

    names = tuple(dict.fromkeys((*(targets or DEFAULT), *require)))
    options = Options(names, None if reference == "none" else reference, jobs, timeout)
    try:
        session.refuse_unknown(options.names)
    except ValueError as error:
        raise Refused(str(error)) from None
    selected = _selected(specs, selectors, expression)
    known = _checked(lambda: session.accepted_divergences(specs, (*DEFAULT, *options.names)))
    words: dict[str, str | int | float | list[str]] = {
        "targets": list(names),
        "selectors": list(selectors),
        "expression": expression,
        "jobs": jobs,
        "timeout": timeout,
        "specs": str(specs),
    }
    journal, console = out / session.JOURNAL, Terminal()
    try:
        with Live(console, len(selected) * len(names)) as live:
            code = session.run(session.Session(selected, options, known, words, require), journal, live.done)
    except OSError as error:
        raise Refused(f"the run cannot be written to {out}: {error}") from None
    report(read(journal), console, whole=whole)
    return code


@main.command("report")
@click.argument("journal", type=click.Path(path_type=Path), default=LATEST, metavar="[RUN]")
@click.option("--all", "whole", is_flag=True, help="Show every divergence, and each in full.")
def report_command(journal: Path, whole: bool) -> None:
    """Render the report of a run again, from its run.ndjson or the folder that holds it."""
    from conformance.report.printing import Terminal
    from conformance.report.terminal import report

    report(_read(journal), Terminal(), whole=whole)


@main.command()
@click.argument("address")
@click.option("--run", "journal", type=click.Path(path_type=Path), default=LATEST, show_default=True, metavar="RUN")
def show(address: str, journal: Path) -> None:
    """Show all that a run knows of one case or cell, on every target: `show
    seeds/autograd-basics::notebook#4`."""
    from conformance.report.printing import Terminal
    from conformance.report.terminal import show as show_address

    if not show_address(_read(journal), address, Terminal()):
        raise NothingSelected(f"{address} is not in the run: `conformance list` has the addresses")


@main.command("list")
@selectors_argument
@expression_option
@specs_option
def list_command(selectors: tuple[str, ...], expression: str, specs: Path) -> None:
    """List the cases that `run` would run."""
    for item in _selected(specs, selectors, expression):
        click.echo(f"{item.address}  {item.case.title or ''}".rstrip())


@main.command()
@specs_option
@click.option("--run", "journal", type=click.Path(path_type=Path), default=LATEST, show_default=True, metavar="RUN")
@click.option("--lines", is_flag=True, help="Show also each behaviour that no case covers, and why.")
def coverage(specs: Path, journal: Path, lines: bool) -> None:
    """Count the documented behaviours that have a case, and those whose cases conform in a run."""
    from conformance.coverage import CATALOGUE, load_catalogue
    from conformance.coverage import coverage as count
    from conformance.report.coverage import show as show_coverage
    from conformance.report.printing import Terminal
    from conformance.sources.yaml import suites

    areas, found = _checked(lambda: (load_catalogue(specs / CATALOGUE), suites(specs)))
    show_coverage(count(areas, found), _read(journal) if journal.exists() else None, Terminal(), lines=lines)


@main.command()
def targets() -> None:
    """List the targets that have a name, and whether they can run here."""
    from conformance import session
    from conformance.report.printing import Terminal, put
    from conformance.report.terminal import targets_table

    put(Terminal(), targets_table(session.targets(DEFAULT)))


@main.command()
@click.option("--run", "which", flag_value="run", help="Of run.ndjson, line by line.")
@click.option("--known", "which", flag_value="known", help="Of known.yaml.")
def schema(which: str | None) -> None:
    """Print a JSON Schema: of the specs, unless told otherwise."""
    from conformance.spec.schema import as_text, known_schema, spec_schema

    if which == "run":
        from conformance.report.run import journal_schema as make
    else:
        make = known_schema if which == "known" else spec_schema
    click.echo(as_text(make()), nl=False)


# --- shared ---------------------------------------------------------------------------------------


def _selected(specs: Path, selectors: Sequence[str], expression: str) -> tuple[Selected, ...]:
    from conformance.selection import SelectionError, select

    try:
        selected = _checked(lambda: select(specs, selectors, expression))
    except SelectionError as error:
        raise Refused(str(error)) from None
    if not selected:
        raise NothingSelected("nothing is selected: no case fits")
    return selected


def _checked(load: Callable[[], T]) -> T:
    from conformance.spec.errors import SpecError

    try:
        return load()
    except SpecError as error:
        raise Refused(str(error)) from None


def _read(journal: Path) -> Record:
    from conformance.report.run import JournalError, read
    from conformance.session import JOURNAL

    try:
        return read(journal / JOURNAL if journal.is_dir() else journal)
    except JournalError as error:
        raise Refused(str(error)) from None

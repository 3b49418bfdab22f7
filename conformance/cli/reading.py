"""Commands that read runs."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from conformance.cli.shared import (
    LATEST,
    Kinds,
    NothingSelected,
    Refused,
    all_option,
    checked,
    read_run,
    run_option,
    say,
    specs_option,
    summary_option,
    unwritable,
    write,
)

if TYPE_CHECKING:
    from conformance.report.diff import Kind

FORMS = ("junit", "html", "markdown", "annotations", "badge")
"""The forms of a report; each is the module of `conformance.report` of that name."""


@click.command("report")
@click.argument("journal", type=click.Path(path_type=Path), default=LATEST, metavar="[RUN]")
@click.option(
    "--as",
    "form",
    type=click.Choice(["terminal", *FORMS]),
    default="terminal",
    show_default=True,
    help="What the run is rendered as.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write; else it is printed."
)
@all_option
@summary_option
def report_command(journal: Path, form: str, output: Path | None, whole: bool, brief: bool) -> None:
    """Render a run, from its run.ndjson or the folder that holds it.

    \b
    junit        XML for CI systems
    html         one page with everything in it, to search and to filter
    markdown     for the summary of a CI job
    annotations  a line for each failure at its place in the spec, as GitHub reads them
    badge        JSON for an endpoint badge of shields.io
    """
    record = read_run(journal)
    if form == "terminal":
        from conformance.report.printing import Terminal
        from conformance.report.terminal import report

        report(record, Terminal(), whole=whole, brief=brief)
        return
    text: str = importlib.import_module(f"conformance.report.{form}").render(record)
    if output is None:
        say(text, nl=False)
    else:
        write(output, text)


@click.command()
@click.argument("address")
@run_option
def show(address: str, journal: Path) -> None:
    """Show all that a run knows of one case or cell, on every target: `show
    seeds/autograd-basics::notebook#4`."""
    from conformance.report.printing import Terminal
    from conformance.report.terminal import show as show_address

    if not show_address(read_run(journal), address, Terminal()):
        raise NothingSelected(f"{address} is not in the run: `conformance list` has the addresses")


@click.command()
@click.argument("journal", type=click.Path(path_type=Path), default=LATEST, metavar="[RUN]")
def view(journal: Path) -> None:
    """Walk through a run in the terminal: search it, filter it, look at cells, run them again."""
    record = read_run(journal)
    try:
        from conformance.view import View
    except ModuleNotFoundError as error:
        raise Refused(f'no module {error.name}: pip install "autograd-conformance[view]"') from None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("view is for a terminal: `conformance report` prints")
    View(record).run()


@click.command()
@specs_option
@run_option
@click.option("--lines", is_flag=True, help="Show also each behaviour that no case covers, and why.")
def coverage(specs: Path, journal: Path, lines: bool) -> None:
    """Count the documented behaviours that have a case, and those whose cases conform in a run."""
    from conformance.coverage import CATALOGUE, load_catalogue
    from conformance.coverage import coverage as count
    from conformance.report.coverage import show as show_coverage
    from conformance.report.printing import Terminal
    from conformance.sources.yaml import suites

    areas, found = checked(lambda: (load_catalogue(specs / CATALOGUE), suites(specs)))
    show_coverage(count(areas, found), read_run(journal) if journal.exists() else None, Terminal(), lines=lines)


@click.command()
@click.argument("before", type=click.Path(path_type=Path), metavar="BEFORE")
@click.argument("after", type=click.Path(path_type=Path), default=LATEST, metavar="[AFTER]")
@click.option("--fail-on", type=Kinds(), default="new", show_default=True, metavar="KINDS")
@all_option
def diff(before: Path, after: Path, fail_on: tuple[Kind, ...], whole: bool) -> int:
    """Tell what changed from one run to another, and exit with 1 if any of it is of the KINDS.

    \b
    new      not as expected, and it was before, or was not there
    gone     not run any more: removed, or skipped
    changed  another verdict, other failing checks, or the target does something else
    slower   takes more than twice as long, and 0.1 s longer
    fixed    as expected, and it was not before
    added    as expected, and it was not there before, or skipped
    """
    from conformance.report.changes import show as show_changes
    from conformance.report.diff import changes, left_out
    from conformance.report.printing import Terminal

    runs = read_run(before), read_run(after)
    found = changes(*runs)
    show_changes(found, Terminal(), fail_on=fail_on, whole=whole, left_out=left_out(*runs))
    return int(any(change.kind in fail_on for change in found))


@click.command()
@click.argument("shards", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=LATEST, show_default=True)
@all_option
def merge(shards: tuple[Path, ...], out: Path, whole: bool) -> int:
    """Join the runs of all shards into one run, and report it with the exit code that it would have had."""
    from conformance.report.merge import merge as join
    from conformance.report.merge import write as write_journal
    from conformance.report.printing import Terminal
    from conformance.report.run import JOURNAL, JournalError
    from conformance.report.terminal import report

    try:
        record = join([each / JOURNAL if each.is_dir() else each for each in shards])
    except JournalError as error:
        raise Refused(str(error)) from None
    try:
        write_journal(record, out / JOURNAL)
    except OSError as error:
        raise unwritable(out / JOURNAL, error) from None
    report(record, Terminal(), whole=whole)
    return record.footer.exit_code if record.footer else 0


@click.command()
@run_option
@click.option(
    "-o",
    "--output",
    "--out",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/baseline.ndjson"),
    show_default=True,
)
@click.option("--failures", is_flag=True, help="Keep only the names of what failed: enough to see what is new.")
def baseline(journal: Path, out: Path, failures: bool) -> None:
    """Reduce a run to its verdicts and failures, for later runs to be held against."""
    from conformance.report.baseline import reduced
    from conformance.report.merge import write as write_journal

    record = read_run(journal)
    if not record.complete:
        raise Refused(f"the run in {journal} is incomplete")
    try:
        write_journal(reduced(record, failures=failures), out, brief=True)
    except OSError as error:
        raise unwritable(out, error) from None


COMMANDS = (report_command, show, view, diff, merge, baseline, coverage)

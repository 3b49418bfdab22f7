"""What commands share: refusals, options, and loading that refuses what is wrong."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import rich_click as click

if TYPE_CHECKING:
    from conformance.report.diff import Kind
    from conformance.report.run import Record
    from conformance.selection import Selected

T = TypeVar("T")

INTERRUPTED, INTERNAL, USAGE, NOTHING, UNAVAILABLE = 2, 3, 4, 5, 6

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


class Unavailable(Refused):
    """A target that must be there is not."""

    exit_code = UNAVAILABLE


class Failed(Refused):
    """It was begun, and could not be ended."""

    exit_code = INTERNAL


class Shard(click.ParamType):
    """`2/4` as (2, 4)."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        number, _, total = value.partition("/")
        if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
            self.fail(f"{value!r} is no shard: write 2/4 for the second of four", param, ctx)
        return int(number), int(total)


class Seconds(click.FloatRange):
    """A time that passes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


class Kinds(click.ParamType):
    """`new,gone` as a tuple of kinds of change."""

    name = "kinds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Kind, ...]:
        if isinstance(value, tuple):
            return value
        from conformance.report.diff import KINDS

        kinds = tuple(filter(None, value.split(",")))
        for kind in kinds:
            if kind not in KINDS:
                self.fail(f"{kind!r} is no kind of change: they are {', '.join(KINDS)}", param, ctx)
        return cast("tuple[Kind, ...]", kinds)


def _specs() -> Path:
    """`specs` here, or else those that came with this package: an engine's own project need not have any."""
    package = Path(__file__).parents[1]
    folders = (Path("specs"), package / "specs", package.with_name("specs"))
    return next((folder for folder in folders if folder.is_dir()), folders[0])


specs_option = click.option(
    "--specs",
    type=click.Path(path_type=Path),
    default=_specs,
    help="The folder of the specs. [default: specs, and where there is none the project's own]",
)
selectors_argument = click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
expression_option = click.option(
    "-k",
    "expression",
    default="",
    metavar="EXPR",
    help="Only cases whose address, title or tags fit: words, and, or, not.",
)
jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=lambda: len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    help="How many cases run at once; 0 runs them in this process, for a debugger. [default: one per core]",
)
timeout_option = click.option(
    "--timeout",
    type=Seconds(min=0, min_open=True, max=1e6),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="What a case may take on a target.",
)
summary_option = click.option("--summary", "brief", is_flag=True, help="Show only the numbers, no divergence.")
all_option = click.option("--all", "whole", is_flag=True, help="Show every divergence, and each in full.")
run_option = click.option(
    "--run", "journal", type=click.Path(path_type=Path), default=LATEST, show_default=True, metavar="RUN"
)


def selected(specs: Path, selectors: Sequence[str], expression: str, *, compiled: bool = True) -> tuple[Selected, ...]:
    """The cases that are meant, their Python `compiled` as a check. Raises Refused, or NothingSelected."""
    from conformance.expression import SelectionError
    from conformance.selection import select

    try:
        found = checked(lambda: select(specs, selectors, expression, compiled=compiled))
    except SelectionError as error:
        raise Refused(str(error)) from None
    if not found:
        raise NothingSelected("nothing is selected: no case fits")
    return found


def checked(load: Callable[[], T]) -> T:
    """What `load` gives; a mistake in a spec refuses the command."""
    from conformance.spec.errors import SpecError

    try:
        return load()
    except SpecError as error:
        raise Refused(str(error)) from None


def say(text: str, *, nl: bool = True) -> None:
    """Prints a text as it is. If whoever read stdout has gone, it goes nowhere, and the exit code stays that of the
    command."""
    try:
        click.echo(text, nl=nl)
    except BrokenPipeError:
        discard()


def discard() -> None:
    """From here on what goes to stdout goes nowhere."""
    from conformance.report import printing

    printing.discard()


def write(path: Path, text: str) -> None:
    """Writes a file, whole or not at all, with the folders that it needs. Raises Refused."""
    from conformance.execute.recording import replace_file

    try:
        if path.exists() and not path.is_file():  # a pipe, or the terminal
            path.write_text(text, encoding="utf-8")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode("utf-8"))
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> Refused:
    """The refusal for a file that cannot be written."""
    return Refused(f"{path} cannot be written: {error.strerror}")


def read_run(journal: Path) -> Record:
    """The run in a file, or in the folder that holds its journal."""
    from conformance.report.run import JOURNAL, JournalError, read

    try:
        return read(journal / JOURNAL if journal.is_dir() else journal)
    except JournalError as error:
        raise Refused(str(error)) from None

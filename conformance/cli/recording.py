"""`conformance record`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import rich_click as click

from conformance.cli.shared import (
    UNAVAILABLE,
    Refused,
    expression_option,
    jobs_option,
    say,
    selected,
    selectors_argument,
    specs_option,
    timeout_option,
)
from conformance.targets import REFERENCE

if TYPE_CHECKING:
    from conformance.record.changes import Change
    from conformance.record.record import Found, Place


@click.command()
@selectors_argument
@expression_option
@click.option(
    "--mode",
    type=click.Choice(["create", "fix", "trim", "update"]),
    default="create",
    show_default=True,
    help="What is changed.",
)
@click.option("--yes", is_flag=True, help="Agree to every change unseen, in a script. Refused where CI is set.")
@jobs_option
@timeout_option
@specs_option
def record(
    selectors: tuple[str, ...],
    expression: str,
    mode: Literal["create", "fix", "trim", "update"],
    yes: bool,
    jobs: int,
    timeout: float,
    specs: Path,
) -> int:
    """Fill specs from what torch does, change by change.

    Each cell runs twice; what is not the same twice is refused. Every change is shown, and made only if you agree.
    What a document says is not to be overwritten with what torch does now: that is what `drifted` is for.

    \b
    create  state what is not stated: stdout, result, raises, warns
    fix     replace what torch no longer does
    trim    take away what says nothing, or what torch never does
    update  all of it
    """
    from conformance.record.record import Unrecordable, look, write
    from conformance.sources.live import is_live

    if yes and os.environ.get("CI", "").lower() not in ("", "0", "false"):
        raise Refused("--yes is refused where CI is set: a run must not rewrite what it is held against")
    if not (yes or sys.stdin.isatty()):
        raise Refused("each change is asked about, and this is no terminal: use one, or --yes in a script")
    if live := [each for each in selectors if is_live(each)]:
        raise Refused(f"{live[0]} has no spec that could be filled: `conformance import` makes one of a document")
    try:
        files = look(selected(specs, selectors, expression), mode, REFERENCE, jobs=jobs, timeout=timeout)
    except Unrecordable as error:
        click.echo(f"conformance: {error}", err=True)
        return UNAVAILABLE
    refused = [each for found in files for each in found.refused]
    written = 0
    for found in files:
        agreed, goes_on = (found.changes, True) if yes else _review(found)
        try:
            not_done = write(found, agreed)
        except Unrecordable as error:
            raise Refused(str(error)) from None
        refused += not_done
        written += len(agreed) - len(not_done)
        if not goes_on:
            break
    for place, reason in refused:
        say(f"refused  {place.address}  {reason}")
    proposed = sum(len(found.changes) for found in files)
    say(f"{written} of {proposed} changes written" if proposed else "nothing to change")
    return int(bool(refused))


def _review(found: Found) -> tuple[list[tuple[Place, Change]], bool]:
    """The changes of a file that were agreed to, and whether to go on with the next one."""
    agreed: list[tuple[Place, Change]] = []
    for number, (place, change) in enumerate(found.changes):
        click.secho(f"\n{place.address}  {change.kind} {' '.join(change.path)}", bold=True)
        for line in _shown(place, change):
            click.secho(line, fg={"-": "red", "+": "green"}.get(line[:1]))
        answer = click.prompt(
            "Change it? [y]es, [n]o, [a]ll of this file, [q]uit",
            type=click.Choice(["y", "n", "a", "q"]),
            show_choices=False,
            default="n",
        )
        if answer == "q":
            return agreed, False
        if answer == "a":
            return [*agreed, *found.changes[number:]], True
        if answer == "y":
            agreed.append((place, change))
    return agreed, True


def _shown(place: Place, change: Change) -> Iterator[str]:
    """The code of the cell, and the entry before and after."""
    yield from (f"  {line}" for line in place.code.rstrip().splitlines())
    yield from (f"- {line}" for line in _lines(change.path, change.before))
    yield from (f"+ {line}" for line in _lines(change.path, change.after))


def _lines(path: Sequence[str], value: Any) -> list[str]:
    from conformance.record.changes import ABSENT
    from conformance.spec.writer import entry

    return [] if value is ABSENT else entry(path[-1], value, flow=len(path) > 1)


COMMANDS = (record,)

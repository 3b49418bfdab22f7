"""Commands that say what there is: cases, targets, accepted divergences, schemas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import rich_click as click

from conformance.cli.shared import (
    UNAVAILABLE,
    Refused,
    checked,
    expression_option,
    say,
    selected,
    selectors_argument,
    specs_option,
    write,
)
from conformance.targets import DEFAULT


@click.command("list")
@selectors_argument
@expression_option
@specs_option
def list_command(selectors: tuple[str, ...], expression: str, specs: Path) -> None:
    """List the cases that `run` would run. Nothing in their cells is checked.

    Of many operators or modules (`opinfo:linalg.*`) only the names are listed: `list opinfo:linalg.svd` makes the
    samples of one.
    """
    from conformance.expression import SelectionError, parse

    try:
        fits = parse(expression)
    except SelectionError as error:
        raise Refused(str(error)) from None
    if not selectors and specs.is_dir() and (lines := _outlined(specs, fits)):
        say("\n".join(lines))
        return
    from conformance.sources.live import many

    broad = [each for each in selectors if many(each)]
    if broad:
        from conformance.sources.samples import entries

        names = [name for name in checked(partial(entries, broad)) if not expression or fits(name)]
        say("\n".join(names))
    if len(broad) == len(selectors) > 0:
        return
    for item in selected(specs, [each for each in selectors if each not in broad], expression, compiled=False):
        say(f"{item.address}  {item.case.title or ''}".rstrip())


def _outlined(specs: Path, fits: Callable[[str], bool]) -> list[str]:
    """A line for each case of all specs that fits; none where the specs have to be read in full to tell why."""
    from conformance.expression import words
    from conformance.sources.files import spec_files, suite_name
    from conformance.spec.errors import SpecError
    from conformance.spec.outline import outlines

    lines = []
    try:
        for name, path in sorted((suite_name(path, specs), path) for path in spec_files(specs, specs)):
            found = outlines(path, name)
            if found is None:
                return []
            lines += [
                f"{each.address}  {each.title}".rstrip()
                for each in found
                if fits(words(str(each.address), each.title, each.tags, each.covers))
            ]
    except SpecError:
        return []
    return lines


@click.command()
def targets() -> None:
    """List the targets that have a name, and whether they can run here."""
    from conformance import session
    from conformance.report.printing import Terminal, put
    from conformance.report.terminal import targets_table

    put(Terminal(), targets_table(session.targets(session.named(DEFAULT))))


@click.command()
@click.option("--run", "which", flag_value="run", help="Of run.ndjson, line by line.")
@click.option("--known", "which", flag_value="known", help="Of known.yaml.")
def schema(which: str | None) -> None:
    """Print a JSON Schema: of the specs, unless told otherwise."""
    from conformance.spec.schema import as_text, known_schema, spec_schema

    if which == "run":
        from conformance.report.run import journal_schema as make
    else:
        make = known_schema if which == "known" else spec_schema
    say(as_text(make()), nl=False)


@click.command()
@specs_option
@click.option("--document", is_flag=True, help="As a page in Markdown.")
def known(specs: Path, document: bool) -> None:
    """List the accepted divergences, with reason, link and expiry."""
    from conformance import session
    from conformance.report.known import lines, page

    if not specs.is_dir():
        raise Refused(f"there are no specs at {specs}: name their folder with --specs")
    found = checked(lambda: session.accepted_divergences(specs, DEFAULT))
    for line in (page if document else lines)(found):
        say(line)


@click.command()
@click.argument("target")
def doctor(target: str) -> int:
    """Say what TARGET can do, before a run on it is worth starting; exits with 6 if none can be started."""
    from conformance import session
    from conformance.doctor import examine

    try:
        session.refuse_unknown([target])
    except ValueError as error:
        raise Refused(str(error)) from None
    marks = {"can": "yes", "cannot": "no", "trouble": "NO"}
    trouble = False
    for finding in examine(target):
        detail = f": {finding.detail}" if finding.detail else ""
        say(f"{marks[finding.state]:4} {finding.what}{detail}")
        trouble = trouble or finding.state == "trouble"
    return UNAVAILABLE if trouble else 0


@click.command("import")
@click.argument("document", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The spec to write; else printed."
)
def import_command(document: Path, output: Path | None) -> None:
    """Turn DOCUMENT into a spec: a notebook, Python with `# %%` marks, Markdown, or text with `>>>` examples.

    What the document shows becomes what the spec states; read it before it is trusted.
    """
    from conformance.sources.notebook import notebook
    from conformance.sources.requirements import with_needs
    from conformance.sources.text import SUFFIXES
    from conformance.sources.text import text as read_text
    from conformance.spec.loader import load_suite
    from conformance.spec.writer import as_yaml

    suffix = document.suffix.lower()
    if suffix not in (".ipynb", *SUFFIXES):
        raise Refused(f"{document} is none of {', '.join(('*.ipynb', *(f'*{each}' for each in SUFFIXES)))}")
    if output is not None and output.exists():
        raise Refused(f"{output} is there already: remove it first")
    suite = checked(lambda: (notebook if suffix == ".ipynb" else read_text)(document))
    written = as_yaml(with_needs(suite))
    if output is None:
        say(written, nl=False)
        return
    write(output, written)
    checked(lambda: load_suite(output, output.stem))  # what is not Python wants a word by hand


COMMANDS = (list_command, targets, doctor, import_command, known, schema)

"""`conformance run`, and `conformance reduce` for what it finds."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import rich_click as click
from click import get_current_context
from click.core import ParameterSource

from conformance.cli.shared import (
    LATEST,
    Failed,
    Kinds,
    Refused,
    Shard,
    Unavailable,
    all_option,
    checked,
    expression_option,
    jobs_option,
    read_run,
    say,
    selected,
    selectors_argument,
    specs_option,
    summary_option,
    timeout_option,
)
from conformance.targets import DEFAULT, REFERENCE

if TYPE_CHECKING:
    from conformance.report.diff import Kind


class Record(NamedTuple):
    """A target that is recorded, and the file, if one was named."""

    target: str
    path: Path | None

    def file(self, out: Path) -> Path:
        """Where the recording goes; in the folder of the run, unless a file was named."""
        return self.path or out / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', self.target)}.recording.ndjson"


class Records(click.ParamType):
    """`torch:cuda` or `torch:cuda=FILE`."""

    name = "record"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Record:
        target, named, path = value.partition("=")
        if not target or (named and not path):
            self.fail(f"{value!r} is nothing to record: write torch:cuda, or torch:cuda=FILE", param, ctx)
        return Record(target, Path(path) if named else None)


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
    "--record",
    "records",
    type=Records(),
    multiple=True,
    metavar="TARGET[=FILE]",
    help="Keep what this target does in a file, for --replay elsewhere; it is then required. May be repeated.",
)
@click.option(
    "--replay",
    "recordings",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Compare a recording in place of the target that it was made of, which is not started. May be repeated.",
)
@jobs_option
@timeout_option
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
@summary_option
def run(
    selectors: tuple[str, ...],
    expression: str,
    targets: tuple[str, ...],
    reference: str,
    require: tuple[str, ...],
    records: tuple[Record, ...],
    recordings: tuple[Path, ...],
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
    brief: bool,
) -> int:
    """Run cells on targets and compare them.

    SELECTORS are suites, folders of suites, cases and cells: `seeds`, `seeds/autograd-basics`,
    `seeds/autograd-basics::notebook`, `seeds/autograd-basics::notebook#4`. Without any, everything runs.
    `notebook:PATH` and `docstring:torch.autograd` run a document as it is, without a spec, `opinfo:linalg.*`,
    `moduleinfo:nn.Conv*` and `optiminfo:Adam` run torch's own samples, `fuzz:7` programs drawn at random.
    """
    from conformance import session
    from conformance.execute.recording import Recorder, RecordingError
    from conformance.report.printing import Terminal
    from conformance.report.progress import Live
    from conformance.report.run import JOURNAL, JournalError, read
    from conformance.report.terminal import report
    from conformance.report.words import count
    from conformance.run import Options

    given = get_current_context().get_parameter_source
    if baseline is None and given("fail_on") is not ParameterSource.DEFAULT:
        raise Refused("--fail-on says which changes since a --baseline fail: name one")
    try:
        replays = session.replays(recordings)
    except RecordingError as error:
        raise Refused(str(error)) from None
    files = {each.target: each.file(out) for each in records}
    _refuse_contradictions(files, replays, reference, resume=resume)
    require = tuple(dict.fromkeys((*require, *files)))
    names = tuple(dict.fromkeys((*(targets or DEFAULT), *require, *replays)))
    options = Options(names, None if reference == "none" else reference, jobs, timeout, isolate, replays)
    try:
        session.refuse_unknown(name for name in options.names if name not in replays)
    except ValueError as error:
        raise Refused(str(error)) from None
    cases = selected(specs, selectors, expression)
    if shard and shard[1] > len(cases):
        raise Refused(f"there are fewer cases than shards: {len(cases)} for {shard[1]}")
    known = checked(lambda: session.accepted_divergences(specs, (*DEFAULT, *options.names), cases))
    words: dict[str, str | int | float | list[str]] = {
        "targets": list(names),
        "selectors": list(selectors),
        "expression": expression,
        "jobs": jobs,
        "timeout": timeout,
        "require": list(require),
        "isolate": isolate,
    }
    for name, value in (("specs", str(specs)), ("reference", reference)):
        if given(name) is not ParameterSource.DEFAULT:
            words[name] = value  # whoever runs a cell again must say it, too
    if recordings:
        words["replay"] = list(map(str, recordings))
    if shuffle is not None:
        words["shuffle"] = shuffle
    before = None if baseline is None else session.Baseline(read_run(baseline), baseline, fail_on)
    planned = session.Session(cases, options, known, words, require, shard, shuffle, before)
    journal, console = out / JOURNAL, Terminal()
    recorder = Recorder(files) if files else None
    try:
        with Live(console, len(planned.cases) * len(names)) as live:
            code = session.run(planned, journal, live.done, resume=resume, recorder=recorder)
    except JournalError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        if error.filename is not None:  # it could not be begun
            raise Refused(f"the run cannot be written to {out}: {error.strerror}: {error.filename}") from None
        raise Failed(f"the run in {out} was cut short: {error.strerror}; with room, --resume goes on") from None
    report(read(journal), console, whole=whole, brief=brief)
    for target, file in files.items():
        if recorder and target in recorder.written:
            say(f"  recorded {count(recorder.written[target], 'case')} of {target}: {file}")
        else:
            say(f"  nothing was recorded of {target}")
    return code


def _refuse_contradictions(files: Container[str], replays: Iterable[str], reference: str, *, resume: bool) -> None:
    for name in replays:
        if name == reference:
            raise Refused(f"a recording does not arbitrate: {name} must run here, or name another --reference")
        if name in files:
            raise Refused(f"{name} cannot be recorded while a recording stands in for it")
    if resume and files:
        raise Refused("--record needs the whole run: what --resume keeps of an earlier one is not in it")


@click.command()
@click.argument("address")
@click.option(
    "-t", "--target", default=DEFAULT[0], show_default=True, metavar="TARGET", help="The target that is wrong."
)
@click.option("--reference", default=REFERENCE, show_default=True, metavar="TARGET", help="Who arbitrates.")
@timeout_option
@specs_option
def reduce(address: str, target: str, reference: str, timeout: float, specs: Path) -> int:
    """Make a short program of a case that does not conform.

    Cells and statements of the case at ADDRESS are taken away for as long as the rest is wrong in the same way:
    `conformance reduce 'fuzz:7::program-12'`. What is left is printed as Python, the difference on stderr.
    """
    from conformance import session
    from conformance.reduce import as_python
    from conformance.reduce import reduce as reduced
    from conformance.report.blocks import Block
    from conformance.report.printing import Terminal, put
    from conformance.run import Options, Run

    try:
        session.refuse_unknown([target, reference])
    except ValueError as error:
        raise Refused(str(error)) from None
    (item, *more) = selected(specs, [address], "")
    if more:
        raise Refused(f"{address} names {len(more) + 1} cases: `conformance list` has the address of each")
    known = checked(lambda: session.accepted_divergences(specs, (*DEFAULT, target, reference)))
    with Run({}, Options((target,), reference, 1, timeout), known) as running:
        for name, each in running.availability().items():
            if each.state != "ready":
                raise Unavailable(f"{name} is not available: {each.reason}")
        found = reduced(item, lambda candidate: running.case(candidate)[0])
    if found is None:
        click.echo(f"conformance: {address} is as expected on {target}: there is nothing to reduce", err=True)
        return 0
    say(as_python(found.item.case), nl=False)
    console = Terminal(stderr=True)
    for part in Block(found.result, found.result.cells[-1], reference, has_address=False).render(console.width):
        put(console, part)
    was, now = (sum(cell.code.count("\n") + 1 for cell in each.case.cells) for each in (item, found.item))
    click.echo(f"conformance: {was} lines became {now}, in {found.tried} runs", err=True)
    return 1


COMMANDS = (run, reduce)

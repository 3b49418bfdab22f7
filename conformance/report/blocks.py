"""One cell on one target, told so that a reader sees at once what went wrong: the code, what the document
says, what torch did, what the target did, who is wrong, and how to run it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from conformance.compare.normalise import normalise
from conformance.compare.results import NOT_REACHED, CaseResult, CellResult
from conformance.compare.verdict import EXPECTED, Check
from conformance.report.sides import NOTHING, Side, side_by_side
from conformance.report.why import MEANS, is_live, why
from conformance.report.words import LOOKS, count

CHECKS = 3
"""How many checks of a divergent cell are shown whole, unless all are asked for."""
CODE = 24
"""How many lines of a cell's code are shown, unless all are."""
_TEXTS = ("stdout", "result", "error", "warnings")
"""The checks whose texts show their difference themselves; others have it told in a sentence."""


@dataclass(frozen=True, slots=True)
class Block:
    """A cell of a result, and of those on other targets that came to the same end."""

    result: CaseResult
    cell: CellResult
    reference: str
    arguments: str = ""
    """What the command that runs the cell again must say besides its address and target."""
    has_address: bool = True
    """Whether a command can run the cell again: what was made of a case has no address."""
    alike: tuple[CaseResult, ...] = ()

    @property
    def address(self) -> str:
        return self.result.address.partition("#")[0] + f"#{self.cell.number}"

    @property
    def command(self) -> str:
        """Runs just this cell again."""
        targets = "".join(f" --target {each.target}" for each in (self.result, *self.alike))
        return f"conformance run {shlex.quote(self.address)}{targets}{self.arguments}"

    @property
    def where(self) -> str:
        """The targets, as a report calls them."""
        return ", ".join(each.called for each in (self.result, *self.alike))

    def render(self, width: int, *, whole: bool = False) -> Iterator[RenderableType]:
        """The lines of a divergent cell; with `whole` those of any cell, with every check that says
        something."""
        checks = [check for check in self.result.checks_of(self.cell) if _matters(check, whole)]
        yield self._heading(width)
        if self.cell.title or self.result.title:
            yield Padding(Text(self.cell.title or self.result.title, "italic"), (0, 0, 0, 2))
        yield Text()
        yield from _code(self.cell.code, whole)
        yield Text()
        shown = checks if whole else checks[:CHECKS]
        for check in shown:
            if check.verdict == "conforms" and check.name == "state":
                state = Text().append(_name(check), "bold").append(f"  {check.target}").append(_distance(check), "dim")
                yield Padding(state, (0, 0, 1, 2))
            else:
                yield from self._check(check, width - 4, whole)
        if rest := checks[len(shown) :]:
            names = ", ".join(dict.fromkeys(_name(check) for check in rest))
            yield Padding(Text(f"and {count(len(rest), 'more check')}: {names}", "dim"), (0, 0, 1, 2))
        if unreached := sum(check.reason.startswith(NOT_REACHED) for check in self.result.checks) * (
            self.cell.verdict in ("timeout", "crashed", "no-result")
        ):
            yield Text(f"  {count(unreached, 'later cell')} of the case not reached", "dim")
            yield Text()
        if whole and self.cell.traceback:
            yield Padding(Text(self.cell.traceback.rstrip(), "dim"), (0, 0, 1, 4))
        live = is_live(self.result.address)
        if live and self.cell.verdict not in EXPECTED and (reason := why(self.result, self.cell)) in MEANS:
            yield Padding(Text("why        ", "dim").append(f"{reason}: {MEANS[reason]}", "not dim"), (0, 0, 0, 2))
        if self.has_address and (self.cell.verdict not in EXPECTED or whole):
            yield Text(no_wrap=True).append("  run again  ", "dim").append(self.command, "cyan")
            if self.result.file:
                place = f"{self.result.file}:{self.cell.line}" if self.cell.line else self.result.file
                yield Text(f"  {'document ' if live else 'spec     '}  {place}", "dim", no_wrap=True)
            yield Text()

    def _heading(self, width: int) -> Text:
        look = LOOKS[self.cell.verdict]
        heading = Text().append(self.address, "bold")
        verdict = Text(f"{self.where} {self.cell.verdict}", look.style)
        room = width - heading.cell_len - verdict.cell_len - 4
        if self.cell.label and room >= 8:
            label = Text(f"  {self.cell.label}", "dim")
            label.truncate(room + 2, overflow="ellipsis")
            heading.append_text(label)
        gap = width - heading.cell_len - verdict.cell_len
        if gap < 2:
            return Text("\n").join([heading, verdict])
        return heading.append(" " * gap).append_text(verdict)

    def _check(self, check: Check, width: int, whole: bool) -> Iterator[RenderableType]:
        title = Text().append(_name(check), "bold")
        if check.verdict != "conforms":
            title.append(f"  {check.who or check.reason}", LOOKS[check.verdict].style)
        elif whole:
            title.append(_distance(check), "dim")
        yield Padding(title, (0, 0, 0, 2))
        sides = sides_of(check, self.result, self.reference)
        told = check.name not in _TEXTS and len({side.text for side in sides}) == 1 and bool(check.differences)
        if sides and not told:
            yield Padding(Text("\n").join(side_by_side(sides, width, whole=whole)), (0, 0, 0, 4))
        if check.name not in _TEXTS:
            for difference in check.differences[:4]:
                yield Padding(Text(difference, "dim"), (0, 0, 0, 4))
        if check.verdict == "known":
            yield Padding(Text(f"accepted: {check.reason}", "cyan"), (0, 0, 0, 4))
        yield Text()


def sides_of(check: Check, result: CaseResult, reference: str) -> list[Side]:
    """What the document says, what torch did, what the target did; who did not run is left out."""
    if check.target is None:
        return []
    sides = [] if check.document is None else [Side("document", normalise(check.document))]
    if result.target != reference:
        torch = None if check.torch is None else normalise(check.torch)
        sides.append(Side(reference or "torch", torch, "did not run"))
    return [*sides, Side(result.called, normalise(check.target))]


def _matters(check: Check, whole: bool) -> bool:
    """Whether a check is shown: all that do not conform, and with `whole` also what says something."""
    if not whole:
        return check.verdict not in EXPECTED
    return check.verdict != "conforms" or check.target not in (None, *NOTHING)


def _distance(check: Check) -> str:
    """How far the numbers are from the reference's, where they are not the same."""
    return f"  within {check.ulp:.3g} ULP of torch" if check.ulp else ""


def _name(check: Check) -> str:
    return f"{check.name} {check.subject}" if check.subject else check.name


def _code(code: str, whole: bool) -> Iterable[RenderableType]:
    """The code with line numbers, in the terminal's own colours."""
    lines = code.rstrip("\n").split("\n")
    left_out = 0 if whole else max(0, len(lines) - CODE)
    shown = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(
        "\n".join(lines[: len(lines) - left_out])
    )
    digits = len(str(len(lines)))
    for number, line in enumerate(shown.split("\n"), start=1):
        if number <= len(lines) - left_out:
            yield Text(f"  {number:>{digits}} ", "dim").append_text(line)
    if left_out:
        yield Text(f"  {'':>{digits}} {count(left_out, 'more line')}", "dim")

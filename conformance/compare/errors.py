"""Errors and warnings: a target's against torch's, and against what a spec states."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from conformance.compare.difference import Difference
from conformance.compare.normalise import normalise
from conformance.compare.values import Rules
from conformance.spec.model import Raises, Warns
from conformance.targets.protocol import Error, Warned

# --- errors ---------------------------------------------------------------------------------------


def shown(error: Error | None) -> str:
    """An error as Python prints it; `no error`."""
    if error is None:
        return "no error"
    return f"{error.type}: {error.message}" if error.message else error.type


def shown_raises(raises: Raises | None) -> str:
    """What a spec says is raised, in the same form."""
    if raises is None:
        return "no error"
    text = raises.message if raises.match is None else f"/{raises.match}/"
    return f"{raises.type}: {text.rstrip()}" if text else raises.type


def against_torch(actual: Error | None, expected: Error | None, rules: Rules) -> list[Difference]:
    """In what an error is not torch's. The line of the traceback and the module of the class may differ."""
    if actual is None or expected is None:
        return [] if actual is expected else [Difference("error", shown(actual), shown(expected))]
    found = []
    if actual.type != expected.type:
        found.append(Difference("error type", actual.type, expected.type))
    if actual.during != expected.during:
        found.append(Difference("error phase", actual.during, expected.during))
    ours, theirs = _text(actual.message, rules), normalise(expected.message)
    if ours != theirs:
        found.append(Difference("error message", repr(ours), repr(theirs)))
    return found


def against_spec(actual: Error | None, expected: Raises | None, rules: Rules) -> list[Difference]:
    """In what an error is not the documented one."""
    if actual is None or expected is None:
        if actual is expected is None:
            return []
        return [Difference("error", shown(actual), shown_raises(expected))]
    found = []
    if expected.type not in (actual.type, actual.qualified):
        found.append(Difference("error type", actual.type, expected.type))
    if actual.during != expected.during:
        found.append(Difference("error phase", actual.during, expected.during))
    if not _normalised(expected).says(_text(actual.message, rules)):
        wanted = repr(expected.message) if expected.match is None else f"like /{expected.match}/"
        found.append(Difference("error message", repr(actual.message), wanted))
    return found


def stated(expected: Raises | None) -> frozenset[str]:
    """The aspects of an error that a spec states: an error without `raises` is none that the document
    shows."""
    said = {"error", "error type", "error phase"}
    if expected is None or expected.message is not None or expected.match is not None:
        said.add("error message")
    return frozenset(said)


# --- warnings -------------------------------------------------------------------------------------


def shown_warnings(warned: Sequence[Warned]) -> str:
    """One line per warning, equal ones in a row counted."""
    lines = []
    for (category, message), times in _runs(warned, Rules()):
        lines.append(f"{category}: {message}" + (f" ({times} times)" if times > 1 else ""))
    return "\n".join(lines) or "no warning"


def shown_warns(expected: Sequence[Warns]) -> str:
    """What a spec says is warned, in the same form."""
    lines = []
    for each in expected:
        text = each.message if each.match is None else f"/{each.match}/"
        times = f" ({each.times} times)" if each.times > 1 else ""
        lines.append(f"{each.category}: {text.rstrip()}{times}" if text else f"{each.category}{times}")
    return "\n".join(lines) or "no warning"


def warnings_against_torch(actual: Sequence[Warned], expected: Sequence[Warned], rules: Rules) -> list[Difference]:
    """Whether the same warnings came, in the same order and as often."""
    if _runs(actual, rules) == _runs(expected, Rules()):
        return []
    return [Difference("warnings", repr(shown_warnings(actual)), repr(shown_warnings(expected)))]


def warnings_against_spec(actual: Sequence[Warned], expected: Sequence[Warns], rules: Rules) -> list[Difference]:
    """Whether exactly the documented warnings came, in order and as often."""
    came = _runs(actual, rules)
    if len(came) == len(expected) and all(
        category == wanted.category and times == wanted.times and _normalised(wanted).says(message)
        for ((category, message), times), wanted in zip(came, expected, strict=True)
    ):
        return []
    return [Difference("warnings", repr(shown_warnings(actual)), repr(shown_warns(expected)))]


def _runs(warned: Sequence[Warned], rules: Rules) -> list[tuple[tuple[str, str], int]]:
    normalised = [(each.category, _text(each.message, rules)) for each in warned]
    return [(key, len(list(group))) for key, group in itertools.groupby(normalised)]


# --- both -----------------------------------------------------------------------------------------


def _text(message: str, rules: Rules) -> str:
    return normalise(message, on_cpu=rules.on_cpu)


def _normalised(said: Raises | Warns) -> Raises | Warns:
    if said.message is None:
        return said
    return said.model_copy(update={"message": normalise(said.message)})

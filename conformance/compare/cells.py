"""One cell on one target: every check, each against the document and against torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from conformance.compare import errors, graph, processors, stated, values
from conformance.compare.difference import Difference
from conformance.compare.values import Rules
from conformance.compare.verdict import Check, CheckName, Names, judge
from conformance.spec.model import Cell, Expected, Tree
from conformance.targets.protocol import Answer, CellObservation, Graph, Node, Opaque, Scalar, TensorState, Value
from conformance.targets.sanitise import sanitise

Seen = TypeVar("Seen")
Said = TypeVar("Said")

NOTHING = ""
"""What a text is where there is none: a cell without result shows nothing."""
DELETED = Opaque("deleted", "deleted")
"""What a name is that the cell has deleted."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A cell as the three have it."""

    cell: Cell
    target: CellObservation
    torch: CellObservation | None
    """What the reference did, None where it did not run; the same as `target` where that is the reference."""
    names: Names
    rules: Rules = field(default_factory=Rules)
    lacks: Mapping[str, str] = field(default_factory=dict)
    """What the target has not at all, by aspect, with the reason."""
    elsewhere: tuple[CellObservation, ...] = ()
    """What the reference did on other processors, if numbers that the processor decides are nobody's fault."""

    def checks(self) -> tuple[Check, ...]:
        """Every check, in the order in which a reader asks: did it run, what did it say, what did it
        leave."""
        return tuple(self._checks())

    def _checks(self) -> Iterator[Check]:
        cell = self.cell
        yield self._check(
            "error",
            pick=lambda seen: seen.error,
            said=cell.raises,
            silent=cell.may_raise,
            against_spec=errors.against_spec,
            against_torch=errors.against_torch,
            aspects=errors.stated(cell.raises),
            show=errors.shown,
            show_said=errors.shown_raises,
        )
        yield self._check(
            "warnings",
            pick=lambda seen: seen.warnings,
            said=cell.warns or (),
            silent=cell.warns is None,
            against_spec=errors.warnings_against_spec,
            against_torch=errors.warnings_against_torch,
            aspects=frozenset({"warnings"}),
            show=errors.shown_warnings,
            show_said=errors.shown_warns,
        )
        yield self._text("stdout", cell.stdout, lambda seen: seen.stdout)
        yield self._text("result", cell.result, lambda seen: seen.result or NOTHING)
        for expression, expected in cell.values.items():
            yield self._value("values", expression, expected)
        for expression, tree in cell.graph.items():
            yield self._graph(expression, tree)
        for condition in cell.holds:
            yield self._holds(condition)
        for expression, expected in cell.after.items():
            yield self._value("after", expression, expected)
        if self.torch is not None:
            touched = [name for seen in (self.torch, self.target) for name in (*seen.names, *seen.deleted)]
            for name in dict.fromkeys(touched):
                yield self._state(name)

    def _text(self, name: CheckName, said: str | None, pick: Callable[[CellObservation], str]) -> Check:
        return self._check(
            name,
            pick=pick,
            said=sanitise(said or NOTHING),
            silent=said is None,
            against_spec=values.texts,
            against_torch=values.texts,
            aspects=frozenset({"text"}),
            show=str,
            show_said=str,
        )

    def _value(self, name: CheckName, expression: str, expected: Expected) -> Check:
        return self._check(
            name,
            expression,
            pick=lambda seen: seen.answers[expression],
            said=expected,
            against_spec=lambda answer, said, rules: _if_answered(
                answer, lambda value: stated.differences(value, said, rules)
            ),
            against_torch=_answers,
            aspects=stated.aspects(expected),
            show=_shown_answer,
            show_said=stated.shown_expected,
            show_like=lambda answer, said: _shown_answer(answer, lambda value: stated.shown(value, said)),
        )

    def _graph(self, expression: str, tree: Tree) -> Check:
        return self._check(
            "graph",
            expression,
            pick=lambda seen: seen.answers[expression],
            said=tree,
            against_spec=lambda answer, said, _: _if_answered(
                answer, lambda value: graph.from_tree(_graph_of(value), said)
            ),
            against_torch=_answers,
            aspects=frozenset({"graph", "grad_fn"}),
            show=_shown_graph,
            show_said=lambda said: "\n".join(graph.spec_tree_lines(said)),
        )

    def _holds(self, condition: str) -> Check:
        return self._check(
            "holds",
            condition,
            pick=lambda seen: seen.answers[condition],
            said=Answer(value=Scalar("bool", "True")),
            against_spec=_answers,
            against_torch=_answers,
            aspects=frozenset({"value", "error"}),
            show=_shown_answer,
            show_said=_shown_answer,
        )

    def _state(self, name: str) -> Check:
        elsewhere = [seen.names.get(name) for seen in self.elsewhere]
        return self._check(
            "state",
            name,
            pick=lambda seen: DELETED if name in seen.deleted else seen.names.get(name),
            said=None,
            silent=True,
            against_spec=_states,
            against_torch=lambda ours, torch, rules: _states(_steadied(ours, torch, elsewhere), torch, rules),
            aspects=frozenset(),
            show=_shown_state,
            show_said=str,
        )

    def _check(
        self,
        name: CheckName,
        subject: str = "",
        *,
        pick: Callable[[CellObservation], Seen],
        said: Said,
        silent: bool = False,
        against_spec: Callable[[Seen, Said, Rules], list[Difference]],
        against_torch: Callable[[Seen, Seen, Rules], list[Difference]],
        aspects: frozenset[str],
        show: Callable[[Seen], str],
        show_said: Callable[[Said], str],
        show_like: Callable[[Seen, Said], str] | None = None,
    ) -> Check:
        """`pick` finds what is compared in an observation, `said` is what the document says of it.
        `show_like` shows of an observation only what the document speaks of."""
        ours = pick(self.target)
        torch = () if self.torch is None else (pick(self.torch),)
        same = (ours,) == torch  # as most often: then nothing has to be compared
        loose = self.rules if same or not self.cell.slack else replace(self.rules, slack=self.cell.slack)
        # what a document states holds on every device
        strict = replace(self.rules, any_digits=False) if self.rules.any_digits else self.rules
        against_document = None if silent else against_spec(ours, said, strict)
        target_torch = [] if same else against_torch(ours, *torch, loose) if torch else None
        if self.lacks:
            lacking = [each for each in against_document or () if each.aspect in self.lacks]
            if lacking and len(lacking) == len(against_document or ()):
                return Check(name, "skipped", subject=subject, reason=self.lacks[lacking[0].aspect])
            target_torch = target_torch and [each for each in target_torch if each.aspect not in self.lacks]
        verdict, who, differences = judge(
            self.names,
            document_target=against_document,
            document_torch=None if silent or not torch else against_spec(*torch, said, Rules()),
            target_torch=target_torch,
            stated=frozenset() if silent else aspects,
        )
        if verdict == "diverges" and not against_document:
            silent = True  # on what differs
        elif show_like is not None:
            like = show_like
            show = lambda seen: like(seen, said)
        shown = show(ours)
        return Check(
            name=name,
            subject=subject,
            verdict=verdict,
            who=who,
            document=None if silent else show_said(said),
            torch=None if not torch else shown if same else show(*torch),
            target=shown,
            differences=tuple(map(str, differences)),
            aspects=tuple(each.aspect for each in differences),
            ulp=_distance(ours, *torch) if torch else None,
        )


# --- answers --------------------------------------------------------------------------------------


def _answers(actual: Answer, expected: Answer, rules: Rules) -> list[Difference]:
    if actual.value is None or expected.value is None:
        return errors.against_torch(actual.error, expected.error, rules)
    return values.differences(actual.value, expected.value, rules)


def _if_answered(answer: Answer, compare: Callable[[Value], list[Difference]]) -> list[Difference]:
    if answer.value is None:
        return [Difference("error", errors.shown(answer.error), "no error")]
    return compare(answer.value)


def _states(actual: Value | None, expected: Value | None, rules: Rules) -> list[Difference]:
    if actual is None or expected is None:
        return [Difference("value", _shown_state(actual), _shown_state(expected))]
    return values.differences(actual, expected, rules)


def _steadied(actual: Value | None, expected: Value | None, elsewhere: Sequence[Value | None]) -> Value | None:
    if actual is None or expected is None or not elsewhere:
        return actual
    return processors.steadied(actual, expected, elsewhere)


def _graph_of(value: Value) -> Graph | None:
    return value.graph if isinstance(value, TensorState | Node) else None


def _distance(actual: object, expected: object) -> float | None:
    ours, theirs = (each.value if isinstance(each, Answer) else each for each in (actual, expected))
    if isinstance(ours, TensorState) and isinstance(theirs, TensorState):
        return values.distance(ours, theirs)
    return None


# --- shown ----------------------------------------------------------------------------------------


def _shown_state(value: Value | None) -> str:
    return "not bound or changed" if value is None else values.shown(value)


def _shown_answer(answer: Answer, show: Callable[[Value], str] = values.shown) -> str:
    return errors.shown(answer.error) if answer.value is None else show(answer.value)


def _shown_graph(answer: Answer) -> str:
    if answer.value is None:
        return errors.shown(answer.error)
    return "\n".join(graph.tree_lines(_graph_of(answer.value)))

"""What a spec should state of a cell, from what torch does in it.

`create` states what is not stated: text, result, error, warnings. `fix` replaces what torch no longer does. `trim`
takes away what says nothing: empty texts, text where torch has none, questions that torch answers with an error, a
`grad_fn` whose graph is stated too. `update` does all of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from conformance.compare import errors, graph, stated, values
from conformance.compare.normalise import normalise
from conformance.compare.values import Rules
from conformance.spec import values as spec_values
from conformance.spec.model import Cell, Expected
from conformance.spec.model import stated as keys_of
from conformance.targets.protocol import (
    Answer,
    CellObservation,
    Graph,
    Node,
    Opaque,
    Scalar,
    Sequence,
    TensorState,
    Value,
    Warned,
)

Mode: TypeAlias = Literal["create", "fix", "trim", "update"]
MODES: tuple[Mode, ...] = get_args(Mode)

NODES = 200
"""How many nodes a stated tree may have."""


class Absent:
    """Stands for a key that is not there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class Change:
    """One entry of a cell, as it is and as it should be, both as YAML has them."""

    path: tuple[str, ...]
    """`("stdout",)`, `("values", "x.grad")`."""
    before: Any
    after: Any

    @property
    def kind(self) -> Mode:
        return "create" if self.before is ABSENT else "trim" if self.after is ABSENT else "fix"


class Unstatable(Exception):
    """What torch gives cannot be written in a spec."""


class Proposed(NamedTuple):
    """The changes for a cell, and what could not be changed, with the reason."""

    changes: tuple[Change, ...]
    refused: tuple[str, ...]


def propose(cell: Cell, seen: CellObservation, mode: Mode) -> Proposed:
    """The changes of `mode` that make the cell state what torch did in it."""
    every = _Cell(cell, seen)
    changes = tuple(change for change in every.changes() if mode in ("update", change.kind))
    return Proposed(changes, tuple(every.refused) if mode in ("fix", "update") else ())


class _Cell:
    def __init__(self, cell: Cell, seen: CellObservation) -> None:
        self.cell, self.seen = cell, seen
        self.data: dict[str, Any] = cell.model_dump(mode="json", by_alias=True, exclude_unset=True)
        self.refused: list[str] = []

    def changes(self) -> Iterator[Change]:
        yield from self._text("stdout", self.seen.stdout)
        yield from self._text("result", self.seen.result or "")
        yield from self._expected("values")
        yield from self._raises()
        yield from self._warns()
        yield from self._graphs()
        yield from self._expected("after")

    def _change(self, path: tuple[str, ...], after: Any) -> Change:
        before: Any = self.data
        for key in path:
            before = before.get(key, ABSENT) if isinstance(before, dict) else ABSENT
        return Change(path, before, after)

    def _text(self, key: Literal["stdout", "result"], text: str) -> Iterator[Change]:
        said = getattr(self.cell, key)
        if not text and said is not None:
            yield self._change((key,), ABSENT)
        elif text and (said is None or values.texts(text, said, Rules())):
            yield self._change((key,), normalise(text))

    def _raises(self) -> Iterator[Change]:
        error, said = self.seen.error, self.cell.raises
        if self.cell.may_raise:
            return
        if not errors.against_spec(error, said, Rules()):
            return
        if error is None:
            if self.cell.after:
                self.refused.append("torch no longer raises, and after says what holds then: change both by hand")
            else:
                yield self._change(("raises",), ABSENT)
            return
        during = {} if error.during == "run" else {"during": error.during}
        message = {"message": normalise(error.message)} if error.message else {}
        yield self._change(("raises",), {"type": error.type, **message, **during})

    def _warns(self) -> Iterator[Change]:
        came, said = self.seen.warnings, self.cell.warns
        if (said is None and came) or (said is not None and errors.warnings_against_spec(came, said, Rules())):
            yield self._change(("warns",), list(_warnings(came)))

    def _expected(self, key: Literal["values", "after"]) -> Iterator[Change]:
        for expression, expected in getattr(self.cell, key).items():
            answer = self.seen.answers[expression]
            if answer.value is None:
                yield self._change((key, expression), ABSENT)
                continue
            try:
                after = self._corrected(key, expression, expected, answer.value)
            except Unstatable as reason:
                self.refused.append(f"{key} {expression}: {reason}")
                continue
            if expression in self.cell.graph and isinstance(after, dict) and len(after) > 1:
                after = {name: value for name, value in after.items() if name != "grad_fn"}
            if after != self.data[key][expression]:
                changed = self._change((key, expression), after)
                dropped = isinstance(after, dict) and set(self.data[key][expression]) > set(after)
                yield _Trimmed(changed.path, changed.before, changed.after) if dropped else changed

    def _corrected(self, key: str, expression: str, expected: Expected, value: Value) -> Any:
        """What the spec states of a value, with what torch has in the places that differ."""
        written = self.data[key][expression]
        if not stated.differences(value, expected, Rules()):
            return written
        said = keys_of(expected)
        corrected = dict(written) if isinstance(written, dict) else {"data": written}
        if not isinstance(value, TensorState):
            if said - {"data", "tolerance"}:
                raise Unstatable("it is no tensor any more")
        else:
            for name in said - {"data", "tolerance"}:
                found = getattr(value, name)
                corrected[name] = list(found) if isinstance(found, tuple) else found
        if "data" in said:
            alone = expected.model_copy(update={"data": expected.data})
            alone.__pydantic_fields_set__.intersection_update({"data", "tolerance"})
            if stated.differences(value, alone, Rules()):
                corrected["data"] = spec_values.encode(_data(value))
        return corrected

    def _graphs(self) -> Iterator[Change]:
        for expression, tree in self.cell.graph.items():
            answer = self.seen.answers[expression]
            found = _graph(answer)
            if answer.value is None:
                yield self._change(("graph", expression), ABSENT)
            elif graph.from_tree(found, tree):
                try:
                    yield self._change(("graph", expression), None if found is None else _tree(found))
                except Unstatable as reason:
                    self.refused.append(f"graph {expression}: {reason}")


class _Trimmed(Change):
    """A change that takes only parts of an entry away."""

    @property
    def kind(self) -> Mode:
        return "trim"


def _warnings(came: tuple[Warned, ...]) -> Iterator[dict[str, Any]]:
    """The warnings as a spec has them, equal ones in a row counted."""
    last: dict[str, Any] | None = None
    for each in came:
        text = {"message": normalise(each.message)} if each.message else {}
        one = {"category": each.category, **text}
        if last is not None and {**last, "times": 1} == {**one, "times": 1}:
            last["times"] = last.get("times", 1) + 1
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _graph(answer: Answer) -> Graph | None:
    return answer.value.graph if isinstance(answer.value, TensorState | Node) else None


def _tree(found: Graph) -> Any:
    left = NODES

    def tree(index: int) -> Any:
        nonlocal left
        left -= 1
        if found.cut or left < 0:
            raise Unstatable("the graph is too large to be written as a tree")
        name, edges = found.nodes[index]
        inputs = [None if edge is None else tree(edge[0]) for edge in edges]
        return {name: inputs} if inputs else name

    return tree(0)


def _data(value: Value) -> Any:
    """A value as Python's: numbers with as few digits as tell them apart in their dtype."""
    match value:
        case Scalar(type="str") | Opaque():
            return value.text
        case Scalar(type="NoneType"):
            return None
        case Scalar(type="float" | "complex" | "int" | "bool"):
            return values.number(value)
        case Node():
            return value.graph.root
        case Sequence() if not value.cut:
            return [_data(item) for item in value.items]
    held = values.plain(value)
    if held is None or held.step > 1:
        raise Unstatable("there is no short way to write it")
    return _nested(values.numbers(held))


def _nested(elements: Any) -> Any:
    if elements.ndim:
        return [_nested(element) for element in elements]
    item = elements[()]
    if isinstance(item, np.complexfloating):
        return complex(str(item))
    return float(str(item)) if isinstance(item, np.floating) else ast.literal_eval(repr(item.item()))

"""From a YAML file to checked models, or to a list of what is wrong with it: where, what, and what to do.

The steps: YAML (`spec.yaml`), the models (`spec.model`), the Python of cells and expressions (`spec.code`). A
step that finds problems reports all of them and ends the reading of the file.
"""

from __future__ import annotations

import difflib
import itertools
import types
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from conformance.spec.code import NotPython, check, runnable
from conformance.spec.docstrings import docstrings
from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Cell, Suite
from conformance.spec.yaml import Node, read

T = TypeVar("T")


def load_suite(path: Path, name: str, *, compiled: bool = True) -> Suite:
    """The suite in the file `path`, to be addressed as `name`; its Python is `compiled`, to find what is none.

    Raises `SpecError` with every problem found.
    """
    suite, root, lines = load(path, Suite)
    if compiled and (problems := sorted(_python_problems(path, suite, root, lines))):
        raise SpecError(problems)
    for case, case_node in zip(suite.cases, root.items("cases"), strict=True):
        case.found(case_node.line)
        for cell, node in zip(case.cells, case_node.items("cells"), strict=True):
            cell.found(node.line, _place(node.children["code"], lines, 1, 1)[0])
    return suite.found(name, path)


def load(path: Path, shape: type[T]) -> tuple[T, Node, list[str]]:
    """The file's data as `shape` (a model or a container of models), its places, and its lines.

    Raises `SpecError` with every problem found.
    """
    root, lines = read(path)
    try:
        return TypeAdapter(shape).validate_python(root.data), root, lines
    except ValidationError as error:
        mistakes = [_locate(root, details) for details in error.errors(include_url=False)]
        raise SpecError(_model_problems(path, shape, mistakes)) from None


# What the models reject, at the place in the file where it stands.


class _Mistake(NamedTuple):
    """One of pydantic's errors with its place in the file."""

    path: tuple[str | int, ...]
    """Keys and indices, from the root to the value at fault or to the key that is missing or unknown."""
    line: int
    column: int
    error: ErrorDetails


def _locate(root: Node, error: ErrorDetails) -> _Mistake:
    """Follow the error's `loc` into the file; what is no key there is the name of a union's member."""
    node, place = root, (root.line, root.column)
    path: tuple[str | int, ...] = ()
    for step in (*error["loc"], *error.get("ctx", {}).get("at", ())):
        if step in node.children:
            place = node.keys.get(step, place) if isinstance(step, str) else place
            node = node.children[step]
            path += (step,)
    if error["type"] == "missing":
        return _Mistake((*path, error["loc"][-1]), node.line, node.column, error)
    if error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",):
        return _Mistake(path, *place, error)
    return _Mistake(path, node.line, node.column, error)


def _model_problems(path: Path, shape: Any, mistakes: list[_Mistake]) -> Iterator[Problem]:
    """One problem for each place, in the order of the file, without those that only follow from a deeper one.

    pydantic also reports a list that lost its one item to a mistake, and each member of a union that did not
    fit.
    """
    around = {mistake.path[:length] for mistake in mistakes for length in range(len(mistake.path))}
    mistakes = sorted(mistakes, key=lambda mistake: (*mistake[1:3], str(mistake.path)))
    for (place, line, column), group in itertools.groupby(mistakes, key=lambda mistake: mistake[:3]):
        if place not in around:
            yield Problem(path, line, column, _message(shape, place, [mistake.error for mistake in group]))


def _message(shape: Any, path: tuple[str | int, ...], errors: list[ErrorDetails]) -> str:
    error = next((error for error in errors if error["type"] not in _NOUNS), errors[0])
    value = error["input"]
    field = _field(shape, path)
    described = f" ({_first_sentence(field.docstring)})" if field and field.docstring else ""
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {path[-1]!r}{_instead(str(path[-1]), _keys(shape, path[:-1]))}"
        case "missing":
            return f"the key {path[-1]!r} is missing: add it{described}"
        case "literal_error":
            valid = typing.get_args(field.annotation) if field else ()
            return f"{value!r} is not known here{_instead(str(value), valid)}"
        case "string_pattern_mismatch":
            return f"{value!r} does not belong here{described or ': ' + error['msg']}"
        case "too_short" | "string_too_short":
            return f"nothing is stated here: write something, or leave the key out{described}"
        case kind if kind in _NOUNS:
            expected = " or ".join(dict.fromkeys(_NOUNS[error["type"]] for error in errors))
            quote = ": quote it" if kind == "string_type" and isinstance(value, bool | int | float) else ""
            return f"{expected} is expected here, not {_noun(value)}{quote}{described}"
        case _:
            return error["msg"].replace("Input should be", "must be")


def _first_sentence(text: str) -> str:
    return " ".join(text.split()).split(". ")[0].rstrip(".")


_NOUNS = {
    "bool_type": "true or false",
    "date_type": "a date",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping",
    "string_type": "a text",
    "tuple_type": "a list",
}


def _noun(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return f"the text {value!r}" if len(value) <= 40 else "a text"
        case bool():
            return str(value).lower()
        case _:
            return f"the number {value!r}"


def _instead(unknown: str, valid: Iterable[str]) -> str:
    valid = list(valid)
    if near := difflib.get_close_matches(unknown, valid, n=1):
        return f": did you mean {near[0]!r}?"
    return f": it may be {', '.join(valid)}" if valid else ""


def _keys(shape: Any, path: tuple[str | int, ...]) -> list[str]:
    """The keys that the model at `path` has."""
    for step in path:
        _, shape = _inside(shape, step)
    return [field.alias or name for model in _models(shape) for name, field in model.model_fields.items()]


class _Field(NamedTuple):
    annotation: Any
    docstring: str


def _field(shape: Any, path: tuple[str | int, ...]) -> _Field | None:
    """The innermost field of a model on the way along `path`."""
    innermost = None
    for step in path:
        field, shape = _inside(shape, step)
        innermost = field or innermost
    return innermost


def _inside(shape: Any, step: str | int) -> tuple[_Field | None, Any]:
    """What stands in `shape` under a key or an index: the field, if it is a model's, and the shape."""
    for part in _parts(shape):
        if isinstance(part, type) and issubclass(part, BaseModel):
            for name, field in part.model_fields.items():
                if step == (field.alias or name):
                    return _Field(field.annotation, docstrings(part).get(name, "")), field.annotation
        elif typing.get_origin(part) in (dict, tuple):
            container = typing.get_origin(part)
            if isinstance(step, str) == (container is dict):
                return None, typing.get_args(part)[container is dict]
    return None, None


def _models(shape: Any) -> Iterator[type[BaseModel]]:
    return (part for part in _parts(shape) if isinstance(part, type) and issubclass(part, BaseModel))


def _parts(shape: Any) -> Iterator[Any]:
    """The types that a value of this shape may have, without annotations."""
    origin = typing.get_origin(shape)
    if origin is typing.Annotated:
        yield from _parts(typing.get_args(shape)[0])
    elif origin in (types.UnionType, typing.Union):
        for member in typing.get_args(shape):
            yield from _parts(member)
    else:
        yield shape


# The Python in the file.


def _python_problems(path: Path, suite: Suite, root: Node, lines: list[str]) -> Iterator[Problem]:
    for case, case_node in zip(suite.cases, root.items("cases"), strict=True):
        for cell, node in zip(case.cells, case_node.items("cells"), strict=True):
            yield from _code_problems(path, cell, node, lines)
            yield from _expression_problems(path, node, lines)
        for name in case.params:
            for expression in case_node.children["params"].items(name):
                yield from _not_python(path, expression, lines, "eval")


def _code_problems(path: Path, cell: Cell, node: Node, lines: list[str]) -> Iterator[Problem]:
    code = node.children["code"]
    if code.style == ">":
        yield Problem(path, code.line, code.column, "folded code loses its lines: write | instead of >")
    elif cell.raises is None or cell.raises.during != "compile":
        yield from _not_python(path, code, lines, "exec")
    if cell.shell is not None and not runnable(cell.code).not_run:
        yield Problem(
            path,
            *node.keys["shell"],
            "the code has no shell line (!command) that could print this: use stdout",
        )


def _expression_problems(path: Path, node: Node, lines: list[str]) -> Iterator[Problem]:
    for key in ("values", "after", "graph"):
        if key in node.children:
            for expression, place in node.children[key].keys.items():
                yield from _not_python(path, Node(expression, *place), lines, "eval")
    if "holds" in node.children:
        for expression_node in node.items("holds"):
            yield from _not_python(path, expression_node, lines, "eval")


def _not_python(path: Path, text: Node, lines: list[str], mode: typing.Literal["exec", "eval"]) -> Iterator[Problem]:
    try:
        check(runnable(text.data).python if mode == "exec" else text.data, mode)
    except NotPython as error:
        line, column = _place(text, lines, error.line, error.column)
        what = "the code is not Python" if mode == "exec" else f"{text.data!r} is not a Python expression"
        hint = ": if the document shows this error, state raises with during: compile" if mode == "exec" else ""
        yield Problem(path, line, column, f"{what}: {error.reason}{hint}")


def _place(text: Node, lines: list[str], line: int, column: int) -> tuple[int, int]:
    """The place in the file of a line and a column, both from 1, of a text that stands there."""
    if text.style == "|":
        content = text.data.split("\n")
        line = min(line, len(content))
        written = lines[text.line + line - 1] if text.line + line <= len(lines) else ""
        return text.line + line, max(len(written) - len(content[line - 1]), 0) + column
    start = lines[text.line - 1].find(text.data, text.column - 1)
    return (text.line, start + column) if start >= 0 else (text.line, text.column)

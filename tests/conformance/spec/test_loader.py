# ruff: noqa: E501  one mistake and its message are one row
from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.spec.errors import SpecError
from conformance.spec.loader import load_suite
from conformance.spec.model import Suite

SEEDS = sorted((Path(__file__).parents[3] / "specs" / "seeds").glob("*.yaml"))

SPEC = """\
title: Basics
cases:
- id: first
  cells:
  - code: |
      x = 1
      print(x)
    stdout: |
      1
"""


def load(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return load_suite(path, "seeds/x")


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(tmp_path, text)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem).removeprefix(f"{tmp_path}/x.yaml:") for problem in caught.value.problems]


def with_cell(text: str) -> str:
    """The spec with these lines added to its cell: the first of them is line 10."""
    return SPEC + "".join(f"    {line}\n" for line in text.splitlines())


def test_where_things_were_found(tmp_path: Path) -> None:
    suite = load(tmp_path, SPEC + "- id: second\n  cells:\n  - from: here\n    code: x = 1\n")
    first, second = suite.cases
    assert (suite.name, suite.path) == ("seeds/x", tmp_path / "x.yaml")
    assert (first.line, first.cells[0].line, first.cells[0].code_line) == (3, 5, 6)
    assert (second.line, second.cells[0].line, second.cells[0].code_line) == (10, 12, 13)
    assert first.cells[0].code == "x = 1\nprint(x)\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (SPEC, "- a\n", "1:1: a mapping is expected here, not a list"),
        (SPEC, "---\n", "2:1: a mapping is expected here, not nothing"),
        (SPEC, "title: x\n", "1:1: the key 'cases' is missing: add it (The cases, in the order of the document)"),
        ("title: Basics", "titel: Basics\ntitle: Basics", "1:1: unknown key 'titel': did you mean 'title'?"),
        ("title: Basics", "title: 3", "1:8: a text is expected here, not the number 3: quote it (What the suite is about)"),
        ("title: Basics", "title: true", "1:8: a text is expected here, not true: quote it (What the suite is about)"),
        ("title: Basics", "title:", "1:7: a text is expected here, not nothing (What the suite is about)"),
        ("title: Basics", "title: ''",
         "1:8: nothing is stated here: write something, or leave the key out (What the suite is about)"),
        ("title: Basics", "title: Basics\nsource: {document: d, kind: notbook}", "2:29: 'notbook' is not known here: did you mean 'notebook'?"),
        ("title: Basics", "title: Basics\nsource: {document: d, kind: zzz}",
         "2:29: 'zzz' is not known here: it may be notebook, page, docstring, program, torch"),
        ("title: Basics", "title: Basics\nzzz: 1", "2:1: unknown key 'zzz': it may be title, source, cases"),
        ("id: first", "id: First",
         "3:7: 'First' does not belong here (The case's name in addresses, unique in the file: `no-grad-block`)"),
        ("  cells:", "  covers: [B7]\n  cells:", "4:12: 'B7' does not belong here (The behaviours that it specifies: `[B07.04]`)"),
        ("  cells:", "  seed: -1\n  cells:", "4:9: must be greater than or equal to 0"),
        ("  cells:", "  seed: 1.5\n  cells:",
         "4:9: a whole number is expected here, not the number 1.5 (`manual_seed` at the start of the case)"),
        ("  cells:", "  seed: yes\n  cells:",
         "4:9: a whole number is expected here, not the text 'yes' (`manual_seed` at the start of the case)"),
        ("  cells:", "  needs: {torch: '>=2.x'}\n  cells:",
         "4:18: '>=2.x' is not a version specifier: write one such as >=2.6 or ==2.13.*"),
        ("  cells:", "  needs: {torhc: '>=2'}\n  cells:", "4:11: unknown key 'torhc': did you mean 'torch'?"),
        ("  cells:", "  needs: {device: gpu}\n  cells:", "4:19: 'gpu' does not belong here (The device that the target must run on: `cuda`; with a number, that one of them)"),
        ("  cells:", "  params: {1x: ['1']}\n  cells:",
         "4:12: '1x' does not belong here (Names, and for each the expressions that it is bound to in turn; the case runs "
         "once per combination)"),
        ("  cells:", "  params: {x: ['1', '2 +']}\n  cells:", "4:22: '2 +' is not a Python expression: invalid syntax"),
        ("  cells:", "  params: {x: [1]}\n  cells:",
         "4:16: a text is expected here, not the number 1: quote it (Names, and for each the expressions that it is bound "
         "to in turn; the case runs once per combination)"),
    ],
)  # fmt: skip
def test_what_a_suite_or_a_case_may_not_say(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert problems(tmp_path, SPEC.replace(old, new, 1)) == [expected]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("stdoutt: x", "10:5: unknown key 'stdoutt': did you mean 'stdout'?"),
        ("line: 3", "10:5: unknown key 'line': it may be from, title, code, shell, stdout, result, values, raises, may_raise, warns, "
         "graph, holds, after, slack, needs"),
        ("from_: In [1]", "10:5: unknown key 'from_': did you mean 'from'?"),
        ("result:", "10:12: a text is expected here, not nothing (What the document shows for the value of the last expression: its repr, in a notebook what IPython prints)"),
        ("warns: {category: W}", "10:12: a list is expected here, not a mapping (Exactly the warnings that the cell emits, in order; `[]` for none)"),
        ("warns: [{message: m}]", "10:13: the key 'category' is missing: add it (The warning's own class: `UserWarning`)"),
        ("warns: [{category: W, times: 0}]", "10:34: must be greater than or equal to 1"),
        ("raises: {type: E, message: a, match: b}", "10:42: state message or match, not both"),
        ("raises: {type: E, match: '(a'}",
         "10:30: not a regular expression: missing ), unterminated subpattern at position 0"),
        ("raises: {type: E, during: rnu}", "10:31: 'rnu' is not known here: did you mean 'run'?"),
        ("after: {x: 1}", "10:12: after needs raises: without an error, use values"),
        ("shell: text", "10:5: the code has no shell line (!command) that could print this: use stdout"),
        ("values: {x: {}}", "10:17: nothing is expected here: state data, dtype, shape or another property"),
        ("values: {x: {dtyp: float32}}", "10:18: unknown key 'dtyp': did you mean 'dtype'?"),
        ("values: {dtype: {dtyp: float32}}", "10:22: unknown key 'dtyp': did you mean 'dtype'?"),
        ("values: {x: {shape: [1], tolerance: {rtol: 1, atol: 1, reason: r}}}", "10:41: a tolerance needs data to be applied to"),
        ("values: {x: {data: 1, tolerance: {rtol: 1, atol: 1}}}",
         "10:38: the key 'reason' is missing: add it (Why the default tolerance of the dtype is not right here)"),
        ("values: {x: {data: {a: 1}}}",
         "10:24: true or false or a whole number or a number or a text or a list is expected here, not a mapping (The "
         "value: number, bool, text, null, or nested lists of them)"),
        ("values: {x: {data: '0x1p9999'}}", "10:24: 0x1p9999 is too large for a float: write .inf"),
        ("values: {x: [1, ['0x1p9999']]}", "10:17: 0x1p9999 is too large for a float: write .inf"),
        ("values: {x: {shape: 3}}", "10:25: a list is expected here, not the number 3 (The tensor's shape: `[2, 3]`; `[]` for a tensor with no dimension)"),
        ("values: {x y: 1}", "10:16: 'x y' is not a Python expression: invalid syntax"),
        ("values: {x: 1, x: 2}", "10:20: the key 'x' is already there on line 10: remove one of them"),
        ("graph: {x: 3}", "10:16: a text or a mapping is expected here, not the number 3: quote it (Expressions and the graph behind their "
         "tensor: `{node: [inputs]}`, a node without inputs as its name alone (`AccumulateGrad` for a leaf), null for an edge "
         "that leads nowhere)"),
        ("graph: {x: {A: [B, {C: []}]}}", "10:28: nothing is stated here: write something, or leave the key out (Expressions and the graph behind their "
         "tensor: `{node: [inputs]}`, a node without inputs as its name alone (`AccumulateGrad` for a leaf), null for an edge "
         "that leads nowhere)"),
        ("graph: {x.: A}", "10:13: 'x.' is not a Python expression: invalid syntax"),
        ("holds: x.is_leaf", "10:12: a list is expected here, not the text 'x.is_leaf' (Expressions that must be true after the cell: for what is random or "
         "only bounded)"),
        ("holds:\n- x\n- x = 3", "12:9: 'x = 3' is not a Python expression: invalid syntax"),
    ],
)  # fmt: skip
def test_what_a_cell_may_not_say(tmp_path: Path, cell: str, expected: str) -> None:
    assert problems(tmp_path, with_cell(cell)) == [expected]


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("code: |\n  x = 1\n  y = (2\n", "7:11"),
        ("code: |\n\n  x = 1\n\n  if x:\n  y = )\n", "10:11"),
        ("code: |2\n    x = 1\n", "6:8"),
        ("code: |\n  é = '한글' + )\n", "6:18"),
        ("code: x = )", "5:15"),
        ("code: 'x = )'", "5:16"),
        ('code: "x = 1\\n)"', "5:11"),
        ("code: |  # with a comment\n  )\n", "6:7"),
        ("code: |-\n  def f():\n", "6:15"),
    ],
)
def test_the_place_of_a_syntax_error_is_that_in_the_file(tmp_path: Path, code: str, place: str) -> None:
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    (problem,) = problems(tmp_path, f"title: t\ncases:\n- id: b\n  cells:\n  - {lines[4:]}")
    assert problem.startswith(f"{place}: the code is not Python: ")
    assert problem.endswith(": if the document shows this error, state raises with during: compile")


def test_a_documented_syntax_error_is_no_mistake(tmp_path: Path) -> None:
    text = SPEC.replace("print(x)", "print x")
    assert problems(tmp_path, text)[0].startswith("7:7: the code is not Python")
    cell = load(tmp_path, text + "    raises: {type: SyntaxError, during: compile}\n").cases[0].cells[0]
    assert cell.raises is not None


def test_folded_code(tmp_path: Path) -> None:
    assert problems(tmp_path, SPEC.replace("code: |", "code: >")) == [
        "5:11: folded code loses its lines: write | instead of >"
    ]


def test_a_duplicate_id(tmp_path: Path) -> None:
    text = SPEC + "- id: second\n  cells: [{code: x}]\n- {cells: [{code: x}], id: first}\n"
    assert problems(tmp_path, text) == [
        "12:28: the id 'first' is taken by an earlier case: choose another",
    ]


def test_everything_wrong_with_the_models_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "cases:\n- id: A\n  sed: 1\n  cells: []\n- cells:\n  - {cod: x}\n"
    assert [problem.split(" (")[0] for problem in problems(tmp_path, text)] == [
        "1:1: the key 'title' is missing: add it",
        "2:7: 'A' does not belong here",
        "3:3: unknown key 'sed': did you mean 'seed'?",
        "4:10: nothing is stated here: write something, or leave the key out",
        "5:3: the key 'id' is missing: add it",
        "6:5: the key 'code' is missing: add it",
        "6:6: unknown key 'cod': did you mean 'code'?",
    ]


# ---- Any spec that can be written is read as it was meant.

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)  # YAML's keys end at 1024
name = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)?", fullmatch=True)
code = st.sampled_from(
    ["x = 1\n", "print('a')\n\nx", "!ls\nx = (\n  1)", "  \n# only a comment\n", "if x:\n  y = 'é'\n"]
)
expression = st.sampled_from(["x", "x.grad", "f(1, 2)['a']", "'é' + \"\\n\"", "[1, 2]", "x == {1: 2}"])
data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["1+2j", "0x1p3", "'1j", "no", "1e5"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
tree = st.recursive(
    st.none() | text,
    lambda inner: st.dictionaries(text, st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=1),
    max_leaves=5,
)


def keys(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


number = st.floats(0, allow_infinity=False)
expected = data | keys(
    {"data": data},
    dtype=st.just("float32"),
    shape=st.lists(st.integers(0), max_size=3),
    requires_grad=st.booleans(),
    grad_fn=st.none() | text,
    tolerance=keys({"rtol": number, "atol": number, "reason": text}),
)
values = st.dictionaries(expression, expected, max_size=3)
raises = keys(
    {"type": text},
    message=st.text(st.characters(exclude_categories=["Cs"])),
    during=st.sampled_from(["run", "display"]),
)
warns = keys({"category": text}, match=st.just(r"^a\.\d"), times=st.integers(1))
cell = keys(
    {"code": code, "raises": raises},
    **{"from": text},
    stdout=st.text(st.characters(exclude_categories=["Cs"])),
    result=text,
    values=values,
    after=values,
    warns=st.lists(warns, max_size=2),
    graph=st.dictionaries(expression, tree, max_size=2),
    holds=st.lists(expression, max_size=2),
)
case = keys(
    {"id": name, "cells": st.lists(cell, min_size=1, max_size=3)},
    title=text,
    covers=st.lists(st.just("B01.02"), max_size=2),
    seed=st.integers(0, 2**64 - 1),
    params=st.dictionaries(st.sampled_from(["a", "b_1"]), st.lists(expression, min_size=1, max_size=2), max_size=2),
    needs=keys(
        {}, torch=st.just(">=2.6,<3"), device=st.just("cuda:1"), module=text, program=st.lists(text, max_size=2)
    ),
    hide=keys({}, program=text),
    tags=st.lists(text, max_size=2),
)
suite = keys(
    {"title": text, "cases": st.lists(case, min_size=1, max_size=3, unique_by=lambda case: case["id"])},
    source=keys({"document": text}, kind=st.sampled_from(["notebook", "torch"]), url=st.just("https://x.org/a")),
)


def written(value: Any, indent: int = 0) -> str:
    """`value` as YAML: mappings in blocks, texts of plain lines in literal blocks, all else in flow."""
    if isinstance(value, dict) and value:
        return "".join(f"\n{' ' * indent}{scalar(key)}: {written(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, str) and value.endswith("\n") and value.isprintable() and value[0] not in " \n":
        return "|\n" + "".join(f"{' ' * (indent + 1)}{line}\n" for line in value.splitlines())
    return flow(value)


def flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]" if isinstance(value, list) else scalar(value)


def scalar(value: Any) -> str:
    match value:
        case str():
            return '"' + "".join(c if c.isalnum() or c in " .'" else f"\\U{ord(c):08x}" for c in value) + '"'
        case float() if math.isinf(value):
            return "-.inf" if value < 0 else ".inf"
        case _:
            return json.dumps(value)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(suite)
def test_what_is_written_is_what_is_read(tmp_path: Path, suite: dict[str, Any]) -> None:
    loaded = load(tmp_path, written(suite))
    assert loaded.model_dump(exclude_unset=True) == Suite.model_validate(suite).model_dump(exclude_unset=True)
    dumped = loaded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert load(tmp_path, written(dumped)).model_dump(exclude_unset=True) == loaded.model_dump(exclude_unset=True)


# ---- Whatever is written, the answer is a suite or a list of problems.


def mutated(text: str, dice: random.Random) -> str:
    """`text` with a few of the mistakes that hands and editors make."""
    for _ in range(dice.randint(1, 3)):
        start = dice.randrange(len(text) + 1)
        end = min(start + dice.choice([0, 1, 1, 5, 80]), len(text))
        lines = text.split("\n")
        row = dice.randrange(len(lines))
        match dice.randrange(4):
            case 0:
                text = text[:start] + dice.choice(PIECES) + text[end:]
            case 1:
                lines[row] = " " * dice.randint(0, 8) + lines[row].strip()
                text = "\n".join(lines)
            case 2:
                lines.insert(row, dice.choice(lines))
                text = "\n".join(lines)
            case 3:
                del lines[row]
                text = "\n".join(lines)
    return text


PIECES = ["", "\t", ":", ": ", "- ", "[", "]", "{", "}", "|", ">", "'", '"', "&a ", "*a", "!!int ", "#", "? ", "\x00", "\u2028", "\n",
          "\r", "---\n", "...\n", "<<: ", "1e999", ".nan", "null", "한", "\U0001f600", "%YAML 1.1\n", "((((", "\\", "[" * 70]  # fmt: skip


@pytest.mark.parametrize("batch", range(6))
def test_no_mistake_breaks_the_loader(tmp_path: Path, batch: int) -> None:
    dice = random.Random(batch)
    outcomes = set()
    for _ in range(50):
        text = mutated(dice.choice(SEEDS).read_text(encoding="utf-8"), dice)
        try:
            load(tmp_path, text)
            outcomes.add("suite")
        except SpecError as error:
            outcomes.add("problems")
            assert error.problems
            for problem in error.problems:
                assert 1 <= problem.line <= text.count("\n") + 2
                assert problem.column >= 1
                assert problem.message.strip() == problem.message != ""
    assert outcomes == {"suite", "problems"}

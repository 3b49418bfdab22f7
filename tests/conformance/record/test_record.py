"""Specs filled from a run of the reference: a torch that is small, and stands in for the real one."""

import io
import os

import pytest
from observed import MUL, scalar, tensor

from conformance.cli import run_command_line
from conformance.record.changes import ABSENT, Change, propose
from conformance.record.record import Found, Place, Unrecordable, write
from conformance.spec.loader import load_suite
from conformance.spec.model import Cell
from conformance.targets.protocol import Answer, CellObservation, Error, Graph, Node, Warned

from ..execute.test_pool_devices import fake_cuda  # noqa: F401

SPEC = """\
# A comment of the file
title: X
cases:
- id: a # of the case
  cells:
  - from: In [1]
    code: |
      import torch
      x = torch.tensor([1.5], requires_grad=True)
      print(x)
      (x * 2.).sum()
    # of the values
    values:
      x: {data: [2.5], dtype: float64, requires_grad: true}   
      x.nothing: 1

  - {code: print(1)}
  - code: |
      import time
      print(time.time_ns())
  - code: print(2)
    stdout: "3" # why three
  - code: "4"
    result: "5"
- id: variants
  params: {n: ["1", "2"]}
  cells:
  - code: |
      print("same")
      n
"""  # noqa: W291

UPDATED = """\
# A comment of the file
title: X
cases:
- id: a # of the case
  cells:
  - from: In [1]
    code: |
      import torch
      x = torch.tensor([1.5], requires_grad=True)
      print(x)
      (x * 2.).sum()
    stdout: |
      tensor([1.5000], requires_grad=True)
    result: tensor(3.0000, grad_fn=<SumBackward0>)
    # of the values
    values:
      x: {data: [1.5], dtype: float32, requires_grad: true}

  - {code: print(1)}
  - code: |
      import time
      print(time.time_ns())
  - code: print(2)
    stdout: "3" # why three
  - code: "4"
    result: "4"
- id: variants
  params: {n: ["1", "2"]}
  cells:
  - code: |
      print("same")
      n
    stdout: |
      same
"""


@pytest.fixture
def spec(tmp_path, monkeypatch, fake_cuda):  # noqa: F811
    path = tmp_path / "project" / "specs" / "x.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SPEC)
    monkeypatch.chdir(path.parents[1])
    monkeypatch.delenv("CI", raising=False)
    return path


def record(*arguments):
    return run_command_line(["record", "-j", "2", "--timeout", "20", *arguments])


def test_a_spec_is_filled_and_nothing_else_in_it_changes(spec, capsys):
    assert record("--mode", "update", "--yes") == 1
    assert spec.read_text() == UPDATED
    out = capsys.readouterr().out
    assert "refused  x::a#2  stdout: the cell is written in braces: write it as a block first\n" in out
    assert "refused  x::a#3  stdout: not the same twice\n" in out
    assert "refused  x::a#4  stdout: a comment would be lost: change it by hand\n" in out
    assert "refused  x::variants#1  result: not the same each time, or in each variant\n" in out
    assert "6 of 8 changes written\n" in out
    assert [each.name for each in spec.parent.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize(
    ("mode", "done"),
    [("create", ["stdout: |\n      tensor", "result: tensor", "same"]), ("fix", ['"4"\n    result: "4"'])],
)
def test_a_mode_does_only_its_own(spec, mode, done):
    record("--mode", mode, "--yes")
    text = spec.read_text()
    assert all(each in text for each in done)
    assert ("[1.5], dtype: float32" in text) == (mode == "fix")
    assert "x.nothing" in text
    assert ("same\n      n\n    stdout" in text.replace('print("same")', "same")) == (mode == "create")


def test_a_cell_alone(spec):
    assert record("--yes", "x::a#1") == 0
    assert spec.read_text().count("stdout: |") == 1


def test_each_change_is_shown_and_asked_about(spec, monkeypatch, capsys):
    answers = io.StringIO("y\nn\ny\nn\n")
    answers.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", answers)
    assert record("--mode", "update", "x::a#1") == 0
    out = capsys.readouterr().out
    assert "x::a#1  create stdout" in out
    assert "  print(x)\n" in out
    assert "- x: {data: [2.5], dtype: float64, requires_grad: true}\n+ x: {data: [1.5], dtype: float32" in out
    assert "2 of 4 changes written" in out
    text = spec.read_text()
    assert "stdout: |" in text and "result: tensor" not in text and "[1.5]" in text and "x.nothing" in text


@pytest.mark.parametrize(("answers", "lines"), [("q\n", 0), ("y\nq\n", 2), ("a\n", 3)])
def test_all_the_rest_and_no_more(spec, monkeypatch, answers, lines):
    stdin = io.StringIO(answers)
    stdin.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", stdin)
    assert record("x::a#1") == 0
    assert len(spec.read_text().splitlines()) - len(SPEC.splitlines()) == lines


def test_it_is_refused_where_nobody_looks(spec, monkeypatch, capsys):
    assert record() == 4
    assert "this is no terminal" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert record("--yes") == 4
    assert "refused where CI is set" in capsys.readouterr().err
    assert spec.read_text() == SPEC


def test_only_torch_is_recorded(spec, monkeypatch, capsys):
    monkeypatch.setattr("conformance.cli.recording.REFERENCE", "miniatures:TINY.right")
    assert record("--yes") == 6
    assert "specs are filled from torch alone" in capsys.readouterr().err
    monkeypatch.setattr("conformance.cli.recording.REFERENCE", "miniatures:TINY.is_not_there")
    assert record("--yes") == 6
    assert "no such hardware" in capsys.readouterr().err
    assert spec.read_text() == SPEC


PLACE = Place("x::a#1", 0, 0, "")
RESULT = Change(("result",), ABSENT, "1")


def found(spec):
    return Found(load_suite(spec, "x"), spec.read_text())


def test_a_file_that_changed_meanwhile_is_left_alone(spec):
    before = found(spec)
    spec.write_text(SPEC + "# mine\n")
    with pytest.raises(Unrecordable, match="has changed while its cells ran"):
        write(before, [(PLACE, RESULT)])
    assert spec.read_text() == SPEC + "# mine\n"


def test_nothing_is_half_written(spec, monkeypatch):
    def broken(*_):
        raise OSError("no space left on device")

    before = found(spec)
    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="no space"):
        write(before, [(PLACE, RESULT)])
    assert spec.read_text() == SPEC
    assert list(spec.parent.iterdir()) == [spec]


def test_a_text_that_would_say_something_else_is_refused(spec, monkeypatch):
    monkeypatch.setattr("conformance.record.splice.entry", lambda *_, **__: ["result: '2'"])
    ((place, reason),) = write(found(spec), [(PLACE, RESULT)])
    assert (place, reason) == (PLACE, "result: the file would not say just that: change it by hand")
    assert spec.read_text() == SPEC


@pytest.mark.parametrize(
    "text", ["a\n", "a", " a\nb \n", "\n\na\n\n", "# no comment\n", "'1+2j", "- a: b\n", "\\x1b \t|\n", "é\n", "null"]
)
def test_every_text_survives(spec, text):
    assert write(found(spec), [(PLACE, Change(("stdout",), ABSENT, text))]) == []
    assert load_suite(spec, "x").cases[0].cells[0].stdout == text


def test_a_short_form_stays_short(spec):
    change = Change(("values", "x.nothing"), {"data": 1}, {"data": [1.5, 2.0]})
    assert write(found(spec), [(PLACE, change)]) == []
    assert "      x.nothing: [1.5, 2.0]\n" in spec.read_text()


# --- what is proposed -----------------------------------------------------------------------------


def proposed(seen, mode="update", **stated):
    changes, refused = propose(Cell.model_validate({"code": "1", **stated}), seen, mode)
    return {change.path: (change.kind, change.after) for change in changes}, refused


def test_warnings_and_errors():
    warned = tuple(Warned("UserWarning", each) for each in "aab")
    said = [{"category": "UserWarning", "message": "a", "times": 2}, {"category": "UserWarning", "message": "b"}]
    seen = CellObservation(warnings=warned, error=Error("TypeError", "builtins", "no", "display"))
    raises = {"type": "TypeError", "message": "no", "during": "display"}
    assert proposed(seen) == ({("warns",): ("create", said), ("raises",): ("create", raises)}, ())
    assert proposed(seen, warns=said, raises=raises) == ({}, ())
    assert proposed(seen, warns=[], raises={"type": "TypeError", "during": "display"})[0] == {("warns",): ("fix", said)}
    nothing = CellObservation()
    assert proposed(nothing, raises=raises)[0] == {("raises",): ("trim", ABSENT)}
    seen = CellObservation(answers={"x": Answer(scalar(1))})
    changes, refused = proposed(seen, raises=raises, after={"x": 1})
    assert changes == {}
    assert "change both by hand" in refused[0]


@pytest.mark.parametrize(
    ("value", "stated", "becomes"),
    [
        (tensor(0.1), 0.2, {"data": 0.1}),
        (tensor([1, 2], "int64"), [1, 3], {"data": [1, 2]}),
        (tensor([True], "bool"), [False], {"data": [True]}),
        (tensor(1 + 2j, "complex64"), "1+3j", {"data": "1+2j"}),
        (tensor([float("inf")]), {"data": [1.0], "shape": [2]}, {"data": [float("inf")], "shape": [1]}),
        (tensor([1.0]), {"data": [1.0], "dtype": "float64"}, {"data": [1.0], "dtype": "float32"}),
        (scalar("1+2j"), "x", {"data": "'1+2j"}),
        (scalar(None), 1, {"data": None}),
        (scalar(2), 1, {"data": 2}),
        (Node(MUL), "AddBackward0", {"data": "MulBackward0"}),
    ],
)
def test_values_are_as_short_as_their_dtype_allows(value, stated, becomes):
    changes, refused = proposed(CellObservation(answers={"x": Answer(value)}), values={"x": stated})
    assert changes == {("values", "x"): ("fix", becomes)}
    assert refused == ()


def test_a_value_that_no_spec_can_hold_is_told():
    seen = CellObservation(answers={"x": Answer(scalar(1))})
    assert proposed(seen, values={"x": {"dtype": "float32"}}) == ({}, ("values x: it is no tensor any more",))


def test_graphs():
    seen = CellObservation(answers={"y": Answer(tensor(1.0, graph=MUL)), "z": Answer(tensor(1.0))})
    tree = {"MulBackward0": ["AccumulateGrad", None]}
    assert proposed(seen, graph={"y": "AddBackward0", "z": "AddBackward0"})[0] == {
        ("graph", "y"): ("fix", tree), ("graph", "z"): ("fix", None),
    }  # fmt: skip
    values = {"y": {"data": 1.0, "grad_fn": "MulBackward0"}}
    assert proposed(seen, graph={"y": tree}, values=values)[0] == {("values", "y"): ("trim", {"data": 1.0})}
    large = Graph((*((f"N{n}", ((n + 1, 0), (n + 1, 0))) for n in range(30)), ("AccumulateGrad", ())))
    changes, refused = proposed(CellObservation(answers={"y": Answer(Node(large))}), graph={"y": "AddBackward0"})
    assert (changes, refused) == ({}, ("graph y: the graph is too large to be written as a tree",))

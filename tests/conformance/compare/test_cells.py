from dataclasses import replace

import pytest
from observed import MUL, scalar, tensor

from conformance.compare.cells import Compared
from conformance.compare.values import Rules
from conformance.compare.verdict import Names
from conformance.spec.model import Cell
from conformance.targets.protocol import Answer, CellObservation, Error

NAMES = Names("engine", "torch:cpu")
PLAIN = CellObservation()


def checks(cell, target, torch=PLAIN, names=NAMES, **rules):
    spec = Cell.model_validate({"code": "pass", **cell})
    found = Compared(spec, target, torch, names, Rules(**rules)).checks()
    return {(check.name, check.subject): check for check in found}


def wrong(*arguments, **options) -> dict:
    found = checks(*arguments, **options)
    return {key: check.verdict for key, check in found.items() if check.verdict != "conforms"}


def test_a_cell_that_says_nothing_conforms():
    found = checks({}, PLAIN)
    assert list(found) == [("error", ""), ("warnings", ""), ("stdout", ""), ("result", "")]
    assert {check.verdict for check in found.values()} == {"conforms"}
    assert found["stdout", ""].document is None
    assert found["error", ""].document == "no error"


@pytest.mark.parametrize(
    ("seen", "key"),
    [
        ({"stdout": "1\n"}, ("stdout", "")),
        ({"result": "1"}, ("result", "")),
        ({"error": Error("ValueError", "builtins", "no")}, ("error", "")),
        ({"names": {"x": scalar(1)}}, ("state", "x")),
        ({"deleted": ("x",)}, ("state", "x")),
    ],
)
def test_what_is_not_stated_is_held_against_torch_both_ways(seen, key):
    assert wrong({}, replace(PLAIN, **seen), PLAIN) == {key: "diverges"}
    # An error that the document does not show is a drift of torch, which the target does not follow.
    drifted = {} if key[0] == "error" else {key: "diverges"}
    assert wrong({}, PLAIN, replace(PLAIN, **seen)) == drifted
    both = [replace(PLAIN, **seen)] * 2
    assert wrong({}, *both) == ({key: "drifted"} if key[0] == "error" else {})


def test_without_torch_only_what_is_stated_counts():
    seen = replace(PLAIN, stdout="1\n", names={"x": scalar(1)})
    assert wrong({}, seen, None) == {}
    assert wrong({"stdout": "2"}, seen, None) == {("stdout", ""): "diverges"}


def test_a_document_that_both_contradict_is_out_of_date():
    seen = replace(PLAIN, stdout="1\n")
    found = checks({"stdout": "2"}, seen, seen)["stdout", ""]
    assert (found.verdict, found.document, found.torch, found.target) == ("drifted", "2", "1\n", "1\n")
    assert wrong({"stdout": "2"}, seen, seen, Names("torch:cpu", "torch:cpu")) == {("stdout", ""): "drifted"}


def answered(value) -> CellObservation:
    answer = Answer(error=value) if isinstance(value, Error) else Answer(value=value)
    return replace(PLAIN, answers={"x": answer})


def test_a_value_is_held_against_the_document_and_the_rest_of_it_against_torch():
    cell = {"values": {"x": [1.0]}}
    assert wrong(cell, answered(tensor([1.0])), answered(tensor([1.0]))) == {}
    found = checks(cell, answered(tensor([2.0])), answered(tensor([1.0])))["values", "x"]
    assert (found.verdict, found.document, found.torch, found.target) == ("diverges", "[1.0]", "[1.0]", "[2.0]")
    found = checks(cell, answered(tensor([1.0], "float64")), answered(tensor([1.0])))["values", "x"]
    assert (found.verdict, found.document, found.differences) == ("diverges", None, ("dtype is float64, not float32",))


def test_an_expression_that_raises_has_no_value():
    error = Error("NameError", "builtins", "name 'x' is not defined")
    found = checks({"values": {"x": [1.0]}}, answered(error), answered(tensor([1.0])))["values", "x"]
    assert found.differences == ("error is NameError: name 'x' is not defined, not no error",)
    assert wrong({"holds": ["x"]}, answered(error), answered(scalar(True))) == {("holds", "x"): "diverges"}
    assert wrong({"graph": {"x": None}}, answered(error), answered(tensor([1.0]))) == {("graph", "x"): "diverges"}


def test_what_holds_must_be_true():
    assert wrong({"holds": ["x"]}, answered(scalar(True)), answered(scalar(True))) == {}
    assert wrong({"holds": ["x"]}, answered(scalar(False)), answered(scalar(True))) == {("holds", "x"): "diverges"}
    assert wrong({"holds": ["x"]}, answered(scalar(False)), None) == {("holds", "x"): "diverges"}


def test_a_graph_is_held_against_its_tree():
    tree = {"MulBackward0": ["AccumulateGrad", None]}
    product, leaf = tensor([1.0], graph=MUL), tensor([1.0])
    assert wrong({"graph": {"x": tree}}, answered(product), answered(product)) == {}
    found = checks({"graph": {"x": tree}}, answered(leaf), answered(product))["graph", "x"]
    assert (found.verdict, found.target) == ("diverges", "null")
    assert found.document == found.torch == "MulBackward0\n  AccumulateGrad\n  null"


def test_after_an_error():
    cell = {"raises": {"type": "ValueError"}, "after": {"x": 1}}
    error = Error("ValueError", "builtins", "no")
    assert wrong(cell, *[replace(answered(scalar(1)), error=error)] * 2) == {}
    assert wrong(cell, replace(answered(scalar(2)), error=error), None) == {("after", "x"): "diverges"}


def test_other_random_numbers_are_excused_but_not_to_the_document():
    ours, theirs = (replace(PLAIN, stdout=f"tensor({n}.)\n", names={"x": tensor([n])}) for n in (1, 2))
    assert wrong({}, ours, theirs, any_digits=True) == {}
    assert wrong({}, ours, theirs) != {}
    assert wrong({"stdout": "tensor(2.)"}, ours, theirs, any_digits=True) == {("stdout", ""): "diverges"}


def test_the_distance_is_told_even_where_it_is_tolerated():
    after = replace(PLAIN, names={"x": tensor([1.0000001])})
    found = checks({}, after, replace(PLAIN, names={"x": tensor([1.0])}))["state", "x"]
    assert (found.verdict, found.ulp) == ("conforms", 1.0)


def test_control_characters_of_a_document_are_compared_as_they_are_captured():
    assert wrong({"stdout": "\x1b[31m"}, *[replace(PLAIN, stdout="\\x1b[31m\n")] * 2) == {}


def test_a_cell_that_may_raise_leaves_it_to_torch():
    raised = replace(PLAIN, error=Error("ValueError", "builtins", "no"))
    assert wrong({"may_raise": True}, raised, raised) == {}
    assert wrong({"may_raise": True}, PLAIN, raised) == {("error", ""): "diverges"}
    assert wrong({"may_raise": True}, raised, PLAIN) == {("error", ""): "diverges"}


def test_slack_is_for_what_is_compared_with_torch():
    near, exact = (replace(PLAIN, names={"x": tensor([1e-3, x], "float64")}) for x in (1.0 + 3e-7, 1.0))
    assert wrong({}, near, exact) == {("state", "x"): "diverges"}
    assert wrong({"slack": {"times": 2.0, "reason": "sums"}}, near, exact) == {}
    small = replace(PLAIN, names={"x": tensor([1e-3 + 1e-6, 100.0], "float64")})
    large = replace(PLAIN, names={"x": tensor([1e-3, 100.0], "float64")})
    assert wrong({"slack": {"times": 1.0, "reason": "sums"}}, small, large) == {("state", "x"): "diverges"}
    assert wrong({"slack": {"normwise": True, "reason": "sums"}}, small, large) == {}

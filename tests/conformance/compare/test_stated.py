import math

import pytest
from observed import MUL, numpy_array, scalar, tensor

from conformance.compare.stated import aspects, differences, shown, shown_expected
from conformance.compare.values import Rules
from conformance.spec.model import Expected
from conformance.targets.protocol import Mapping_, Node, Opaque, Sequence


def expected(what) -> Expected:
    return Expected.model_validate(what)


def told(actual, what, **rules) -> list[str]:
    return [str(difference) for difference in differences(actual, expected(what), Rules(**rules))]


LEAF = tensor([1.0, 2.0], requires_grad=True)
RESULT = tensor([1.0], requires_grad=True, is_leaf=False, graph=MUL)


@pytest.mark.parametrize(
    ("actual", "what"),
    [
        (LEAF, [1.0, 2.0]),
        (LEAF, [1, 2]),
        (LEAF, {"dtype": "float32", "shape": [2], "requires_grad": True, "is_leaf": True, "grad_fn": None}),
        (RESULT, {"grad_fn": "MulBackward0", "device": "cpu"}),
        (tensor([0.1]), [0.1]),
        (tensor([-0.0]), [0]),
        (tensor([math.nan, math.inf]), [math.nan, math.inf]),
        (tensor([1 + 2j], "complex64"), ["1+2j"]),
        (tensor([0.1], "float64"), ["0x1.999999999999ap-4"]),
        (tensor([True], "bool"), [True]),
        (tensor([]), []),
        (tensor([[], []]), [[], []]),
        (numpy_array([1.0]), [1.0]),
        (scalar(None), None),
        (scalar(True), True),
        (scalar(3), 3),
        (scalar(3), 3.0),
        (scalar(3.0), 3),
        (scalar(10**30), 10**30),
        (scalar(0.10000000149011612), 0.1),
        (scalar("a"), "a"),
        (Sequence("Size", (scalar(2), scalar(3))), [2, 3]),
        (Sequence("tuple", (tensor([1.0]), scalar(None))), [[1.0], None]),
        (Opaque("dtype", "torch.float32"), "torch.float32"),
        (Node(MUL), "MulBackward0"),
    ],
)
def test_met(actual, what):
    assert told(actual, what) == []


@pytest.mark.parametrize(
    ("actual", "what", "sentence"),
    [
        (LEAF, [1.0, 3.0], "[1]: value is 2.0, not 3.0 (1 of 2 elements, up to 4.19e+06 ULP)"),
        (LEAF, [1.0], "shape is (2,), not (1,)"),
        (LEAF, [[1.0], 2.0], "value is of float32, not [[1.0], 2.0]"),
        (LEAF, "text", "value is of float32, not 'text'"),
        (LEAF, None, "value is of float32, not None"),
        (LEAF, {"dtype": "float64"}, "dtype is float32, not float64"),
        (LEAF, {"requires_grad": False}, "requires_grad is True, not False"),
        (LEAF, {"grad_fn": "MulBackward0"}, "grad_fn is None, not MulBackward0"),
        (RESULT, {"grad_fn": None}, "grad_fn is MulBackward0, not None"),
        (tensor([-0.0]), [0.0], "[0]: sign or kind is -0.0, not 0.0"),
        (tensor([1], "int64"), [True], "value is of int64, not [True]"),
        (tensor([2], "int64"), [2.5], "[0]: value is 2, not 2.5"),
        (scalar(None), [1.0], "value is None, not [1.0]"),
        (scalar(3), 4, "value is 3, not 4"),
        (scalar(10**30), 10**30 + 1, f"value is {10**30}, not {10**30 + 1}"),
        (scalar(True), 1, "value is of int64, not 1"),
        (scalar("a"), "b", "text is 'a', not 'b'"),
        (scalar(1.0), {"dtype": "float32"}, "type is float, not Tensor"),
        (Sequence("tuple", (scalar(1),)), [1, 2], "length is 1, not 2"),
        (Sequence("tuple", (scalar(1),)), [2], "[0]: value is 1, not 2"),
        (Node(MUL), "AddBackward0", "value is MulBackward0, not AddBackward0"),
        (Mapping_("dict", ()), [], "value is {}, not []"),
    ],
)
def test_not_met(actual, what, sentence):
    assert told(actual, what) == [sentence]


def test_a_tolerance_of_its_own():
    loose = {"data": [1.5, 2.0], "tolerance": {"rtol": 0.5, "atol": 0, "reason": "a test"}}
    assert told(LEAF, loose) == []


def test_a_documented_cpu_is_any_targets_own_device():
    on_cuda = tensor([1.0], device="cuda:0")
    assert told(on_cuda, {"device": "cpu"}) == ["device is cuda:0, not cpu"]
    assert told(on_cuda, {"device": "cpu"}, on_cpu=False) == []
    assert told(on_cuda, {"device": "cuda:1"}, on_cpu=False) == ["device is cuda:0, not cuda:1"]


def test_torch_is_not_asked_about_what_is_stated():
    assert {"value", "shape"} <= aspects(expected([1.0]))
    assert "dtype" not in aspects(expected([1.0]))
    assert aspects(expected({"dtype": "float32", "grad_fn": None})) == {"dtype", "grad_fn"}


def test_both_sides_are_shown_in_one_form():
    what = expected({"data": [1.0, 3.0], "dtype": "float64"})
    assert shown_expected(what) == "[1.0, 3.0], dtype float64"
    assert shown(LEAF, what) == "[1.0, 2.0], dtype float32"
    assert shown(scalar(None), what) == "None"
    assert shown(scalar(None), expected([1.0])) == "None"

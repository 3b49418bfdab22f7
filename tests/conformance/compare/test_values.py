import math
from dataclasses import replace

import numpy as np
import pytest
from observed import MUL, SUM, numpy_array, scalar, tensor

from conformance.compare.tolerance import Tolerance
from conformance.compare.values import Rules, differences, distance, shown
from conformance.targets.capture import array
from conformance.targets.protocol import Mapping_, Node, Opaque, Sequence

STRICT = Rules()


def told(actual, expected, rules=STRICT):
    return [str(difference) for difference in differences(actual, expected, rules)]


def sequence(*items, kind="tuple"):
    return Sequence(kind, items)


@pytest.mark.parametrize(
    "value",
    [
        tensor([1.0, -0.0, math.nan, math.inf]),
        tensor(2.5, requires_grad=True),
        tensor([], "int64"),
        tensor([[True, False]], "bool"),
        tensor([1 + 2j], "complex64", graph=MUL, is_leaf=False),
        tensor([1.0], values=None),
        tensor([1.0], grad=tensor([2.0])),
        numpy_array([1.0]),
        scalar(None),
        scalar(math.nan),
        scalar("text"),
        sequence(scalar(1), tensor([1.0])),
        Mapping_("dict", (("'a'", scalar(1)),)),
        Node(MUL),
        Opaque("dtype", "torch.float32"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_agrees_with_itself(value):
    assert told(value, value) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"type": "Parameter"}, "type is Parameter, not Tensor"),
        ({"dtype": "float16"}, "dtype is float16, not float32"),
        ({"device": "cuda:0"}, "device is cuda:0, not cpu"),
        ({"layout": "sparse_coo"}, "layout is sparse_coo, not strided"),
        ({"requires_grad": True}, "requires_grad is True, not False"),
        ({"is_leaf": False}, "is_leaf is False, not True"),
        ({"version": 1}, "version is 1, not 0"),
        ({"version": None}, "version is None, not 0"),
        ({"graph": MUL}, "grad_fn is MulBackward0, not None"),
        ({"error": "no graph"}, "error is no graph, not no error"),
        ({"values": None}, "value is unreadable, not readable"),
        ({"grad": tensor([2.0])}, "grad is [2.0] (float32[1]), not None"),
    ],
)
def test_every_property_of_a_tensor_counts(change, sentence):
    assert told(tensor([1.0], **change), tensor([1.0])) == [sentence]


def test_what_only_has_the_name_of_a_tensor_is_none():
    assert told(Opaque("Tensor", "tensor([1.])"), tensor([1.0])) == [
        "type is Tensor, seen as object, not Tensor, seen as tensor"
    ]


def test_differences_of_a_gradient_are_told_as_its_own():
    ours, theirs = (tensor([1.0], grad=tensor([1.0, value])) for value in (2.0, 3.0))
    assert told(ours, theirs) == [".grad[1]: value is 2.0, not 3.0 (1 of 2 elements, up to 4.19e+06 ULP)"]


def test_other_shapes_are_not_compared_element_by_element():
    assert told(tensor([1.0, 2.0]), tensor([[9.0]])) == ["shape is (2,), not (1, 1)"]


def test_the_tolerance_is_that_of_the_dtype():
    assert told(tensor([1.000001]), tensor([1.0])) == []
    assert told(tensor([1.000001], "float64"), tensor([1.0], "float64")) != []
    assert told(tensor([1.1]), tensor([1.0]), Rules(allowed=Tolerance(0.2, 0.0))) == []
    assert told(tensor([2], "int64"), tensor([1], "int64")) == ["[0]: value is 2, not 1"]


@pytest.mark.parametrize(
    ("actual", "expected"), [(-0.0, 0.0), (math.nan, 1.0), (math.inf, -math.inf), (math.inf, 3e38)]
)
def test_signs_of_zero_and_what_is_not_finite_must_agree(actual, expected):
    (sentence,) = told(tensor([1.0, actual]), tensor([1.0, expected]))
    assert sentence.startswith("[1]: sign or kind is ")


@pytest.mark.parametrize("actual", [-0.0, 0.0, complex(-0.0, 1.0)])
def test_a_zero_beside_another_number_is_a_value_like_all(actual):
    dtype = "complex128" if isinstance(actual, complex) else "float64"
    expected = actual + 1e-16
    assert told(tensor([actual], dtype), tensor([expected], dtype)) == []
    (sentence,) = told(tensor([actual], dtype), tensor([actual + 1.0], dtype))
    assert sentence.startswith("[0]: value is ")


def test_the_worst_element_is_told():
    (sentence,) = told(tensor([1.0, 5.0, 3.5]), tensor([1.0, 2.0, 3.0]))
    assert sentence == "[1]: value is 5.0, not 2.0 (2 of 3 elements, up to 6.29e+06 ULP)"


def test_any_digits_leave_dtype_shape_and_graph():
    rules = Rules(any_digits=True)
    assert told(tensor([1.0]), tensor([2.0]), rules) == []
    assert told(scalar(1.0), scalar(2.0), rules) == []
    assert told(tensor([1.0]), tensor([2.0, 3.0]), rules) != []
    assert told(tensor([1.0], graph=SUM), tensor([1.0], graph=MUL), rules) != []


def test_off_the_cpu_the_own_device_is_no_difference():
    rules = Rules(on_cpu=False)
    assert told(tensor([1.0], device="cuda:0"), tensor([1.0]), rules) == []
    assert told(scalar("tensor(1., device='cuda:0')"), scalar("tensor(1.)"), rules) == []


@pytest.mark.parametrize(
    ("actual", "expected", "sentence"),
    [
        (scalar(1), scalar(1.0), "type is int, not float"),
        (scalar(None), tensor([1.0]), "type is NoneType, not Tensor"),
        (scalar(2), scalar(3), "text is '2', not '3'"),
        (scalar(2.0), scalar(3.0), "value is 2.0, not 3.0 (4.19e+06 ULP)"),
        (scalar("a"), scalar("b"), "text is 'a', not 'b'"),
        (sequence(scalar(1)), sequence(), "length is 1, not 0"),
        (sequence(scalar(1), kind="Size"), sequence(scalar(1)), "type is Size, not tuple"),
        (sequence(scalar(1), scalar(2)), sequence(scalar(1), scalar(3)), "[1]: text is '2', not '3'"),
        (Mapping_("dict", (("'a'", scalar(1)),)), Mapping_("dict", (("'b'", scalar(1)),)), "keys is 'a', not 'b'"),
        (numpy_array([1.0]), numpy_array([1.0], "float32"), "dtype is float64, not float32"),
        (Node(MUL), Node(SUM), "grad_fn is MulBackward0, not SumBackward0"),
        (
            Opaque("dtype", "torch.float32"),
            Opaque("dtype", "torch.float64"),
            "text is 'torch.float32', not 'torch.float64'",
        ),
    ],
)
def test_other_values(actual, expected, sentence):
    assert told(actual, expected) == [sentence]


def test_a_large_array_is_compared_by_what_was_kept_of_it():
    large = np.arange(200_000, dtype=np.float32)
    ours, theirs = tensor([1.0]), tensor([1.0])
    kept, other = array(large, "float32"), array(large + np.float32(1000), "float32")
    assert kept.step > 1
    assert kept.digest != other.digest

    ours, theirs = (replace(ours, shape=kept.shape, values=each) for each in (kept, other))
    assert told(ours, ours) == []
    assert told(ours, theirs) != []


def test_the_distance_is_in_units_of_the_last_place():
    after = np.nextafter(np.float32(1), np.float32(2))
    assert distance(tensor([after]), tensor([1.0])) == 1.0
    assert distance(tensor([1]), tensor([1.0, 2.0])) is None
    assert distance(tensor([1], "int64"), tensor([1], "int64")) is None
    assert distance(scalar(1.0), scalar(1.0)) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (tensor([4.004]), "[4.004] (float32[1])"),
        (tensor([[1, 2], [3, 4]], "int64"), "[[1, 2], [3, 4]] (int64[2, 2])"),
        (tensor(1.0, requires_grad=True, graph=MUL), "1.0 (float32[], requires_grad, MulBackward0)"),
        (tensor([1.0], grad=tensor([2.0])), "[1.0] (float32[1]), grad [2.0] (float32[1])"),
        (scalar("a"), "'a'"),
        (sequence(scalar(1), scalar(2)), "(1, 2)"),
        (sequence(scalar(1), kind="list"), "[1]"),
        (Mapping_("dict", (("'a'", scalar(1)),)), "{'a': 1}"),
        (Node(MUL), "MulBackward0"),
        (Opaque("Foo", ""), "a Foo"),
    ],
)
def test_values_are_shown_in_a_line(value, text):
    assert shown(value) == text
    assert shown(tensor(range(100), "int64")).endswith(", 23, ...] (int64[100])")

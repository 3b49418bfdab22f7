import math
from dataclasses import replace

import numpy as np
import pytest
from observed import numpy_array, scalar, tensor

from conformance.compare.processors import steadied
from conformance.compare.values import numbers
from conformance.targets.protocol import Mapping_, Sequence


def kept(actual, expected, *elsewhere, dtype="float32"):
    """Which elements of `actual` are left as they are."""
    ours, theirs = tensor(actual, dtype), tensor(expected, dtype)
    found = numbers(steadied(ours, theirs, [tensor(each, dtype) for each in elsewhere]).values)
    given, wanted = numbers(ours.values), numbers(theirs.values)
    assert all(one.tobytes() in (a.tobytes(), b.tobytes()) for one, a, b in zip(found, given, wanted, strict=True))
    return [one.tobytes() == a.tobytes() for one, a in zip(found, given, strict=True)]


@pytest.mark.parametrize(
    ("actual", "expected", "elsewhere", "left"),
    [
        ([1.0, 2.0], [1.5, 2.5], [[1.5, 2.5]], [True, True]),  # torch is sure of both
        ([1.0, 2.0], [1.5, 2.5], [[1.25, 2.5]], [False, True]),
        ([1.0, 2.0], [1.5, 2.5], [[1.5, 2.5], [1.25, 2.5]], [False, True]),
        ([0.5, 0.375], [1.0, 1.0], [[1.125, 1.125]], [False, True]),  # so far, and not further
        ([-0.0, -0.0], [0.0, 0.0], [[-0.0, 0.0]], [False, True]),
        ([-0.0], [0.0], [[1e-9]], [False]),
        ([math.nan, 1.0], [1.0, math.nan], [[math.nan, 1.0]], [False, False]),
        ([math.nan, math.inf], [1.0, 1.0], [[2.0, 2.0]], [True, True]),
    ],
)
def test_only_numbers_of_which_torch_is_not_sure_are_steadied(actual, expected, elsewhere, left):
    assert kept(actual, expected, *elsewhere) == left


def test_parts_of_complex_numbers_and_integers():
    assert kept([complex(1, -0.0)], [complex(1, 0.0)], [complex(1, -0.0)], dtype="complex64") == [False]
    one = lambda value: tensor([value], "complex64")
    part = numbers(steadied(*map(one, (complex(2, -0.0), complex(1, 0.0))), [one(complex(1, -0.0))]).values)[0]
    assert (part.real, math.copysign(1, part.imag)) == (2.0, 1.0)
    assert kept([3, 3], [5, 5], [3, 4], dtype="int64") == [False, True]


def test_what_is_no_number_is_left():
    ours, theirs, other = tensor([1.0]), tensor([2.0]), tensor([1.0])
    assert steadied(ours, theirs, [tensor([1.0], "float64"), tensor([[1.0]]), scalar(1.0), None]) == ours
    assert steadied(replace(ours, values=None), theirs, [other]).values is None
    assert steadied(scalar(1.0), scalar(2.0), [scalar(1.0)]) == scalar(1.0)
    assert steadied(ours, scalar(2.0), [other]) == ours
    assert steadied(replace(ours, version=3), theirs, [other]) == replace(theirs, version=3)


def test_values_within_values():
    ours, theirs, other = tensor([1.0]), tensor([2.0]), tensor([1.0])
    of = lambda each: Sequence("list", (each, numpy_array([5.0])))
    assert steadied(of(ours), of(theirs), [of(other), Sequence("list", ())]) == of(theirs)
    assert steadied(Sequence("list", (ours,)), of(theirs), [of(other)]) == Sequence("list", (ours,))
    arrays = [Sequence("list", (numpy_array(np.array([value])),)) for value in (1.0, 2.0)]
    assert steadied(arrays[0], arrays[1], [arrays[0]]) == arrays[1]
    named = lambda each, key="a": Mapping_("dict", ((key, each),))
    assert steadied(named(ours), named(theirs), [named(other), named(other, "b")]) == named(theirs)
    assert steadied(named(ours, "b"), named(theirs), [named(other)]) == named(ours, "b")
    graded = lambda each: tensor([7.0], grad=each)
    assert steadied(graded(ours), graded(theirs), [graded(other)]) == graded(theirs)
    assert steadied(graded(ours), graded(theirs), [graded(None)]) == graded(ours)

"""dtypes and promotion against torch, over all pairs and ranks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import dtypes
from tests.bothways import agree

torch = pytest.importorskip("torch")

ALL = dtypes.DTYPES
PAIRS = list(itertools.product(ALL, repeat=2))
NUMBERS = (True, 3, 1.5, 1j)


def theirs(d: dtypes.dtype):
    return getattr(torch, repr(d).removeprefix("torch."))


def outcome(function, *args):
    try:
        return repr(function(*args))
    except RuntimeError as error:
        return str(error)


def test_promote_types():
    mine = {(a, b): outcome(dtypes.promote_types, a, b) for a, b in PAIRS}
    assert mine == {(a, b): outcome(torch.promote_types, theirs(a), theirs(b)) for a, b in PAIRS}


def test_can_cast():
    mine = {(a, b): dtypes.can_cast(a, b) for a, b in PAIRS}
    assert mine == {(a, b): torch.can_cast(theirs(a), theirs(b)) for a, b in PAIRS}


# The engine has no complex32 (NumPy has none), which is what float16 becomes when it meets complex of a lower rank.
MEETS_COMPLEX32 = dtypes.float16


@pytest.mark.parametrize("shapes", [((2,), ()), ((), ()), ((), (2,))])
def test_result_dtype_of_tensors(shapes):
    mine, torchs = {}, {}
    for a, b in PAIRS:
        if MEETS_COMPLEX32 in (a, b) and (a.is_complex or b.is_complex) and shapes != ((), ()):
            continue
        ranks: tuple[list, list] = ([], [])
        for d, shape in zip((a, b), shapes, strict=True):
            ranks[not shape].append(d)
        mine[a, b] = outcome(dtypes.result_dtype, *ranks, [])
        x, y = (torch.zeros(shape, dtype=theirs(d)) for d, shape in zip((a, b), shapes, strict=True))
        torchs[a, b] = outcome(torch.result_type, x, y)
    assert mine == torchs


@pytest.mark.parametrize("shape", [(2,), ()], ids=repr)
def test_result_dtype_with_a_number(shape):
    mine, torchs = {}, {}
    for d, number in itertools.product(ALL, NUMBERS):
        if d is MEETS_COMPLEX32 and isinstance(number, complex):
            continue
        ranks = ([d], []) if shape else ([], [d])
        mine[d, number] = outcome(dtypes.result_dtype, *ranks, [dtypes.of_scalar(number)])
        torchs[d, number] = outcome(torch.result_type, torch.zeros(shape, dtype=theirs(d)), number)
    assert mine == torchs


DTYPE = st.sampled_from([d for d in ALL if d not in dtypes.STORED])


@given(DTYPE, DTYPE)
def test_promotion_is_commutative(a, b):
    assert dtypes.promote_types(a, b) is dtypes.promote_types(b, a)


@given(DTYPE)
def test_promotion_is_idempotent(a):
    assert dtypes.promote_types(a, a) is a


@given(DTYPE, DTYPE)
def test_promotion_never_lowers_the_category(a, b):
    assert dtypes.promote_types(a, b).category == max(a.category, b.category)


@given(DTYPE, DTYPE)
def test_both_can_be_cast_to_the_common_dtype(a, b):
    common = dtypes.promote_types(a, b)
    assert dtypes.can_cast(a, common)
    assert dtypes.can_cast(b, common)


@pytest.mark.parametrize("d", ALL, ids=str)
def test_attributes(d):
    other = theirs(d)
    for name in ("is_floating_point", "is_complex", "is_signed", "itemsize"):
        assert getattr(d, name) == getattr(other, name)
    assert repr(d) == repr(other)
    assert repr(d.to_real()) == repr(other.to_real())


def test_dtypes_cannot_be_made():
    with pytest.raises(TypeError, match=r"cannot create 'torch\.dtype' instances"):
        dtypes.dtype()


def test_only_floats_are_defaults():
    with pytest.raises(TypeError, match="only floating-point types are supported as the default type"):
        dtypes.set_default_dtype(dtypes.int64)


def test_limits_of_dtypes():
    agree("""
for d in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.complex128):
    f = torch.finfo(d)
    print(f, f.bits, f.max, f.min, f.eps, f.tiny, f.smallest_normal, f.resolution, f.dtype, f == torch.finfo(d))
for d in (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64, torch.uint16):
    i = torch.iinfo(d)
    print(i, i.bits, i.max, i.min, i.dtype)
print(torch.finfo(), torch.finfo(type=torch.float64), type(torch.finfo()))
finfo, iinfo = torch.finfo, torch.iinfo
for f, d in ((finfo, torch.int32), (finfo, 3), (iinfo, torch.float32), (iinfo, torch.bool), (iinfo, 3)):
    try:
        f(d)
    except TypeError as error:
        print(error)
""")

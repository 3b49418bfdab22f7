from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.spec.values import decode, encode

numbers_as_text = st.from_regex(
    r"'?[-+]?(inf|nan|[0-9]+\.?[0-9]*(e[-+]?[0-9]+)?|0x[0-9a-f]+p1)?[-+]?j?", fullmatch=True
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | numbers_as_text
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4))


def exact(value: Any) -> Any:
    """`value` in a form that is equal only to itself: types, the sign of zero and NaN count."""
    match value:
        case list():
            return [exact(item) for item in value]
        case complex():
            return ("complex", exact(value.real), exact(value.imag))
        case float():
            return ("float", "nan" if math.isnan(value) else value.hex())
        case _:
            return (type(value).__name__, value)


@given(values)
@example(complex(-0.0, math.nan))
@example("'")
@example("''1j")
@example(["1+2j", "0x1p3", "nanj", "infj"])
def test_what_is_encoded_is_decoded_exactly(value: Any) -> None:
    assert exact(decode(encode(value))) == exact(value)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("1+2j", 1 + 2j),
        ("-1.5e3-.5j", complex(-1500, -0.5)),
        ("2j", 2j),
        ("-0-0j", complex(-0.0, -0.0)),
        ("nan+infj", complex(math.nan, math.inf)),
        ("0x1.8p+1", 3.0),
        ("-0x1p-1074", -5e-324),
        ("0x1.999999999999ap-4", 0.1),
        ("'1+2j", "1+2j"),
        ("''quoted'", "'quoted'"),
        ("0x1F", "0x1F"),
        ("j", "j"),
        ("1e5", "1e5"),
        ("1 + 2j", "1 + 2j"),
        ([["1j"], [None, True, 2]], [[1j], [None, True, 2]]),
    ],
)
def test_what_data_stands_for(data: Any, value: Any) -> None:
    assert exact(decode(data)) == exact(value)


def test_a_hex_float_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"0x1p9999 is too large for a float: write \.inf"):
        decode("0x1p9999")


@pytest.mark.parametrize("convert", [decode, encode])
def test_what_a_spec_cannot_hold(convert: Any) -> None:
    with pytest.raises(TypeError, match="a spec cannot hold dict as data"):
        convert([{}])

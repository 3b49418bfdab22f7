from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.spec.address import Address, is_suite_name, parse_address


@given(
    st.from_regex(r"[a-z0-9_./-]+", fullmatch=True),
    st.from_regex(r"[a-z0-9.-]+", fullmatch=True),
    st.text(),
    st.none() | st.integers(1),
)
def test_an_address_can_be_read_again(suite: str, case: str, params: str, cell: int | None) -> None:
    address = Address(suite, case, params, cell)
    assert is_suite_name(suite)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "a", "a:b", "::b", "a::", "a::b#0", "a::b#", "a::b#x", "a b::c", "a::b[]", "a::b::c#1 "]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address such as seeds/autograd-basics::no-grad-block"):
        parse_address(text)

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.targets.sanitise import LIMIT, sanitise


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("tensor([1.])\n\tünïcödé 미분 🙂", "tensor([1.])\n\tünïcödé 미분 🙂"),
        ("\x1b[31mred\x1b]8;;http://x\x07", "\\x1b[31mred\\x1b]8;;http://x\\x07"),
        ("50%\r100%", "50%\\x0d100%"),
        ("a\x00b\x9b", "a\\x00b\\x9b"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text, safe):
    assert sanitise(text) == safe
    assert sanitise(safe) == safe


def test_no_control_or_format_character_is_left():
    every = "".join(map(chr, range(0x30000)))
    left = {unicodedata.category(each) for each in sanitise(every, len(every)) if each not in "\n\t"}
    assert not left & {"Cc", "Cs", "Zl", "Zp"}
    bidirectional = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not any(unicodedata.bidirectional(each) in bidirectional for each in sanitise(every, len(every)))


def test_a_long_text_is_cut_and_still_told_apart():
    one, other = (sanitise("x" * LIMIT + end) for end in ("aa", "ab"))
    assert one != other
    assert one.startswith("x" * LIMIT + "\n[2 more characters, sha256 ")
    assert sanitise("x" * LIMIT) == "x" * LIMIT


@given(st.text(), st.integers(0, 50))
def test_what_is_safe_stays_as_it_is(text, limit):
    safe = sanitise(text, 1000)
    assert sanitise(safe, len(safe)) == safe
    assert len(sanitise("x" * limit + text, limit)) <= limit + 60

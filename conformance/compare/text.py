"""Printed text: the layout must be exact, the digits may differ within the tolerance of the dtype.

A number in the text is of the dtype that the surrounding `tensor(...)` names; without one it is float32,
torch's default dtype. A number without point and exponent is an integer, which is exact. Layout is everything
else, and of a number its length, its decimals, its sign and whether it has an exponent; but of one with more digits
than tell two float32 apart, as Python writes a float, only the sign: the next float may be written with ten more.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from conformance.compare.difference import Difference
from conformance.compare.tolerance import tolerance

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?=j?(?!\w))")
_TENSOR = re.compile(r"(?=tensor\()")
_DTYPE = re.compile(r"dtype=torch\.(\w+)")

_TELLING = 9
"""So many digits tell any two float32 apart."""

LINES = 8
"""How many differing lines are told one by one."""


class Token(NamedTuple):
    text: str
    dtype: str
    """Empty for text that is no number."""


def lines(text: str) -> list[list[Token]]:
    """`text` cut into lines, and each into numbers and what stands between them. Line feeds at the end do not
    count."""
    cut: list[list[Token]] = [[]]
    for token in _tokens(text.rstrip("\n")):
        first, *rest = [Token(piece, token.dtype) for piece in token.text.split("\n")]
        cut[-1].append(first)
        cut.extend([piece] for piece in rest)
    return cut


def _tokens(text: str) -> Iterator[Token]:
    for part in _TENSOR.split(text):
        named = _DTYPE.search(part)
        dtype = named[1] if named else "float32"
        end = 0
        for number in _NUMBER.finditer(part):
            yield Token(part[end : number.start()], "")
            yield Token(number[0], dtype)
            end = number.end()
        yield Token(part[end:], "")


def _same(actual: list[Token], expected: list[Token], any_digits: bool) -> bool:
    return len(actual) == len(expected) and all(map(_agree, actual, expected, itertools.repeat(any_digits)))


def _agree(actual: Token, expected: Token, any_digits: bool) -> bool:
    if actual.text == expected.text:
        return True
    if any_digits and not actual.dtype and not expected.dtype:
        return actual.text.split() == expected.text.split()  # columns are as wide as their digits need
    if not (actual.dtype and expected.dtype) or _is_integer(actual.text) or _is_integer(expected.text):
        return False
    if any_digits:
        return True
    if _layout(actual.text) != _layout(expected.text) and not (
        _sign(actual.text) == _sign(expected.text) and (_is_in_full(actual.text) or _is_in_full(expected.text))
    ):
        return False
    rtol, atol = tolerance(actual.dtype, expected.dtype)
    return abs(float(actual.text) - float(expected.text)) <= atol + rtol * abs(float(expected.text))


def _is_integer(number: str) -> bool:
    return number.lstrip("+-").isdigit()


def _layout(number: str) -> tuple[int, int, bool, str]:
    mantissa, exponent, _ = number.lower().partition("e")
    return len(number), len(mantissa.partition(".")[2]), bool(exponent), _sign(number)


def _sign(number: str) -> str:
    return number[0] if number[0] in "+-" else ""


def _is_in_full(number: str) -> bool:
    """Whether it has all digits of a float, rather than as many as somebody asked for."""
    return len(number.lower().partition("e")[0].replace(".", "").lstrip("+-0")) > _TELLING


def differences(actual: str, expected: str, *, any_digits: bool = False) -> list[Difference]:
    """Every line in which `actual` differs. With `any_digits` floating numbers may have any digits."""
    if actual == expected:
        return []
    ours, theirs = lines(actual), lines(expected)
    found = []
    if len(ours) != len(theirs) or bool(actual.strip("\n")) != bool(expected.strip("\n")):
        found.append(Difference("text", _count(actual), _count(expected)))
    pairs = enumerate(zip(ours, theirs, strict=False), start=1)
    wrong = [(number, a, b) for number, (a, b) in pairs if not _same(a, b, any_digits)]
    for number, a, b in wrong[:LINES]:
        at = f"line {number}" if len(theirs) > 1 else ""
        found.append(Difference("text", _quoted(a), _quoted(b), at=at))
    if len(wrong) > LINES:
        found.append(Difference("text", f"other in {len(wrong) - LINES} more lines", "as expected"))
    return found


def _quoted(line: list[Token]) -> str:
    return repr("".join(token.text for token in line))


def _count(text: str) -> str:
    count = text.rstrip("\n").count("\n") + 1
    if not text.rstrip("\n"):
        return "empty"
    return "1 line" if count == 1 else f"{count} lines"

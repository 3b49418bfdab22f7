"""What `data` in a spec stands for: YAML's own values, and numbers that YAML cannot write.

    1, true, text, null, [..]   themselves, in Python
    .nan  .inf  -0.0            themselves: YAML 1.2 has them
    "1+2j"  "-0.0-infj"         a complex number, written as Python's repr without the parentheses
    "0x1.8p+1"                  a float, exact in base 16, as `float.hex` writes it
    "'1+2j"                     the text 1+2j: a text that would read as a number starts with an apostrophe,
                                and so does a text that starts with one

`decode(encode(value))` is `value`, to the sign of zero.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | complex | str | list[Value] | None"

_REAL = r"(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|inf|nan)"
_COMPLEX = re.compile(rf"[-+]?(?:{_REAL}[-+])?{_REAL}j")
_HEX_FLOAT = re.compile(r"[-+]?0x[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?p[-+]?[0-9]+")


def decode(data: object) -> Value:
    """The Python value that `data`, as read from a spec, stands for.

    Raises ValueError for a hex float out of range, and TypeError for anything that YAML does not give.
    """
    match data:
        case list():
            return [decode(item) for item in data]
        case str():
            if data.startswith("'"):
                return data[1:]
            if _COMPLEX.fullmatch(data):
                return complex(data)
            if _HEX_FLOAT.fullmatch(data):
                return _from_hex(data)
            return data
        case None | bool() | int() | float():
            return data
    raise TypeError(f"a spec cannot hold {type(data).__name__} as data")


def encode(value: Value) -> bool | int | float | str | list | None:
    """`value` as a spec writes it; the inverse of `decode`. Raises TypeError for what a spec cannot hold."""
    match value:
        case list():
            return [encode(item) for item in value]
        case complex():
            return repr(value).strip("()")
        case str():
            escape = value.startswith("'") or _COMPLEX.fullmatch(value) or _HEX_FLOAT.fullmatch(value)
            return f"'{value}" if escape else value
        case None | bool() | int() | float():
            return value
    raise TypeError(f"a spec cannot hold {type(value).__name__} as data")


def _from_hex(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        raise ValueError(f"{text} is too large for a float: write .inf") from None

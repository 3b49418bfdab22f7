"""What suites, cases and cells are called."""

from __future__ import annotations

import re
from typing import NamedTuple


class Address(NamedTuple):
    """Where something is: `suite::case`, with the parameters of a variant `suite::case[a=1,b=2]`, and a
    cell `suite::case#3`."""

    suite: str
    case: str
    params: str = ""
    cell: int | None = None

    def __str__(self) -> str:
        params = f"[{self.params}]" if self.params else ""
        cell = "" if self.cell is None else f"#{self.cell}"
        return f"{self.suite}::{self.case}{params}{cell}"


CASE_ID = r"^[a-z0-9]+([.-][a-z0-9]+)*$"
"""What a case can be called in a spec."""
_SUITE_NAME = r"(?:(?:notebook|docstring|fuzz|opinfo|moduleinfo|optiminfo):)?[^:#\[\]\s]+"
_ADDRESS = re.compile(
    rf"(?P<suite>{_SUITE_NAME})::(?P<case>[^\[#\s]+)(\[(?P<params>.+)\])?(#(?P<cell>[1-9]\d*))?", re.DOTALL
)


def is_suite_name(name: str) -> bool:
    """Whether addresses can start with this name."""
    return re.fullmatch(_SUITE_NAME, name) is not None


def parse_address(text: str) -> Address:
    """The inverse of `str(address)`. Raises ValueError for a text that is no address of a case or a cell."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise ValueError(
            f"{text!r} is not an address such as seeds/autograd-basics::no-grad-block or ...::no-grad-block#3"
        )
    cell = found["cell"]
    return Address(found["suite"], found["case"], found["params"] or "", int(cell) if cell else None)

"""``torch._tensor_str``, from which programs take the options of printing for a block.  Source: `printing`."""

from __future__ import annotations

from typing import Any

from .printing import PRINT_OPTS as PRINT_OPTS
from .printing import get_printoptions as get_printoptions
from .printing import printoptions as printoptions
from .printing import set_printoptions as set_printoptions


def _str(self: Any, *, tensor_contents: str | None = None) -> str:
    """The text of a tensor; with that in place of its elements, if given."""
    return repr(self) if tensor_contents is None else self.__repr__(tensor_contents=tensor_contents)

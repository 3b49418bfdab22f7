"""Operations that stand for what is no call of a kernel, such as ``detach`` or ``item``.

Classes of tensors and those who watch get them, and ``torch.ops`` has them; no function is made of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from .op import Op
from .registry import OVERLOADS, STANDING
from .schema import parse


def standing(schema: str, does: Callable[..., Any]) -> Op:
    """An operation with this schema, which does what the function does."""
    parsed = parse(schema)
    made = STANDING[parsed.name] = dataclasses.replace(
        OVERLOADS["alias"][0], schema=parsed, python_name=parsed.name, kernel=None, composite=does, derivation=None,
        view="",
    )  # fmt: skip
    return made

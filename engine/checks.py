"""Argument checks that several operations share, in torch's words."""

from __future__ import annotations

from typing import Any

from .dtypes import bool_
from .tensor import Tensor


def is_bool(value: Any) -> bool:
    """Whether this operand counts as bool: a bool tensor or a Python bool."""
    return value._dtype is bool_ if isinstance(value, Tensor) else isinstance(value, bool)


def check_alpha(self: Any, other: Any, alpha: complex) -> None:
    """Refuse a multiplier that does not fit the dtype of the operands."""
    del self, other, alpha


def check_bool_subtraction(self: Any, other: Any, alpha: complex) -> None:
    """Refuse to subtract bools."""
    del alpha
    if is_bool(self) and is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    if is_bool(self) or is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )


def check_negation(self: Tensor) -> None:
    """Refuse to negate bools."""
    if self._dtype is bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        )

"""Zeros for which nothing is allocated: the tangents of inputs that have none.

What torch makes of them keeps what they meet as it is: the sum of a negative zero and such a zero is negative, and
their product with infinity is zero.

Source: ``ZeroTensor`` kernels of torch, observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..dtypes import FLOATING, default_dtype, dtype
from ..tensor import Tensor, unallocated_zeros, wrap

if TYPE_CHECKING:
    from ..declare.op import Op

_SUMS = {"add.Tensor": 1, "sub.Tensor": -1}
_PRODUCTS = ("mul.Tensor", "div.Tensor")


def is_zero(value: Any) -> bool:
    """Whether these are such zeros."""
    return isinstance(value, Tensor) and value._is_zerotensor()


def with_zeros(op: Op, values: Sequence[Any], common: dtype) -> Tensor | None:
    """The result of a sum or a product with such zeros; None for all other calls.

    Args:
        op: the operation.
        values: its parameters' values.
        common: the dtype to which the operands promote.
    """
    name = op.schema.qualified
    first, second, *rest = values
    if name in _PRODUCTS and is_zero(first) and not isinstance(second, Tensor):
        return unallocated_zeros(first._array.shape, common)
    if not (isinstance(first, Tensor) and isinstance(second, Tensor)) or (name == "div.Tensor" and is_zero(second)):
        return None
    if name == "div.Tensor" and common.category < FLOATING:
        common = default_dtype()
    shape = np.broadcast_shapes(first._array.shape, second._array.shape)
    if name in _PRODUCTS or (is_zero(first) and is_zero(second)):
        return unallocated_zeros(shape, common)
    kept, factor = (second, _SUMS[name] * rest[0]) if is_zero(first) else (first, 1)
    found = np.broadcast_to(kept._array, shape).astype(common.numpy)
    return wrap(found if factor == 1 else -found if factor == -1 else found * common.numpy.type(factor), common)


def takes_zeros(op: Op, values: Sequence[Any]) -> bool:
    """Whether this is a call of such an operation with such zeros."""
    return any(map(is_zero, values[:2])) and (op.schema.qualified in _SUMS or op.schema.qualified in _PRODUCTS)

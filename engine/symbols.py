"""Types that programs ask whether something is one, and nothing here is: sizes that a compiler does not know yet.

Source: ``torch.SymInt`` and its kind, ``torch.Tag``.
"""

from __future__ import annotations

from enum import Enum
from typing import Any


class _Symbol:
    """A number that a compiler does not know yet."""

    __module__ = "torch"

    def __init__(self, node: Any) -> None:
        self.node = node


class SymInt(_Symbol):
    """An integer."""

    __module__ = "torch"


class SymFloat(_Symbol):
    """A float."""

    __module__ = "torch"


class SymBool(_Symbol):
    """A truth value."""

    __module__ = "torch"


class FatalError(Exception):
    """An error after which a device is of no more use."""

    __module__ = "torch"


class Tag(Enum):
    """What may be said of an operator when it is defined."""

    __module__ = "torch"

    core = 0
    cudagraph_unsafe = 1
    data_dependent_output = 2
    dynamic_output_shape = 3
    flexible_layout = 4
    generated = 5
    inplace = 6
    inplace_view = 7
    maybe_aliasing_or_mutating = 8
    needs_contiguous_strides = 9
    needs_exact_strides = 10
    needs_fixed_stride_order = 11
    nondeterministic_bitwise = 12
    nondeterministic_seeded = 13
    out = 14
    out_variant = 15
    pointwise = 16
    pt2_compliant_tag = 17
    reduction = 18
    view_copy = 19

    def __int__(self) -> int:
        return self.value

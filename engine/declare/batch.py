"""What is declared of an operation for `vmap`."""

from __future__ import annotations

from enum import Enum


class Batch(Enum):
    """How all examples of ``vmap`` are computed at once."""

    NONE = "none"  # only as far as other facts tell: strided views, elements by themselves
    EACH = "each"  # each element by itself, though its rule of dtypes does not show it
    ALONG = "along"  # along the dimensions that dim, dims and the like name: one further on
    OVER = "over"  # the same, or over all dimensions if none is named
    WHOLE = "whole"  # over all dimensions, as another overload does it along those that are named
    LEADING = "leading"  # it leaves leading dimensions alone
    FOLDED = "folded"  # as more of what the first dimension counts
    LOSS = "loss"  # a loss of each element, then reduced as the parameter reduction says


EACH, ALONG, OVER, WHOLE = Batch.EACH, Batch.ALONG, Batch.OVER, Batch.WHOLE
FOLDED, LEADING, LOSS = Batch.FOLDED, Batch.LEADING, Batch.LOSS

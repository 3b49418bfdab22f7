"""Orders of products, and outer ones."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from ..strides import in_order_of
from .rounding import Rounding

Array = np.ndarray


def chain_order(sizes: Sequence[int]) -> list[list[int]]:
    """Where to split each product ``start..stop`` of a chain of matrices, so that it takes the fewest operations.

    Of equal ones, three matrices are multiplied from the left, and more from the right.

    Source: T. H. Cormen et al., "Introduction to Algorithms", section 15.2.
    """
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    step = -1 if n == 3 else 1
    for length in range(1, n):
        for start in range(n - length):
            stop = start + length
            options = (
                (cost[start][k] + cost[k + 1][stop] + sizes[start] * sizes[k + 1] * sizes[stop + 1], k)
                for k in range(start, stop)[::step]
            )
            cost[start][stop], split[start][stop] = min(options, key=itemgetter(0))
    return split


def addr(
    self: Array, vec1: Array, vec2: Array, beta: complex, alpha: complex,
    rounded: Rounding | None = None,
) -> Array:  # fmt: skip
    """``beta * self + alpha * outer(vec1, vec2)``; a ``beta`` of zero ignores ``self``, NaN included."""
    if rounded is not None:
        first, kept = (rounded(rounded(np.asarray(by, np.float32)) * one) for by, one in ((alpha, vec1), (beta, self)))
        product = rounded(np.outer(first, vec2))
        return in_order_of(product if beta == 0 else product + kept, [self, vec1[:, None], vec2])
    product = np.outer(vec1, vec2)
    common = np.result_type(self, product)
    product = (product * np.asarray(alpha).astype(product.dtype)).astype(common)
    found = product if beta == 0 else product + self * np.asarray(beta).astype(common)
    return in_order_of(found, [self, vec1[:, None], vec2])

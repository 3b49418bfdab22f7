"""Means and variances in the order in which torch's normalisations find them, so that they are rounded alike, and rows
of one number have exactly that as their mean.

Of rows, torch updates both with each vector of 32 bytes (Welford), joins every 16 such steps to those before in a
cascade, then the lanes of the vector to what did not fill one.  Of channels, it adds up, and adds up squares of what is
centred.

Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and products" (1962); T. F. Chan,
G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979); the
order observed, and equal to the last bit for float32 on one thread.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .rounding import FEW, fused
from .sums import VECTOR, add_up

Array = np.ndarray

CHUNK = 16
"""So many vectors are followed step by step."""

ROWS = 256
"""Up to so many rows of channels are added up one by one, each square rounded together with the sum."""

Moments = tuple[int, Any, Any]
"""How many numbers, their mean, and the sum of squares of what they differ from it."""


def of_rows(rows: Array, *, halves: bool = False) -> tuple[Array, Array]:
    """Mean and variance of each row of ``(n, k)`` float32 or float64 numbers, ``(n, 1)`` each; with ``halves`` they are
    of half precision by origin, of which a vector holds twice as many."""
    n, lanes = rows.shape[1], VECTOR // rows.itemsize
    count = 1 + halves  # vectors of sums for each vector of numbers
    vectors = n // (count * lanes)
    filled = vectors * count * lanes
    steps = rows[:, :filled].reshape(len(rows), vectors, count, lanes)
    joined = _cascade(steps, count) if vectors else None
    found: Moments = (0, *np.zeros((2, len(rows)), rows.dtype))
    for place in range(filled, n):
        found = _followed(found, rows[:, place], is_vector=False)
    for lane in range(lanes if joined else 0):
        number, mean, squares = joined  # type: ignore[misc]
        found = _join((number, mean[:, lane], squares[:, lane]), found, is_vector=False)
    _, mean, squares = found
    return mean.reshape(-1, 1), (squares / rows.dtype.type(n)).reshape(-1, 1)


def _followed(found: Moments, number: Array, *, is_vector: bool = True) -> Moments:
    """With one more number."""
    count, mean, squares = found
    count += 1
    delta = number - mean
    if is_vector:
        mean = fused(delta, number.dtype.type(1) / number.dtype.type(count), np.asarray(mean))
        return count, mean, fused(delta, number - mean, np.asarray(squares))
    mean = mean + delta / number.dtype.type(count)
    return count, mean, squares + delta * (number - mean)


def _join(more: Moments, found: Moments, *, is_vector: bool = True) -> Moments:
    """Of the numbers of both."""
    count = found[0] + more[0]
    kind = more[1].dtype.type
    share = kind(more[0]) / kind(count)
    delta = more[1] - found[1]
    square = delta * delta * share
    if is_vector:
        return count, found[1] + share * delta, found[2] + more[2] + square * kind(found[0])
    mean = fused(delta, share, np.asarray(found[1]))
    return count, mean, found[2] + fused(square, kind(found[0]), more[2])


def _cascade(steps: Array, count: int) -> Moments:
    """The moments of each lane of ``(rows, vectors, count, lanes)`` numbers, ``(rows, lanes)`` each."""
    rows, vectors, _, lanes = steps.shape
    full = vectors // CHUNK
    chunks = []
    if full:
        given = steps[:, : full * CHUNK].reshape(rows, full, CHUNK, count, lanes)
        number, mean, squares = _chunk(given.transpose(2, 1, 0, 3, 4))
        chunks += [(number, mean[one], squares[one]) for one in range(full)]
    if vectors % CHUNK:
        chunks.append(_chunk(steps[:, full * CHUNK :].transpose(1, 0, 2, 3)))
    nothing = np.zeros((rows, lanes), steps.dtype)
    levels: list[Moments] = [(0, nothing, nothing)] * max(1, math.ceil(math.log2(len(chunks))))
    for place, (number, mean, squares) in enumerate(chunks, 1):
        for each in range(count):
            levels[0] = _join((number, mean[:, each], squares[:, each]), levels[0])
        level = 0
        while level + 1 < len(levels) and place % 2 ** (level + 1) == 0:
            levels[level + 1], levels[level] = _join(levels[level], levels[level + 1]), (0, nothing, nothing)
            level += 1
    for more in levels[1:]:
        levels[0] = _join(more, levels[0]) if more[0] else levels[0]
    return levels[0]


def _chunk(steps: Array) -> Moments:
    """The moments over the first dimension."""
    found: Moments = (0, np.zeros_like(steps[0]), np.zeros_like(steps[0]))
    for step in steps:
        found = _followed(found, step)
    return found


def of_channels(input: Array) -> tuple[Array, Array]:
    """Of each channel of ``(N, C, ...)`` float32 or float64 numbers the mean, and the sum of squares of what they
    differ from it, ``(C,)`` each."""
    count = input.dtype.type(input.size // input.shape[1])
    if input.ndim == 2 or input.strides[1] == input.itemsize:  # they lie together, and are added row by row
        rows = np.moveaxis(input, 1, -1).reshape(-1, input.shape[1])
        mean = np.add.reduce(rows, 0) / count
        centred = rows - mean
        if len(rows) > ROWS or rows.size > FEW:
            return mean, np.add.reduce(np.square(centred), 0)
        squares = np.zeros_like(mean)
        for row in centred:
            squares = fused(row, row, squares)
        return mean, squares
    axes = (0, *range(2, input.ndim))
    if not input.flags.c_contiguous:
        return add_up(input, axes) / count, input.var(axes, np.float64) * float(count)
    wide = np.float64 if input.size <= FEW else input.dtype
    mean = (np.add.reduce(input, axes, dtype=wide) / count).astype(input.dtype)
    centred = input - mean.reshape(1, -1, *[1] * (input.ndim - 2))
    return mean, np.add.reduce(np.square(centred, out=centred), axes, dtype=wide).astype(input.dtype)

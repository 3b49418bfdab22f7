"""Reductions of consecutive segments along an axis."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

COMBINE = {"max": np.maximum, "min": np.minimum, "sum": np.add, "mean": np.add, "prod": np.multiply}
IDENTITY = {"max": -np.inf, "min": np.inf, "sum": 0.0, "mean": 0.0, "prod": 1.0}
"""By the kind of reduction: how two elements go together, and what a segment without elements gives."""


def segment_reduce(
    data: Array, reduce: str, lengths: Array | None, offsets: Array | None, axis: int, initial: complex | None
) -> Array:
    """Each segment reduced to one element along ``axis``; of the kinds that `COMBINE` has."""
    bounds = _bounds(lengths, offsets)
    rows = _rows(data, axis)
    count = bounds.shape[1] - 1
    found = np.full((rows.shape[0], count, rows.shape[2]), IDENTITY[reduce], data.dtype)
    if initial is not None:
        found[...] = initial
    for row, result, ends in zip(rows, found, bounds, strict=False):
        sizes = np.diff(ends)
        filled = np.flatnonzero(sizes)
        if filled.size:
            # What follows the last segment is a segment of its own to `reduceat`.
            parts = COMBINE[reduce].reduceat(row[: ends[-1]], ends[filled], axis=0)
            result[filled] = COMBINE[reduce](result[filled], parts)
        if reduce == "mean":
            result[filled] /= sizes[filled, None].astype(data.dtype)
            if initial is None:
                result[sizes == 0] = np.nan
    return found.reshape((*data.shape[:axis], count, *data.shape[axis + 1 :]))


def segment_reduce_backward(
    grad: Array, output: Array, data: Array, reduce: str, lengths: Array | None, offsets: Array | None, axis: int,
    initial: complex | None,
) -> Array:  # fmt: skip
    """The gradient of the data; extremes share theirs evenly among equal elements."""
    bounds = _bounds(lengths, offsets)
    found = np.zeros_like(data, order="C")
    places = (_rows(one, axis) for one in (data, found, grad, output))
    for row, result, outer, reduced, ends in zip(*places, bounds, strict=False):
        sizes = np.diff(ends)
        owner = np.repeat(np.arange(sizes.size), sizes)
        inside = slice(ends[0], ends[0] + owner.size)
        elements, grads = row[inside], outer[owner]
        if reduce == "sum":
            result[inside] = grads
        elif reduce == "mean":
            result[inside] = grads / sizes[owner, None].astype(data.dtype)
        elif reduce == "prod":
            result[inside] = grads * reduced[owner] / elements
            _exclusive(row, result, outer, ends, 1.0 if initial is None else initial)
        else:
            equal = (elements == reduced[owner]) | np.isnan(elements)
            counts = np.zeros(reduced.shape, data.dtype)
            np.add.at(counts, owner, equal)
            result[inside] = np.where(equal, grads / np.maximum(counts, 1)[owner], 0)
    return found


def _exclusive(row: Array, result: Array, outer: Array, ends: Array, initial: complex) -> None:
    """Where a quotient by the element would not do: the product of the segment's other elements."""
    for place, column in np.argwhere((row == 0) | np.isnan(row)):
        segment = int(np.searchsorted(ends, place, side="right")) - 1
        if 0 <= segment < len(ends) - 1:
            others = np.delete(row[ends[segment] : ends[segment + 1], column], place - ends[segment])
            result[place, column] = outer[segment, column] * (initial * np.prod(others))


def _bounds(lengths: Array | None, offsets: Array | None) -> Array:
    """A row for each place before the axis: where segments begin, and where the last one ends."""
    if offsets is not None:
        return offsets.reshape(-1, offsets.shape[-1])
    assert lengths is not None
    rows = lengths.reshape(-1, lengths.shape[-1])
    return np.concatenate([np.zeros((len(rows), 1), np.int64), rows.cumsum(1)], 1)


def _rows(array: Array, axis: int) -> Array:
    """As three axes: what is before the axis, the axis, what is after it."""
    shape = array.shape
    before, after = (int(np.prod(part, dtype=np.int64)) for part in (shape[:axis], shape[axis + 1 :]))
    return np.ascontiguousarray(array).reshape(before, shape[axis], after)

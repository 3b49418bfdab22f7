"""Order: sorting, selection by rank, unique elements, positions in sorted sequences.

NaN counts as the largest number. Equal elements have the order in which torch's search or sort leaves them
(``selection.py``), or keep theirs where they are many or a stable order is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..strides import laid_out_as
from . import selection

Array = np.ndarray


def _is_nan(self: Array) -> Array:
    return self != self


def argsort(self: Array, dim: int, descending: bool) -> Array:
    """The indices that sort along a dimension."""
    if self.ndim == 0:
        return np.asarray(0, np.int64)
    if not descending:
        return np.argsort(self, dim, kind="stable")
    # Backwards, so that equal elements keep their order.
    backwards = np.argsort(np.flip(self, dim), dim, kind="stable")
    return np.array(np.flip(self.shape[dim] - 1 - backwards, dim), order="C")


def _at(self: Array, indices: Array, dim: int) -> Array:
    return np.take_along_axis(self, indices, dim) if self.ndim else self.copy()


MANY = 10_000
"""So many elements, in lanes with equal ones, are not put into torch's order one by one."""


def sort(self: Array, dim: int, descending: bool, stable: bool | None = None) -> tuple[Array, Array]:
    """The elements in order along a dimension, and where they were."""
    order = argsort(self, dim, descending)
    if not stable and self.ndim and selection.SMALL < self.shape[dim] <= MANY:
        _unsettle(self, order, dim, descending)
    return laid_out_as(_at(self, order, dim), self), laid_out_as(order, self)


def _unsettle(self: Array, order: Array, dim: int, descending: bool) -> None:
    """Put the places of equal elements into the order in which a sort that is not stable leaves them."""
    lanes, orders = np.moveaxis(self, dim, -1), np.moveaxis(order, dim, -1)
    arranged = np.take_along_axis(lanes, orders, -1)
    ties = np.argwhere(_are_same(arranged[..., 1:], arranged[..., :-1]).any(-1))
    for lane in map(tuple, ties if len(ties) * lanes.shape[-1] <= MANY else ()):
        pairs = selection.with_places(_keys(lanes[lane], orders[lane]))
        orders[lane] = [place for _, place in selection.sort(pairs)]


def topk(self: Array, k: int, dim: int, largest: bool, ordered: bool) -> tuple[Array, Array]:
    """The first ``k`` in order along a dimension, or so many in the order of torch's search, and where they were."""
    if not self.ndim:
        return self.copy(), np.zeros((), np.int64)
    lanes = np.moveaxis(self, dim, -1)
    order = _foremost(lanes, k + 1, largest)  # one more, to see whether its equal is among them
    chosen, arranged = np.array(order[..., :k]), np.take_along_axis(lanes, order, -1)
    ties = np.asarray(_are_same(arranged[..., 1:], arranged[..., :-1]).any(-1))
    for lane in np.ndindex(ties.shape) if k and (ties.any() or not ordered) else ():
        if ties[lane] or not ordered:
            found = selection.top(_keys(lanes[lane], argsort(lanes[lane], 0, largest)), k, ordered)
            chosen[lane] = [place for _, place in found]
    places = np.ascontiguousarray(np.moveaxis(chosen, -1, dim))
    return _at(self, places, dim), places


def _foremost(lanes: Array, count: int, largest: bool) -> Array:
    """Where the first so many in order along the last dimension are; those behind them are not put in order."""
    length = lanes.shape[-1]
    if count * 4 > length:
        return argsort(lanes, -1, largest)[..., :count]
    cut = length - count if largest else count - 1
    parted = np.argpartition(lanes, cut, -1)
    some = parted[..., cut:] if largest else parted[..., :count]
    return np.take_along_axis(some, argsort(np.take_along_axis(lanes, some, -1), -1, largest), -1)


def _are_same(first: Array, second: Array) -> Array:
    return (first == second) | (_is_nan(first) & _is_nan(second))


def _keys(lane: Array, order: Array) -> Array:
    """For each element an integer that is in the order of the elements, NaN last of all."""
    arranged = lane[order]
    keys = np.zeros(len(lane), np.int64)
    keys[order[1:]] = np.cumsum(~_are_same(arranged[1:], arranged[:-1]))
    return keys


def _ranked(
    self: Array, rank: Any, dim: int, keepdim: bool, search: Callable[[selection.Pairs, int], object] | None = None
) -> tuple[Array, Array]:
    """The element of a rank along a dimension; ``rank`` gets the sorted elements, the dimension last.

    Of equal elements it is the one that ``search`` brings to the rank, or that has the rank in a stable order.
    """
    lanes = np.moveaxis(np.atleast_1d(self), dim, -1)
    order = np.argsort(lanes, -1, kind="stable")
    arranged = np.take_along_axis(lanes, order, -1)
    chosen = rank(arranged)[..., None]
    indices = np.take_along_axis(order, chosen, -1)
    picked = np.take_along_axis(arranged, chosen, -1)
    if search is not None:
        for lane in np.argwhere(np.count_nonzero(_are_same(arranged, picked), -1) > 1):
            pairs, place = selection.with_places(_keys(lanes[*lane], order[*lane])), int(chosen[*lane, 0])
            search(pairs, place)
            indices[*lane, 0] = pairs[place][1]
    values = np.take_along_axis(lanes, indices, -1)
    shape = list(self.shape)
    if self.ndim:
        shape[dim : dim % self.ndim + 1] = [1] if keepdim else []
    return values.reshape(shape), indices.reshape(shape)


def kthvalue(self: Array, k: int, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The ``k``-th smallest along a dimension, counted from one, and where it was."""
    return _ranked(self, lambda lanes: np.full(lanes.shape[:-1], k - 1), dim, keepdim, selection.quick_select)


def _middle(lanes: Array) -> Array:
    """The rank of the lower median; that of the first NaN if there is one."""
    count = np.asarray(np.count_nonzero(~_is_nan(lanes), -1))
    return np.where(count < lanes.shape[-1], count, (lanes.shape[-1] - 1) // 2)


def _middle_of_numbers(lanes: Array) -> Array:
    """The rank of the lower median of what is not NaN."""
    return np.maximum(np.asarray(np.count_nonzero(~_is_nan(lanes), -1)) - 1, 0) // 2


def _of_all(self: Array, rank: Any) -> Array:
    if self.size == 0:
        return np.asarray(np.nan if self.dtype.kind == "f" else np.iinfo(self.dtype).min, self.dtype)
    return _ranked(self.reshape(-1), rank, 0, False)[0]


def median(self: Array) -> Array:
    """The lower median of all elements; NaN if one is, or if there is none."""
    return _of_all(self, _middle)


def nanmedian(self: Array) -> Array:
    """The lower median of all elements that are not NaN."""
    return _of_all(self, _middle_of_numbers)


def median_dim(self: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The lower median along a dimension, and where it was."""
    return _ranked(self, _middle, dim, keepdim)


def nanmedian_dim(self: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The lower median along a dimension of what is not NaN, and where it was."""
    return _ranked(self, _middle_of_numbers, dim, keepdim)


def mode(self: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The smallest of the most frequent elements along a dimension, and where it was last."""
    return _ranked(self, _end_of_longest_run, dim, keepdim, lambda pairs, _: selection.sort(pairs))


def _end_of_longest_run(lanes: Array) -> Array:
    places = np.arange(lanes.shape[-1])
    starts = np.ones(lanes.shape, bool)
    starts[..., 1:] = lanes[..., 1:] != lanes[..., :-1]
    return np.argmax(places - np.maximum.accumulate(np.where(starts, places, 0), -1), -1)


# Unique elements.


def unique(self: Array, sorted: bool, return_inverse: bool, return_counts: bool) -> tuple[Array, Array, Array]:
    """The different elements in order, where each element is among them, how often each occurs.

    Of the last two what is not asked for is empty.  Each NaN differs from all others.
    """
    values, inverse, counts = np.unique(self, return_inverse=True, return_counts=True, equal_nan=False)
    return values, *_asked(inverse.reshape(self.shape), counts, return_inverse or return_counts, return_counts)


def _asked(inverse: Array, counts: Array, return_inverse: bool, return_counts: bool) -> tuple[Array, Array]:
    nothing = np.empty(0, np.int64)
    return inverse if return_inverse else nothing, counts if return_counts else nothing


def unique_dim(
    self: Array, dim: int, sorted: bool, return_inverse: bool, return_counts: bool
) -> tuple[Array, Array, Array]:
    """The different slices along a dimension, in lexicographic order."""
    slices = np.moveaxis(self, dim, 0)
    rows = _rows(slices)
    order = np.lexsort(rows.T[::-1]) if rows.shape[1] else np.arange(len(rows))
    starts = _starts(rows[order])
    inverse = np.empty(len(rows), np.int64)
    inverse[order] = np.cumsum(starts) - 1
    return _distinct(slices[order], starts, dim, inverse)


def unique_consecutive(
    self: Array, return_inverse: bool, return_counts: bool, dim: int | None
) -> tuple[Array, Array, Array]:
    """The elements, or slices, without those that equal the one before."""
    if dim is None:
        flat = self.reshape(-1)
        starts = _starts(flat[:, None])
        values, inverse, counts = _distinct(flat, starts, 0, np.cumsum(starts) - 1)
        return values, *_asked(inverse.reshape(self.shape), counts, return_inverse, return_counts)
    slices = np.moveaxis(self, dim, 0)
    starts = _starts(_rows(slices))
    return _distinct(slices, starts, dim, np.cumsum(starts) - 1)


def _rows(slices: Array) -> Array:
    return slices.reshape(len(slices), math.prod(slices.shape[1:]))


def _starts(rows: Array) -> Array:
    """Which rows differ from the one before."""
    return np.concatenate([np.ones(len(rows[:1]), bool), np.any(rows[1:] != rows[:-1], 1)])


def _distinct(slices: Array, starts: Array, dim: int, inverse: Array) -> tuple[Array, Array, Array]:
    counts = np.diff(np.append(np.flatnonzero(starts), len(starts)))
    return np.moveaxis(slices[starts], 0, dim), inverse, counts


# Positions.


def searchsorted(sequence: Array, values: Array, out_int32: bool, right: bool, sorter: Array | None) -> Array:
    """Where values would go in sorted sequences (of the last dimension); NaN at the end."""
    if sorter is not None:
        sequence = np.take_along_axis(sequence, sorter, -1)
    side: Any = "right" if right else "left"
    if sequence.ndim == 1:
        found = np.searchsorted(sequence, values, side)
    else:
        n, m = sequence.shape[-1], values.shape[-1]
        rows = zip(sequence.reshape(-1, n), values.reshape(-1, m), strict=True) if values.size else ()
        lanes = [np.searchsorted(row, wanted, side) for row, wanted in rows]
        found = np.array(lanes, np.int64).reshape(values.shape)
    found = np.where(_is_nan(values), sequence.shape[-1], found)
    return found.astype(np.int32 if out_int32 else np.int64)


def isin(elements: Array, test_elements: Array, assume_unique: bool, invert: bool) -> Array:
    """Which elements are among the others."""
    return np.isin(elements, test_elements, assume_unique=assume_unique, invert=invert)

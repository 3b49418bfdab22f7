"""Sums of floating-point elements in the order in which torch adds them up, so that they are rounded alike.

torch adds up vectors of 32 bytes, whatever the processor has: of elements that lie one after the other, four running
sums of such vectors, whose lanes are added to what did not fill a vector; of columns, each on its own.  A running sum
of many terms is a cascade: of 16 terms each, of 16 such sums, and so on, since that rounds less often.

Source: observed, and equal to the last bit for float32 and float64 on one thread.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np

from ..processor import vector_bytes
from .rounding import Rounding, fused

Array = np.ndarray

_add: Callable[..., Array] = np.add.reduce  # with types that NumPy's stubs do not have for an axis that may be a tuple

VECTOR = 32
"""The bytes of a vector."""
RUNNING = 4
"""How many sums run side by side."""
LEVELS = 4
"""The levels of a cascade."""


def add_up(self: Array, where: tuple[int, ...] | None, keepdim: bool = False) -> Array:
    """The sum over some dimensions or, with None, all."""
    if self.size < RUNNING or self.dtype.kind != "f" or self.__class__ is not np.ndarray:
        return _add(self, where, None, None, keepdim)
    if self.flags.c_contiguous and (where is None or len(where) in (1, self.ndim)):
        return _of_one_run(self, where, keepdim)
    reduced = set(range(self.ndim)) if where is None else {d % self.ndim for d in where}
    order = sorted(range(self.ndim), key=self.strides.__getitem__, reverse=True)
    lying = self.transpose(order)
    sizes, pattern = _runs(lying.shape, [d in reduced for d in order])
    if not lying.flags.c_contiguous or pattern not in _BY_PATTERN:
        return _add(self, where, None, None, keepdim)
    found = _BY_PATTERN[pattern](lying.reshape(sizes))
    found = found.reshape([1 if d in reduced else self.shape[d] for d in order]).transpose(np.argsort(order))
    return found if keepdim else found.reshape([self.shape[d] for d in range(self.ndim) if d not in reduced])


def _of_one_run(self: Array, where: tuple[int, ...] | None, keepdim: bool) -> Array:
    """The sum over one dimension or all, which is most of what is asked, without a look at strides."""
    if where is None or len(where) == self.ndim:
        return _of_rows(self.reshape(1, -1)).reshape((1,) * self.ndim if keepdim else ())
    d, shape = where[0] % self.ndim, self.shape
    kept = shape[:d] + (1,) * keepdim + shape[d + 1 :]
    after = math.prod(shape[d + 1 :])
    found = _of_rows(self.reshape(-1, shape[d])) if after == 1 else _of_columns(self.reshape(-1, shape[d], after))
    return found.reshape(kept)


def _runs(shape: Sequence[int], reduced: Sequence[bool]) -> tuple[list[int], str]:
    """Dimensions, those beside each other joined that are reduced both (``r``) or kept both (``k``)."""
    sizes: list[int] = []
    pattern = ""
    for size, is_reduced in zip(shape, reduced, strict=True):
        letter = "r" if is_reduced else "k"
        if size == 1:
            continue
        if pattern.endswith(letter):
            sizes[-1] *= size
        else:
            sizes.append(size)
            pattern += letter
    return sizes, pattern


def _of_rows(rows: Array) -> Array:
    """The sum of each row."""
    n, lanes = rows.shape[1], VECTOR // rows.itemsize
    if n < 2 * lanes:
        return one_by_one(rows, _order(n, lanes)) + 0
    tail = n % lanes
    if not tail:
        return one_by_one(_interleaved(rows.reshape(len(rows), -1, lanes))) + 0
    vectors = _interleaved(rows[:, :-tail].reshape(len(rows), -1, lanes))
    return one_by_one(np.concatenate((rows[:, -tail:], vectors), 1)) + 0


@functools.cache
def _order(n: int, lanes: int) -> Array | None:
    """The order in which less than two vectors of elements are added up."""
    if n < lanes:  # four sums side by side, of single elements
        return np.array([0, *range(RUNNING, n), *range(1, RUNNING)]) if n > RUNNING else None
    return np.roll(np.arange(n), -lanes) if n > lanes else None


def one_by_one(rows: Array, order: Array | None = None) -> Array:
    """The sum of each row, from the first to the last, or in the order that is given."""
    if len(rows) > 16 or not rows.shape[1]:  # NumPy adds up whole columns in this order, but single rows by halves
        columns = rows.T
        return _add(np.ascontiguousarray(columns) if order is None else columns.take(order, 0), 0)
    return np.add.accumulate(rows if order is None else rows.take(order, 1), 1)[:, -1].copy()  # of the last alone


def _interleaved(stacks: Array) -> Array:
    """The sums over the middle dimension: four that run side by side, to the first of which the rest is added."""
    count, n, lanes = stacks.shape
    if n < RUNNING:
        return _add(stacks, 1)
    rest = n % RUNNING
    fours = stacks[:, :-rest] if rest else stacks
    running = _cascade(fours.reshape(count, -1, RUNNING * lanes)).reshape(count, RUNNING, lanes)
    if rest:
        running = np.concatenate((running[:, :1], stacks[:, -rest:], running[:, 1:]), 1)
    return _add(running, 1)  # less than eight, which NumPy adds one by one


def _cascade(stacks: Array) -> Array:
    """The sums over the middle dimension, of groups, of groups of groups, and so on."""
    count, n, lanes = stacks.shape
    power = max(4, (n - 1).bit_length() // LEVELS)
    total = None
    for _ in range(LEVELS - 1):
        groups = n >> power
        if not groups:
            break
        if rest := n - (groups << power):
            here = _add(stacks[:, -rest:], 1)
            total = here if total is None else total + here
            stacks = stacks[:, :-rest]
        stacks, n = _add(stacks.reshape(count, groups, -1, lanes), 2), groups
    here = stacks[:, 0] if n == 1 else _add(stacks, 1)
    return here if total is None else total + here


def _of_columns(stacks: Array) -> Array:
    """The sums over the middle dimension, where the last one is kept."""
    columns, lanes = stacks.shape[2], VECTOR // stacks.itemsize
    wide = RUNNING * (lanes if columns >= lanes else 1)
    whole = columns // wide * wide
    if not whole:
        return _interleaved(stacks) + 0
    found = _cascade(stacks[:, :, :whole])
    if whole < columns:
        found = np.concatenate((found, _interleaved(stacks[:, :, whole:])), 1)
    return found + 0


def _of_blocks(blocks: Array) -> Array:
    """The sums over the dimensions 1 and 3 of four: of each row, and of these one by one."""
    count, n, kept, size = blocks.shape
    sums = _of_rows(blocks.reshape(-1, size)).reshape(count, n, kept)
    return _add(sums, 1) if kept > 1 else one_by_one(sums[:, :, 0])


def _of_layers(layers: Array) -> Array:
    """The sums over the dimensions 0 and 2 of four: of the latter first, and of these one by one."""
    n, kept, size, columns = layers.shape
    return _add(_interleaved(layers.reshape(-1, size, columns)).reshape(n, kept, columns), 0) + 0


_BY_PATTERN: dict[str, Callable[[Array], Array]] = {
    "r": lambda lying: _of_rows(lying[None]),
    "kr": _of_rows,
    "rk": lambda lying: _of_columns(lying[None]),
    "krk": _of_columns,
    "rkr": lambda lying: _of_blocks(lying[None]),
    "krkr": _of_blocks,
    "rkrk": _of_layers,
}
"""By which dimensions are reduced, from the first in memory on."""


def add_up_losses(self: Array, rounded: Rounding | None = None) -> Array:
    """The sum of all, as torch's loss of classes has it: of groups of 16 from the second element on, of groups of such
    sums, and so on; the first element is added last.  Each sum of two is rounded by the function, if there is one."""
    if not self.size:
        return _add(self, None)
    rest, total = self.reshape(-1)[1:], None
    along: Callable[[Array], Array] = one_by_one
    plus: Callable[[Array, Array], Array] = np.add
    if rounded is not None:
        along = functools.partial(_rounded_one_by_one, rounded=rounded)
        plus = lambda one, other: rounded(one + other)
    while rest.size:
        whole = rest.size // 16 * 16
        if whole < rest.size:
            here = along(rest[None, whole:])
            total = here if total is None else plus(total, here)
        rest = along(rest[:whole].reshape(-1, 16))
    first = self.reshape(-1)[:1]
    return ((first if total is None else plus(total, first)) + 0).reshape(())


def _rounded_one_by_one(rows: Array, rounded: Rounding) -> Array:
    found = rows[:, 0]
    for column in rows.T[1:]:
        found = rounded(found + column)
    return found


def add_up_lanes(self: Array, vector: int | None = None) -> Array:
    """The sum along the last dimension, which stays, as torch's softmax has it: in lanes, of which one half is added to
    the other until there is one.  A vector has the given bytes or, with None, those of the widest ones that the
    processor has, other than in `add_up`."""
    n = self.shape[-1]
    rows = self.reshape(-1, n)
    lanes = (vector or vector_bytes()) // self.itemsize
    if n < lanes or self.dtype.kind != "f":
        return one_by_one(rows).reshape(*self.shape[:-1], 1)
    tail = n % lanes
    found = _add((rows[:, :-tail] if tail else rows).reshape(len(rows), -1, lanes), 1)
    if tail:
        found[:, :tail] += rows[:, -tail:]
    return _halved(found).reshape(*self.shape[:-1], 1)


def add_up_products(one: Array, other: Array) -> Array:
    """`add_up_lanes` of the products of rows, in vectors of 32 bytes; those of the last elements are rounded once."""
    n, lanes = one.shape[-1], VECTOR // one.itemsize
    tail = n % lanes
    if not tail or n < lanes:
        return add_up_lanes(one * other, VECTOR)
    found = _add((one[:, :-tail] * other[:, :-tail]).reshape(len(one), -1, lanes), 1)
    found[:, :tail] = fused(one[:, -tail:], other[:, -tail:], found[:, :tail])
    return _halved(found)


def _halved(found: Array) -> Array:
    """The sum of the lanes, of which one half is added to the other until there is one."""
    while (half := found.shape[1] // 2) > 0:
        found = found[:, :half] + found[:, half:]
    return found

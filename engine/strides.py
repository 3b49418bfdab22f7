"""How arrays lie in memory: the strides that torch gives to results.

A result of elements that were computed one by one lies as its first operand that can tell (``in_order_of``), images and
volumes may have their channels last, and most other results lie row by row.

Source: ``torch.memory_format``, and the notes of torch on tensor views and channels last.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .meta import MetaArray, as_dense, in_order

Array = np.ndarray


def empty_like(self: Array, d: np.dtype | None = None) -> Array:
    """An array of the same shape and memory layout; gaps are closed, and what was expanded is laid out."""
    d = d or self.dtype
    if isinstance(self, MetaArray):
        return as_dense(self, d)
    if self.flags.c_contiguous and 1 not in self.shape:
        return np.empty(self.shape, d)
    if is_dense(self):
        return np.ndarray(self.shape, d, strides=tuple(s // self.itemsize * d.itemsize for s in self.strides))
    return empty_in_order(self.shape, d, memory_order(self.shape, (self,)))


def memory_order(shape: Sequence[int], operands: Sequence[Array]) -> list[int]:
    """The dimensions of a result in memory, the last one quickest, as the first of the operands has them, all of the
    result's shape; where it is expanded, the next one says."""
    order = [*reversed(range(len(shape)))]  # the quickest first
    for end in range(1, len(order)):
        at = end
        for before in reversed(range(end)):
            found = _slower(order[before], order[at], shape, operands)
            if found is False:
                break
            if found:
                order[before], order[at] = order[at], order[before]
                at = before
    return order[::-1]


def _slower(dim: int, other: int, shape: Sequence[int], operands: Sequence[Array]) -> bool | None:
    """Whether steps along a dimension are longer than along the other; None if no operand can tell."""
    for one in operands:
        step, than = one.strides[dim], one.strides[other]
        if step and than and step != than:
            return step > than
        if step and step == than and shape[dim] > shape[other]:
            return True
    return None


def in_order_of(found: Array, operands: Sequence[Array]) -> Array:
    """Elements that were computed of these operands one by one, in memory as torch lays them out; a loss that is summed
    up has a result of fewer dimensions, which is as it is."""
    if found.ndim < max(one.ndim for one in operands):
        return found
    operands = [np.broadcast_to(one, found.shape) for one in operands]
    order = memory_order(found.shape, operands)
    if order == sorted(order):
        return in_rows(found)
    made = empty_in_order(found.shape, found.dtype, order)
    made[...] = found
    return made


def laid_out_as(found: Array, self: Array) -> Array:
    """Elements in an array of the layout of ``self``, which has their shape; themselves if they lie so."""
    made = empty_like(self, found.dtype)
    if made.strides == found.strides and found.base is None:
        return found
    made[...] = found
    return made


def in_rows(found: Array) -> Array:
    """The elements row by row in memory."""
    if found.flags.c_contiguous and 1 not in found.shape:
        return found
    if isinstance(found, MetaArray):
        return in_order(found.shape, found.dtype, range(found.ndim))
    made = np.empty(found.shape, found.dtype)
    if made.strides == found.strides:
        return found
    made[...] = found
    return made


def empty_in_order(shape: Sequence[int], d: np.dtype, order: Sequence[int]) -> Array:
    """An array whose dimensions lie in memory in this order, the last one densest."""
    found = np.empty([shape[dim] for dim in order], d)
    return found.transpose([order.index(dim) for dim in range(len(order))])


def is_dense(self: Array) -> bool:
    """Whether the elements fill their memory, each place once, in any order of the dimensions; no elements do."""
    if not self.size:
        return True
    expected = self.itemsize
    for stride, n in sorted(zip(self.strides, self.shape, strict=True)):
        if n != 1:
            if stride != expected:
                return False
            expected *= n
    return True


def has_channels_last(array: Array) -> bool:
    """Whether images, or volumes, lie in memory with their channels last: by their strides alone, as torch looks, so
    that those of one channel do not and parts of such images do."""
    if array.ndim not in (4, 5) or 0 in array.shape or not array.strides[1]:
        return False
    least = 0
    for dim in (1, *reversed(range(2, array.ndim)), 0):
        stride = array.strides[dim]
        if stride < least or (dim == 0 and least == array.strides[1]):
            return False
        least = stride * array.shape[dim]
    return True


def with_channels_last(found: Array) -> Array:
    """These elements in memory of their own, with the channels last."""
    order = (0, *range(2, found.ndim), 1)
    made = np.empty([found.shape[dim] for dim in order], found.dtype)
    made[...] = found.transpose(order)
    return made.transpose(0, -1, *range(1, found.ndim - 1))


def laid_out_like(found: Array, self: Array, rank: int = 0) -> Array:
    """These elements in memory of their own, with the channels last if those of ``self`` are, and else row by row.

    Images that are no batch, as told by how many dimensions are their ``rank``, have none.
    """
    if rank in (0, self.ndim - 2) and has_channels_last(self):
        return with_channels_last(found)
    made = np.empty(found.shape, found.dtype)
    if found.strides == made.strides and found.base is None:
        return found
    made[...] = found
    return made

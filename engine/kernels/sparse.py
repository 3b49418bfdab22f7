"""Arithmetic on stored elements: coordinate lists to and from dense arrays, their sums and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..sparse_array import BLOCKS, ROWS, SparseArray, sparse_array

Array = np.ndarray


def coo(indices: Array, values: Array, shape: Sequence[int], coalesced: bool = False) -> SparseArray:
    """A coordinate list."""
    return sparse_array((indices,), values, tuple(shape), coalesced=coalesced)


def as_coo(self: SparseArray) -> SparseArray:
    """The same as a coordinate list."""
    if self.kind in BLOCKS:
        height, width = self.values.shape[1:3]
        rows, columns = self.indices[:, :, None, None]
        grid = np.broadcast_arrays(rows * height + np.arange(height)[:, None], columns * width + np.arange(width))
        return coo(np.stack([one.ravel() for one in grid]), self.values.reshape(-1, *self.values.shape[3:]), self.shape)
    return self if self.kind == "sparse_coo" else coo(self.indices, self.values, self.shape, self.kind == "sparse_csr")


def coalesce(self: SparseArray) -> SparseArray:
    """In order, each place once: elements of one place are summed."""
    self = as_coo(self)
    if self.coalesced:
        return self
    indices, values = self.indices, self.values
    flat = _flat(self)
    places, which = np.unique(flat, return_inverse=True)
    found = np.zeros((len(places), *values.shape[1:]), values.dtype)
    np.add.at(found, which.reshape(-1), values)
    sizes = self.shape[: self.sparse_dim]
    new = np.stack(np.unravel_index(places, sizes)) if sizes else indices[:, :1]
    return coo(new.astype(np.int64).reshape(len(sizes), len(places)), found, self.shape, coalesced=True)


def _flat(self: SparseArray) -> Array:
    sizes = self.shape[: self.sparse_dim]
    if not sizes or not self.indices.shape[1]:
        return np.zeros(self.indices.shape[1], np.int64)
    return np.ravel_multi_index(tuple(self.indices), sizes)


def to_dense(self: Array) -> Array:
    """All elements; what is not stored is zero."""
    if not isinstance(self, SparseArray):
        return self
    found = np.zeros(self.shape, self.values.dtype)
    self = as_coo(self)
    np.add.at(found, tuple(self.indices), self.values)
    return found


def from_dense(self: Array, sparse_dim: int | None = None) -> SparseArray:
    """The elements that are not zero; with fewer sparse dimensions, the slices that are not all zero."""
    if isinstance(self, SparseArray):
        return as_coo(self) if self.kind in BLOCKS else coalesce(self)
    dim = self.ndim if sparse_dim is None else sparse_dim
    kept = self != 0
    if dim < self.ndim:
        kept = kept.reshape((*self.shape[:dim], -1)).any(-1)
    indices = np.stack(np.nonzero(kept)) if dim else np.zeros((0, int(bool(kept))), np.int64)
    return coo(indices.astype(np.int64), self[tuple(indices)].copy(), self.shape, coalesced=True)


def to_compressed(self: Array, kind: Any, blocksize: Sequence[int] | None = None) -> SparseArray:
    """As compressed rows or columns of a matrix, or of its blocks; dimensions behind the first two stay dense."""
    lengths = self.shape
    if blocksize is None:
        found = from_dense(self, 2)
        (rows, columns), values = found.indices, found.values
    else:
        blocks = _in_blocks(to_dense(self), *blocksize)
        lengths = blocks.shape
        rows, columns = np.nonzero((blocks != 0).any(tuple(range(2, blocks.ndim))))
        values = blocks[rows, columns]
    lines, others = (rows, columns) if kind in ROWS else (columns, rows)
    order = np.argsort(lines, kind="stable")
    n = lengths[0 if kind in ROWS else 1]
    starts = np.concatenate([[0], np.cumsum(np.bincount(lines, minlength=n))]).astype(np.int64)
    return sparse_array((starts, others[order].astype(np.int64)), values[order], self.shape, kind, True)


def _in_blocks(self: Array, height: int, width: int) -> Array:
    """A matrix as a matrix of blocks."""
    rows, columns = self.shape[:2]
    return self.reshape(rows // height, height, columns // width, width, *self.shape[2:]).swapaxes(1, 2)


def mask(self: Array, of: SparseArray) -> SparseArray:
    """The elements of ``self`` in the places of ``of``."""
    found = to_dense(self)
    if of.kind in BLOCKS:
        found = _in_blocks(found, *of.values.shape[1:3])
    return of.with_values(found[tuple(of.indices)])


def add(self: Array, other: Array, alpha: complex = 1) -> Array:
    """``self + alpha * other``, dense if one is."""
    if not isinstance(self, SparseArray):
        assert isinstance(other, SparseArray)
        shape = np.broadcast_shapes(self.shape, other.shape)
        found = np.broadcast_to(self, shape).copy()
        np.add.at(found, tuple(other.indices), other.values * np.asarray(alpha).astype(self.dtype))
        return found
    assert isinstance(other, SparseArray)
    if self.kind == other.kind != "sparse_coo" and all(map(np.array_equal, self.places, other.places)):
        return self.with_values(self.values + other.values * np.asarray(alpha).astype(other.values.dtype))
    first, second = as_coo(self), as_coo(other)
    contiguous = first.values.flags.c_contiguous and second.values.flags.c_contiguous
    indices = np.concatenate([first.indices, second.indices], 1)
    values = np.concatenate([first.values, second.values * np.asarray(alpha).astype(second.values.dtype)])
    if not contiguous:
        return coo(indices, values, self.shape)
    order, merged = _merged(_flat(first), _flat(second))
    values[order[merged]] += values[order[merged + 1]]
    kept = np.delete(order, merged + 1)
    return coo(indices[:, kept], values[kept], self.shape, first.coalesced and second.coalesced)


def _merged(first: Array, second: Array) -> tuple[Array, Array]:
    """Two lists of places as one, the lesser head first, as torch merges them, in order or not.

    Returns:
        Where each one stands in both lists, one after the other; and which of them are followed by an equal head of the
        second list, with which they are one.
    """
    order: list[int] = []
    merged: list[int] = []
    i = j = 0
    while i < len(first) or j < len(second):
        if j == len(second) or (i < len(first) and first[i] <= second[j]):
            if j < len(second) and first[i] == second[j]:
                merged.append(len(order))
                order += [i, len(first) + j]
                i, j = i + 1, j + 1
                continue
            order.append(i)
            i += 1
        else:
            order.append(len(first) + j)
            j += 1
    return np.array(order, np.int64), np.array(merged, np.int64)


def multiply(self: Array, other: Array) -> SparseArray:
    """Elementwise, where both are stored; a dense factor is stored everywhere."""
    if not isinstance(self, SparseArray):
        return multiply(other, self)
    self = coalesce(self)
    if isinstance(other, SparseArray):
        other = coalesce(other)
        _, mine, theirs = np.intersect1d(_flat(self), _flat(other), assume_unique=True, return_indices=True)
        return coo(self.indices[:, mine], self.values[mine] * other.values[theirs], self.shape, coalesced=True)
    return self.with_values(self.values * np.broadcast_to(other, self.shape)[tuple(self.indices)])


def matmul(self: Array, other: Array) -> Array:
    """A matrix product in which one factor is sparse; sparse if both are."""
    if not isinstance(self, SparseArray):
        return matmul(transpose(other, 0, 1), self.T).T
    if self.kind == "sparse_bsc":
        raise RuntimeError("addmm: computation on CPU is not implemented for Strided + SparseBsc @ Strided")
    if isinstance(other, SparseArray):
        product = from_dense(np.matmul(to_dense(self), to_dense(other)))
        return product if self.kind == "sparse_coo" else to_compressed(product, "sparse_csr")
    self = as_coo(self)
    rows, columns = self.indices
    found = np.zeros((self.shape[0], *other.shape[1:]), np.result_type(self.values, other))
    terms = self.values[:, None] * other[columns] if other.ndim > 1 else self.values * other[columns]
    np.add.at(found, rows, terms)
    return found


def transpose(self: Any, dim0: int, dim1: int) -> SparseArray:
    """Two sparse dimensions exchanged."""
    if self.kind != "sparse_coo" and dim0 != dim1:
        if self.ndim > 2:
            raise RuntimeError("transpose(): hybrid sparse compressed tensors with dense dimensions are not supported")
        values = self.values.swapaxes(1, 2) if self.kind in BLOCKS else self.values
        return sparse_array(self.places, values, self.shape[::-1], _TRANSPOSED[self.kind], True)
    order = [*range(self.ndim)]
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return permute(self, order)


_TRANSPOSED: Any = {
    "sparse_csr": "sparse_csc", "sparse_csc": "sparse_csr", "sparse_bsr": "sparse_bsc", "sparse_bsc": "sparse_bsr",
}  # fmt: skip


def permute(self: Any, order: Sequence[int]) -> SparseArray:
    """The dimensions in another order; sparse ones stay before dense ones.

    Raises:
        RuntimeError: if they would not.
    """
    self = as_coo(self)
    sparse, dense = [*order[: self.sparse_dim]], [*order[self.sparse_dim :]]
    if any(dim >= self.sparse_dim for dim in sparse):
        raise RuntimeError("transpose(): can only transpose sparse dimensions with each other, and dense ones")
    values = self.values.transpose(0, *(dim - self.sparse_dim + 1 for dim in dense))
    shape = [self.shape[dim] for dim in order]
    return coo(self.indices[sparse], values, shape, sparse == sorted(sparse) and self.coalesced)


def sum_dims(self: SparseArray, dims: tuple[int, ...]) -> Array:
    """The sum over dimensions; dense if none is left that has coordinates."""
    self = coalesce(self)
    sparse = self.sparse_dim
    kept = [dim for dim in range(sparse) if dim not in dims]
    values = self.values.sum(tuple(dim - sparse + 1 for dim in dims if dim >= sparse), dtype=self.values.dtype)
    shape = [n for dim, n in enumerate(self.shape) if dim not in dims]
    if not kept:
        return np.asarray(values.sum(0, dtype=values.dtype))
    return coalesce(coo(self.indices[kept], values, shape))


def select(self: SparseArray, dim: int, index: int) -> Array:
    """One index of a dimension."""
    self = coalesce(self)
    shape = (*self.shape[:dim], *self.shape[dim + 1 :])
    if dim >= self.sparse_dim:
        place = (slice(None),) * (dim - self.sparse_dim + 1) + (index,)
        return coo(self.indices, self.values[place], shape, True)
    found = self.indices[dim] == index % self.shape[dim]
    if self.sparse_dim == 1:
        return self.values[found].sum(0, dtype=self.values.dtype)
    return coo(np.delete(self.indices, dim, 0)[:, found], self.values[found], shape, True)


def concatenate(tensors: Sequence[SparseArray], dim: int) -> SparseArray:
    """One after the other along a sparse dimension."""
    parts, start = [], 0
    for one in map(as_coo, tensors):
        moved = one.indices.copy()
        moved[dim] += start
        parts.append((moved, one.values))
        start += one.shape[dim]
    shape = [*tensors[0].shape]
    shape[dim] = start
    return coo(np.concatenate([one for one, _ in parts], 1), np.concatenate([one for _, one in parts]), shape)


def index_select(self: SparseArray, dim: int, index: Array) -> SparseArray:
    """What is stored at some places of a sparse dimension, place by place."""
    self, dim = as_coo(self), dim % self.ndim
    where, which = np.nonzero(index[:, None] == self.indices[dim])
    indices = self.indices[:, which]
    indices[dim] = where
    shape = (*self.shape[:dim], len(index), *self.shape[dim + 1 :])
    return coo(indices, self.values[which], shape)


def narrow(self: SparseArray, dim: int, start: int, length: int) -> SparseArray:
    """The elements between two places along a dimension."""
    dim %= self.ndim
    if start < 0 or start + length > self.shape[dim]:
        raise RuntimeError(
            f"Invalid range to narrow. range(start, start+length) must be a subset of range(0, {self.shape[dim]})."
        )
    shape = (*self.shape[:dim], length, *self.shape[dim + 1 :])
    if dim >= self.sparse_dim:
        inside = (slice(None),) * (dim - self.sparse_dim + 1)
        return coo(self.indices, self.values[(*inside, slice(start, start + length))].copy(), shape, self.coalesced)
    kept = (self.indices[dim] >= start) & (self.indices[dim] < start + length)
    indices = self.indices[:, kept]
    indices[dim] -= start
    return coo(indices, self.values[kept], shape, self.coalesced)

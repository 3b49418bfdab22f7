"""Reading and writing elements by index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..dtypes import FROM_NUM, number
from ..strides import empty_like, in_order_of
from . import choice
from .pointwise import promoted
from .shape import clone, clone_with_strides

Array = np.ndarray
Indices = Sequence[Array | None]


def _key(indices: Indices) -> tuple:
    """Indices as NumPy takes them; bytes are masks, as bools are."""
    given = (one.astype(bool) if one is not None and one.dtype == np.uint8 else one for one in indices)
    return tuple(slice(None) if one is None else one for one in given)


def index(self: Array, indices: Indices) -> Array:
    """The elements at these indices; None stands for a whole dimension."""
    key = _key(indices)
    found = self[key]
    if self.flags.c_contiguous and all(one.flags.c_contiguous for one in key if isinstance(one, np.ndarray)):
        return np.array(found, order="C")
    return in_order_of(found, _read_as(self, key, found.shape))


def _read_as(self: Array, key: tuple, shape: tuple[int, ...]) -> list[Array]:
    """The operands of indexing as torch sees them, in the shape of the result: an array that does not move along the
    dimensions of the indices, and indices that do not move along others."""
    given: dict[int, Array] = {}
    dim = 0
    for one in key:
        parts = () if isinstance(one, slice) else np.nonzero(one) if one.dtype == bool else (one,)
        given |= dict(enumerate(parts, dim))
        dim += len(parts) if isinstance(one, np.ndarray) else 1
    places = [*given]
    first = places[0] if places[-1] - places[0] + 1 == len(places) else 0
    strides = np.moveaxis(self, places, range(first, first + len(places))).strides
    kept = strides[:first], strides[first + len(places) :]
    rank = len(shape) - len(kept[0]) - len(kept[1])
    operands = [as_strided(self, shape, (*kept[0], *[0] * rank, *kept[1]))]
    for one in given.values():
        lead = [1] * (first + rank - one.ndim)
        whole = one.reshape(*lead, *one.shape, *[1] * len(kept[1]))
        steps = (s if n == whole.shape[dim] else 0 for dim, (n, s) in enumerate(zip(shape, whole.strides, strict=True)))
        operands.append(as_strided(whole, shape, tuple(steps)))
    return operands


def index_put(self: Array, indices: Indices, values: Array, accumulate: bool) -> Array:
    """A copy with ``values`` written, or added, at these indices."""
    found = clone(self)
    if accumulate:
        np.add.at(found, _key(indices), values)
    else:
        found[_key(indices)] = values
    return found


def indexed_shape(shape: tuple[int, ...], indices: Indices) -> tuple[int, ...]:
    """The shape of what the indices mean: that of the indices, in place of the dimensions that they are for."""
    given = [dim for dim, one in enumerate(indices) if one is not None]
    found = np.broadcast_shapes(*(one.shape for one in indices if one is not None))
    kept = [n for dim, n in enumerate(shape) if dim not in given]
    place = given[0] if given and given[-1] - given[0] + 1 == len(given) else 0
    return (*kept[:place], *found, *kept[place:])


def clamped(self: Array, indices: Indices) -> list[Array | None]:
    """Each index moved to the nearest that the dimension has."""
    return [None if one is None else np.clip(one, -n, n - 1) for one, n in zip(indices, self.shape, strict=False)]


def unsafe_masked_index(self: Array, mask: Array, indices: Indices, fill: complex) -> Array:
    """The elements at these indices where the mask is true; ``fill`` elsewhere, whatever the index is there."""
    if not self.size:
        return np.full(indexed_shape(self.shape, indices), fill, self.dtype)
    found = index(self, clamped(self, indices))
    return choice.where(mask.astype(bool), found, np.asarray(fill).astype(self.dtype))


def index_select(self: Array, dim: int, index: Array) -> Array:
    """The given indices of a dimension."""
    if self.ndim == 0:
        return self.copy()
    return np.take(self, np.atleast_1d(index), axis=dim)


def index_add(self: Array, dim: int, index: Array, source: Array, alpha: complex) -> Array:
    """A copy with ``alpha * source`` added at the given indices of a dimension."""
    found = np.atleast_1d(self.copy())
    moved = np.moveaxis(found, dim, 0)
    added = np.moveaxis(np.atleast_1d(source), dim, 0)
    np.add.at(moved, np.atleast_1d(index), added if alpha == 1 else added * np.asarray(alpha).astype(self.dtype))
    return found.reshape(self.shape)


def _grid(self: Array, dim: int, index: Array) -> tuple[Array, ...]:
    """For each element of ``index`` the full index that it means along ``dim``."""
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    places[dim] = index
    return tuple(places)


def gather(self: Array, dim: int, index: Array) -> Array:
    """``self[..., index[...], ...]`` along a dimension."""
    if index.size == 0:
        return np.empty(index.shape, self.dtype)
    if index.ndim == 0:
        return self.reshape(-1)[index.reshape(1)].reshape(())
    self = np.atleast_1d(self)
    return self[_grid(self, dim, index)]


def scatter(self: Array, dim: int, index: Array, src: Array) -> Array:
    """A copy with ``src`` written where ``index`` says, along a dimension."""
    found = np.atleast_1d(self.copy())
    if not index.size:  # which may have other dimensions
        return found.reshape(self.shape)
    index = np.atleast_1d(index)
    source = np.asarray(src).astype(found.dtype)
    source = source if source.ndim == 0 else np.atleast_1d(source)[tuple(slice(n) for n in index.shape)]
    found[_grid(found, dim, index)] = source
    return found.reshape(self.shape)


def scatter_add(self: Array, dim: int, index: Array, src: Array) -> Array:
    """A copy with ``src`` added where ``index`` says, along a dimension."""
    found = np.atleast_1d(self.copy())
    if not index.size:  # which may have other dimensions
        return found.reshape(self.shape)
    index = np.atleast_1d(index)
    np.add.at(found, _grid(found, dim, index), np.atleast_1d(src)[tuple(slice(n) for n in index.shape)])
    return found.reshape(self.shape)


def scatter_reduce(self: Array, dim: int, index: Array, src: Array | complex, reduce: str) -> Array:
    """A copy with ``src`` added, or multiplied, where ``index`` says, along a dimension."""
    found = np.atleast_1d(self.copy())
    if not index.size:
        return found.reshape(self.shape)
    index = np.atleast_1d(index)
    source = np.asarray(src).astype(found.dtype)
    source = source if source.ndim == 0 else np.atleast_1d(source)[tuple(slice(n) for n in index.shape)]
    (np.add if reduce == "add" else np.multiply).at(found, _grid(found, dim, index), source)
    return found.reshape(self.shape)


def take(self: Array, index: Array) -> Array:
    """Elements by their place in the flattened array."""
    return self.reshape(-1)[index]


def put(self: Array, index: Array, source: Array, accumulate: bool) -> Array:
    """A copy with ``source`` written, or added, at places of the flattened array."""
    flat = self.flatten()
    source = source.reshape(index.shape)
    if accumulate:
        np.add.at(flat, index, source)
    else:
        flat[index] = source
    found = empty_like(self)
    found[...] = flat.reshape(self.shape)
    return found


def masked_fill(self: Array, mask: Array, value: complex) -> Array:
    """A copy with ``value`` where the mask is true."""
    filling = value.astype(self.dtype) if isinstance(value, np.ndarray) else number(value, FROM_NUM[self.dtype.num])
    return choice.where(mask, filling, self)


def where(condition: Array, self: Array, other: Array) -> Array:
    """``self`` where the condition is true, else ``other``, promoted as operands are."""
    return choice.where(condition.astype(bool), *promoted(self, other))


def nonzero(self: Array) -> Array:
    """The indices of all elements that are not zero, one row each."""
    if self.ndim == 0:
        return np.zeros((int(bool(self)), 0), np.int64)
    found = np.stack(np.nonzero(self)).astype(np.int64)  # torch, too, fills one column after the other
    return np.ndarray(found.shape[::-1], found.dtype, found, strides=found.strides[::-1]) if found.size else found.T


def masked_select(self: Array, mask: Array) -> Array:
    """The elements where the mask is true, in order."""
    self, mask = np.broadcast_arrays(self, mask)
    return self[mask]


def slice_scatter(self: Array, src: Array, dim: int, start: int | None, end: int | None, step: int) -> Array:
    """A copy with ``src`` in a range of a dimension."""
    found = clone_with_strides(self)
    found[(slice(None),) * (dim % self.ndim) + (slice(start, end, step),)] = src
    return found


def select_scatter(self: Array, src: Array, dim: int, index: int) -> Array:
    """A copy with ``src`` at one index of a dimension."""
    found = clone_with_strides(self)
    found[(slice(None),) * (dim % self.ndim) + (index,)] = src
    return found


_REDUCERS = {
    "sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "max": np.maximum, "amin": np.minimum,
    "min": np.minimum,
}  # fmt: skip


def _identity(reduce: str, dtype: np.dtype) -> object:
    if reduce in ("sum", "mean", "prod"):
        return reduce == "prod"
    if dtype == np.bool_:
        return reduce == "amin"
    if dtype.kind == "f":
        return -np.inf if _REDUCERS[reduce] is np.maximum else np.inf
    return np.iinfo(dtype).min if _REDUCERS[reduce] is np.maximum else np.iinfo(dtype).max


def reduce_into(self: Array, dim: int, index: Array, src: Array, reduce: str, include_self: bool) -> Array:
    """A copy with each place reduced with the elements of ``src`` that ``index`` sends there."""
    found, index = np.atleast_1d(self.copy()), np.atleast_1d(index)
    source = np.atleast_1d(src)[tuple(slice(n) for n in index.shape)]
    key = _grid(found, dim, index)
    if not include_self:
        found[key] = _identity(reduce, found.dtype)
    _REDUCERS[reduce].at(found, key, source)
    if reduce == "mean":
        counts = np.ones(found.shape, np.int64)
        if not include_self:
            counts[key] = 0
        np.add.at(counts, key, 1)
        divided = found / counts if found.dtype.kind in "fc" else found // counts
        found = divided.astype(found.dtype)
    return found.reshape(self.shape)


def diagonal_scatter(self: Array, src: Array, offset: int, dim1: int, dim2: int) -> Array:
    """A copy with a diagonal replaced."""
    found = clone_with_strides(self)
    matrices = np.moveaxis(found, (dim1, dim2), (-2, -1))
    places = np.arange(src.shape[-1])
    matrices[..., places + max(-offset, 0), places + max(offset, 0)] = src
    return found

"""Views and rearrangements of arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.lib import stride_tricks

from ..layout import storage
from ..meta import MetaArray, in_order, like
from ..strides import empty_in_order, empty_like, laid_out_as

Array = np.ndarray


def infer_size(shape: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """The shape with its one ``-1`` filled in.

    Raises:
        RuntimeError: if no tensor of ``numel`` elements has such a shape.
    """
    unknown = [i for i, n in enumerate(shape) if n == -1]
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for i, n in enumerate(shape):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(shape)}")
    known = math.prod(n for n in shape if n != -1)
    if unknown:
        if known == 0 and numel == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size "
                "-1 can be any value and is ambiguous"
            )
        if known and numel % known == 0:
            return tuple(numel // known if n == -1 else n for n in shape)
    elif known == numel:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def view(self: Array, size: tuple[int, ...]) -> Array:
    """The same elements in another shape, without a copy.

    Raises:
        RuntimeError: if that takes a copy.
    """
    try:
        return np.reshape(self, infer_size(size, self.size), copy=False)
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        ) from None


def as_strided(self: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None) -> Array:
    """A window on the memory of ``self``: sizes, steps and start in elements of its storage."""
    root = storage(self)
    start = _start(self) if storage_offset is None else storage_offset * self.itemsize
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if any(n < 0 for n in size):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    if storage_offset is not None and storage_offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {storage_offset}")
    needed = start + (sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1) * self.itemsize
    if 0 not in size and needed > root.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start // self.itemsize}, and "
            f"itemsize {self.itemsize} requiring a storage size of {needed} are out of bounds for storage of size "
            f"{root.nbytes}"
        )
    strides = tuple(s * self.itemsize for s in stride)
    return window(self, size, strides, min(start, root.nbytes) if 0 in size else start)


def as_strided_scatter(
    self: Array, src: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None
) -> Array:
    """A copy, in which a window on its memory has these elements."""
    found = clone_with_strides(self)
    as_strided(found, size, stride, storage_offset)[...] = src
    return found


def window(self: Array, shape: tuple[int, ...], strides: tuple[int, ...], start: int) -> Array:
    """A view of the memory of ``self``: strides and start (from where the memory starts) in bytes."""
    root = storage(self)
    if not root.flags.c_contiguous:
        root = root.transpose(sorted(range(root.ndim), key=lambda dim: -root.strides[dim]))
    if root.dtype.kind == "V":  # of a dtype that Python's buffers do not know
        root = root.reshape(-1).view(np.uint8)
    return type(self)(shape, self.dtype, root, start, strides) if root.size else like(self, shape)


def _start(self: Array) -> int:
    """How many bytes into its memory an array starts."""
    return self.__array_interface__["data"][0] - storage(self).__array_interface__["data"][0]


def select(self: Array, dim: int, index: int) -> Array:
    """One index of a dimension."""
    if dim == 0:
        return self[index, ...]
    return self[(slice(None),) * (dim % self.ndim) + (index, ...)]


def slice_(self: Array, dim: int, start: int | None, end: int | None, step: int) -> Array:
    """A range of a dimension."""
    return self[(slice(None),) * (dim % self.ndim) + (slice(start, end, step),)]


def squeeze(self: Array, dims: tuple[int, ...]) -> Array:
    """Without those of the dimensions that have length one."""
    keep = tuple(d for d in dims if d < self.ndim and self.shape[d] == 1)
    return np.squeeze(self, keep)


def expand(self: Array, size: tuple[int, ...]) -> Array:
    """Dimensions of length one repeated without a copy; -1 keeps a length.

    A dimension that stays has its stride; a new one of length one has the one that a row-major tensor would have, but
    for those of a single element, which have none.
    """
    leading = len(size) - self.ndim
    if not self.ndim:  # every dimension is a repetition
        return window(self, tuple(size), (0,) * leading, _start(self))
    shape = [self.shape[i - leading] if n == -1 and i >= leading else n for i, n in enumerate(size)]
    strides = [0] * leading + [
        s if n == m else 0 for s, n, m in zip(self.strides, self.shape, shape[leading:], strict=True)
    ]
    for i in reversed(range(leading if self.ndim else 0)):
        if shape[i] == 1:
            strides[i] = shape[i + 1] * strides[i + 1]
    return window(self, tuple(shape), tuple(strides), _start(self))


def unbind(self: Array, dim: int) -> list[Array]:
    """Every index of a dimension."""
    return [select(self, dim, i) for i in range(self.shape[dim])]


def split(self: Array, sizes: tuple[int, ...], dim: int) -> list[Array]:
    """Consecutive ranges of a dimension."""
    found, start = [], 0
    for n in sizes:
        found.append(slice_(self, dim, start, start + n, 1))
        start += n
    return found


def chunk_sizes(n: int, size: int) -> tuple[int, ...]:
    """Ranges of ``size``, the last one shorter; one empty range of nothing."""
    if size == 0:
        return (0,) if n == 0 else ()
    whole, rest = divmod(n, size)
    return (size,) * whole + ((rest,) if rest or not whole else ())


def diagonal(self: Array, offset: int, dim1: int, dim2: int) -> Array:
    """The diagonal of two dimensions, as the last one."""
    found = np.diagonal(self, offset, dim1, dim2)
    found.flags.writeable = self.flags.writeable
    return found


def overlap_add(windows: Array, sizes: tuple[int, ...], dim: int, size: int, step: int) -> Array:
    """Zeros of these sizes, plus each window where `unfold` takes it from."""
    if not sizes:
        return windows.reshape(())
    found = np.zeros(sizes, windows.dtype)
    into = np.moveaxis(found, dim, -1)
    for number, window in enumerate(np.moveaxis(windows, dim if dim >= 0 else dim - 1, 0)):
        into[..., number * step : number * step + size] += window
    return found


def unfold(self: Array, dimension: int, size: int, step: int) -> Array:
    """All windows of a dimension, as a new last one."""
    if self.ndim == 0:
        return self.reshape(1)[:size]
    windows = stride_tricks.sliding_window_view(self, size, axis=dimension, subok=True, writeable=self.flags.writeable)
    return slice_(windows, dimension, None, None, step)


def clone(self: Array, order: Sequence[int] | None = None) -> Array:
    """A copy with its dimensions in this order in memory, or else in a dense layout as that of the array."""
    if isinstance(self, MetaArray) and order is not None:
        return in_order(self.shape, self.dtype, order)
    found = empty_like(self) if order is None else empty_in_order(self.shape, self.dtype, order)
    found[...] = self
    return found


def clone_with_strides(self: Array) -> Array:
    """A copy at the same place of memory of its own, with what is there besides; a dense one if elements share it."""
    owner = storage(self)
    overlaps = any(s == 0 and n > 1 for s, n in zip(self.strides, self.shape, strict=True))
    if self.flags.c_contiguous or overlaps or isinstance(self, MetaArray) or not owner.flags.forc:
        return clone(self)
    start, whole = (one.__array_interface__["data"][0] for one in (self, owner))
    memory = np.frombuffer(owner.tobytes("A"), np.uint8).copy()
    return np.ndarray(self.shape, self.dtype, memory, start - whole, self.strides)


def repeat(self: Array, repeats: tuple[int, ...]) -> Array:
    """The array tiled."""
    return np.tile(self, repeats) if repeats else self.copy()


def roll(self: Array, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Array:
    """Shifted cyclically; without dimensions, as if flat."""
    return np.roll(self, shifts, dims) if dims else np.roll(self, shifts)


def flip(self: Array, dims: tuple[int, ...]) -> Array:
    """Backwards along the dimensions, laid out as the array."""
    return laid_out_as(np.flip(self, dims) if self.ndim else self.copy(), self)


def tri(self: Array, diagonal: int, upper: bool) -> Array:
    """The triangle of the last two dimensions."""
    return np.triu(self, diagonal) if upper else np.tril(self, diagonal)


def select_backward(grad: Array, sizes: tuple[int, ...], dim: int, index: int) -> Array:
    """Zeros, with the gradient at one index of a dimension."""
    zeros = np.zeros(sizes, grad.dtype, like=grad)
    select(zeros, dim, index)[...] = grad
    return zeros


def slice_backward(
    grad: Array, sizes: tuple[int, ...], dim: int, start: int | None, end: int | None, step: int
) -> Array:
    """Zeros, with the gradient in a range of a dimension."""
    zeros = np.zeros(sizes, grad.dtype, like=grad)
    slice_(zeros, dim, start, end, step)[...] = grad
    return zeros


def diagonal_backward(grad: Array, sizes: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Array:
    """Zeros, with the gradient on a diagonal."""
    zeros = np.zeros(sizes, grad.dtype, like=grad)
    diagonal(zeros, offset, dim1, dim2)[...] = grad
    return zeros

"""The shape of a tensor, its layout and memory format: how its elements lie in memory."""

from __future__ import annotations

import functools
import operator
import weakref
from collections.abc import Iterable
from typing import Any, SupportsIndex

import numpy as np

from .naming import NamedInFull


class Size(tuple, metaclass=NamedInFull):
    """The shape of a tensor.

    Raises:
        TypeError: if the lengths are no integers.
    """

    __slots__ = ()
    __module__ = "torch"

    def __new__(cls, lengths: Iterable[SupportsIndex] = ()) -> Size:
        found = []
        for i, length in enumerate(lengths):
            try:
                found.append(operator.index(length))
            except TypeError:
                name = type(length).__name__
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {i} is '{name}')") from None
        return sized(found)

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        total = 1
        for n in self:
            total *= n
        return total

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    __str__ = __repr__

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return sized(found) if isinstance(index, slice) else found

    def __add__(self, other: tuple) -> Size:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return sized(tuple.__add__(self, other))

    def __radd__(self, other: tuple) -> Size:
        return sized(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: SupportsIndex) -> Size:
        return sized(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple:
        return _size, (tuple(self),)


sized = functools.partial(tuple.__new__, Size)
"""A shape from what is known to be integers."""


def _size(lengths: tuple[int, ...]) -> Size:
    return Size(lengths)


class layout(metaclass=NamedInFull):
    """The memory layout of a tensor."""

    __slots__ = ("_name",)
    __module__ = "torch"

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> tuple:
        return _named, (self._name,)


strided = layout("strided")
jagged = layout("jagged")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
sparse_bsr = layout("sparse_bsr")
sparse_bsc = layout("sparse_bsc")
LAYOUTS = {one._name: one for one in (sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc)}
"""The layouts of tensors that store only some elements, by the `kind` of their array."""


class memory_format(layout):
    """The order of a dense tensor's dimensions in memory: row-major unless it is given."""

    __slots__ = ("_order",)
    __module__ = "torch"

    def __init__(self, name: str, order: tuple[int, ...] | None = None) -> None:
        super().__init__(name)
        self._order = order

    @property
    def rank(self) -> int | None:
        """Of how many dimensions a tensor must be for the format; None for any."""
        return None if self._order is None else len(self._order)

    def order(self, ndim: int) -> tuple[int, ...] | None:
        """The dimensions of a tensor of this rank, the last one densest; None to keep the order that there is.

        Raises:
            RuntimeError: for a rank that the format is not for.
        """
        if self is preserve_format:
            return None
        if self._order is None:
            return (*range(ndim),)
        if len(self._order) != ndim:
            raise RuntimeError(f"required rank {len(self._order)} tensor to use {self._name} format")
        return self._order


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last", (0, 2, 3, 1))
channels_last_3d = memory_format("channels_last_3d", (0, 2, 3, 4, 1))


def _named(name: str) -> layout:
    return globals()[name]


def storage(array: np.ndarray) -> np.ndarray:
    """The array that owns this array's memory, as far as NumPy knows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


_SHARED: weakref.WeakValueDictionary[int, np.ndarray] = weakref.WeakValueDictionary()


def keep_size(array: np.ndarray) -> None:
    """Note that others have this memory too, outside of any tensor: it keeps its size."""
    owner = storage(array)
    _SHARED[id(owner)] = owner


def is_resizable(array: np.ndarray) -> bool:
    """Whether tensors alone have this memory."""
    return id(storage(array)) not in _SHARED


def check_resizable(array: np.ndarray, count: int) -> None:
    """Refuse to make memory larger that others have too.

    Raises:
        RuntimeError: if it has room for fewer elements.
    """
    if not is_resizable(array) and count * array.itemsize > storage(array).nbytes:
        raise RuntimeError("Trying to resize storage that is not resizable")


def element_strides(array: np.ndarray) -> tuple[int, ...]:
    """The strides in elements; of an array that was made without elements, as if it were row-major, for NumPy gives it
    none."""
    if array.size or any(array.strides):
        itemsize = array.itemsize
        return tuple(s // itemsize for s in array.strides)
    strides, step = [], 1
    for n in reversed(array.shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def wrap_dim(dim: int, ndim: int, scalar: bool = True) -> int:
    """``dim`` counted from the front.

    Raises:
        IndexError: if it is out of range.  A 0-d tensor accepts 0 and -1, unless ``scalar`` says that it has none.
    """
    if not (ndim or scalar):
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    limit = ndim or 1
    if not -limit <= dim < limit:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})")
    return dim + limit if dim < 0 else dim

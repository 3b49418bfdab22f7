"""Arrays of which only some elements are stored: what a tensor of a sparse layout has in place of elements.

To NumPy such an array is opaque (``opaque_array.py``).  The compiled path leaves such tensors to the slow one, where
``dispatch/layouts.py`` finds what an operation does with the stored elements.

Source: the "torch.sparse" page of torch's documentation.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .opaque_array import OpaqueArray

Layout = Literal["sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc"]
ROWS: frozenset[Layout] = frozenset({"sparse_csr", "sparse_bsr"})
BLOCKS: frozenset[Layout] = frozenset({"sparse_bsr", "sparse_bsc"})
"""The layouts that compress rows, and those whose elements are blocks."""


class SparseArray(OpaqueArray):
    """The stored elements of an array, and where they are.

    ``places`` is, of a coordinate list (COO), the ``(sparse dimensions, stored)`` coordinates; of compressed rows (CSR)
    or columns (CSC), where each row starts, and the columns; int64.  ``values`` is ``(stored, *dense dimensions)``; of
    rows or columns of blocks (BSR, BSC), ``(stored, height, width)``, and places are those of the blocks.
    """

    places: tuple[np.ndarray, ...]
    values: np.ndarray
    kind: Layout
    coalesced: bool
    """Whether the coordinates are in order, and none is there twice."""

    def __new__(cls, *_: Any, **__: Any) -> SparseArray:
        """Refused to kernels that make an array of the class of another; `sparse_array` makes them."""
        raise TypeError("a sparse array has parts")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("Cannot assign to a sparse tensor")

    def copy(self, order: Any = "C") -> SparseArray:
        """Another one with memory of its own."""
        places = tuple(one.copy() for one in self.places)
        return sparse_array(places, self.values.copy(), self.shape, kind=self.kind, coalesced=self.coalesced)

    def astype(self, dtype: Any, *_: Any, **__: Any) -> SparseArray:
        """The same in another dtype."""
        return self.with_values(self.values.astype(dtype))

    def with_values(self, values: np.ndarray) -> SparseArray:
        """Other elements in the same places."""
        return sparse_array(self.places, values, self.shape, kind=self.kind, coalesced=self.coalesced)

    def __reduce__(self) -> tuple:
        return sparse_array, (self.places, self.values, self.shape, self.kind, self.coalesced)

    @property
    def indices(self) -> np.ndarray:
        """The coordinates; of a compressed array too, where they may be those of blocks."""
        if self.kind == "sparse_coo":
            return self.places[0]
        starts, others = self.places
        lines = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        return np.stack([lines, others] if self.kind in ROWS else [others, lines])

    @property
    def sparse_dim(self) -> int:
        """The number of leading dimensions that coordinates have."""
        return len(self.places[0]) if self.kind == "sparse_coo" else 2


def sparse_array(
    places: tuple[np.ndarray, ...], values: np.ndarray, shape: tuple[int, ...], kind: Layout = "sparse_coo",
    coalesced: bool = False,
) -> SparseArray:  # fmt: skip
    """A sparse array of these parts, which are not copied."""
    shape = tuple(shape)
    nothing = np.zeros(1, values.dtype)
    found = np.ndarray.__new__(SparseArray, shape, values.dtype, nothing, 0, (0,) * len(shape))
    found.places, found.values, found.kind, found.coalesced = tuple(places), values, kind, coalesced
    return found

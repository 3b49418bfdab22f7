"""Arrays whose elements NumPy does not have: the stand-ins of tensors that keep theirs in another form.

To NumPy such an array is a shape and a dtype; whatever NumPy would make of it, a view or the result of a universal
function, it refuses to be.  So the compiled path leaves such tensors to the slow one, which knows where their elements
are: of a sparse tensor in ``sparse_array.py``, of a wrapper with the class that made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, cast

import numpy as np

from .meta import lazily


class OpaqueArray(np.ndarray):
    """A shape and a dtype, of which NumPy makes nothing."""

    def __array_finalize__(self, array: Any) -> None:
        if isinstance(array, OpaqueArray):
            raise TypeError("a view of elements that are not there")

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("an array without its elements among the operands")


class HollowArray(OpaqueArray):
    """What a tensor of a class with ``__torch_dispatch__`` has in place of elements.

    ``cls`` is that class, and ``kept`` the attributes of the tensor, by which the class knows the elements: a tensor
    made of this array alone is one of that class again, with the same attributes.
    """

    cls: type
    kept: dict[str, Any]
    where: Any
    layout: Any

    @property
    def twin(self) -> np.ndarray:
        """An array of the same shape and strides without elements, of which NumPy makes views."""
        return lazily(self.shape, self.dtype, self.strides)

    def copy(self, order: Any = "C") -> Self:
        """The same: the class decides what is copied."""
        return self


def hollow(shape: Sequence[int], dtype: np.dtype, strides: Sequence[int] | None = None) -> HollowArray:
    """One of this shape, and of these strides in bytes; row-major without them."""
    return cast(HollowArray, lazily(shape, dtype, strides, cast(Any, HollowArray)))

"""Arrays that are conjugated or negated only when they are read: the elements of ``x.conj()``, and of its ``imag``.

Such an array is a view of the memory of another one, whose elements are the conjugates of what it stands for, or, of
real numbers, the opposites.  Slices of it are such arrays, too.  All else that NumPy does with it, it does with an
array of the elements that are meant; what is assigned is conjugated or negated on its way into the memory.

Source: ``torch.conj``, ``torch.resolve_conj``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_VIEWS: frozenset[Any] = frozenset(
    {np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.broadcast_to, np.expand_dims, np.squeeze, np.diagonal,
     np.lib.stride_tricks.sliding_window_view, np.split, np.array_split, np.permute_dims, np.matrix_transpose}
)  # fmt: skip


class PendingArray(np.ndarray):
    """The memory of an array whose elements stand for their conjugates; for their opposites, if they are real."""

    @property
    def raw(self) -> np.ndarray:
        """The memory as it is."""
        return self.view(np.ndarray)

    def resolved(self) -> np.ndarray:
        """The elements that are meant, in memory of their own."""
        return settled(self.raw)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """The result for the elements that are meant.

        Raises:
            TypeError: if it would be written here.
        """
        if any(isinstance(one, PendingArray) for one in kwargs.get("out", ())):
            raise TypeError("a conjugate or opposite to write into")
        return getattr(ufunc, method)(*map(resolved, inputs), **kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if func in _VIEWS:
            array, *rest = args
            found = func(array.raw, *rest, **kwargs)
            return [one.view(PendingArray) for one in found] if isinstance(found, list) else found.view(PendingArray)
        return func(*map(resolved, args), **{name: resolved(value) for name, value in kwargs.items()})

    def __setitem__(self, index: Any, value: Any) -> None:
        self.raw[index] = settled(np.asarray(resolved(value)).astype(self.dtype, copy=False))

    def copy(self, order: Any = "C") -> np.ndarray:  # type: ignore[override]  # plain ones
        """The elements that are meant, in memory of their own."""
        return self.resolved().copy(order)

    def astype(self, *args: Any, **kwargs: Any) -> np.ndarray:
        """The elements that are meant, in another dtype."""
        return self.resolved().astype(*args, **kwargs)

    def item(self, *args: Any) -> Any:
        """One element, as it is meant."""
        return self.resolved().item(*args)

    def tolist(self) -> Any:
        """The elements that are meant."""
        return self.resolved().tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        """The bytes of the elements that are meant."""
        return self.resolved().tobytes(order)

    def __reduce__(self) -> Any:
        return _pending, (self.raw,)


def _pending(raw: np.ndarray) -> np.ndarray:
    return raw.view(PendingArray)


def settled(array: np.ndarray) -> np.ndarray:
    """The conjugates of complex elements, the opposites of real ones."""
    return np.asanyarray(np.conjugate(array) if array.dtype.kind == "c" else np.negative(array))


def resolved(value: Any) -> Any:
    """The value, with elements as they are meant in place of memory."""
    if isinstance(value, PendingArray):
        return value.resolved()
    return type(value)(map(resolved, value)) if type(value) in (list, tuple) else value


def toggled(array: np.ndarray) -> np.ndarray:
    """The conjugate or the opposite of an array: the same memory, read the other way."""
    if isinstance(array, PendingArray):
        return array.raw
    return array.view(PendingArray) if type(array) is np.ndarray else settled(array)

"""``x[...]`` and ``x[...] = ...``.

A key is taken apart from left to right: integers, slices, None and ``...`` make views; sequences, arrays and tensors
become index tensors, one per dimension, which read a copy or write by ``index_put_``.

Source: "Tensor Indexing" of torch's documentation; what counts as a sequence was observed.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..autograd.modes import STATE
from ..autograd.views import bump
from ..dispatch.arguments import type_name
from ..dispatch.devices import NONZERO_ON_META, refuse_elements
from ..dispatch.inplace import check_may_modify, shares_itself
from ..dispatch.overrides import claimed
from ..dtypes import INTEGRAL, MASKS, bool_, int32, int64, number, uint8
from ..tensor import Tensor, wrap
from ..warning import warn
from .data import build, is_sequence
from .indexing import check_fill_mask, expand_masks, index, is_mask_fill
from .masking import MASK_SHARING
from .parts import select, slice_
from .shape import _alias, unsqueeze

_INDICES = (bool_, uint8, int32, int64)
_END = 2**63 - 1


def _getitem(self: Tensor, key: Any) -> Tensor:
    """``self[key]``: views for integers, slices, None and ``...``; a copy for lists, arrays and tensors."""
    if key.__class__ is int:
        return _select(self, 0, key, 0)
    if key.__class__ is slice:
        return _slice(self, 0, key, always=True)
    parts = _as_tuple(key)
    try:
        viewed, indices = _apply_views(self, parts)
    except IndexError:
        for result in claimed(Tensor.__getitem__, (self, key), parts):
            return result
        raise
    if not indices:
        return _alias(self) if viewed is self else viewed
    return index(viewed, indices)


def _as_tuple(key: Any) -> tuple:
    """The parts of a key; a short sequence of sequences, slices or tensors is a tuple in disguise."""
    if isinstance(key, tuple):
        return key
    if key.__class__ is slice or key is None or isinstance(key, (Tensor, np.ndarray)) or not is_sequence(key):
        return (key,)
    if len(key) < 32 and any(one is None or one is Ellipsis or _is_multiple(one) for one in key):
        warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch "
            "2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, "
            "x[torch.tensor(seq)], which will result either in an error or a different result"
        )
        return tuple(key)
    return (key,)


def _is_multiple(one: Any) -> bool:
    return isinstance(one, (slice, Tensor, np.ndarray)) or is_sequence(one)


def _consumed(one: Any) -> int:
    """How many dimensions one part of a key takes."""
    if one is None or one is Ellipsis or isinstance(one, bool):
        return 0
    if isinstance(one, Tensor) and one._dtype in MASKS:
        return one.dim()
    return 1


def _apply_views(self: Tensor, parts: tuple) -> tuple[Tensor, list[Tensor | None]]:
    """Take integers, slices, None and ``...`` one after the other; what is left are index tensors, by dimension."""
    taken = sum(map(_consumed, parts))
    if taken > self.dim():
        if self.dim() == 0 and len(parts) == 1 and isinstance(parts[0], (int, slice)):
            _slice(self, 0, parts[0]) if isinstance(parts[0], slice) else _select(self, 0, parts[0], 0)
        raise IndexError(f"too many indices for tensor of dimension {self.dim()}")
    found, dim = self, 0
    indices: list[Tensor | None] = []
    for position, one in enumerate(parts):
        if one is Ellipsis:
            dim += self.dim() - taken
        elif one is None:
            found = unsqueeze(found, dim)
            dim += 1
        elif isinstance(one, bool):
            found = unsqueeze(found, dim)
            dim = _note(indices, dim, wrap(np.zeros(int(one), np.int64)))
        elif isinstance(one, slice):
            found = _slice(found, dim, one)
            dim += 1
        elif isinstance(one, (int, np.integer)) or _is_number(one):
            found = _select(found, dim, int(one), position)
        else:
            converted = _index_tensor(one)
            if converted.dim() == 0 and converted._dtype in MASKS:
                found = unsqueeze(found, dim)
                (place,) = expand_masks(wrap(np.empty(1)), [converted.reshape((1,))])
                dim = _note(indices, dim, place)
                continue
            if converted._dtype in MASKS:
                refuse_elements(NONZERO_ON_META, converted)
            count = converted.dim() if converted._dtype in MASKS else 1
            _note(indices, dim, converted)
            dim += count
    return found, indices


def _is_number(one: Any) -> bool:
    if not isinstance(one, Tensor) or one.dim() or one._dtype.category != INTEGRAL or one._dtype is uint8:
        return False
    return one._extra is None or one._extra.wrapped is None  # of many examples, it is an index tensor


def _note(indices: list[Tensor | None], dim: int, one: Tensor | None) -> int:
    masks = sum(i.dim() - 1 for i in indices if i is not None and i._dtype in MASKS)
    indices.extend([None] * (dim - masks - len(indices)))
    indices.append(one)
    return dim + 1


def _select(found: Tensor, dim: int, place: int, position: int) -> Tensor:
    """One index of a dimension, which the key has at ``position``."""
    shape = found._array.shape
    if not shape and not place:
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
            "convert a 0-dim tensor to a number"
        )
    size = shape[dim] if shape else 0
    if not -size <= place < size:
        raise IndexError(f"index {place} is out of bounds for dimension {position} with size {size}")
    return select(found, dim, place)


def _slice(found: Tensor, dim: int, one: slice, *, always: bool = False) -> Tensor:
    """A part of a dimension; of all of it the tensor itself, unless it is ``always`` to be a view."""
    start, stop, step = (None if bound is None else _bound(bound) for bound in (one.start, one.stop, one.step))
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step is not None and step < 0:
        raise ValueError("step must be greater than zero")
    if found.dim() == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    # The bounds as given: they are what the node shows.
    start, stop, step = 0 if start is None else start, _END if stop is None else stop, 1 if step is None else step
    if start == 0 and stop >= found.shape[dim] and step == 1 and not always:
        return found
    return slice_(found, dim, start, stop, step)


def _bound(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        if isinstance(value, Tensor):
            raise
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _index_tensor(one: Any) -> Tensor:
    if isinstance(one, Tensor):
        if one._dtype not in _INDICES:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        return one
    if not isinstance(one, (str, bytes)) and not is_sequence(one):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{type_name(one)})"
        )
    array, d = build(one, None)
    if d in MASKS:
        return wrap(array, d)
    return wrap(*build(one, int64)) if array.size else wrap(array.astype(np.int64))


# x[...] = ...


def _setitem(self: Tensor, key: Any, value: Any) -> None:
    """Write into the view that the key means, or by its index tensors.

    Raises:
        TypeError: for sparse tensors, and for values that are none.
    """
    if self._array.__class__ is not np.ndarray and self.is_sparse:
        raise TypeError("Cannot assign to a sparse tensor")
    if not isinstance(value, Tensor):
        if not isinstance(value, (bool, int, float, complex, np.integer)):
            if claimed(Tensor.__setitem__, (self, key, value)):
                return
            raise TypeError(f"can't assign a {type_name(value)} to a torch.{self._dtype.scalar_type}Tensor")
        filling = number(value, self._dtype)
        if not self.requires_grad and _is_basic(key) and self._view is None and not STATE.unusual:
            check_may_modify(self)
            _write_number(self, key, filling)
            return
        value = wrap(filling, self._dtype)
    if key is False:
        return
    viewed, indices = _apply_views(self, _as_tuple(key))
    if indices:
        if (shape := _shape_without_leading_ones(value)) != value.shape:
            value = value.view(shape)
        fills = is_mask_fill(indices, value)
        if fills:
            check_fill_mask(indices)
            value = value.to(self._dtype)
        viewed.index_put_(indices, value)
        if fills and shares_itself(viewed):  # torch fills where the mask says within the other operation
            warn(MASK_SHARING)
    elif viewed.shape == value.shape:
        viewed.copy_(value)
    elif value.dim() == 0:
        viewed.fill_(value)
    else:
        value = value.view(_shape_without_leading_ones(value))
        viewed.copy_(value if value.shape == viewed.shape else value.expand(viewed.shape))


def _shape_without_leading_ones(value: Tensor) -> tuple[int, ...]:
    shape = value.shape
    while shape and shape[0] == 1:
        shape = shape[1:]
    return shape


def _is_basic(key: Any) -> bool:
    parts = key if key.__class__ is tuple else (key,)
    return all(
        one.__class__ is int or one is Ellipsis or (one.__class__ is slice and one.step is None) for one in parts
    )


def _write_number(self: Tensor, key: Any, filling: np.ndarray) -> None:
    try:
        self._array[key] = filling
    except (IndexError, TypeError):
        _apply_views(self, key if isinstance(key, tuple) else (key,))  # says it in torch's words
        raise
    bump(self)


def _delitem(self: Tensor, key: Any) -> None:
    raise TypeError("Tensor does not support deleting items")


Tensor.__getitem__ = _getitem
_getitem.__name__ = "__getitem__"
Tensor.__setitem__ = _setitem
_setitem.__name__ = "__setitem__"
Tensor.__delitem__ = _delitem

"""Copies and pickles of tensors: those that share memory go on sharing it among themselves.

Source: ``torch.Tensor.__deepcopy__`` and "Serialization semantics" in torch's notes.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import SupportsIndex

import numpy as np

from .autograd.modes import NO_OVERRIDES
from .dtypes import dtype
from .layout import LAYOUTS, Size, storage, strided
from .naming import class_named, torchs_name
from .opaque_array import HollowArray
from .tensor import Tensor, wrap
from .tensor_base import GRAD, INFERENCE, NO_VERSION
from .utils.hooks import warn_if_has_hooks

Place = tuple[tuple[int, ...], tuple[int, ...], int]
"""Shape, strides and offset, in bytes, of an array in its memory."""


def memory(array: np.ndarray) -> tuple[np.ndarray, Place] | None:
    """The array that owns an array's memory, and the place in it; None unless both are NumPy's own."""
    owner = storage(array)
    if array.__class__ is not np.ndarray or owner.__class__ is not np.ndarray or not array.size:
        return None
    if not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        return None
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return owner, (array.shape, array.strides, start)


def placed(owner: np.ndarray, place: Place, d: dtype) -> np.ndarray:
    """The array that lies at this place in the memory of another."""
    shape, strides, start = place
    if owner.dtype == d.numpy and start == 0 and owner.shape == shape and owner.strides == strides:
        return owner
    flat = owner if owner.flags.c_contiguous else owner.T
    return np.ndarray(shape, d.numpy, flat, start, strides)


def _deepcopy(self: Tensor, memo: dict) -> Tensor:
    """A leaf like this one, with a copy of all the memory that it has a part of.

    Raises:
        RuntimeError: for non-leaves, and for subclasses that do not say how they are copied.
    """
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user "
            "(graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because "
            "of a torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        return memo[id(self)]
    found = memory(self._array)
    if isinstance(self._array, HollowArray):
        token = GRAD.set(False)
        try:
            new = self.clone()
        finally:
            GRAD.reset(token)
    elif type(self)._kept is type(self) is not Tensor and not _makes_its_own(self):
        raise RuntimeError(
            "The default implementation of __deepcopy__() for non-wrapper subclasses only works for subclass types "
            "that implement new_empty() and for which that function returns another instance of the same subclass. You "
            "should either properly implement new_empty() for your subclass or override __deepcopy__() if it is "
            "intended behavior for new_empty() to return an instance of a different type."
        )
    elif found is None:
        new = wrap(self._array.copy(order="K"), self._dtype, type(self))
    else:
        owner, place = found
        copies = memo.setdefault("torch", {})
        if id(owner) not in copies:
            copies[id(owner)] = owner.copy(order="K")
        new = wrap(placed(copies[id(owner)], place, self._dtype), self._dtype, type(self))
    new._counter = NO_VERSION if INFERENCE.get() else [1]  # the copy is a write
    memo[id(self)] = new
    new._requires_grad = self._requires_grad
    new._grad = copy.deepcopy(self._grad, memo)
    new.__dict__ = copy.deepcopy(self.__dict__, memo)
    return new


def _makes_its_own(tensor: Tensor) -> bool:
    """Whether ``new_empty`` of a subclass gives an instance of it, when nobody takes it over."""
    token = NO_OVERRIDES.set(True)
    try:
        return type(tensor.new_empty([])) is type(tensor)
    finally:
        NO_OVERRIDES.reset(token)


def _reduce_ex(self: Tensor, protocol: SupportsIndex) -> tuple:
    """How a tensor is pickled, and copied by ``copy.copy``: as a part of its memory, with its attributes."""
    name = torchs_name(type(self)) or type(self)
    if isinstance(self._array, HollowArray):
        made = (self._dtype, self.layout._name, str(self.device), self.requires_grad)
        return _rebuild_wrapper, (name, self.shape, *made), self.__dict__
    if type(self)._kept is type(self):
        warn_if_has_hooks(self)
    found = memory(self._array)
    # A view of the memory: unlike those that `torch.save` writes, pickled tensors share nothing with others.
    array, place = (self._array, None) if found is None else (found[0].view(), found[1])
    parts: tuple = (array, place, self._dtype, self.requires_grad, name, OrderedDict())
    return (rebuild, parts, self.__dict__) if self.__dict__ else (rebuild, parts)


def rebuild(
    array: np.ndarray, place: Place | None, d: dtype, requires_grad: bool, cls: type[Tensor] | str, hooks: OrderedDict
) -> Tensor:
    """The tensor that `_reduce_ex` took apart."""
    found = class_named(cls) if isinstance(cls, str) else cls
    new = wrap(array if place is None else placed(array, place, d), d, found)
    new._requires_grad = requires_grad
    if new._counter is None:
        new._counter = [1]  # torch writes its place in memory into it
    if hooks:
        new._make_extra().hooks = hooks
    return new


def _rebuild_wrapper(
    cls: type[Tensor] | str, shape: Size, d: dtype, layout: str, device: str, requires_grad: bool
) -> Tensor:
    found = class_named(cls) if isinstance(cls, str) else cls
    return Tensor._make_wrapper_subclass(
        found, shape, dtype=d, layout=LAYOUTS.get(layout, strided), device=device, requires_grad=requires_grad
    )


for _name, _method in (("__deepcopy__", _deepcopy), ("__reduce_ex__", _reduce_ex)):
    setattr(Tensor, _name, _method)
    _method.__name__ = _name

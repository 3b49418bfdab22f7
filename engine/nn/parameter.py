"""Parameters and buffers: the tensors that a module knows by name.

Source: ``torch.nn.parameter``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..autograd.saved import same_memory
from ..dtypes import DIFFERENTIABLE
from ..printing import tensor_repr
from ..tensor import Tensor, wrap


class _Marked(type):
    """A class to which also the tensors belong that carry its mark: it keeps their own class visible."""

    def __instancecheck__(cls, instance: Any) -> bool:
        mark = cls.__dict__.get("_mark")
        return super().__instancecheck__(instance) or (
            mark is not None and isinstance(instance, Tensor) and mark in instance.__dict__
        )


def _empty() -> Tensor:
    d = dtypes.default_dtype()
    return wrap(np.empty(0, d.numpy), d)


class Parameter(Tensor, metaclass=_Marked):
    """A leaf that a module registers when it is assigned as an attribute.

    Args:
        data: the elements, whose memory the parameter shares; their history is left behind.
        requires_grad: whether it is tracked.

    Raises:
        RuntimeError: if an integral tensor is to be tracked.
    """

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    _mark = "_is_param"

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """Make the parameter; of an instance of a subclass of Tensor, that subclass with a mark."""
        if data is None:
            data = _empty()
        if type(data) in (Tensor, Parameter):
            new = _alias(data, cls)
            if requires_grad and new._dtype not in DIFFERENTIABLE:
                raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
            new._requires_grad = requires_grad
            return new
        marked = data.detach().requires_grad_(requires_grad)
        marked._is_param = True
        return marked

    def __deepcopy__(self, memo: dict) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(wrap(self._array.copy(order="K"), self._dtype), self._requires_grad)
        return memo[id(self)]

    def __repr__(self) -> str:
        return f"Parameter containing:\n{tensor_repr(self)}"


def _alias(data: Tensor, cls: type[Tensor]) -> Any:
    """An untracked leaf of this class with the memory and the version counter of ``data``."""
    shared = same_memory(data, None)
    new = wrap(shared._array, shared._dtype, cls)
    new._counter = shared._counter
    if data._extra is not None and data._extra.wrapped is not None:
        new.extra().wrapped = data._extra.wrapped
    return new


class Buffer(Tensor, metaclass=_Marked):
    """A tensor that a module registers as a buffer when it is assigned as an attribute.

    The result is a plain Tensor with a mark: ``isinstance`` knows it as a Buffer.

    Args:
        data: the elements, whose memory the buffer shares.
        persistent: whether the module's state dict has it.
    """

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    _mark = "_is_buffer"

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = _empty()
        new = data.detach().requires_grad_(data.requires_grad)
        new.persistent = persistent
        new._is_buffer = True
        return new

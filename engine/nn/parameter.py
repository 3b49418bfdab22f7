"""Parameters and buffers: the tensors that a module knows by name.

Source: ``torch.nn.parameter``.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np

from .. import dtypes
from ..autograd.saved import same_memory
from ..declare.registry import OVERLOADS
from ..dispatch.overrides import disabled_torch_function
from ..dtypes import DIFFERENTIABLE
from ..naming import class_named, torchs_name
from ..ops.creation import empty
from ..printing import tensor_repr
from ..tensor import Tensor, counter_of_detached, wrap
from ..tensor_base import INFERENCE, InferenceCounter, TensorMeta


class _ParameterMeta(TensorMeta):
    """A class to which also the tensors belong that carry its mark: it keeps their own class visible."""

    __module__ = "torch.nn.parameter"

    def __instancecheck__(cls, instance: Any) -> bool:
        mark = cls.__dict__.get("_mark")
        return super().__instancecheck__(instance) or (
            mark is not None and isinstance(instance, Tensor) and mark in instance.__dict__
        )


def _empty() -> Tensor:
    d = dtypes.default_dtype()
    return wrap(np.empty(0, d.numpy), d)


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A leaf that a module registers when it is assigned as an attribute.

    Args:
        data: the elements, whose memory the parameter shares; their history is left behind.
        requires_grad: whether it is tracked.

    Raises:
        RuntimeError: if an integral tensor is to be tracked.
    """

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    __torch_function__ = disabled_torch_function
    _mark = "_is_param"

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """Make the parameter; of an instance of a subclass of Tensor, that subclass with a mark."""
        if data is None:
            data = _empty()
        if type(data) in (Tensor, Parameter):
            new = _alias(data, cls)
            if requires_grad and new._dtype not in DIFFERENTIABLE:
                raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
            if requires_grad and isinstance(new._counter, InferenceCounter) and not INFERENCE.get():
                raise RuntimeError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
                )
            new._requires_grad = requires_grad
            return new
        marked = data.detach().requires_grad_(requires_grad)
        marked._is_param = True
        return marked

    def __deepcopy__(self, memo: dict) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(wrap(self._array.copy(order="K"), self._dtype), self._requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple:
        """As one that is made of its elements, of which ``copy.copy`` shares the memory but not the version."""
        made = _rebuild_parameter, (self.data, self._requires_grad)
        return (*made, self.__dict__) if self.__dict__ else made

    def __repr__(self, tensor_contents: str | None = None) -> str:
        return f"Parameter containing:\n{tensor_repr(self)}"


def _rebuild_parameter(data: Tensor, requires_grad: bool) -> Parameter:
    return Parameter(data, requires_grad)


def _alias(data: Tensor, cls: type[Tensor]) -> Any:
    """An untracked leaf of this class with the memory and the version counter of ``data``."""
    shared = same_memory(data, None)
    new = wrap(shared._array, shared._dtype, cls)
    new._counter = counter_of_detached(data) if isinstance(data._counter, InferenceCounter) else shared._counter
    if data._extra is not None and data._extra.wrapped is not None:
        new._make_extra().wrapped = data._extra.wrapped
    return new


class _BufferMeta(_ParameterMeta):
    """The same for buffers."""

    __module__ = "torch.nn.parameter"


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a module registers as a buffer when it is assigned as an attribute.

    The result is a plain Tensor with a mark: ``isinstance`` knows it as a Buffer.

    Args:
        data: the elements, whose memory the buffer shares.
        persistent: whether the module's state dict has it.
    """

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    __torch_function__ = disabled_torch_function
    _mark = "_is_buffer"

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = _empty()
        new = data.detach().requires_grad_(data.requires_grad)
        new.persistent = persistent
        new._is_buffer = True
        return new


_TAKEN = (
    "size", "is_complex", "is_floating_point", "half", "float", "double", "char", "short", "int", "long", "cuda", "cpu",
    "to", "get_device",
)  # fmt: skip
"""The methods that a tensor has whose shape is not known yet: they are those of an empty one."""
_OPERATORS = {"__truediv__": "div", "__rtruediv__": "div", "__rsub__": "sub"}
"""The methods that operators are, where they have another name."""


class UninitializedTensorMixin:
    """A tensor that waits for its shape: it can be converted and materialised, and nothing else."""

    __module__ = "torch.nn.parameter"

    __slots__ = ()
    cls_to_become: type[Tensor]
    _dtype: Any

    def materialize(self: Any, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a tensor of this shape, with whatever its memory holds."""
        self.data = empty(shape, device=device or self.device, dtype=dtype or self.dtype)
        self.__class__ = self.cls_to_become

    @property
    def device(self: Any) -> Any:
        """Where it will be."""
        return wrap(Tensor._array.__get__(self), self._dtype).device  # type: ignore[attr-defined]

    @property
    def data(self) -> Tensor:
        """An empty tensor of the dtype that it will have; conversions replace it."""
        return empty(0, dtype=self._dtype, device=self.device)

    @data.setter
    def data(self: Any, value: Tensor) -> None:
        self._array, self._dtype = value._array, value._dtype

    @property
    def _array(self) -> np.ndarray:
        raise _unknown(
            type(self), f"<built-in method {_outermost(sys._getframe(1))} of type object at {id(Tensor):#x}>"
        )

    @_array.setter
    def _array(self, value: np.ndarray) -> None:
        Tensor._array.__set__(self, value)  # type: ignore[attr-defined]

    @property
    def shape(self) -> Any:
        """None yet.

        Raises:
            RuntimeError: as there is none.
        """
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    @property
    def ndim(self) -> int:
        """That of an empty tensor."""
        return 1

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Take over that nothing is known yet."""
        return self

    def share_memory_(self) -> None:
        """Refused.

        Raises:
            RuntimeError: as there is no memory.
        """
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters "
            "before calling `module.share_memory()`."
        )

    def __repr__(self, *_: Any, **__: Any) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        return _of_class_named, (torchs_name(type(self)), self.requires_grad)

    def __deepcopy__(self: Any, memo: dict) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


def _of_class_named(name: str, requires_grad: bool) -> Any:
    return class_named(name)(requires_grad)


def _outermost(frame: Any) -> str:
    """The function of the engine that was called from outside, in the frames below this one."""
    here = __name__.partition(".")[0]
    name = ""
    while frame is not None and str(frame.f_globals.get("__name__", here)).partition(".")[0] == here:
        if frame.f_code.co_name != "_uncompiled":  # what a function is before its first call
            name = frame.f_code.co_name
        frame = frame.f_back
    return name


def _unknown(cls: type, function: str) -> ValueError:
    return ValueError(
        f"Attempted to use an uninitialized parameter in {function}. This error happens when you are using a "
        f"`LazyModule` or explicitly manipulating `torch.nn.parameter.{cls.__name__}` objects. When using LazyModules "
        "Call `forward` with a dummy batch to initialize the parameters before calling torch functions"
    )


def _refusing(name: str) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise _unknown(type(self), f"<method '{name}' of 'torch._C.TensorBase' objects>")

    return call


def _of_empty(name: str) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.data, name)(*args, **kwargs)

    return call


@functools.cache
def _give_methods() -> None:
    """Let the class have all of Tensor's methods and operators: those that are taken, and all others refused.

    Done when the first tensor of the kind is made: then all operations are declared.
    """
    for name in dir(Tensor):
        operator = _OPERATORS.get(name) or name.strip("_").removeprefix("r")
        if name in _TAKEN:
            setattr(UninitializedTensorMixin, name, _of_empty(name))
        elif name in vars(UninitializedTensorMixin):
            continue
        elif not name.startswith("_") and callable(getattr(Tensor, name)):
            setattr(UninitializedTensorMixin, name, _refusing(name))
        elif name.startswith("__") and operator in OVERLOADS and name != "__hash__":
            setattr(UninitializedTensorMixin, name, _refusing(operator))


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known yet; operations refuse it."""

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    __torch_function__ = disabled_torch_function
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        _give_methods()
        new = _alias(empty(0, device=device, dtype=dtype), cls)
        new._requires_grad = requires_grad
        return new


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape is not known yet; operations refuse it."""

    __slots__ = ()
    __module__ = "torch.nn.parameter"
    __torch_function__ = disabled_torch_function
    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        _give_methods()
        new = _alias(empty(0, device=device, dtype=dtype), cls)
        new._requires_grad = requires_grad
        new.persistent = persistent
        new._is_buffer = True
        return new


def is_lazy(param: Any) -> bool:
    """Whether it is a parameter or buffer whose shape is not known yet."""
    return isinstance(param, UninitializedTensorMixin)

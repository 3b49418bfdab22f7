"""What older code uses: ``Variable``, typed constructors such as ``FloatTensor``, type names.

Source: ``torch.autograd.Variable``, and "Tensor class reference" of torch's documentation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .dtypes import DIFFERENTIABLE, dtype
from .ops.creation import NOT_DIFFERENTIABLE, _size, build
from .tensor import Tensor, wrap
from .warning import warn

_BY_NAME = {f"torch.{d.scalar_type}Tensor": d for d in dtypes.DTYPES}


def dtype_of_name(name: str) -> dtype:
    """The dtype of a type name such as ``torch.FloatTensor``.

    Raises:
        ValueError: for a name that torch does not have.
    """
    if name == "torch.Tensor":
        return dtypes.default_dtype()
    if name not in _BY_NAME:
        raise ValueError(f"invalid type: '{name}'")
    return _BY_NAME[name]


def construct(name: str, d: dtype, args: tuple[Any, ...]) -> Tensor:
    """A tensor from data or from sizes, as the constructors of types take them."""
    if not args:
        return wrap(np.zeros(0, d.numpy), d)
    first = args[0]
    if len(args) == 1 and isinstance(first, Tensor):
        if first._dtype is not d:
            raise TypeError(f"expected {_type_name(d)} (got {_type_name(first._dtype)})")
        return first.detach()
    if len(args) == 1 and type(first).__name__ == "Size":
        return wrap(np.zeros(first, d.numpy), d)
    if len(args) == 1 and not isinstance(first, int):
        if isinstance(first, str):
            raise TypeError("new(): invalid data type 'str'")
        if isinstance(first, (float, complex)):
            raise TypeError(f"new(): data must be a sequence (got {type(first).__name__})")
        array, _ = build(first, d)
        return wrap(array, d)
    return wrap(np.zeros(_size("new", args), d.numpy), d)


def _type_name(d: dtype) -> str:
    return f"torch.{d.scalar_type}Tensor"


class tensortype(type):
    """The type of the typed constructors: a tensor is an instance of the one of its dtype."""

    def __new__(mcs, name: str, d: dtype) -> tensortype:
        made = super().__new__(mcs, name, (), {"__module__": "torch", "dtype": d, "is_cuda": False})
        return made

    def __init__(cls, name: str, d: dtype) -> None:
        super().__init__(name, (), {})

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        return construct(cls.__name__, cls.dtype, args)  # type: ignore[attr-defined]

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance._dtype is cls.dtype  # type: ignore[attr-defined]


FloatTensor = tensortype("FloatTensor", dtypes.float32)
DoubleTensor = tensortype("DoubleTensor", dtypes.float64)
HalfTensor = tensortype("HalfTensor", dtypes.float16)
BFloat16Tensor = tensortype("BFloat16Tensor", dtypes.bfloat16)
ByteTensor = tensortype("ByteTensor", dtypes.uint8)
CharTensor = tensortype("CharTensor", dtypes.int8)
ShortTensor = tensortype("ShortTensor", dtypes.int16)
IntTensor = tensortype("IntTensor", dtypes.int32)
LongTensor = tensortype("LongTensor", dtypes.int64)
BoolTensor = tensortype("BoolTensor", dtypes.bool_)


def _new(cls: type[Tensor], *args: Any, **keywords: Any) -> Tensor:
    """``torch.Tensor(...)``: of the default float, from data or from sizes."""
    made = construct("Tensor", dtypes.default_dtype(), args)
    return wrap(made._array, made._dtype, cls)


Tensor.__new__ = _new  # type: ignore[method-assign]
Tensor.new = lambda self, *args: construct("new", self._dtype, args)


def set_default_tensor_type(t: Any) -> None:
    """Set the dtype of tensors built from Python floats, by a type or its name; deprecated."""
    warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        once=True,
    )
    dtypes.set_default_dtype(dtype_of_name(t) if isinstance(t, str) else t.dtype)


class VariableMeta(type):
    """``isinstance(t, Variable)`` holds for every tensor."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=VariableMeta):
    """``Variable(t, requires_grad=True)`` makes a leaf that shares the memory of ``t``; any tensor is one.

    Raises:
        TypeError: if ``data`` is not a tensor.
        RuntimeError: if an integral tensor should require grad.
    """

    __module__ = "torch.autograd"

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if data is None:
            return wrap(np.zeros(0, dtypes.default_dtype().numpy), dtypes.default_dtype())
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if volatile:
            if requires_grad:
                raise ValueError("Variable can't be volatile and require_grad at the same time!")
            warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")
        if requires_grad and data._dtype not in DIFFERENTIABLE:
            raise RuntimeError(NOT_DIFFERENTIABLE)
        if data._counter is None:
            data._counter = [0]
        made = wrap(data._array, data._dtype)
        made._counter = data._counter
        made._requires_grad = bool(requires_grad)
        return made

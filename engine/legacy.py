"""What older code uses: ``Variable``, typed constructors such as ``FloatTensor``, type names.

Source: ``torch.autograd.Variable``, and "Tensor class reference" of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from . import dtypes
from .autograd.backward import current_pass
from .device import device
from .dispatch.arguments import invalid_of
from .dtypes import DIFFERENTIABLE, dtype
from .layout import Size
from .ops.creation import check_sizes
from .ops.data import NOT_DIFFERENTIABLE, build, is_sequence, sizes
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


def typename(obj: Any) -> str:
    """The name of an object's type; of a class or a function, its own name.

    Source: ``torch.typename``.
    """
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = named.__module__
    return named.__qualname__ if module in (None, "builtins") else f"{module}.{named.__qualname__}"


def construct(d: dtype, args: tuple[Any, ...], *, any_dtype: bool = False) -> Tensor:
    """A tensor from data or from sizes, as the constructors of types take them.

    Args:
        d: the dtype.
        args: the constructor's.
        any_dtype: keep the dtype of a tensor that is given.
    """
    if not args:
        return wrap(np.zeros(0, d.numpy), d)
    first = args[0]
    if len(args) > 1 or isinstance(first, Size) or (isinstance(first, int) and not isinstance(first, bool)):
        size = sizes(*args)
        check_sizes(size)
        return wrap(np.zeros(size, d.numpy), d)
    if isinstance(first, Tensor):
        if first._dtype is not d and not any_dtype:
            raise TypeError(f"expected {_options(d)} (got {_options(first._dtype)})")
        return first.detach()
    if isinstance(first, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(first).__name__}'")
    if not is_sequence(first):
        raise TypeError(f"new(): data must be a sequence (got {type(first).__name__})")
    return wrap(*build(first, d))


_FORMS = (
    "(*, torch.device device = None)", "(torch.Storage storage)", "(Tensor other)",
    "(tuple of ints size, *, torch.device device = None)", "(object data, *, torch.device device = None)",
)  # fmt: skip
"""What the constructors of types take."""


def _check_keywords(args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    if not keywords.keys() <= {"device"}:
        raise TypeError(invalid_of("new", _FORMS, args, keywords))
    if keywords and keywords["device"] is not None and (kind := device(keywords["device"]).type) != "cpu":
        raise RuntimeError(f"legacy constructor expects device type: cpu but device type: {kind} was passed")


def _options(d: dtype) -> str:
    return (
        f"TensorOptions(dtype={d.c_name}, device=cpu, layout=Strided, requires_grad=false (default), "
        "pinned_memory=false (default), memory_format=(nullopt))"
    )


class tensortype(type):
    """The type of the typed constructors: a tensor is an instance of the one of its dtype."""

    __module__ = "torch"

    def __new__(mcs, name: str, d: dtype) -> tensortype:
        made = super().__new__(mcs, name, (), {"__module__": "torch", "dtype": d, "is_cuda": False})
        return made

    def __init__(cls, name: str, d: dtype) -> None:
        super().__init__(name, (), {})

    def __call__(cls, *args: Any, **keywords: Any) -> Tensor:
        _check_keywords(args, keywords)
        return construct(cls.dtype, args)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance._dtype is cls.dtype


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
    _check_keywords(args, keywords)
    made = construct(dtypes.default_dtype(), args, any_dtype=True)
    return wrap(made._array, made._dtype, cls)


Tensor.__new__ = _new  # type: ignore[assignment]


def _like(self: Tensor, *args: Any, **keywords: Any) -> Tensor:
    """Of the tensor's dtype, from data or from sizes."""
    _check_keywords(args, keywords)
    return construct(self._dtype, args)


Tensor.new = _like


def set_default_tensor_type(t: Any) -> None:
    """Set the dtype of tensors built from Python floats, by a type or its name; deprecated.

    Raises:
        AttributeError: for a name that torch does not have.
        TypeError: if it is no type of tensors, or none of a floating dtype.
    """
    if isinstance(t, str) and t not in _BY_NAME:
        module, dot, name = t.rpartition(".")
        found = import_module((module or name).replace("torch", __name__.partition(".")[0], 1))
        t = getattr(found, name) if dot else found
    warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        once=True,
    )
    if not isinstance(t, (str, tensortype)):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    dtypes.set_default_dtype(dtype_of_name(t) if isinstance(t, str) else t.dtype)


_NO_VOLATILE = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."
_NO_REINFORCE = """\
reinforce() was removed.
Use torch.distributions instead.
See https://pytorch.org/docs/main/distributions.html

Instead of:

probs = policy_network(state)
action = probs.multinomial()
next_state, reward = env.step(action)
action.reinforce(reward)
action.backward()

Use:

probs = policy_network(state)
# NOTE: categorical is equivalent to what used to be called multinomial
m = torch.distributions.Categorical(probs)
action = m.sample()
next_state, reward = env.step(action)
loss = -m.log_prob(action) * reward
loss.backward()
"""


def _volatile(self: Tensor) -> bool:
    """False: `no_grad` does what this attribute did."""
    warn("volatile was removed (Variable.volatile is always False)")
    return False


def _set_volatile(self: Tensor, value: object) -> None:
    warn(_NO_VOLATILE)


def _reinforce(self: Tensor, reward: object) -> None:
    """Removed from torch, which still has the name.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError(_NO_REINFORCE)


Tensor.volatile = property(_volatile, _set_volatile)
Tensor.reinforce = _reinforce


def _resize(self: Tensor, *sizes: Any) -> Tensor:
    """A view in another shape of as many elements; deprecated.

    Raises:
        RuntimeError: for a shape of more or fewer elements.
    """
    warn("non-inplace resize is deprecated")
    return _resized(self, sizes)


def _resize_as(self: Tensor, tensor: Tensor) -> Tensor:
    """A view in the shape of another tensor of as many elements; deprecated.

    Raises:
        RuntimeError: if that has more or fewer elements.
    """
    warn("non-inplace resize_as is deprecated")
    return _resized(self, tensor.shape)


def _resized(self: Tensor, sizes: tuple[Any, ...]) -> Tensor:
    count: Any = 1
    for n in sizes:
        count = count * n
    if count != self.numel():
        own = "x".join(map(str, self.shape))
        raise RuntimeError(
            f"requested resize to {'x'.join(map(str, sizes))} ({count} elements in total), but the given tensor has a "
            f"size of {own} ({self.numel()} elements). autograd's resize can only change the shape of a given tensor, "
            "while preserving the number of elements. "
        )
    return self.view(sizes)


Tensor.resize, Tensor.resize_as = _resize, _resize_as


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
            warn(_NO_VOLATILE)
            if requires_grad:
                raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if requires_grad and data._dtype not in DIFFERENTIABLE:
            raise RuntimeError(NOT_DIFFERENTIABLE)
        if data._counter is None:
            data._counter = [0]
        made = wrap(data._array, data._dtype)
        made._counter = data._counter
        made._requires_grad = bool(requires_grad)
        return made


class _EngineBase:
    """What runs backward passes, by the name under which programs reach it."""

    __module__ = "torch._C"

    def queue_callback(self, callback: Callable[[], Any]) -> None:
        """Call this when the pass that is running is over.

        Raises:
            RuntimeError: outside of one.
        """
        try:
            running = current_pass()
        except LookupError:
            raise RuntimeError("Final callbacks can only be installed during backward pass.") from None
        running.at_end(callback)


setattr(Variable, "_execution_engine", _EngineBase())  # noqa: B010

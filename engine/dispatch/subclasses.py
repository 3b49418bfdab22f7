"""Operations on tensors of classes that have ``__torch_dispatch__``: what such a class makes of them.

A call comes here after autograd, and instead of the kernel: the class gets the operation, as ``torch.ops.aten`` has it,
with its arguments, and gives its results, of which the graph is then recorded.  A *wrapper* is a tensor of such a class
that keeps its elements in attributes of its own (``opaque_array.py``).

Source: "Extending torch native API" in torch's notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.modes import FORMULA, GRAD
from ..device import device as Device
from ..dtypes import DIFFERENTIABLE, default_dtype, dtype
from ..layout import strided
from ..opaque_array import hollow
from ..tensor import Tensor, wrap
from .arguments import given
from .devices import tensors
from .overrides import NO_DISPATCH, Unclaimed, has_dispatch

if TYPE_CHECKING:
    from ..declare.op import Op


def dispatching(values: Sequence[Any]) -> list[Tensor]:
    """One tensor for each class among the values that decides, subclasses before their bases."""
    if NO_DISPATCH.get():
        return []
    found: list[Tensor] = []
    for one in tensors(values):
        if has_dispatch(type(one)) and type(one) not in map(type, found):
            place = next((i for i, other in enumerate(found) if isinstance(one, type(other))), len(found))
            found.insert(place, one)
    return found


def dispatched(takers: Sequence[Tensor], op: Op, values: Sequence[Any]) -> list[Tensor]:
    """The results that a class gives of an operation.

    Raises:
        TypeError: if all return NotImplemented, or the result is no tensor.
    """
    types: tuple[Any, ...] = tuple(map(type, takers))
    for kind in types:
        found = asked(kind.__torch_dispatch__, types, op, values)
        if found is not NotImplemented:
            return found
    raise unclaimed(op, [f"tensor subclass {kind}" for kind in types])


def unclaimed(op: Op, takers: Sequence[str]) -> TypeError:
    """The error for an operation of which none of these makes anything."""
    lines = "\n".join(f"  - {one}" for one in takers)
    return Unclaimed(
        f"Multiple dispatch failed for 'torch._ops.{overload_of(op)}'; all __torch_dispatch__ handlers returned "
        f"NotImplemented:\n\n{lines}\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


def asked(handler: Callable[..., Any], types: tuple[type, ...], op: Op, values: Sequence[Any]) -> Any:
    """The results that a ``__torch_dispatch__`` gives, unrecorded; or NotImplemented."""
    args, kwargs = given(op, [_number_of(value) for value in values])
    by_number = FORMULA.get() and len(values) > 1 and isinstance(values[1], (int, float, complex))
    tokens = [(mode, mode.set(False)) for mode in (GRAD, FORMULA)]
    try:
        found = handler(overload_of(op, by_number=by_number), types, args, kwargs)
    finally:
        for mode, token in tokens:
            mode.reset(token)
    if found is NotImplemented:
        return found
    return [values[0]] if op.schema.name.endswith("_") else _fresh(found, values)


def _number_of(value: Any) -> Any:
    """The number that a node has saved, for the tensor that stands for it in a formula."""
    number = getattr(value._extra, "number", None) if isinstance(value, Tensor) else None
    return value if number is None else number


def overload_of(op: Op, *, by_number: bool = False) -> Any:
    """The operation as ``torch.ops`` has it; the overload that takes a number, where torch's own code gives one."""
    from ..library import native_overload

    return native_overload(op, by_number=by_number)


def _fresh(found: Any, values: Sequence[Any]) -> list[Tensor]:
    """The results as tensors that nothing else holds: what was given would get the history of the result."""
    results = [*found] if isinstance(found, (tuple, list)) else [found]
    known = {id(one) for one in tensors(values)}
    return [
        one._detached() if isinstance(one, Tensor) and (id(one) in known or one.requires_grad) else one
        for one in results
    ]


# Tensors of such classes.


def make_wrapper_subclass(
    cls: type[Tensor], size: Sequence[int], strides: Sequence[int] | None = None, storage_offset: int | None = None,
    memory_format: Any = None, dtype: dtype | None = None, layout: Any = strided, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, dispatch_sizes_strides_policy: str | None = None,
    dispatch_device: bool = False, dispatch_layout: bool = False,
) -> Any:  # fmt: skip
    """A tensor of a class with ``__torch_dispatch__``: a shape, a dtype, a device and a layout, but no elements.

    Raises:
        TypeError: for a class without ``__torch_dispatch__``.
        RuntimeError: for an integer tensor that requires gradients.
    """
    if not has_dispatch(cls):
        raise TypeError(f"{cls.__name__} must define __torch_dispatch__")
    d = dtype or default_dtype()
    steps = None if strides is None else [step * d.itemsize for step in strides]
    array = hollow(size, d.numpy, steps)
    array.cls, array.kept = cls, {}
    array.where, array.layout = Device("cpu") if device is None else Device(device), layout
    new: Any = wrap(array, d)
    array.kept = new.__dict__
    return _requiring(new, requires_grad)


def make_subclass(cls: type[Tensor], data: Tensor, require_grad: bool = False) -> Any:
    """A tensor of a subclass with the elements of another, and no history."""
    found = data._detached()
    new = wrap(found._array, found._dtype, cls)
    new._counter = found._counter
    return _requiring(new, require_grad)


def _requiring(new: Tensor, requires_grad: bool) -> Tensor:
    if requires_grad:
        if new._dtype not in DIFFERENTIABLE:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        new._requires_grad = True
    return new


Tensor._make_wrapper_subclass = staticmethod(make_wrapper_subclass)
Tensor._make_subclass = staticmethod(make_subclass)

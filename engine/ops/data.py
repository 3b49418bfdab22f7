"""Tensors from Python's numbers and sequences, from NumPy's arrays, and from other tensors.

Source: "Creation Ops" of torch's reference; what is an element and what a sequence was observed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import index
from typing import Any

import numpy as np

from .. import dtypes
from ..declare.op import op
from ..device import CPU, DEFAULT, META, to_device
from ..dispatch.arguments import type_name
from ..dispatch.slow import cast
from ..dtypes import DIFFERENTIABLE, FROM_NUM, dtype
from ..layout import keep_size
from ..meta import MetaArray, without_elements
from ..tensor import NO_DATA, Tensor, wrap
from ..warning import warn
from .detaching import lifted

NOT_DIFFERENTIABLE = "Only Tensors of floating point and complex dtype can require gradients"
MAX_DIMS = 128


def _leaf(array: np.ndarray, d: dtype, requires_grad: bool) -> Tensor:
    result = wrap(array, d)
    if requires_grad:
        if d not in DIFFERENTIABLE:
            raise RuntimeError(NOT_DIFFERENTIABLE)
        result._requires_grad = True
    return result


# What Python data is.


def is_sequence(value: Any) -> bool:
    """Whether torch looks into this value for elements."""
    if isinstance(value, (list, tuple, range, np.ndarray)):
        return not isinstance(value, np.ndarray) or value.ndim > 0
    if isinstance(value, (Tensor, dict, set, frozenset, np.generic)):
        return False
    return hasattr(value, "__getitem__") and hasattr(value, "__len__")


def infer_dtype(data: Any) -> dtype:
    """The dtype of a tensor built from Python data: of its widest element.

    Raises:
        TypeError: for text.
        RuntimeError: if an element is not a number.
    """
    if isinstance(data, Tensor):
        return data._dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return from_numpy_dtype(data.dtype)
    if isinstance(data, (bool, int, float, complex)):
        return dtypes.of_scalar(data)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if is_sequence(data):
        found = None
        for one in data:
            inner = infer_dtype(one)
            found = inner if found is None else dtypes.promote_types(found, inner)
            if found is dtypes.complex128:
                break
        return found or dtypes.default_dtype()
    raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def from_numpy_dtype(storage: np.dtype) -> dtype:
    """The dtype of a NumPy array.

    Raises:
        TypeError: for those that torch does not have.
        ValueError: for those of another byte order.
    """
    if storage.num not in FROM_NUM:
        raise TypeError(
            f"can't convert np.ndarray of type {storage.type.__module__}.{storage.type.__name__}. The only supported "
            "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
            "uint16, uint8, and bool."
        )
    if not storage.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    return FROM_NUM[storage.num]


def _shape_of(data: Any) -> tuple[int, ...]:
    """The shape of nested sequences, by their first elements."""
    shape: list[int] = []
    while is_sequence(data):
        shape.append(len(data))
        if len(shape) > MAX_DIMS:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        if not len(data):
            break
        data = data[0]
    return tuple(shape)


def _elements(data: Any, shape: Sequence[int], dim: int = 0) -> Iterator[Any]:
    """The elements in order.

    Raises:
        TypeError: where an element stands among sequences.
        ValueError: for sequences of unequal lengths.
    """
    if dim == len(shape):
        yield data
        return
    if not is_sequence(data):
        raise TypeError("not a sequence")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    if dim + 1 == len(shape):
        yield from data
    else:
        for one in data:
            yield from _elements(one, shape, dim + 1)


def build(data: Any, d: dtype | None) -> tuple[np.ndarray, dtype]:
    """The array and dtype of a tensor with a copy of the data.

    Raises:
        ValueError: for sequences of unequal lengths.
        TypeError, RuntimeError: for elements that are not numbers, or that the dtype cannot hold.
    """
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, Tensor):
        chosen = d or data._dtype
        return cast(data._array, chosen.numpy).copy(), chosen
    if not isinstance(data, (np.ndarray, list, tuple)) and hasattr(data, "__array__"):
        data = np.asarray(data)
    if isinstance(data, np.ndarray):
        source = from_numpy(data)
        chosen = d or source._dtype
        return np.array(cast(source._array, chosen.numpy), chosen.numpy), chosen
    shape = _shape_of(data)
    chosen = d or infer_dtype(data)
    if 0 in shape:
        return np.zeros(shape, chosen.numpy), chosen
    if isinstance(data, (list, tuple)) and any(isinstance(one, np.ndarray) for one in data):
        warn(
            "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to "
            "a single numpy.ndarray with numpy.array() before converting to a tensor.",
            once=True,
        )
    flat = [one if one.__class__ in _PLAIN else _plain(one, chosen) for one in _elements(data, shape)]
    return _store(flat, chosen).reshape(shape), chosen


_PLAIN = frozenset({bool, int, float, complex})


def _plain(element: Any, d: dtype) -> complex:
    """An element that is not of Python's own types, as a number.

    Raises:
        TypeError: if it is none.
    """
    if isinstance(element, (Tensor, np.generic, np.ndarray)):
        if d.category == dtypes.INTEGRAL and not isinstance(element, np.generic):
            return element.__index__()
        return element._python_number() if isinstance(element, Tensor) else element.item()
    if isinstance(element, (bool, int, float, complex)):
        return element
    name = type(element).__name__
    raise TypeError(
        f"'{name}' object cannot be interpreted as an integer"
        if d.category <= dtypes.INTEGRAL
        else f"must be real number, not {name}"
    )


def _store(flat: list[Any], d: dtype) -> np.ndarray:
    """The numbers as an array; where C++ converts, so does this.

    Raises:
        TypeError: for complex numbers in another dtype.
        RuntimeError, ValueError, OverflowError: for numbers that the dtype cannot hold.
    """
    kinds = set(map(type, flat))
    if d is dtypes.bool_:
        return np.array([bool(one) for one in flat])
    if complex in kinds and not d.is_complex:
        raise TypeError(
            "'complex' object cannot be interpreted as an integer"
            if d.category == dtypes.INTEGRAL
            else "must be real number, not complex"
        )
    if d.category == dtypes.INTEGRAL:
        return _store_integers(flat, d)
    wide = np.array(flat, np.complex128 if d.is_complex else np.float64)
    with np.errstate(all="ignore"):
        if d.itemsize == 2:  # by way of float32, as C++ does
            wide = wide.astype(np.float32)
        return dtypes.stored(wide, d.numpy)


def _store_integers(flat: list[Any], d: dtype) -> np.ndarray:
    if d is dtypes.uint64:
        for one in flat:
            if one < 0:
                raise OverflowError("can't convert negative int to unsigned")
            if one >= 2**64:
                raise OverflowError("int too big to convert")
        return np.array([int(one) for one in flat], np.uint64)
    try:
        wide = np.array([one if one.__class__ is float else int(one) for one in flat])
        whole = wide if wide.dtype.kind != "O" else None
    except OverflowError:
        whole = None
    if whole is None or whole.dtype == np.uint64:
        raise ValueError("Overflow when unpacking long long")
    bounds = np.iinfo(d.numpy)
    floats = [one for one in flat if one.__class__ is float]
    low = bounds.min if bounds.min else -bounds.max
    fits = all(bounds.min <= one <= bounds.max for one in floats) and np.all((whole >= low) & (whole <= bounds.max))
    if not fits:
        raise RuntimeError(f"value cannot be converted to type {d!r} without overflow".replace("torch.", ""))
    return np.trunc(whole).astype(np.int64).astype(d.numpy) if floats else whole.astype(d.numpy)


# The functions.


def _tensor(data: Any, dtype: dtype | None, device: Any, pin_memory: bool, requires_grad: bool) -> Tensor:
    on = to_device(device, _own_device(data))
    if isinstance(data, Tensor):
        _recommend_clone("torch.tensor(sourceTensor)")
    return lifted(_leaf(*_placed(data, dtype, on), requires_grad))


def _own_device(data: Any) -> Any:
    """That of a tensor; but a default device, if one is set, counts as asked for."""
    return data.device if isinstance(data, Tensor) and DEFAULT.get() is CPU else None


def _placed(data: Any, d: dtype | None, on: Any) -> tuple[np.ndarray, dtype]:
    """As ``build``, on a device."""
    array, d = build(data, d)
    if isinstance(array, MetaArray) and on is not META:
        raise NotImplementedError(NO_DATA)
    return (without_elements(array) if on is META else array), d


def _recommend_clone(call: str) -> None:
    warn(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
        f"sourceTensor.detach().clone().requires_grad_(True), rather than {call}."
    )


tensor = op(
    "tensor(Any data, *, ScalarType? dtype=None, Device? device=None, bool pin_memory=False, bool requires_grad=False)"
    " -> Tensor",
    composite=_tensor, native=False, method=False,
)  # fmt: skip


def _new_tensor(self: Tensor, data: Any, dtype: dtype | None, device: Any, requires_grad: bool) -> Tensor:
    on = to_device(device, data.device if isinstance(data, Tensor) else self.device)
    if isinstance(data, Tensor):
        _recommend_clone("tensor.new_tensor(sourceTensor)")
    return _leaf(*_placed(data, dtype or self._dtype, on), requires_grad)


op(
    "new_tensor(Tensor self, Any data, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False)"
    " -> Tensor",
    composite=_new_tensor, native=False,
)  # fmt: skip


def _as_tensor(data: Any, dtype: dtype | None, device: Any) -> Tensor:
    on = to_device(device, _own_device(data))
    if isinstance(data, Tensor):
        return data.to(on, dtype)
    if isinstance(data, np.ndarray) and on is not META and (dtype is None or dtype.numpy == data.dtype):
        return from_numpy(data)
    return lifted(wrap(*_placed(data, dtype, on)))


as_tensor = op(
    "as_tensor(Any data, *, ScalarType? dtype=None, Device? device=None) -> Tensor", composite=_as_tensor,
    native=False, method=False,
)  # fmt: skip


def _asarray(obj: Any, dtype: dtype | None, device: Any, copy: bool | None, requires_grad: bool | None) -> Tensor:
    if copy is False:
        _check_alias(obj, dtype)
    if isinstance(obj, Tensor) and requires_grad is None and obj.requires_grad:
        warn(
            "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass "
            "requires_grad=False explicitly to get the old behavior and silence this warning.",
            once=True,
        )
    found = _as_tensor(obj, dtype, device)
    if copy and found._array is getattr(obj, "_array", obj):
        found = found.clone()
    if requires_grad is False and found.requires_grad:
        return found.detach()
    if requires_grad and not found.requires_grad:
        return _leaf(found._array, found._dtype, True)
    return found


def _check_alias(obj: Any, d: dtype | None) -> None:
    if not isinstance(obj, (Tensor, np.ndarray)):
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    own = obj._dtype if isinstance(obj, Tensor) else from_numpy_dtype(obj.dtype)
    if d is not None and d is not own:
        raise ValueError(f"can't alias tensor with dtype '{own.scalar_type}' into dtype '{d.scalar_type}'.")


asarray = op(
    "asarray(Any obj, *, ScalarType? dtype=None, Device? device=None, bool? copy=None, bool? requires_grad=None)"
    " -> Tensor",
    composite=_asarray, native=False, method=False,
)  # fmt: skip


def from_numpy(ndarray: np.ndarray, /) -> Tensor:
    """A tensor that shares the array's memory.

    Raises:
        TypeError: for anything but an array, and for dtypes that torch does not have.
        ValueError: for arrays with negative strides or of another byte order.

    Source: ``torch.from_numpy``.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type_name(ndarray)})")
    d = from_numpy_dtype(ndarray.dtype)
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    if not ndarray.flags.writeable:
        warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor. This type of warning will be suppressed for "
            "the rest of this program.",
            once=True,
        )
    keep_size(ndarray)
    return lifted(wrap(np.asarray(ndarray), d))


def _array_wrap(self: Tensor, array: np.ndarray) -> Tensor:
    """What NumPy's functions give for a tensor, as a tensor again.

    It takes neither ``context`` nor ``return_scalar``, of which NumPy warns; and truth values become ``uint8``: both as
    torch's.
    """
    return from_numpy(array.astype(np.uint8) if array.dtype == np.bool_ else array)


Tensor.__array_wrap__ = _array_wrap


def frombuffer(buffer: Any, *, dtype: dtype, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor of one dimension that shares the memory of an object with Python's buffer protocol.

    Args:
        buffer: the object.
        dtype: of the tensor.
        count: the number of elements; with -1, as many as there are.
        offset: bytes to skip.
        requires_grad: as of other constructors.

    Raises:
        ValueError: for an object without buffer, and where the elements do not fit into it.

    Source: ``torch.frombuffer``.
    """
    try:
        memory = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    length, size = memory.nbytes, dtype.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({size})"
        )
    if count * size > length - offset:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({length} bytes)"
        )
    if memory.readonly:
        warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can "
            "write to the underlying (supposedly non-writable) buffer using the tensor. You may want to copy the "
            "buffer to protect its data or make it writable before converting it to a tensor. This type of warning "
            "will be suppressed for the rest of this program.",
            once=True,
        )
    shared = np.frombuffer(memory, dtype.numpy, count, offset)
    keep_size(shared)
    return _leaf(shared, dtype, requires_grad)


sizes = op("new(SymInt[] size) -> Tensor", composite=lambda size: tuple(map(index, size)), native=False, method=False)
"""The sizes that a constructor is given, one by one or in a sequence."""

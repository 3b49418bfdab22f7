"""Making tensors: from data, from sizes, like other tensors, and in another dtype.

Factories take the keywords ``dtype``, ``device``, ``requires_grad``, ``layout``, ``pin_memory`` and, where torch has
it, ``out``; they do not record.

Source: "Creation Ops" of torch's reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..autograd.modes import INFERENCE
from ..declare.op import op
from ..device import CPU, device, to_device
from ..dispatch.inplace import write
from ..dispatch.outputs import CREATED
from ..dispatch.slow import cast
from ..dtypes import DIFFERENTIABLE, FROM_NUM, dtype, int64
from ..tensor import NO_VERSION, Size, Tensor, contiguous_format, memory_format, wrap
from ..warning import warn

NOT_DIFFERENTIABLE = "Only Tensors of floating point and complex dtype can require gradients"


def _finish(array: np.ndarray, d: dtype, requires_grad: bool, out: Tensor | None = None, where: Any = None) -> Tensor:
    """A leaf of this array, or the array written to ``out``."""
    to_device(where)
    if out is not None:
        if out.shape != array.shape:
            CREATED.prepare(out, array.shape, out._dtype)
        write(out, array)
        return out
    result = wrap(array, d)
    if INFERENCE.get():
        result._counter = NO_VERSION
    if requires_grad:
        if d not in DIFFERENTIABLE:
            raise RuntimeError(NOT_DIFFERENTIABLE)
        result._requires_grad = True
    return result


def _size(name: str, given: tuple, keyword: Any = None) -> tuple[int, ...]:
    """The sizes of a factory call: one sequence, or integers one by one."""
    if keyword is not None:
        given = (keyword,)
    if not given:
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (), but expected one of:\n * (tuple of ints "
            "size, *, tuple of names names, torch.memory_format memory_format = None, torch.dtype dtype = None, "
            "torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = "
            "False)\n * (tuple of ints size, *, torch.memory_format memory_format = None, Tensor out = None, "
            "torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = "
            "False, bool requires_grad = False)\n"
        )
    sizes = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    for position, n in enumerate(sizes):
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            if sizes is given[0]:
                raise TypeError(
                    f"{name}(): argument 'size' failed to unpack the object at pos {position + 1} with error \"type "
                    f'must be tuple of ints,but got {type(n).__name__}"'
                )
            what = type(n).__name__
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, not {what}"
                if position == 0
                else f"{name}(): argument 'size' (position 1) must be tuple of ints, but found element of type {what} "
                f"at pos {position}"
            )
    found = tuple(int(n) for n in sizes)
    if any(n < 0 for n in found):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(found)}: {list(found)}")
    return found


# From data.


def infer_dtype(data: Any) -> dtype:
    """The dtype of a tensor built from Python data: of its widest element.

    Raises:
        RuntimeError: if an element is not a number.
    """
    if isinstance(data, Tensor):
        return data._dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return from_numpy_dtype(data.dtype)
    if isinstance(data, (bool, int, float, complex)):
        return dtypes.of_scalar(data)
    if isinstance(data, (list, tuple, range)):
        found = None
        for one in data:
            inner = infer_dtype(one)
            found = inner if found is None else dtypes.promote_types(found, inner)
            if found is dtypes.complex128:
                break
        return found or dtypes.default_dtype()
    if isinstance(data, str):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def from_numpy_dtype(storage: np.dtype) -> dtype:
    """The dtype of a NumPy array.

    Raises:
        TypeError: for those that torch does not have.
    """
    if storage.num not in FROM_NUM:
        raise TypeError(
            f"can't convert np.ndarray of type {storage.type.__module__}.{storage.type.__name__}. The only supported "
            "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
            "uint16, uint8, and bool."
        )
    return FROM_NUM[storage.num]


def _shape_of(data: Any) -> tuple[int, ...]:
    """The shape of nested sequences, by their first elements."""
    shape: list[int] = []
    while isinstance(data, (list, tuple, range)) or (isinstance(data, (Tensor, np.ndarray)) and data.ndim):
        shape.append(len(data))
        if len(shape) > 128:
            raise ValueError("too many dimensions 'list'")
        if not len(data):
            break
        data = data[0]
    if isinstance(data, str):
        raise ValueError(f"too many dimensions '{type(data).__name__}'")
    return tuple(shape)


def _check_regular(data: Any, shape: tuple[int, ...], dim: int) -> None:
    """Refuse sequences of unequal lengths."""
    if dim == len(shape):
        if isinstance(data, list):
            raise ValueError(f"too many dimensions at dim {dim}")
        return
    if not isinstance(data, list):
        raise TypeError(f"len() of unsized object: {type(data).__name__}")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    if dim + 1 < len(shape) or (len(data) and isinstance(data[0], (list, tuple))):
        for one in data:
            _check_regular(one, shape, dim + 1)


def _elements(data: Any) -> Any:
    """Nested lists of Python numbers; tensors of one element become numbers, with torch's warning."""
    if isinstance(data, Tensor):
        if data.dim() == 0:
            return data._python_number() if data._dtype.category != dtypes.INTEGRAL else data.item()
        return [_elements(one) for one in data.detach()]
    if isinstance(data, (list, tuple, range)):
        return [_elements(one) for one in data]
    return data


def build(data: Any, d: dtype | None) -> tuple[np.ndarray, dtype]:
    """The array and dtype of a tensor with a copy of the data.

    Raises:
        ValueError: for sequences of unequal lengths.
        TypeError, RuntimeError: for elements that are not numbers.
    """
    if isinstance(data, Tensor):
        chosen = d or data._dtype
        return cast(data._array, chosen.numpy).copy(), chosen
    if isinstance(data, (np.ndarray, np.generic)):
        chosen = d or from_numpy_dtype(data.dtype)
        return np.array(cast(np.asarray(data), chosen.numpy), chosen.numpy), chosen
    if not isinstance(data, (list, tuple, range, bool, int, float, complex)) and hasattr(data, "__array__"):
        return build(np.asarray(data), d)
    if not isinstance(data, (list, tuple, range, bool, int, float, complex, str)) and hasattr(data, "__len__"):
        if isinstance(data, dict) or not hasattr(data, "__getitem__"):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
        data = list(data)
    shape = _shape_of(data)
    chosen = d or infer_dtype(data)
    elements = _elements(data)
    _check_regular(elements, shape, 0)
    if chosen.category <= dtypes.INTEGRAL and _has_float(elements):
        wide = np.array(elements, np.float64)
        return (wide != 0 if chosen is dtypes.bool_ else wide.astype(chosen.numpy)).reshape(shape), chosen
    try:
        array = np.array(elements, chosen.numpy)
    except OverflowError:
        raise RuntimeError(
            f"value cannot be converted to type {chosen.c_name} without overflow"
            if chosen is not int64
            else "Overflow when unpacking long long"
        ) from None
    return array.reshape(shape), chosen


def _has_float(elements: Any) -> bool:
    if isinstance(elements, list):
        return any(map(_has_float, elements))
    return isinstance(elements, (float, np.floating))


def tensor(
    data: Any,
    *,
    dtype: dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A leaf with a copy of the data.

    Args:
        data: a number, nested sequences of numbers, an array or a tensor.
        dtype: by default the data's: int64, bool, the default float or its complex for Python numbers.
        device: the CPU.
        requires_grad: track operations on the result.
        pin_memory: no effect.

    Raises:
        ValueError: for sequences of unequal lengths.
        RuntimeError: for data that has no dtype, and for integers that should require grad.

    Source: ``torch.tensor``.
    """
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
        )
    array, chosen = build(data, dtype)
    return _finish(array, chosen, requires_grad, where=device)


def as_tensor(data: Any, dtype: dtype | None = None, device: Any = None) -> Tensor:
    """The data as a tensor, without a copy where that is possible; tensors keep their history.

    Source: ``torch.as_tensor``.
    """
    to_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None or dtype is data._dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or dtype.numpy == data.dtype):
        return from_numpy(data)
    return wrap(*build(data, dtype))


asarray_missing: Any = object()


def asarray(
    obj: Any,
    *,
    dtype: dtype | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: Any = asarray_missing,
) -> Tensor:
    """``obj`` as a tensor, sharing memory where that is possible.  Source: ``torch.asarray``."""
    if isinstance(obj, Tensor) and requires_grad is asarray_missing and obj.requires_grad:
        warn(
            "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass "
            "requires_grad=False explicitly to get the old behavior and silence this warning.",
            once=True,
        )
    found = as_tensor(obj, dtype, device)
    if copy:
        found = found.clone()
    if requires_grad is False:
        return found.detach() if found.requires_grad else found
    if requires_grad is True and not found.requires_grad:
        return found.detach().requires_grad_()
    return found


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the array's memory.

    Raises:
        TypeError: for anything but an array, and for dtypes that torch does not have.

    Source: ``torch.from_numpy``.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    return wrap(ndarray, from_numpy_dtype(ndarray.dtype))


def scalar_tensor(s: complex, *, dtype: dtype | None = None, **keywords: Any) -> Tensor:
    """A 0-d tensor; of the default float unless told otherwise.  Source: ``torch.scalar_tensor``."""
    return full((), s, dtype=dtype or dtypes.default_dtype(), **keywords)


# From sizes.


def full(
    size: Sequence[int],
    fill_value: complex,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of one value.  Source: ``torch.full``."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    chosen = dtype or (out._dtype if out is not None else dtypes.of_scalar(value))
    array = np.full(_size("full", (size,)), value, chosen.numpy)
    return _finish(array, chosen, requires_grad, out, device)


def _filled(name: str, value: float) -> Callable[..., Tensor]:
    def factory(
        *size: Any,
        out: Tensor | None = None,
        dtype: dtype | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
        memory_format: Any = None,
        **keywords: Any,
    ) -> Tensor:
        shape = _size(name, size, keywords.pop("size", None))
        if keywords:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(keywords))}'")
        chosen = dtype or (out._dtype if out is not None else dtypes.default_dtype())
        array = np.ones(shape, chosen.numpy) if value else np.zeros(shape, chosen.numpy)
        return _finish(array, chosen, requires_grad, out, device)

    factory.__name__ = factory.__qualname__ = name
    factory.__doc__ = f"A tensor of {'ones' if value else 'zeros'}.  Source: ``torch.{name}``."
    return factory


zeros = _filled("zeros", 0)
ones = _filled("ones", 1)
empty = _filled("empty", 0)  # what memory holds is undefined; zeros are as good, and repeatable


def empty_strided(size: Sequence[int], stride: Sequence[int], *, dtype: dtype | None = None, **keywords: Any) -> Tensor:
    """A tensor of this size and stride, its elements undefined.  Source: ``torch.empty_strided``."""
    chosen = dtype or dtypes.default_dtype()
    strides = tuple(s * chosen.itemsize for s in stride)
    reach = 0 if 0 in size else sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1
    array = np.ndarray(tuple(size), chosen.numpy, np.zeros(reach, chosen.numpy), 0, strides)
    return _finish(array, chosen, keywords.get("requires_grad", False), where=keywords.get("device"))


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones on the diagonal of an ``n`` by ``m`` matrix.  Source: ``torch.eye``."""
    chosen = dtype or dtypes.default_dtype()
    if n < 0:
        raise RuntimeError(f"n must be greater or equal to 0, got {n}")
    return _finish(np.eye(n, m, dtype=chosen.numpy), chosen, requires_grad, out, device)


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, (Tensor, np.generic)) else value


def arange(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from ``start`` (0) up to, not including, ``end``; integers give int64.

    Raises:
        TypeError: if a bound is not a number.
        RuntimeError: for a step of zero, or bounds that disagree with its sign.

    Source: ``torch.arange``.
    """
    given = [_number(one) for one in args]
    names = ["end"] if len(given) == 1 else ["start", "end", "step"]
    for position, (name, value) in enumerate(zip(names, given, strict=False)):
        if not isinstance(value, (int, float)):
            raise TypeError(
                f"arange(): argument '{name}' (position {position + 1}) must be Number, not {type(value).__name__}"
            )
    if len(given) == 1 and end is None:
        given = [0 if start is None else start, *given]
    elif len(given) == 1:
        given = [*given, end]
    elif not given:
        given = [0 if start is None else start, end]
    first, last, *rest = (_number(one) for one in given)
    by = rest[0] if rest else (1 if step is None else _number(step))
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if (by > 0 and first > last) or (by < 0 and first < last):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(one, int) for one in (first, last, by))
    chosen = dtype or (int64 if whole else dtypes.default_dtype())
    count = math.ceil((last - first) / by)
    array = (np.arange(count) * by + first) if whole else np.arange(count, dtype=np.float64) * by + first
    return _finish(array.astype(chosen.numpy), chosen, requires_grad, out, device)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included.

    Source: ``torch.linspace``.
    """
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    chosen = dtype or dtypes.default_dtype()
    array = _spaced(_number(start), _number(end), steps, chosen)
    return _finish(array, chosen, requires_grad, out, device)


def _spaced(start: float, end: float, steps: int, d: dtype) -> np.ndarray:
    """Counted from the nearer end, in the arithmetic of the dtype, as torch does."""
    if steps == 1:
        return np.full(1, start, d.numpy)
    kind = np.float32 if d.itemsize <= 4 and d.is_floating_point else d.numpy.type
    if d.category <= dtypes.INTEGRAL:
        kind = np.float32
    first, last = kind(start), kind(end)
    step = (last - first) / kind(max(steps - 1, 1))
    index = np.arange(steps)
    low = _multiply_add(step, index, first)
    high = _multiply_add(-step, steps - 1 - index, last)
    found = np.where(index < steps // 2, low, high)
    return found.astype(d.numpy)


def _multiply_add(step: Any, index: np.ndarray, start: Any) -> np.ndarray:
    """``start + step * index``, rounded once for float32 as the fused instruction does."""
    if isinstance(step, np.float32):
        return (np.float64(start) + np.float64(step) * index).astype(np.float32)
    return start + step * index


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: dtype | None = None, **keywords: Any
) -> Tensor:
    """``base`` to the power of ``linspace``.  Source: ``torch.logspace``."""
    chosen = dtype or dtypes.default_dtype()
    exponents = _spaced(_number(start), _number(end), steps, dtypes.float64)
    array = np.power(np.float64(base), exponents).astype(chosen.numpy)
    return _finish(array, chosen, keywords.get("requires_grad", False), keywords.get("out"), keywords.get("device"))


def range_(start: float, end: float, step: float = 1, **keywords: Any) -> Tensor:
    """As ``arange``, with ``end`` included and always of the default float; deprecated.  Source: ``torch.range``."""
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    count = math.floor((end - start) / step) + 1
    chosen = keywords.get("dtype") or dtypes.default_dtype()
    return _finish((np.arange(count) * step + start).astype(chosen.numpy), chosen, keywords.get("requires_grad", False))


# Like other tensors.


def _like(name: str, make: Callable[[tuple[int, ...], np.dtype], np.ndarray]) -> Callable[..., Tensor]:
    def factory(
        input: Tensor,
        *,
        dtype: dtype | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
        memory_format: Any = None,
    ) -> Tensor:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        chosen = dtype or input._dtype
        return _finish(make(input.shape, chosen.numpy), chosen, requires_grad, where=device)

    factory.__name__ = factory.__qualname__ = name
    factory.__doc__ = f"As ``{name.removesuffix('_like')}``, with the shape and dtype of ``input``."
    return factory


zeros_like = _like("zeros_like", np.zeros)
ones_like = _like("ones_like", np.ones)
empty_like = _like("empty_like", np.zeros)


def full_like(input: Tensor, fill_value: complex, *, dtype: dtype | None = None, **keywords: Any) -> Tensor:
    """As ``full``, with the shape and dtype of ``input``.  Source: ``torch.full_like``."""
    keywords.pop("memory_format", None)
    return full(input.shape, fill_value, dtype=dtype or input._dtype, **keywords)


def _new_method(name: str, factory: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor, *size: Any, dtype: dtype | None = None, **keywords: Any) -> Tensor:
        return factory(*size, dtype=dtype or self._dtype, **keywords)

    method.__name__ = method.__qualname__ = name
    return method


def _new_tensor(
    self: Tensor, data: Any, *, dtype: dtype | None = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than tensor.new_tensor(sourceTensor)."
        )
    array, chosen = build(data, dtype or (data._dtype if isinstance(data, Tensor) else self._dtype))
    return _finish(array, chosen, requires_grad)


def _new_full(self: Tensor, size: Sequence[int], fill_value: complex, *, dtype: Any = None, **keywords: Any) -> Tensor:
    return full(size, fill_value, dtype=dtype or self._dtype, **keywords)


Tensor.new_zeros = _new_method("new_zeros", zeros)
Tensor.new_ones = _new_method("new_ones", ones)
Tensor.new_empty = _new_method("new_empty", empty)
Tensor.new_empty_strided = lambda self, size, stride, *, dtype=None, **keywords: empty_strided(
    size, stride, dtype=dtype or self._dtype, **keywords
)
Tensor.new_full = _new_full
Tensor.new_tensor = _new_tensor

# In another dtype.


def _to_copy_kernel(self: np.ndarray, dtype: dtype | None, memory_format: memory_format | None) -> np.ndarray:
    if dtype is None:
        return self.copy(order="C" if memory_format is contiguous_format else "K")
    return cast(self, dtype.numpy) if self.dtype != dtype.numpy else self.copy(order="K")


_to_copy = op(
    "_to_copy(Tensor self, *, ScalarType? dtype=None, MemoryFormat? memory_format=None) -> Tensor", _to_copy_kernel,
    self=lambda grad, self_options: grad.to(self_options[0]),
    structural=True, node="ToCopyBackward0", method=False,
)  # fmt: skip


def convert(self: Tensor, d: dtype | None, copy: bool = False, memory_format: Any = None) -> Tensor:
    """The tensor in another dtype; itself if nothing changes, unless a copy is asked for."""
    if not copy and (d is None or d is self._dtype) and memory_format in (None, _preserve()):
        return self
    if d is not None and self._dtype.is_complex and not d.is_complex and d is not dtypes.bool_:
        warn("Casting complex values to real discards the imaginary part", once=True)
    return _to_copy(self, dtype=d, memory_format=memory_format)


def _preserve() -> memory_format:
    from ..tensor import preserve_format

    return preserve_format


def _to(
    self: Tensor,
    *args: Any,
    dtype: dtype | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
    other: Tensor | None = None,
    **unknown: Any,
) -> Tensor:
    """The tensor with another dtype or device; itself if it has them.  Source: ``torch.Tensor.to``.

    Raises:
        TypeError: for arguments that are neither a dtype, a device nor a tensor.
    """
    rest = list(args)
    if rest and isinstance(rest[0], Tensor):
        other = rest.pop(0)
    elif rest and (isinstance(rest[0], (str, int)) or type(rest[0]) is type(CPU)) and not isinstance(rest[0], bool):
        device = rest.pop(0)
    if rest and (isinstance(rest[0], dtypes.dtype) or (rest[0] is None and not args[0:0])):
        dtype = rest.pop(0)
    if unknown or any(not isinstance(one, bool) for one in rest) or not (args or dtype or device is not None or other
                                                                        or copy or memory_format):  # fmt: skip
        from ..dispatch.arguments import given_types

        raise TypeError(
            f"to() received an invalid combination of arguments - got {given_types(args, unknown)}, but expected one "
            "of:\n * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = "
            "False, *, torch.memory_format memory_format = None)\n * (torch.dtype dtype, bool non_blocking = False, "
            "bool copy = False, *, torch.memory_format memory_format = None)\n * (Tensor tensor, bool non_blocking = "
            "False, bool copy = False, *, torch.memory_format memory_format = None)\n"
        )
    if len(rest) > 1:
        copy = rest[1]
    if other is not None:
        dtype = other._dtype
    to_device(device)
    return convert(self, dtype, copy, memory_format)


def _shorthand(name: str, d: dtype) -> None:
    def method(self: Tensor, memory_format: Any = None) -> Tensor:
        return convert(self, d, memory_format=memory_format)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The tensor as {d!r}."
    setattr(Tensor, name, method)


Tensor.to = _to
Tensor.type_as = lambda self, other: convert(self, other._dtype)
for _name, _dtype in {
    "bool": dtypes.bool_, "byte": dtypes.uint8, "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32,
    "long": dtypes.int64, "half": dtypes.float16, "bfloat16": dtypes.bfloat16, "float": dtypes.float32,
    "double": dtypes.float64, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}.items():  # fmt: skip
    _shorthand(_name, _dtype)


def _cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself: it is on the CPU."""
    return self


def _cuda(self: Tensor, device: device | int | str | None = None, **_: Any) -> Tensor:
    """Refused: the engine computes on the CPU."""
    to_device("cuda")
    return self


Tensor.cpu = _cpu
Tensor.cuda = _cuda


def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type, or the tensor in another one.  Source: ``torch.Tensor.type``."""
    if dtype is None:
        return f"torch.{self._dtype.scalar_type}Tensor"
    if isinstance(dtype, str):
        from ..legacy import dtype_of_name

        return convert(self, dtype_of_name(dtype))
    return convert(self, dtype if isinstance(dtype, dtypes.dtype) else dtype.dtype)


Tensor.type = _type

# Parts of complex numbers.


view_as_real = op(
    "view_as_real(Tensor(a) self) -> Tensor(a)",
    lambda self: self[..., None].view(self.real.dtype),
    self=lambda grad: view_as_complex(grad.contiguous()),
    view="view",
)  # fmt: skip
view_as_complex = op(
    "view_as_complex(Tensor(a) self) -> Tensor(a)",
    lambda self: self.view(np.complex64 if self.dtype == np.float32 else np.complex128)[..., 0],
    self=lambda grad: view_as_real(grad),
    view="view",
)  # fmt: skip
complex_ = op(
    "complex(Tensor real, Tensor imag) -> Tensor",
    lambda real, imag: (real + 1j * imag).astype(np.complex64 if real.dtype == np.float32 else np.complex128),
    real=lambda grad, real: grad.real,
    imag=lambda grad, imag: grad.imag,
    method=False, out=True,
)  # fmt: skip


def real(input: Tensor) -> Tensor:
    """The real part, a view; the tensor itself if it is real.  Source: ``torch.real``."""
    return view_as_real(input).select(-1, 0) if input._dtype.is_complex else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view.

    Raises:
        RuntimeError: for real tensors.

    Source: ``torch.imag``.
    """
    if not input._dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return view_as_real(input).select(-1, 1)


Tensor.real = property(real)
Tensor.imag = property(imag)


def _set_data(self: Tensor, source: Tensor | None = None) -> Tensor:
    """Take over the memory of another tensor, in place.  Source: ``torch.Tensor.set_``."""
    from ..dispatch.inplace import bump

    self._array = np.zeros(0, self._dtype.numpy) if source is None else source._array
    bump(self)
    return self


def _resize(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Give the tensor another size, in place; new elements are undefined.

    Raises:
        RuntimeError: if the tensor requires grad.
    """
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = _size("resize_", sizes)
    flat = self._array.reshape(-1)
    count = Size(shape).numel()
    if count > flat.size:
        flat = np.concatenate([flat, np.zeros(count - flat.size, flat.dtype)])
    self._array = flat[:count].reshape(shape)
    return self


Tensor.set_ = _set_data
Tensor.resize_ = _resize

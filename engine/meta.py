"""Arrays without elements: what a tensor on the device ``meta`` has in place of elements.

Such an array has a shape, a dtype and strides, and memory that nobody touches: pages that the operating system would
make when they are first read, and then as zeros.  So a view is NumPy's view, offsets and overlaps are what they are,
and an array of a terabyte costs nothing.  NumPy's universal functions only work out the shape and the dtype of their
results (``__array_ufunc__``), which is most of what kernels do; what else a kernel does, it does on zeros.

Source: the "Meta device" page of torch's documentation.
"""

from __future__ import annotations

import mmap
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_NORESERVE = 0x4000  # of Linux: address space only, beyond what memory there is
_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE} if sys.platform == "linux" else {}
_SMALL = 1 << 16  # bytes; below it, a map of pages costs more than the memory


class MetaArray(np.ndarray):
    """An array whose elements nobody has."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """The result without its elements.

        Raises:
            TypeError: beside an array that has elements, unless that is 0-d or a kernel is at work.
        """
        out = kwargs.get("out", ())
        arrays = [one for one in (*inputs, *out) if isinstance(one, np.ndarray)]
        kind = _kind(arrays)
        others = [one for one in arrays if not isinstance(one, MetaArray)]
        if kind is MetaArray and any(one.ndim or any(one is target for target in out) for one in others):
            raise TypeError("an array beside one without elements")
        if method == "at":
            return None
        out = kwargs.pop("out", None)
        rule = {"__call__": _called, "reduce": _reduced, "accumulate": _accumulated}.get(method)
        if rule is not None:
            found = rule(ufunc, inputs, kwargs)
        else:
            found = without_elements(getattr(ufunc, method)(*map(plain, inputs), **kwargs))
        if out is not None:
            return out if isinstance(found, tuple) else out[0]
        return tuple(one.view(kind) for one in found) if isinstance(found, tuple) else found.view(kind)

    def __array_function__(self, func: Callable, types: Any, args: Any, kwargs: Any) -> Any:
        rule = _RULES.get(func)
        if rule is None:
            return super().__array_function__(func, types, args, kwargs)
        found = rule(*args, **kwargs)
        return found.view(_kind(types=types)) if isinstance(found, MetaArray) else found

    def __setitem__(self, index: Any, value: Any) -> None:
        """Nothing is written; the index is checked."""
        super().__getitem__(index)

    def copy(self, order: Any = "C") -> MetaArray:
        """Another one of the same shape, dense."""
        return as_dense(self, self.dtype, keep=order in ("K", "A")).view(type(self))

    def astype(self, dtype: Any, *_: Any, **__: Any) -> MetaArray:
        """The same in another dtype."""
        return as_dense(self, np.dtype(dtype)).view(type(self))

    def __reduce__(self) -> tuple:
        return lazily, (self.shape, self.dtype, self.strides, type(self))


class InKernel(MetaArray):
    """The same as kernels get it: beside arrays of their own."""


def _kind(arrays: Sequence[np.ndarray] = (), types: Sequence[type] = ()) -> type[MetaArray]:
    """What a result is: within a kernel, what is made of its operands."""
    return InKernel if any(issubclass(one, InKernel) for one in (*map(type, arrays), *types)) else MetaArray


def lazily(
    shape: Sequence[int], dtype: Any, strides: Sequence[int] | None = None, cls: type[MetaArray] = MetaArray
) -> MetaArray:
    """An array without elements; row-major unless it has ``strides``, in bytes."""
    dtype = np.dtype(dtype)
    if 0 in shape:
        size = 0
    elif strides is None:
        size = dtype.itemsize
        for n in shape:
            size *= n
    else:
        size = dtype.itemsize + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    try:
        buffer: Any = np.zeros(size, np.uint8) if size <= _SMALL else mmap.mmap(-1, size, **_PRIVATE)
    except (OSError, OverflowError):
        raise MemoryError(f"no address space for {size} bytes, which would not even be used") from None
    return cls(tuple(shape), dtype, buffer, 0, None if strides is None else tuple(strides))


def as_dense(array: np.ndarray, dtype: np.dtype, *, keep: bool = True) -> MetaArray:
    """One of the same shape whose dimensions lie in memory in the same order, or row-major."""
    if not keep or array.flags.c_contiguous or 0 in array.strides:
        return lazily(array.shape, dtype)
    order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])
    return in_order(array.shape, dtype, order)


def in_order(shape: Sequence[int], dtype: Any, order: Sequence[int]) -> MetaArray:
    """One whose dimensions lie in memory in this order, the last one densest."""
    step, strides = np.dtype(dtype).itemsize, [0] * len(shape)
    for dim in reversed(order):
        strides[dim] = step
        step *= max(shape[dim], 1)
    return lazily(shape, dtype, strides)


def without_elements(array: np.ndarray) -> MetaArray:
    """An array of this shape, dtype and layout; the same object if it has no elements already."""
    if type(array) is MetaArray:
        return array
    if isinstance(array, MetaArray):
        return array.view(MetaArray)
    return lazily(array.shape, array.dtype, array.strides)


def plain(value: Any) -> Any:
    """Zeros in place of elements that nobody has; anything else as it is."""
    return value.view(np.ndarray) if isinstance(value, MetaArray) else value


def stand_in(array: Any) -> Any:
    """Elements in place of those that nobody has, for kernels that refuse zeros: pivots, invertible matrices."""
    if not isinstance(array, MetaArray):
        return array
    if array.dtype.kind in "iu":
        return np.ones(array.shape, array.dtype)
    if array.ndim < 2:
        return array.view(np.ndarray)
    return np.broadcast_to(np.eye(*array.shape[-2:], dtype=array.dtype), array.shape).copy()


# Universal functions.


def _tiny(value: Any) -> Any:
    return np.zeros((1,) * value.ndim, value.dtype) if isinstance(value, np.ndarray) else value


def _called(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any]) -> Any:
    kwargs.pop("where", None)
    if ufunc.signature is not None:
        return _generalized(ufunc, inputs, kwargs)
    shape = np.broadcast_shapes(*(np.shape(one) for one in inputs))
    with np.errstate(all="ignore"):
        found = ufunc(*map(_tiny, inputs), **kwargs)
    like = next((one for one in inputs if isinstance(one, np.ndarray) and one.shape == shape), None)

    def result(one: Any) -> MetaArray:
        return lazily(shape, one.dtype) if like is None else as_dense(like, one.dtype)

    return tuple(map(result, found)) if isinstance(found, tuple) else result(found)


def _generalized(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any]) -> Any:
    """As the signature says, ``(n?,k),(k,m?)->(n?,m?)`` for ``matmul``."""
    assert ufunc.signature is not None
    operands, results = (re.findall(r"\(([^)]*)\)", part) for part in ufunc.signature.split("->"))
    sizes: dict[str, int] = {}
    loops = []
    for one, names in zip(inputs, operands, strict=True):
        core = [name for name in names.split(",") if name]
        shape = np.shape(one)
        if len(shape) < len(core):
            missing = [name for name in core if name.endswith("?")][: len(core) - len(shape)]
            sizes |= dict.fromkeys(missing, -1)
            core = [name for name in core if name not in missing]
        start = len(shape) - len(core)
        for name, n in zip(core, shape[start:], strict=True):
            if sizes.setdefault(name, n) != n:
                raise ValueError(f"{ufunc.__name__}: sizes {n} and {sizes[name]} do not match")
        loops.append(shape[:start])
    loop = np.broadcast_shapes(*loops)
    found = ufunc(*map(_tiny, inputs), **kwargs)
    several = isinstance(found, tuple)
    made = []
    for one, names in zip(found if several else (found,), results, strict=True):
        core_sizes = [sizes[name] for name in names.split(",") if name]
        made.append(lazily((*loop, *(n for n in core_sizes if n >= 0)), one.dtype))
    return tuple(made) if several else made[0]


def _reduced(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any]) -> MetaArray:
    array, *rest = inputs
    kwargs.pop("where", None)
    named = dict(zip(("axis", "dtype", "out", "keepdims"), rest, strict=False)) | kwargs
    named.pop("out", None)
    axis, keepdims = named.get("axis", 0), named.get("keepdims", False)
    small = np.zeros([min(n, 1) for n in array.shape], array.dtype)
    found = ufunc.reduce(small, **named)
    axes = range(array.ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, array.ndim)
    sizes = [1 if dim in axes else n for dim, n in enumerate(array.shape) if keepdims or dim not in axes]
    if ufunc is np.logical_and and not sizes:
        return np.ones((), np.bool_).view(MetaArray)  # a check of all elements passes
    return lazily(sizes, found.dtype)


def _accumulated(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any]) -> MetaArray:
    array, *rest = inputs
    return as_dense(array, ufunc.accumulate(_tiny(array), *rest, **kwargs).dtype)


# Other functions.


def _where(condition: Any, *choices: Any) -> Any:
    if not choices:
        return np.where(plain(condition))
    shape = np.broadcast_shapes(*(np.shape(one) for one in (condition, *choices)))
    return lazily(shape, np.result_type(*choices))


def _concatenate(arrays: Sequence[Any], axis: int | None = 0, **_: Any) -> MetaArray:
    small = [np.zeros((0, *one.shape), one.dtype) for one in arrays]
    if axis is None:
        return lazily((sum(one.size for one in arrays),), np.result_type(*small))
    places = {np.lib.array_utils.normalize_axis_index(axis, one.ndim) for one in arrays}
    (place,) = places
    shapes = {(*one.shape[:place], *one.shape[place + 1 :]) for one in arrays}
    if len(shapes) > 1:
        raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
    (rest,) = shapes
    return lazily((*rest[:place], sum(one.shape[place] for one in arrays), *rest[place:]), np.result_type(*small))


def _like(array: Any, dtype: Any = None, *_: Any, **__: Any) -> MetaArray:
    return as_dense(array, array.dtype if dtype is None else np.dtype(dtype))


def _full_like(array: Any, fill_value: Any, dtype: Any = None, *_: Any, **__: Any) -> MetaArray:
    return _like(array, dtype)


def _zeros(shape: Sequence[int], dtype: Any, **_: Any) -> MetaArray:
    return lazily(shape, dtype)


_RULES: dict[Callable, Callable] = {
    np.zeros: _zeros,
    np.where: _where, np.concatenate: _concatenate, np.empty_like: _like, np.zeros_like: _like, np.ones_like: _like,
    np.full_like: _full_like,
}  # fmt: skip


def like(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """An array of another shape; its elements are undefined, and nobody has them if nobody has those of ``array``."""
    return lazily(shape, array.dtype) if isinstance(array, MetaArray) else np.empty(shape, array.dtype)

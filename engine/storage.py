"""Storages: the memory of tensors as objects.

A tensor here is a NumPy array, and its storage the array that owns the memory; a storage object is a flat look at that,
made when it is asked for.  ``UntypedStorage`` sees bytes, ``TypedStorage``, which is deprecated, elements.

Source: ``torch.UntypedStorage`` and ``torch.TypedStorage``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from .device import CPU, to_device
from .device import device as Device
from .dtypes import (
    bfloat16,
    bool_,
    complex64,
    complex128,
    default_dtype,
    dtype,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)  # fmt: skip
from .layout import is_resizable, storage, strided
from .tensor import Tensor, wrap
from .warning import warn


def _flat(tensor: Tensor) -> np.ndarray:
    """The bytes of all the memory that a tensor's storage has."""
    owner = storage(tensor._array)
    if not owner.flags.c_contiguous:
        order = sorted(range(owner.ndim), key=lambda dim: -owner.strides[dim])
        owner = owner.transpose(order)
    return owner.reshape(-1).view(np.uint8)


class _Storage:
    """What both kinds of storages have."""

    __module__ = "torch.storage"
    device: Device
    is_cuda = is_hpu = is_sparse = is_sparse_csr = False

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        raise NotImplementedError

    def is_shared(self) -> bool:
        """Whether other processes can have the memory."""
        return _mapping(self.untyped()._bytes) is not None

    def share_memory_(self) -> Self:
        """Move the memory to where other processes can have it; of a tensor's storage, use the tensor's."""
        from .shared_memory import share

        of = self.untyped()
        holder = wrap(of._bytes, uint8)
        share(holder)
        of._bytes = holder._array
        return self

    @property
    def filename(self) -> str | None:
        """The file that the memory belongs to, if there is one."""
        mapping = _mapping(self.untyped()._bytes)
        return None if mapping is None else mapping.filename

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is pinned for an accelerator: never."""
        return False

    def resizable(self) -> bool:
        """Whether the memory may become larger: not if NumPy has it, too."""
        return is_resizable(self.untyped()._bytes)

    @property
    def _elements(self) -> np.ndarray:
        """The memory as an array; of bytes, where no dtype is known."""
        return self.untyped()._bytes

    def to(self, *, device: Any, non_blocking: bool = False) -> Self:
        """The storage itself: there is no other device.

        Raises:
            AssertionError: for another device.
        """
        to_device(device)
        return self

    def _to(self, to: dtype) -> TypedStorage:
        _deprecated()
        made = self._elements.astype(to.numpy)
        return TypedStorage(wrap_storage=UntypedStorage(made.view(np.uint8)), dtype=to, _internal=True)

    def double(self) -> TypedStorage:
        """A copy in float64."""
        return self._to(float64)

    def float(self) -> TypedStorage:
        """A copy in float32."""
        return self._to(float32)

    def half(self) -> TypedStorage:
        """A copy in float16."""
        return self._to(float16)

    def bfloat16(self) -> TypedStorage:
        """A copy in bfloat16."""
        return self._to(bfloat16)

    def long(self) -> TypedStorage:
        """A copy in int64."""
        return self._to(int64)

    def int(self) -> TypedStorage:
        """A copy in int32."""
        return self._to(int32)

    def short(self) -> TypedStorage:
        """A copy in int16."""
        return self._to(int16)

    def char(self) -> TypedStorage:
        """A copy in int8."""
        return self._to(int8)

    def byte(self) -> TypedStorage:
        """A copy in uint8."""
        return self._to(uint8)

    def bool(self) -> TypedStorage:
        """A copy in bool."""
        return self._to(bool_)

    def complex_float(self) -> TypedStorage:
        """A copy in complex64."""
        return self._to(complex64)

    def complex_double(self) -> TypedStorage:
        """A copy in complex128."""
        return self._to(complex128)


class UntypedStorage(_Storage):
    """Memory as bytes.

    Args:
        size: how many, or what they are.
    """

    __module__ = "torch.storage"

    def __init__(self, size: int | Sequence[int] | np.ndarray = 0, *, device: Device = CPU) -> None:
        self._bytes = np.zeros(size, np.uint8) if isinstance(size, int) else np.asarray(size, np.uint8)
        self.device = device

    @staticmethod
    def from_file(filename: str, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The memory of a file.

        Args:
            filename: where it is.
            shared: whether what is written goes to the file, which is then made if it is not there.
            nbytes: how much of it.

        Raises:
            RuntimeError: if the file cannot be opened, or is too small.
        """
        from .shared_memory import bytes_of, mapped

        return UntypedStorage(bytes_of(mapped(os.fspath(filename), shared, nbytes)))

    def cpu(self) -> UntypedStorage:
        """The storage itself."""
        return self

    def type(self) -> str:
        """``"torch.storage.UntypedStorage"``."""
        return "torch.storage.UntypedStorage"

    def fill_(self, value: int) -> UntypedStorage:
        """Set all bytes."""
        self._bytes[...] = value
        return self

    def copy_(self, source: UntypedStorage | TypedStorage, non_blocking: bool | None = None) -> UntypedStorage:
        """Take the bytes of another of this size.

        Raises:
            RuntimeError: for another size.
        """
        given = source.untyped()
        if len(given) != len(self):
            raise RuntimeError(f"size does not match, self was {len(self)} bytes but src was {len(given)} bytes")
        self._bytes[...] = given._bytes
        return self

    def new(self) -> UntypedStorage:
        """An empty one."""
        return UntypedStorage()

    def data_ptr(self) -> int:
        """The address of the first byte; 0 if there is none."""
        return self._bytes.__array_interface__["data"][0] if self._bytes.size and self.device is CPU else 0

    def untyped(self) -> UntypedStorage:
        """The storage itself."""
        return self

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._bytes.size

    size = __len__ = nbytes

    def element_size(self) -> int:
        """1: an element is a byte."""
        return 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return UntypedStorage(self._bytes[index])
        if self.device is not CPU:
            raise NotImplementedError("Not available for 'meta' device type")
        return self._bytes[_index(self, index)].item()

    def __setitem__(self, index: Any, value: int) -> None:
        self._bytes[index if isinstance(index, slice) else _index(self, index)] = value

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def tolist(self) -> list[int]:
        """The bytes."""
        return self._bytes.tolist()

    def clone(self) -> UntypedStorage:
        """A copy."""
        return UntypedStorage(self._bytes.copy())

    def __repr__(self) -> str:
        return _shown(self, f"torch.storage.UntypedStorage(device={self.device}) of size {len(self)}")


class TypedStorage(_Storage):
    """Memory as elements of one dtype.  Deprecated: it warns, once.

    Args:
        given: how many elements, or what they are.
        wrap_storage: the memory; without it, there is new memory.
        dtype: of the elements; the default dtype if nothing is said.
        device: the CPU.
    """

    __module__ = "torch.storage"

    def __init__(
        self, *given: Any, wrap_storage: UntypedStorage | None = None, dtype: dtype | None = None, device: Any = None,
        _internal: bool = False,
    ) -> None:  # fmt: skip
        if not _internal:
            _deprecated()
        self.dtype = dtype or default_dtype()
        if wrap_storage is None:
            data = given[0] if given else 0
            made = np.zeros(data, self.dtype.numpy) if isinstance(data, int) else np.asarray(data, self.dtype.numpy)
            wrap_storage = UntypedStorage(made.view(np.uint8))
        self._untyped_storage = wrap_storage

    @property
    def device(self) -> Device:  # type: ignore[override]
        """Where the memory is."""
        return self._untyped_storage.device

    @property
    def _elements(self) -> np.ndarray:
        return self._untyped_storage._bytes.view(self.dtype.numpy)

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        return self._untyped_storage

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._untyped_storage.data_ptr()

    def size(self) -> int:
        """The number of elements."""
        return self._untyped_storage.nbytes() // self.dtype.itemsize

    __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped_storage.nbytes()

    def element_size(self) -> int:
        """The bytes of an element."""
        return self.dtype.itemsize

    def type(self) -> str:
        """The name of the old class for this dtype, ``torch.FloatStorage``."""
        return f"torch.{self.pickle_storage_type()}"

    def pickle_storage_type(self) -> str:
        """The same without the module, as files have it."""
        return f"{self.dtype.scalar_type}Storage"

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._elements[_index(self, index)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._elements[index if isinstance(index, slice) else _index(self, index)] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def tolist(self) -> list[Any]:
        """The elements."""
        return self._elements.tolist()

    def fill_(self, value: Any) -> TypedStorage:
        """Set all elements."""
        self._elements[...] = value
        return self

    def clone(self) -> TypedStorage:
        """A copy."""
        return TypedStorage(wrap_storage=self._untyped_storage.clone(), dtype=self.dtype, _internal=True)

    def copy_(self, source: TypedStorage, non_blocking: bool | None = None) -> TypedStorage:
        """Take the elements of another of this length."""
        self._elements[...] = source._elements
        return self

    def resize_(self, size: int) -> None:
        """Be of another length; elements that are new are undefined.  What tensors have stays theirs."""
        kept = np.zeros(size * self.dtype.itemsize, np.uint8)
        before = self._untyped_storage._bytes[: kept.size]
        kept[: before.size] = before
        self._untyped_storage = UntypedStorage(kept)

    def cpu(self) -> TypedStorage:
        """The same memory."""
        return TypedStorage(wrap_storage=self._untyped_storage, dtype=self.dtype, _internal=True)

    def __repr__(self) -> str:
        return _shown(self, f"torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}")


class _LegacyStorage(type):
    """Classes of storages by dtype: calling one makes a `TypedStorage`, and all of that dtype are instances."""

    dtype: dtype

    def __call__(cls, *given: Any) -> TypedStorage:
        return TypedStorage(*given, dtype=cls.dtype)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, TypedStorage) and instance.dtype is cls.dtype

    def from_file(cls, filename: str, shared: Any = False, size: Any = 0) -> TypedStorage:
        """The memory of a file: ``size`` elements; ``shared`` if what is written goes there."""
        memory = UntypedStorage.from_file(filename, bool(shared), size * cls.dtype.itemsize)
        return TypedStorage(wrap_storage=memory, dtype=cls.dtype)

    def from_buffer(cls, buffer: Any, byte_order: str | None = None, count: Any = -1, offset: Any = 0) -> TypedStorage:
        """A copy of ``count`` elements in some bytes, all from ``offset`` bytes on if that is negative.

        Raises:
            ValueError: for another order of bytes than big, little or native, or bytes that make no whole elements.
            RuntimeError: if elements have several bytes and no order is told.
        """
        kind = cls.dtype.numpy
        if kind.itemsize > 1:
            if byte_order is None:
                raise RuntimeError("function missing required argument 'byte_order' (pos 2)")
            if byte_order not in ("big", "little", "native"):
                raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
            kind = kind.newbyteorder(byte_order)  # type: ignore[arg-type]  # one of three that NumPy knows
        left = memoryview(buffer).nbytes - offset
        if count < 0 and left % kind.itemsize:
            raise ValueError(f"buffer size ({left}) must be a multiple of element size ({kind.itemsize})")
        made = np.frombuffer(buffer, kind, count, offset).astype(cls.dtype.numpy)
        return TypedStorage(wrap_storage=UntypedStorage(made.view(np.uint8)), dtype=cls.dtype)


def _legacy(d: dtype) -> Any:
    return _LegacyStorage(f"{d.scalar_type}Storage", (), {"dtype": d, "__module__": "torch"})


FloatStorage, DoubleStorage, HalfStorage, BFloat16Storage = map(_legacy, (float32, float64, float16, bfloat16))
LongStorage, IntStorage, ShortStorage, CharStorage = map(_legacy, (int64, int32, int16, int8))
ByteStorage, BoolStorage = map(_legacy, (uint8, bool_))
ComplexFloatStorage, ComplexDoubleStorage = map(_legacy, (complex64, complex128))


_LEGACY: dict[dtype, Any] = {
    one.dtype: one
    for one in (
        FloatStorage, DoubleStorage, HalfStorage, BFloat16Storage, LongStorage, IntStorage, ShortStorage, CharStorage,
        ByteStorage, BoolStorage, ComplexFloatStorage, ComplexDoubleStorage,
    )
}  # fmt: skip


def _mapping(array: np.ndarray) -> Any:
    """The memory of other processes or of a file that an array lies in; None for what is this process's own."""
    if storage(array).base is None:
        return None
    from .shared_memory import mapping_of

    return mapping_of(array)


def _index(of: UntypedStorage | TypedStorage, index: Any) -> int:
    if not isinstance(index, int):
        raise RuntimeError(f"can't index a {type(of)} with {type(index)}")
    n = len(of)
    if not -n <= index < n:
        raise IndexError(f"index {index} out of range for storage of size {n}")
    return index


def _shown(storage: UntypedStorage | TypedStorage, name: str) -> str:
    elements = "..." if storage.device is not CPU else " " + "\n ".join(map(str, storage.tolist()))
    return f"{elements}\n[{name}]"


def _deprecated() -> None:
    warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
        "class. This should only matter to you if you are using storages directly.  To access UntypedStorage directly, "
        "use tensor.untyped_storage() instead of tensor.storage()",
        once=True,
    )


def is_storage(obj: object, /) -> bool:
    """Whether this is a storage object."""
    return isinstance(obj, (UntypedStorage, TypedStorage))


def _untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory that the tensor looks at, as bytes."""
    if self.layout is not strided:
        raise NotImplementedError("Cannot access storage of SparseTensorImpl")
    if self._is_zerotensor():
        raise RuntimeError("The tensor has a non-zero number of elements, but its data is not allocated yet.")
    return UntypedStorage(_flat(self), device=self.device)


def _typed_storage(self: Tensor) -> TypedStorage:
    """The same as elements of the tensor's dtype.  Deprecated."""
    _deprecated()
    return TypedStorage(wrap_storage=_untyped_storage(self), dtype=self._dtype, _internal=True)


def _internal_storage(self: Tensor) -> TypedStorage:
    """`Tensor.storage` without its warning."""
    return TypedStorage(wrap_storage=_untyped_storage(self), dtype=self._dtype, _internal=True)


def _storage_type(self: Tensor) -> Any:
    """The old class of storages of the tensor's dtype.  Deprecated."""
    _deprecated()
    return _LEGACY[self._dtype]


_set_tensor = Tensor.__dict__["set_"]


def _set(
    self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Sequence[int] = ()
) -> Tensor:
    """Take over the memory of a tensor or a storage, in place; without one, be empty.

    Raises:
        RuntimeError: for another dtype, and where an in-place change is refused.

    Source: ``torch.Tensor.set_``.
    """
    if source is None:
        return _set_tensor(self, wrap(np.zeros(0, self._dtype.numpy), self._dtype))
    if isinstance(source, Tensor) and size is None:
        return _set_tensor(self, source)
    memory = _untyped_storage(source) if isinstance(source, Tensor) else source.untyped()
    whole = wrap(memory._bytes.view(self._dtype.numpy), self._dtype)
    if size is not None:
        whole = whole.as_strided(size, stride or wrap(np.empty(size)).stride(), storage_offset)
    return _set_tensor(self, whole)


def _share_memory_(self: Tensor) -> Tensor:
    """Move the memory, and all tensors that have a part of it, to where other processes can have it too: those that
    are forked from now on, and those that get the tensor through a queue of ``torch.multiprocessing``.

    Raises:
        RuntimeError: for a tensor without elements of its own.

    Source: ``torch.Tensor.share_memory_``.
    """
    from .shared_memory import share

    if self.is_meta:
        raise RuntimeError("_share_fd_: only available on CPU")
    _untyped_storage(self)  # raises for what has none
    share(self)
    return self


def _is_shared(self: Tensor) -> bool:
    """Whether other processes can have the memory."""
    return self.layout is strided and _mapping(self._array) is not None


def from_file(
    filename: str, shared: bool | None = None, size: int | None = 0, *, dtype: dtype | None = None, layout: Any = None,
    device: Any = None, pin_memory: bool | None = None,
) -> Tensor:  # fmt: skip
    """A tensor whose memory is a file's.

    Args:
        filename: where it is.
        shared: whether what is written goes to the file, which is then made if it is not there.
        size: the number of elements.
        dtype: of the elements.
        layout: strided.
        device: the CPU.
        pin_memory: without effect.

    Raises:
        RuntimeError: if the file cannot be opened, or is too small.

    Source: ``torch.from_file``.
    """
    kind = dtype or default_dtype()
    memory = UntypedStorage.from_file(filename, bool(shared), (size or 0) * kind.itemsize)
    return wrap(memory._bytes.view(kind.numpy), kind)


for _name, _method in (
    ("share_memory_", _share_memory_),
    ("is_shared", _is_shared),
    ("untyped_storage", _untyped_storage),
    ("storage", _typed_storage),
    ("_typed_storage", _internal_storage),
    ("storage_type", _storage_type),
    ("set_", _set),
):
    _method.__name__ = _name
    setattr(Tensor, _name, _method)

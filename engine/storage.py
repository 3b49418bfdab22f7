"""Storages: the memory of tensors as objects.

A tensor here is a NumPy array, and its storage the array that owns the memory; a storage object is a flat look at that,
made when it is asked for.  ``UntypedStorage`` sees bytes, ``TypedStorage``, which is deprecated, elements.

Source: ``torch.UntypedStorage`` and ``torch.TypedStorage``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .device import CPU
from .device import device as Device
from .dtypes import dtype
from .layout import storage, strided
from .tensor import Tensor, wrap
from .warning import warn


def _flat(tensor: Tensor) -> np.ndarray:
    """The bytes of all the memory that a tensor's storage has."""
    owner = storage(tensor._array)
    if not owner.flags.c_contiguous:
        order = sorted(range(owner.ndim), key=lambda dim: -owner.strides[dim])
        owner = owner.transpose(order)
    return owner.reshape(-1).view(np.uint8)


class UntypedStorage:
    """Memory as bytes."""

    __module__ = "torch.storage"
    is_cuda = False

    def __init__(self, size: int | np.ndarray = 0, device: Device = CPU) -> None:
        self._bytes = np.zeros(size, np.uint8) if isinstance(size, int) else size
        self.device = device

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


class TypedStorage:
    """Memory as elements of one dtype.  Deprecated: it warns, once."""

    __module__ = "torch.storage"
    is_cuda = False

    def __init__(self, *, wrap_storage: UntypedStorage, dtype: dtype, _internal: bool = False) -> None:
        if not _internal:
            _deprecated()
        self._untyped_storage, self.dtype = wrap_storage, dtype

    @property
    def device(self) -> Device:
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

    def __repr__(self) -> str:
        return _shown(self, f"torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}")


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
    return UntypedStorage(_flat(self), self.device)


def _typed_storage(self: Tensor) -> TypedStorage:
    """The same as elements of the tensor's dtype.  Deprecated."""
    _deprecated()
    return TypedStorage(wrap_storage=_untyped_storage(self), dtype=self._dtype, _internal=True)


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


for _name, _method in (("untyped_storage", _untyped_storage), ("storage", _typed_storage), ("set_", _set)):
    _method.__name__ = _name
    setattr(Tensor, _name, _method)

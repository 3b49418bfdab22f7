"""Exchange of memory with other libraries, through NumPy's.  Source: ``torch.utils.dlpack``."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from ..layout import strided
from ..tensor import Tensor, wrap


class DLDeviceType(IntEnum):
    """Where memory is, by DLPack's numbers."""

    __module__ = "torch.utils.dlpack"

    kDLCPU = 1
    kDLCUDA = 2

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self.name}: {self.value}>"


def _dlpack_device(self: Tensor) -> tuple[DLDeviceType, int]:
    """The CPU, by DLPack's number."""
    return DLDeviceType.kDLCPU, 0


def _dlpack(self: Tensor, **options: Any) -> Any:
    """A capsule of the tensor's memory.

    Raises:
        BufferError: if the tensor requires grad, is sparse, or on ``meta``.
    """
    _check_untracked(self)
    if self.layout is not strided:
        raise BufferError("Can't export tensors with layout other than torch.strided")
    return to_dlpack(self)


def _check_untracked(tensor: Tensor) -> None:
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")


def to_dlpack(tensor: Tensor, /) -> Any:
    """A capsule of a tensor's memory, whether it requires grad or not.

    Raises:
        BufferError: for tensors on ``meta``.
        RuntimeError: for sparse ones.
    """
    if tensor.is_meta:
        raise BufferError("Cannot pack tensors on meta")
    tensor.data_ptr()  # which sparse tensors refuse
    return tensor._array.__dlpack__()


def from_dlpack(ext_tensor: Any, /, **options: Any) -> Tensor:
    """A tensor that shares memory with another library's, or with a capsule of it.

    Raises:
        RuntimeError: for anything else.
        BufferError: for a tensor that requires grad.
    """
    if isinstance(ext_tensor, Tensor):
        _check_untracked(ext_tensor)
        return wrap(ext_tensor._array, ext_tensor._dtype)
    if not hasattr(ext_tensor, "__dlpack__"):
        if type(ext_tensor).__name__ != "PyCapsule":
            raise RuntimeError(
                "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so "
                "you might have already constructed a tensor from it once."
            )
        ext_tensor = _Capsule(ext_tensor)
    return wrap(np.asarray(_Memory(np.from_dlpack(ext_tensor))))


class _Memory:
    """An array's memory, to be written, too: NumPy takes a capsule that does not say so for read-only."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array  # keeps the memory
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


class _Capsule:
    """A capsule as NumPy takes it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule


for _name, _method in (("__dlpack__", _dlpack), ("__dlpack_device__", _dlpack_device)):
    setattr(Tensor, _name, _method)

"""Memory that several processes, or a file, share with tensors.

A *mapping* is such memory; the array that owns the memory of a tensor looks at it.  ``share_memory_`` moves a tensor's
memory into one, and with it all tensors that have a part of it.

Source: ``torch.Tensor.share_memory_`` and ``torch.from_file``.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import tempfile
from typing import Any

import numpy as np

from .copying import memory, placed
from .layout import storage
from .tensor import Tensor
from .tensor_base import TensorBase


class Mapping(mmap.mmap):
    """Memory of a file: one with a name, or one that nobody else can open."""

    filename: str | None = None
    shared = True
    fd = -1

    def __del__(self) -> None:
        if self.fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self.fd)


def anonymous(size: int) -> Mapping:
    """Memory that processes made from now on have too, and that others can be given."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("torch")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return opened(fd, size)


def opened(fd: int, size: int) -> Mapping:
    """The memory behind a descriptor, which it takes over."""
    found = Mapping(fd, size)
    found.fd = fd
    return found


def mapped(filename: str, shared: bool, size: int) -> Mapping:
    """The memory of a file.

    Args:
        filename: where it is.
        shared: whether what is written goes to the file, which is then made, and made as large as it must be.
        size: in bytes.

    Raises:
        RuntimeError: if the file cannot be opened, or is smaller and not shared.
    """
    try:
        fd = os.open(filename, os.O_RDWR | os.O_CREAT if shared else os.O_RDONLY, 0o600)
    except OSError as error:
        mode = "read-write" if shared else "read-only"
        raise RuntimeError(
            f"unable to open file <{filename}> in {mode} mode: {error.strerror} ({error.errno})"
        ) from None
    try:
        there = os.fstat(fd).st_size
        if there < size and not shared:
            raise RuntimeError(f"file <{filename}> size <{there}> is smaller than the required mapping size <{size}>")
        if there < size:
            os.ftruncate(fd, size)
        found = Mapping(fd, size, mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    finally:
        os.close(fd)
    found.filename, found.shared = filename, shared
    return found


def bytes_of(mapping: Mapping) -> np.ndarray:
    """The memory as an array."""
    return np.frombuffer(mapping, np.uint8)


def mapping_of(array: np.ndarray) -> Mapping | None:
    """The mapping in which an array lies, if it lies in one."""
    base: Any = storage(array).base
    base = base.obj if isinstance(base, memoryview) else base
    return base if isinstance(base, Mapping) else None


def _elements(tensor: Any) -> Any:
    """The elements of a tensor; None if it has none, or is a parameter whose shape is not known yet."""
    try:
        return tensor._array if tensor._array.size else None
    except (AttributeError, ValueError):
        return None


def share(tensor: Tensor) -> None:
    """Move the memory of a tensor, and of all that have a part of it, to where other processes can have it.

    Raises:
        NotImplementedError: if one of them is conjugated when it is read.
    """
    found = memory(tensor._array)
    if found is None or mapping_of(tensor._array) is not None:
        return
    owner = found[0]
    # Asked of their classes: what an object that is none of ours says of itself may have effects.
    others = [
        one
        for one in gc.get_objects()
        if issubclass(type(one), TensorBase) and (array := _elements(one)) is not None and storage(array) is owner
    ]
    places = [memory(one._array) for one in others]
    if None in places:
        raise NotImplementedError("share_memory_: a tensor in this memory is conjugated when it is read")
    moved = bytes_of(anonymous(owner.nbytes))
    flat = owner if owner.flags.c_contiguous else owner.T
    moved[:] = flat.reshape(-1).view(np.uint8)
    for one, place in zip(others, places, strict=True):
        one._array = placed(moved, place[1], one._dtype)  # type: ignore[index]

"""``torch.autograd.graph.allow_mutation_on_saved_tensors``: change in place what backward still needs.

What the block saves is known by its memory.  Before that is written to, it is copied, and backward reads the copy.

Source: ``torch.autograd.graph.allow_mutation_on_saved_tensors``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from weakref import WeakKeyDictionary, WeakValueDictionary

from ..layout import storage
from ..tensor import Tensor, wrap
from .graph import saved_tensors_hooks
from .modes import BEFORE_WRITE


class _Handle:
    """What a node keeps instead of a tensor."""

    __slots__ = ("__weakref__",)


class AllowMutationOnSavedContext:
    """What a block has saved: ``original`` tensors, and the ``cloned`` ones, which have been written to since."""

    def __init__(self) -> None:
        self.cloned: WeakKeyDictionary[_Handle, Tensor] = WeakKeyDictionary()
        self.original: WeakKeyDictionary[_Handle, Tensor] = WeakKeyDictionary()
        self._handles: WeakValueDictionary[tuple, _Handle] = WeakValueDictionary()

    def clear(self) -> None:
        """Forget everything: backward can no longer read what was saved."""
        self.cloned.clear()
        self.original.clear()
        self._handles.clear()

    def _pack(self, tensor: Tensor) -> _Handle:
        array = tensor._array
        key = (tensor.data_ptr(), tensor._version, array.shape, array.strides, tensor._dtype)
        handle = self._handles.get(key)
        if handle is None or handle not in self.original:
            handle = self._handles[key] = _Handle()
            self.original[handle] = tensor
        return handle

    def _unpack(self, handle: _Handle) -> Tensor:
        found = self.cloned.get(handle)
        if found is None:
            found = self.original.get(handle)
        if found is None:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context"
                "in which the graph was originally recorded."
            )
        return found

    def _before_write(self, target: Tensor) -> None:
        memory = storage(target._array)
        for handle, saved in list(self.original.items()):
            if storage(saved._array) is memory:
                self.cloned[handle] = wrap(saved._array.copy(order="K"), saved._dtype)
                del self.original[handle]


AllowMutationOnSavedContext.__name__ = AllowMutationOnSavedContext.__qualname__ = "_AllowMutationOnSavedContext"
AllowMutationOnSavedContext.__module__ = "torch.autograd.graph"


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[AllowMutationOnSavedContext]:
    """Copy saved tensors before something in the block modifies them in place, so that backward sees them as they were.

    Yields:
        what has been saved, until the block ends.

    Raises:
        RuntimeError: inside of another such block.
    """
    if BEFORE_WRITE.get() is not None:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    context = AllowMutationOnSavedContext()
    with saved_tensors_hooks(context._pack, context._unpack):
        token = BEFORE_WRITE.set(context._before_write)
        try:
            yield context
        finally:
            BEFORE_WRITE.reset(token)
            context.clear()

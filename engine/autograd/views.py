"""Views: tensors that share memory with a base, and what in-place changes do to the graph.

A view remembers its base (never another view) and the version at which its ``grad_fn`` was right::

    y = x * 2          y: MulBackward0
    v = y[0:1]         v: SliceBackward0 <- MulBackward0
    v.mul_(10)         y: CopySlices(MulBackward0, fn=MulBackward0 of the slice)
                       v: stale; when next asked for: AsStridedBackward0 <- CopySlices

So an in-place change of a view puts a ``CopySlices`` on the *base*, and every view of that base, the changed one
included, finds at its next use that its version is behind, and makes its ``grad_fn`` anew from the base's.

Source: "In-place operations on views" in torch's autograd notes.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

import numpy as np

from ..layout import contiguous_format, element_strides, storage
from ..tensor import Tensor
from ..tensor_base import NO_VERSION, UNFOLLOWED, InferenceCounter
from .levels import is_batched
from .modes import FORMULA, GRAD, INFERENCE, STATE
from .node import Node, edge_of, next_sequence_nr, operation_name


class Creation(Enum):
    """How a view was made, which decides whether it may be modified in place."""

    DEFAULT = 0
    IN_CUSTOM_FUNCTION = 1
    MULTI_OUTPUT = 2
    NO_GRAD = 3
    INFERENCE = 4


class View:
    """How a tensor is a view of ``base``; ``version`` is the one that its ``grad_fn`` belongs to. A view that
    ``borrows`` requires grad because its base does: what is computed of it is recorded, but leads nowhere."""

    __slots__ = ("base", "borrows", "creation", "version")

    as_strided_node: ClassVar[Callable[[Tensor, Tensor], Node]]
    """Records that the second tensor is a strided view of the first; set by ``ops.shape``, where the operation is."""

    def __init__(self, base: Tensor, creation: Creation, version: int) -> None:
        self.base, self.creation, self.version, self.borrows = base, creation, version, False

    def refresh(self, tensor: Tensor) -> None:
        """Make the ``grad_fn`` of this tensor anew if the memory has changed since it was made.

        Raises:
            RuntimeError: if this kind of view cannot be followed through a change.
        """
        base = self.base
        if not (base._requires_grad or tensor._requires_grad):
            return
        version = tensor._version
        if version != self.version and base._requires_grad:
            forbid_rebase(tensor, self.creation, indirect=True)
            continue_from(tensor, View.as_strided_node(base, tensor))
            self.version = version
        if not tensor._requires_grad:
            tensor._requires_grad = self.borrows = True

    renew = refresh
    """The same, before a compiled call."""


class ViewOfZeros(View):
    """A view of zeros that nobody has allocated, on which compiled calls give up."""

    __slots__ = ()

    def renew(self, tensor: Tensor) -> None:
        """Make a compiled call give up.

        Raises:
            TypeError: always.
        """
        UNFOLLOWED.renew(tensor)


def make_view(tensor: Tensor, base: Tensor, creation: Creation | None = None) -> None:
    """Note that ``tensor``, fresh from a view operation, shares ``base``'s memory and version counter, and that nobody
    has allocated it if nobody has allocated that."""
    if base._counter is None:
        base._counter = [0]
    tensor._counter = NO_VERSION if base.is_inference() else base._counter
    if creation is None:
        creation = Creation.DEFAULT if GRAD.get() else Creation.INFERENCE if INFERENCE.get() else Creation.NO_GRAD
    kind, parent = View, base._view
    if base._extra is not None and base._extra.is_zero:
        tensor._make_extra().is_zero, kind = True, ViewOfZeros
    if parent is not None and parent is not UNFOLLOWED:
        base = parent.base
        if creation is Creation.DEFAULT:
            creation = parent.creation
    tensor._view = UNFOLLOWED if tensor._counter is NO_VERSION else kind(base, creation, tensor._counter[0])


def bump(target: Tensor) -> None:
    """Raise the version of a tensor and of all that share its memory.

    Raises:
        RuntimeError: for inference tensors outside of inference mode; as in torch, the elements have changed by then.
    """
    if target._counter is None:
        target._counter = [1]
    elif not isinstance(target._counter, InferenceCounter):
        target._counter[0] += 1
    elif INFERENCE.get():
        return
    elif target._counter.version is not None:
        target._counter.version += 1
    else:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a "
            "normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
        )


Geometry = tuple[tuple[int, ...], tuple[int, ...], int]


def geometry(base: np.ndarray, view: np.ndarray) -> Geometry:
    """Size, stride and storage offset of ``view``, in elements of the storage that it shares with ``base``."""
    if not view.size:  # NumPy gives it memory of its own
        return view.shape, element_strides(view), 0
    itemsize = view.itemsize
    start = view.__array_interface__["data"][0] - storage(base).__array_interface__["data"][0]
    return view.shape, tuple(s // itemsize for s in view.strides), start // itemsize


_UNTRACKED_VIEW = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
    "both the view and the inplace either both inside the {} block (if you don't want the inplace to be "
    "tracked) or both outside (if you want the inplace to be tracked)."
)


def forbid_rebase(tensor: Tensor, creation: Creation, *, indirect: bool = False) -> None:
    """Refuse to change the history of a view that cannot be followed.

    Raises:
        RuntimeError: for views made in no_grad mode, by custom Functions, or as one of several outputs.
    """
    if creation is Creation.DEFAULT:
        return
    modified = "its base or another view of its base has been" if indirect else "is being"
    fn = tensor._grad_fn
    what = "A view was created"
    if fn is not None:
        what = f"Output {tensor._output_nr} of {operation_name(fn)} is a view"
    if fn is None or creation in (Creation.NO_GRAD, Creation.INFERENCE):
        what += "" if fn is None else " of a view which was created"
        inference = creation is Creation.INFERENCE
        what += " in inference mode" if inference else " in no_grad mode"
        modified += " modified inplace in normal mode" if inference else " modified inplace with grad mode enabled"
    else:
        modified += " modified inplace"
    text = f"{what} and {modified}."
    if creation in (Creation.NO_GRAD, Creation.INFERENCE):
        mode = "no_grad" if creation is Creation.NO_GRAD else "inference_mode"
        raise RuntimeError(f"{text} {_UNTRACKED_VIEW.format(mode)}")
    if creation is Creation.MULTI_OUTPUT:
        raise RuntimeError(
            f"{text} This view is the output of a function that returns multiple views. Such functions do not "
            "allow the output views to be modified inplace. You should replace the inplace operation by an "
            "out-of-place one."
        )
    raise RuntimeError(
        f"{text} This view was created inside a custom Function (or because an input was returned as-is) and the "
        "autograd logic to handle view+inplace would override the custom backward associated with the custom "
        "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
        "output of the custom Function."
    )


def forbid_view(tensor: Tensor, *, is_tracked: bool) -> None:
    """Refuse to modify a view that cannot be followed, or that is one of a leaf.

    Raises:
        RuntimeError: as `forbid_rebase` does; and for a tracked view of a leaf.
    """
    view = tensor._view
    forbid_rebase(tensor, view.creation)
    if is_tracked and view.base.grad_fn is None:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")


class CopySlices(Node):
    """The history of a base of which a view was modified by ``fn``.

    The gradient of the base passes through, except where the view lies: there it goes through ``fn``.
    """

    __slots__ = ("base_geometry", "fn", "is_part", "is_toggled", "view_geometry")
    __module__ = "builtins"
    _display_name = "torch::autograd::CopySlices"

    fn: Node
    base_geometry: Geometry
    view_geometry: Geometry
    is_part: bool
    """Whether the view has the real or imaginary parts of the base's elements."""
    is_toggled: bool
    """Whether it has the conjugates of the elements, or the opposites of the parts."""

    def _apply(self, grad: Tensor) -> list[Tensor | None]:
        size, stride, _ = self.base_geometry
        result = grad.new_empty_strided(size, stride).copy_(grad)
        grad_slice = self._slice(result)
        given: Any = grad_slice.clone(memory_format=contiguous_format)
        token = FORMULA.set(FORMULA.get() and not self.fn._is_users)
        try:
            found = self.fn._apply([given] if self.fn._takes_all else given)
        finally:
            FORMULA.reset(token)
        if STATE.unusual and found[0] is not None and is_batched(found[0]) and not is_batched(grad):
            result = found[0].new_empty_strided(*self.base_geometry[:2]).copy_(result)
            grad_slice = self._slice(result)
        if found[0] is None:
            grad_slice.zero_()
        else:
            grad_slice.copy_(found[0])
        found[0] = result
        return found

    def _slice(self, grad: Tensor) -> Tensor:
        """Where the view lies in the gradient of the base."""
        (size, stride, start), offset = self.view_geometry, self.base_geometry[2]
        if self.is_part:
            grad, offset = grad.real, 2 * offset
        found = grad.as_strided(size, stride, 0 if 0 in size else start - offset)  # which NumPy places anywhere
        if self.is_toggled:
            found = found._neg_view() if self.is_part else found.conj()
        return found

    def _release(self) -> None:
        release = self.fn._release
        if release is not None:
            release()


def continue_from(tensor: Tensor, node: Node, nr: int = 0) -> None:
    """Let the tensor be output ``nr`` of ``node`` from now on.

    If it retains its gradient, that is the gradient of its new value; hooks stay where they were registered.
    """
    if tensor.retains_grad:
        assert tensor._extra is not None
        tensor._grad_fn._extra.retain_hooks.pop(tensor._output_nr, None)
        node._make_extra().retain_hooks[nr] = tensor._extra.retains_grad
    tensor._grad_fn, tensor._output_nr, tensor._requires_grad = node, nr, True


def rebase_history(tensor: Tensor, node: Node, nr: int = 0) -> None:
    """Let ``tensor``, just modified in place by the operation that ``node`` records, be output ``nr`` of ``node``."""
    view = tensor._view
    if view is None or view is UNFOLLOWED:
        continue_from(tensor, node, nr)
        return
    base: Any = view.base
    slices = object.__new__(CopySlices)
    slices._edges = (edge_of(base), *node._edges[1:])
    slices._seq = next_sequence_nr()
    slices._shape, slices._dtype = base._array.shape, base._dtype
    slices._more = slices._extra = None
    slices.fn = node
    slices.base_geometry = geometry(base._array, base._array)
    slices.view_geometry = geometry(base._array, tensor._array)
    slices.is_part = base._dtype.is_complex and not tensor._dtype.is_complex
    slices.is_toggled = tensor.is_neg() if slices.is_part else tensor.is_conj() is not base.is_conj()
    continue_from(base, slices)
    continue_from(tensor, View.as_strided_node(base, tensor))
    view.version = tensor._version

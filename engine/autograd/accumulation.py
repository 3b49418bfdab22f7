"""How gradients add up, at leaves and where they meet: in place, where nothing else can see the memory.

Source: the layout contract of gradients in torch's notes, under ``torch.Tensor.grad``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from sys import getrefcount

import numpy as np

from ..layout import contiguous_format, element_strides
from ..opaque_array import HollowArray, OpaqueArray
from ..pending_array import PendingArray
from ..quiet import run as quiet
from ..quiet import safely
from ..sparse_array import SparseArray
from ..strides import is_dense
from ..tensor import Tensor, check_allocated, wrap
from ..warning import warn
from .hooks import run_post_accumulate_hooks
from .modes import GRAD, LAYOUT, STATE, WATCHERS
from .node import AccumulateGrad
from .views import bump

_accumulating = threading.Lock()
_COUNTS_ARE_KNOWN = sys.version_info < (3, 14)
"""Whether the numbers of references in this file are right; later interpreters borrow them where these count them."""

_add: Callable[..., np.ndarray] = np.add


def is_unshared(gradient: Tensor, array: np.ndarray) -> bool:
    """Whether nothing but this tensor, and the caller's variable, sees the memory of its array."""
    # References to the array: the tensor's slot, the caller's variable, the parameter, the argument of getrefcount.
    if not _COUNTS_ARE_KNOWN or getrefcount(array) > 4 or array.__class__ is PendingArray:
        return False
    owner = array.base
    if owner is None:
        return True
    if owner.__class__ is not np.ndarray or owner.base is not None or owner.size != array.size:
        return array.__class__ is not np.ndarray  # one without elements (meta.py)
    # References to the owner of a view's memory: the view, the variable, the argument; and the view's base tensor,
    # if only the view holds that.
    view = gradient._view
    held = 4 if view is not None and view.base._array is owner and getrefcount(view.base) <= 2 else 3
    return getrefcount(owner) <= held


def add(*arrays: np.ndarray) -> np.ndarray:
    """Sum of two arrays of one dtype, into a third if it is given."""
    try:
        return quiet(_add, *arrays)
    except RuntimeError:  # another thread is in the quiet context
        return safely(_add, *arrays)


def addend(gradient: Tensor) -> np.ndarray:
    """The elements of a gradient as they are added: complex ones times one, as torch's sums have it."""
    array = gradient._array
    return safely(np.multiply, array, 1) if gradient._dtype.is_complex else array


def add_in_place(accumulated: Tensor, gradient: Tensor) -> None:
    """``accumulated += gradient``, unrecorded."""
    into = accumulated._array
    add(into, addend(gradient), into)
    bump(accumulated)


def is_bare(node: AccumulateGrad) -> bool:
    """Whether no hook can see what arrives at a leaf."""
    extra = node._variable._extra
    return node._extra is None and (extra is None or not (extra.hooks or extra.post_accumulate_hooks))


def accumulate_grad(node: AccumulateGrad, gradient: Tensor, create_graph: bool, held: int) -> None:
    """Add a gradient to the leaf's ``.grad``: in place, unless the pass is recorded.

    The first gradient becomes ``.grad`` itself if nothing else refers to it, and is copied otherwise, in the leaf's
    memory layout.  As in torch, its memory may be another tensor's: that of the root's gradient, of which it is a view.
    ``held`` says how many references to the gradient the frames of the pass hold.
    """
    variable = node._variable
    if not variable._requires_grad and not variable.requires_grad:
        return  # switched off since the graph was recorded
    extra = variable._extra
    with _accumulating:
        accumulated = variable._grad
        if accumulated is None:
            variable._grad = first_gradient(variable, gradient, create_graph, held)
        else:
            if accumulated._extra is not None:
                check_allocated(accumulated)
            if create_graph:
                accumulated = variable._grad = accumulated + gradient
            elif isinstance(accumulated._array, SparseArray) and not isinstance(gradient._array, SparseArray):
                accumulated = variable._grad = gradient + accumulated
            elif (
                accumulated._grad_fn is None
                and gradient._extra is None
                and not isinstance(gradient._array, OpaqueArray)
                and accumulated._array.__class__ is not PendingArray
                and accumulated._dtype is gradient._dtype
                and accumulated._array.shape == gradient._array.shape
                and not (STATE.unusual and WATCHERS.get())
            ):
                add_in_place(accumulated, gradient)
            else:
                accumulated.add_(gradient)
            if accumulated._array.strides != variable._array.strides:
                check_layout(accumulated, variable)
    if extra is not None and extra.post_accumulate_hooks is not None:
        run_post_accumulate_hooks(variable, extra.post_accumulate_hooks)


def first_gradient(variable: Tensor, gradient: Tensor, create_graph: bool, held: int) -> Tensor:
    """What becomes ``.grad`` of a leaf that has none."""
    array = gradient._array
    if isinstance(array, OpaqueArray):
        if isinstance(array, HollowArray):
            return gradient if create_graph else gradient.detach()
        return gradient if create_graph else wrap(array.copy(), gradient._dtype)
    layout: tuple[int, ...] | None = variable._array.strides
    is_alike = array.strides == layout
    if not is_alike or create_graph or not array.size:
        layout = dense_strides(variable._array, array.itemsize)
    if create_graph:
        if layout is None:
            return gradient.clone(memory_format=contiguous_format)
        itemsize = gradient._dtype.itemsize
        return gradient.new_empty_strided(gradient.shape, [s // itemsize for s in layout]).copy_(gradient)
    obeys = is_alike and array.size > 0
    if not obeys:
        obeys = not LAYOUT.get() or (array.flags.c_contiguous if layout is None else _lies_so(gradient, layout))
    if obeys and _COUNTS_ARE_KNOWN and getrefcount(gradient) <= held and array.__class__ is not PendingArray:
        if gradient._requires_grad:  # a hook has given it
            return gradient.detach()
        if gradient._extra is not None:
            if gradient._extra.is_zero:
                return gradient.detach()
            gradient._extra.tangent = None
        gradient._view = None
        if STATE.unusual and WATCHERS.get():
            gradient.detach()  # as those who watch torch see it taken over
        return gradient
    if layout is None:
        return wrap(array.copy(), gradient._dtype)
    if array.size:
        copied = array.__class__(array.shape, array.dtype, strides=layout)
        copied[...] = array
    else:
        copied = array.copy()
    result = wrap(copied, gradient._dtype)
    result._counter = [1]  # the copy is a write
    return result


def _lies_so(gradient: Tensor, layout: tuple[int, ...]) -> bool:
    """Whether a gradient has these strides, whatever they are along one element, but for those that are expanded."""
    array = gradient._array
    if not array.size and gradient._is_view():  # NumPy does not tell
        base = gradient._view.base._array.shape
        if base != array.shape and is_expandable(base, array.shape):
            return False
    strides = array.strides if array.size else dense_strides(array, array.itemsize) or ()
    return all(a == b or (n == 1 and a) for n, a, b in zip(array.shape, strides, layout, strict=True))


def is_expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether a tensor of ``shape`` broadcasts to ``to``."""
    if len(shape) > len(to):
        return False
    return all(n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False))


def dense_strides(array: np.ndarray, itemsize: int) -> tuple[int, ...] | None:
    """The strides of a leaf, in bytes of its gradient; None if its elements overlap or have gaps between them."""
    return tuple(step * itemsize for step in element_strides(array)) if is_dense(array) else None


def check_layout(gradient: Tensor, variable: Tensor) -> None:
    """Warn if an accumulated gradient does not lie in memory as its leaf, or row-major if that is not dense."""
    if isinstance(gradient._array, SparseArray):
        return
    array, shape = gradient._array, list(gradient._array.shape)
    strides, expected = list(element_strides(array)), list(element_strides(variable._array))
    if dense_strides(variable._array, 1) is None:
        obeys = array.flags.c_contiguous
    else:
        obeys = all(n == 1 or a == b for a, b, n in zip(strides, expected, shape, strict=True))
    if not obeys and array.size and LAYOUT.get():
        warn(
            "grad and param do not obey the gradient layout contract. This is not an error, but may impair performance."
            f"\ngrad.sizes() = {shape}, strides() = {strides}"
            f"\nparam.sizes() = {list(variable._array.shape)}, strides() = {expected}\n",
            once=True,
        )


def _accumulate_alone(node: AccumulateGrad, gradient: Tensor) -> list[Tensor | None]:
    """Accumulate for a caller that is no pass, and keeps the gradient."""
    accumulate_grad(node, gradient, GRAD.get(), 0)
    return []


AccumulateGrad._apply = _accumulate_alone  # type: ignore[assignment]

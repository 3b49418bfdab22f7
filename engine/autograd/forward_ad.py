"""Forward-mode derivatives: tensors that carry a tangent while a level is open.

A *dual* tensor has a tangent of its shape.  While a level is open, whatever is computed from dual tensors gets the
tangent that follows (``dispatch/tangents.py``); a tensor without one counts as a constant.  When the level is closed,
its tangents are gone.

A tangent is kept in the tensor's ``Extra`` with the level that it belongs to, so that closing the level is enough to
forget all of them.  A view without a tangent of its own sees that of its base; writing a dual tensor into a part of a
plain one gives the whole one a tangent, which is zero elsewhere.

Source: ``torch.autograd.forward_ad``, and "Forward-mode AD" in torch's notes.
"""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from ..layout import element_strides, storage
from ..tensor import Tensor, wrap
from ..tensor_base import INFERENCE
from .levels import is_batched, lifted, wrapped
from .modes import GRAD, STATE, _DecoratorContextManager
from .node import Node, edge_of, next_sequence_nr
from .views import geometry, make_view

ENABLED: ContextVar[bool] = ContextVar("forward_mode", default=True)
"""Whether operations compute tangents in this thread."""


class Level:
    """What tangents belong to; they are there as long as it is the one that is open."""

    __slots__ = ()


class _Forward:
    """The level that is open in this process: there is at most one."""

    __slots__ = ("level",)

    def __init__(self) -> None:
        self.level: Level | None = None


FORWARD = _Forward()


def is_active() -> bool:
    """Whether operations compute tangents: a level is open, and inference mode is off."""
    return FORWARD.level is not None and ENABLED.get() and not INFERENCE.get()


def is_differentiated_again() -> bool:
    """Whether what a formula computes is recorded, or has tangents: then all must be a function of what it is of."""
    return GRAD.get() or is_active()


# Levels.


def enter_dual_level() -> int:
    """Open the level, and give its number, 0.

    Raises:
        RuntimeError: if it is open.

    Source: ``torch.autograd.forward_ad.enter_dual_level``.
    """
    if FORWARD.level is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    FORWARD.level = Level()
    STATE.unusual += 1
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Close the level: tangents are gone.

    Raises:
        RuntimeError: if it is not open, or for the number of another one.

    Source: ``torch.autograd.forward_ad.exit_dual_level``.
    """
    current = _current()
    if (current if level is None else level) != current:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if current < 0:
        raise RuntimeError("Dual level must be a positive number.")
    FORWARD.level = None
    STATE.unusual -= 1


def _current() -> int:
    return -1 if FORWARD.level is None else 0


class dual_level(_DecoratorContextManager):
    """A block, or function, in which the level is open.  Source: ``torch.autograd.forward_ad.dual_level``."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        exit_dual_level()


class _set_fwd_grad_enabled(_DecoratorContextManager):
    """Set whether operations compute tangents; as a context, restore it at the end."""

    def __init__(self, mode: bool) -> None:
        self.prev, self.mode = ENABLED.get(), mode
        ENABLED.set(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        ENABLED.set(self.prev)

    def clone(self) -> _set_fwd_grad_enabled:
        return type(self)(self.mode)


def _is_fwd_grad_enabled() -> bool:
    return ENABLED.get() and not INFERENCE.get()


# Tangents.


def tangent_of(tensor: Tensor) -> Tensor | None:
    """The tangent at the open level; None if there is none, or no level is open."""
    level = FORWARD.level
    if level is None:
        return None
    extra = tensor._extra
    if extra is not None and extra.tangent is not None and extra.tangent[0] is level:
        return extra.tangent[1]
    view = tensor._view
    if view is None or (view.base._extra is None and view.base._view is None):
        return None
    of_base = tangent_of(view.base)
    if of_base is None or view.base._dtype is not tensor._dtype:
        return None
    found = _part(of_base, view.base, tensor)
    tensor._make_extra().tangent = (level, found)
    return found


def is_differentiated(tensor: Tensor) -> bool:
    """Whether results of this tensor are differentiated, backward or forward."""
    return tensor.requires_grad or has_tangent(tensor)


def has_tangent(tensor: Tensor) -> bool:
    """Whether operations on this tensor compute tangents."""
    return is_active() and tangent_of(tensor) is not None


def _part(tangent: Tensor, base: Tensor, view: Tensor) -> Tensor:
    """What lies in the tangent of ``base`` where ``view`` lies in ``base``."""
    size, stride, start = geometry(base._array, view._array)
    token = ENABLED.set(False)
    try:
        return tangent.as_strided(size, stride, start - base.storage_offset() + tangent.storage_offset())
    finally:
        ENABLED.reset(token)


def set_tangent(tensor: Tensor, tangent: Tensor | None) -> None:
    """Give a tensor its tangent; one that does not lie in memory as the tensor does is copied.

    None says that it has none, even if it is a view of something that has.

    Raises:
        RuntimeError: if the sizes differ.
    """
    if tangent is not None:
        if tangent._array.shape != tensor._array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
                f"{list(tangent.shape)}."
            )
        alike = _lies_as(tangent._array, tensor._array) and (is_batched(tangent) or _is_placed_as(tangent, tensor))
        if tangent._is_zerotensor() or not alike:
            laid_out = tangent.new_empty_strided(tensor.shape, element_strides(tensor._array))
            tangent = laid_out.copy_(tangent)
    assert FORWARD.level is not None
    tensor._make_extra().tangent = (FORWARD.level, tangent)


def _lies_as(one: np.ndarray, other: np.ndarray) -> bool:
    return all(
        n < 2 or a * other.itemsize == b * one.itemsize
        for n, a, b in zip(one.shape, one.strides, other.strides, strict=True)
    )


def _is_placed_as(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same place in memories of the same size."""
    if one.is_meta or not one._array.size:
        return True
    same_size = storage(one._array).size == storage(other._array).size
    return same_size and one.storage_offset() == other.storage_offset()


def update_tangent(target: Tensor, tangent: Tensor) -> None:
    """Give a tensor that has been modified in place its new tangent; one that it has is modified in place, too."""
    current = tangent_of(target)
    if current is None and target._is_view():
        base = target._view.base
        if tangent_of(base) is None:
            # Made from the new tangent: if that has examples, so must what it is written into.
            set_tangent(base, tangent.new_empty_strided(base.shape, element_strides(base._array)).zero_())
        if target._extra is not None:
            target._extra.tangent = None
        current = tangent_of(target)
    if current is None:
        set_tangent(target, tangent)
    elif current is not tangent:
        current.copy_(tangent)


# Duals.


class UnpackedDualTensor(NamedTuple):
    """What ``unpack_dual`` gives.  Source: ``torch.autograd.forward_ad.UnpackedDualTensor``."""

    primal: Tensor
    tangent: Tensor | None


class Identity(Node):
    """The history of a dual tensor's primal.  Shows as ``CppFunction``, as nodes do that torch has no class for."""

    __slots__ = ()
    __module__ = "builtins"
    _display_name = "torch::autograd::Identity"

    def _apply(self, grad: Tensor) -> list[Tensor | None]:
        return [grad]


Identity.__name__ = Identity.__qualname__ = "CppFunction"


def check_differentiable(name: str, tensor: Tensor) -> None:
    """Refuse a primal or tangent of whole numbers.

    Raises:
        ValueError: for that.
    """
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise ValueError(f"Expected {name} to be floating point or complex, but got: {tensor.dtype}")


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of ``tensor`` that has a tangent.

    Args:
        tensor: the primal, which itself stays as it is.
        tangent: of its size; kept as it is if it lies in memory as the primal does, copied otherwise.
        level: the level's number.

    Raises:
        RuntimeError: if no level is open, if the sizes differ, or if the primal has a tangent already.
        ValueError: if one of them is neither floating point nor complex.

    Source: ``torch.autograd.forward_ad.make_dual``.
    """
    level = _current() if level is None else level
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    check_differentiable("primal", tensor)
    check_differentiable("tangent", tangent)
    if level != _current():
        raise RuntimeError("Invalid level given to _make_dual")
    tensor, tangent = lifted(tensor), lifted(tangent)
    if is_active() and tangent_of(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not "
            "supported."
        )
    if is_active() and tangent_of(tangent) is not None:
        raise RuntimeError(
            "Setting a forward grad that itself has a forward gradient at the same level0 is not supported."
        )
    dual = tensor.view(tensor.shape) if wrapped(tensor) is None else primal_of(tensor)
    if is_active() and (INFERENCE.get() or not (tensor.is_inference() and tangent.is_inference())):
        set_tangent(dual, tangent)
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """A tensor's primal, as a view of it without a tangent, and its tangent, None if it has none.

    Raises:
        RuntimeError: for a tangent at another level.
        TypeError: for anything but a tensor.

    Source: ``torch.autograd.forward_ad.unpack_dual``.
    """
    level = _current() if level is None else level
    if level < 0:
        return UnpackedDualTensor(tensor, None)
    if not isinstance(tensor, Tensor):
        raise TypeError(f"_unpack_dual(): argument 'dual' (position 1) must be Tensor, not {type(tensor).__name__}")
    if level != _current() and tangent_of(tensor) is not None:
        raise RuntimeError("Invalid level given to _fw_primal")
    return UnpackedDualTensor(primal_of(tensor), tangent_of(tensor) if _is_fwd_grad_enabled() else None)


def primal_of(tensor: Tensor) -> Tensor:
    """A view of all of a tensor, without its tangent."""
    primal = wrap(tensor._array, tensor._dtype)
    make_view(primal, tensor)
    if (found := wrapped(tensor)) is not None:
        primal._make_extra().wrapped = found.aliased()
    if not tensor.is_inference() and GRAD.get() and (edge := edge_of(tensor)) is not None:
        node: Node = object.__new__(Identity)
        node._edges, node._seq = (edge,), next_sequence_nr()
        node._shape, node._dtype, node._more, node._extra = tensor._array.shape, tensor._dtype, None, None
        primal._grad_fn, primal._requires_grad = node, True
    set_tangent(primal, None)
    return primal


setattr(Tensor, "_tangent", property(lambda self: tangent_of(self) if is_active() else None))  # noqa: B010

UnpackedDualTensor.__module__ = dual_level.__module__ = "torch.autograd.forward_ad"

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

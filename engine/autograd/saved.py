"""What nodes save for backward, and how it is read back.

An input is saved as the tensor itself, with its version at that time.  An output is saved as its array and
version counter only (an output that held itself through its node would never be freed) and becomes a tensor
again when it is read.  A Python number stays a number.  Reading checks the version; after backward has freed
a node, reading fails.

With a pair of hooks the tensor goes through ``pack`` when it is saved, at once, and what that returned through
``unpack`` at every reading.  The identity of inputs is lost then, and versions are not checked: what was packed is
the hooks' business.

Source: "Saved tensors" and "Hooks for saved tensors" in torch's autograd notes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np

from .. import dtypes
from ..dtypes import DIFFERENTIABLE, dtype
from ..opaque_array import HollowArray
from ..tensor import Tensor, type_text, wrap
from .anomaly import ANOMALY
from .modes import FORMULA, GRAD, STATE, WATCHERS, Overrides
from .node import Edge, Node, edge_of, operation_name

FREED: Final = type("Freed", (), {"__repr__": lambda self: "<freed>"})()
"""Stands where a saved tensor was before backward freed it."""

TWICE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
    "if you need to access saved tensors after calling backward."
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a node class saves: its name in torch, what it is, and the attribute that holds it."""

    name: str
    kind: str  # "input", "inputs" (a list of tensors), "result", "value"
    index: int  # of the input or output; of the slot for values
    attribute: str


class SavedResult:
    """An output as its node keeps it: everything but the node."""

    __slots__ = ("array", "counter", "dtype", "nr")

    def __init__(self, array: np.ndarray, d: dtype, counter: list[int], nr: int) -> None:
        self.array, self.dtype, self.counter, self.nr = array, d, counter, nr


class SavedDual(SavedResult):
    """An output that has a tangent (``forward_ad.py``), with the level that this belongs to."""

    __slots__ = ("tangent",)

    def __init__(self, result: SavedResult, tangent: tuple[Any, Tensor]) -> None:
        super().__init__(result.array, result.dtype, result.counter, result.nr)
        self.tangent = tangent


class SavedWrapped(SavedResult):
    """An output that belongs to a level (``levels.py``)."""

    __slots__ = ("wrapped",)
    wrapped: Any


def as_saved(result: Tensor, nr: int) -> SavedResult:
    """What a node keeps of its output ``nr``."""
    assert result._counter is not None
    if result._array.__class__ is HollowArray:
        return SavedResult(result._detached()._array, result._dtype, result._counter, nr)
    if result._extra is None or result._extra.wrapped is None:
        return SavedResult(result._array, result._dtype, result._counter, nr)
    saved = SavedWrapped(result._array, result._dtype, result._counter, nr)
    saved.wrapped = result._extra.wrapped
    return saved


Hooks = tuple[Callable[[Tensor], Any], Callable[[Any], Tensor]]

DEFAULT_HOOKS: ContextVar[tuple[Hooks, ...]] = ContextVar("saved_tensors_hooks", default=())
"""The pairs of hooks that are active in this thread, the innermost last."""
DISABLED: ContextVar[str | None] = ContextVar("saved_tensors_hooks_disabled", default=None)
"""Why hooks may not be used in this thread."""


_HOOKS = ("arg0: collections.abc.Callable", "arg1: collections.abc.Callable")


def refuse_arguments(name: str, parameters: tuple[str, ...], given: tuple) -> NoReturn:
    """Refuse arguments in the words of torch's bindings.

    Raises:
        TypeError: always.
    """
    raise TypeError(
        f"{name}(): incompatible function arguments. The following argument types are supported:\n"
        f"    1. ({', '.join(parameters)}) -> None\n\nInvoked with: {', '.join(map(repr, given))}"
    )


def check_default_hooks(*hooks: Any) -> None:
    """Refuse what cannot be called as hooks for all that is saved.

    Raises:
        TypeError: for that.
    """
    if not all(map(callable, hooks)):
        refuse_arguments("_push_saved_tensors_default_hooks", _HOOKS, hooks)


class SavedTensor:
    """A saved tensor as an object, which hooks can be registered on.  Source: ``grad_fn._raw_saved_<name>``."""

    __slots__ = ("_edge", "_node", "_packed", "_unpack", "_value", "_version")

    _node: Node | None
    _version: int
    _value: Any
    _edge: Edge | None
    _packed: Any
    _unpack: Callable[[Any], Tensor] | None
    __module__ = "torch._C._autograd"

    def __dir__(self) -> list[str]:
        ours = (*SavedTensor.__slots__, "_pack", "of", "read")
        return [name for name in object.__dir__(self) if name not in ours]

    def __init__(self, *args: object) -> None:
        raise RuntimeError("Trying to create a SavedTensor object from Python is forbidden.")

    @classmethod
    def of(cls, node: Node | None, value: Any, version: int) -> SavedTensor:
        """What a slot of ``node`` holds; an input that is kept outside of the graph has none."""
        new = object.__new__(cls)
        new._node, new._value, new._version = node, value, version
        new._packed = new._unpack = new._edge = None
        return new

    @property
    def data(self) -> Any:
        """What is kept: what hooks have packed, a leaf itself, and the values alone of other tensors."""
        if self._unpack is not None:
            return self._packed
        value = self._value
        if isinstance(value, SavedResult):
            return wrap(value.array, value.dtype)
        return value.detach() if isinstance(value, Tensor) and value.grad_fn is not None else value

    @property
    def unpack_hook(self) -> Callable[[Any], Tensor] | None:
        """The hook that unpacks it, if there is one."""
        return self._unpack

    def unpack(self) -> Any:
        """The tensor, by its hook if there is one."""
        return self.read()

    def register_hooks(self, *hooks: Callable[[Any], Any]) -> None:
        """Given ``pack_hook`` and ``unpack_hook``, pack the tensor now, and unpack what that returns at every reading.

        Raises:
            TypeError: unless both can be called.
            RuntimeError: if nothing is saved, or no longer, or hooks are registered already.
        """
        if len(hooks) != 2 or not all(map(callable, hooks)):
            refuse_arguments("register_hooks", ("self: torch._C._autograd.SavedTensor", *_HOOKS), (self, *hooks))
        if self._value is FREED:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the "
                "graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
                "to backward through the graph a second time or if you need to access saved variables after calling "
                "backward."
            )
        if self._unpack is not None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
                "hooks is allowed at a time."
            )
        if self._value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        is_known = isinstance(self._value, (SavedResult, Tensor))
        version = version_to_save(self._value) if is_known else 0  # hooks get what is there now
        tensor = unpack(self._node, self._value, version)
        self._pack(tensor, same_memory(tensor, None), *hooks)

    def _pack(
        self,
        tensor: Tensor,
        seen: Tensor,
        pack_hook: Callable[[Tensor], Any],
        unpack_hook: Callable[[Any], Tensor],
    ) -> None:
        """Let ``pack_hook`` pack ``seen``, which stands for ``tensor``: with its history if hooks are the default."""
        self._edge = edge_of(tensor)
        version = seen._version
        token = GRAD.set(False)
        try:
            self._packed = pack_hook(seen)
        finally:
            GRAD.reset(token)
        if seen._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook "
                "cannot be modified by in-place operations as this can lead to unexpected side-effects. Please open an "
                "issue if you need to perform in-place operations on the input to a pack hook."
            )
        self._unpack, self._value = unpack_hook, None

    def read(self, like: dtype | None = None) -> Any:
        """The tensor."""
        if self._unpack is None:
            return unpack(self._node, self._value, self._version, like)
        token = FORMULA.set(False)  # it is the user's code
        try:
            found = self._unpack(self._packed)
        finally:
            FORMULA.reset(token)
        if not isinstance(found, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(found).__name__}"
            )
        return same_memory(found, self._edge)


def version_to_save(tensor: Tensor | SavedResult) -> int:
    """The version of a tensor that is about to be saved.

    Raises:
        RuntimeError: for inference tensors.
    """
    counter = tensor.counter if isinstance(tensor, SavedResult) else tensor._counter
    return 0 if counter is None else counter[0]


def same_memory(tensor: Tensor, edge: Edge | None) -> Tensor:
    """A tensor object of its own for this memory and version counter, at a place in the graph."""
    if tensor._counter is None:
        tensor._counter = [0]
    alias = wrap(tensor._array, tensor._dtype)
    alias._counter = tensor._counter
    if edge is not None:
        alias._requires_grad = True
        node, nr = edge
        leaf = getattr(node, "_variable", None)
        if leaf is None:
            alias._grad_fn, alias._output_nr = node, nr
        elif alias._dtype not in DIFFERENTIABLE:  # a hook has given it
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        else:
            alias._make_extra().accumulator = leaf._extra.accumulator
    return alias


def keep(tensor: Tensor) -> SavedTensor:
    """A tensor saved as a node saves its inputs, by the default hooks if there are any, though no node needs it."""
    return pack_by_default(None, tensor) or SavedTensor.of(None, tensor, version_to_save(tensor))


def pack_by_default(node: Node | None, tensor: Tensor) -> SavedTensor | None:
    """The tensor packed by the innermost default hooks; None if there are none."""
    pairs = DEFAULT_HOOKS.get()
    if not pairs:
        return None
    if (reason := DISABLED.get()) is not None:
        raise RuntimeError(reason)
    saved = SavedTensor.of(node, None, 0)
    saved._pack(tensor, same_memory(tensor, edge_of(tensor)), *pairs[-1])
    return saved


def restore(saved: SavedResult, node: Node, seen: bool = True) -> Tensor:
    """The output that this was; those who watch see it read, unless it is read to be given to a hook."""
    tensor: Tensor
    if saved.array.__class__ is HollowArray:
        tensor = wrap(saved.array, saved.dtype)._detached()
    else:
        tensor = object.__new__(Tensor)
        tensor._array, tensor._dtype = saved.array, saved.dtype
    tensor._counter = saved.counter
    tensor._requires_grad = True
    tensor._grad_fn, tensor._output_nr = node, saved.nr
    tensor._view = tensor._grad = tensor._extra = None
    if isinstance(saved, SavedWrapped):
        tensor._make_extra().wrapped = saved.wrapped
    elif isinstance(saved, SavedDual):
        tensor._make_extra().tangent = saved.tangent
    if seen and STATE.unusual and WATCHERS.get():
        tensor.detach()  # as those who watch torch see it read a result
    return tensor


def number(value: complex, like: dtype) -> Tensor:
    """A Python number as a 0-d tensor that does not change the dtype of what it meets."""
    d = dtypes.of_scalar(value)
    if like.is_complex and not d.is_complex:
        like = like.to_real()
    tensor = wrap(np.asarray(value, (like if d.category <= like.category else d).numpy))
    if STATE.unusual or Overrides.offer is not None:
        tensor._make_extra().number = value
    return tensor


def unpack(node: Node | None, value: Any, version: int, like: dtype | None = None) -> Any:
    """Read what a slot holds.

    Args:
        node: the node that saved it; None where no node did, which keeps no output.
        value: the slot's content.
        version: the tensor's version when it was saved.
        like: the dtype that numbers take; None gives them the dtype of a Python number.

    Raises:
        RuntimeError: if it has been freed, or modified in place since it was saved.
    """
    if value is FREED:
        raise RuntimeError(TWICE)
    if isinstance(value, SavedResult):
        assert node is not None
        if value.counter[0] != version:
            raise RuntimeError(modified(value.array, value.dtype, value.counter[0], version, node, value.nr))
        return restore(value, node)
    if isinstance(value, Tensor):
        if value._version != version:
            fn = value.grad_fn
            raise RuntimeError(modified(value._array, value._dtype, value._version, version, fn, value._output_nr))
        return value
    if isinstance(value, (bool, int, float, complex)):
        return wrap(np.asarray(value, dtypes.of_scalar(value).numpy)) if like is None else number(value, like)
    return value.read(like) if isinstance(value, SavedTensor) else value


def modified(array: np.ndarray, d: dtype, version: int, expected: int, node: Node | None, nr: int) -> str:
    """torch's text for a saved tensor that was modified in place."""
    is_output = ""
    if ANOMALY.enabled:
        hint = (
            "the backtrace further above shows the operation that failed to compute its gradient. The variable in "
            "question was changed in there or anywhere later. Good luck!"
        )
    else:
        hint = (
            "enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False)."
        )
    if node is not None:
        is_output = f", which is output {nr} of {operation_name(node)},"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{type_text(array, d)} {list(array.shape)}]{is_output} is at version {version}; expected version "
        f"{expected} instead. Hint: {hint}"
    )

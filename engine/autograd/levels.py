"""Levels of ``torch.func``'s transforms, and the tensors that belong to one.

While a transform runs its function, a level is open; the function sees *wrapped* tensors, each of which has its history
and tangent at that level, and a value at the levels below.  An operation is handled by the innermost level, which does
its part, and hands the values on to the next (``func/interpreters.py``).  A tensor that is wrapped by a level that has
been closed counts as its value.

Here is what the rest of the engine must know of that; it knows nothing of the transforms themselves.
"""

from __future__ import annotations

import textwrap
import weakref
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar

from ..opaque_array import HollowArray
from ..tensor import Tensor, wrap
from .modes import STATE

LEVELS: ContextVar[tuple[Level, ...]] = ContextVar("levels", default=())
"""The levels that are open in this thread, the innermost last."""


class Level:
    """One running transform.

    Tensors that outlive it keep calls on the slow path, where they are taken for their values.
    """

    is_batched = False
    is_transform = True
    """Whether it is one of ``torch.func``'s, within which some methods are refused."""
    unreadable: ClassVar[dict[str, str]] = {}
    """What it says of reading the elements of a batched tensor in words of its own, by how they are read."""

    def __init__(self) -> None:
        self.number = len(LEVELS.get()) + 1
        self.is_open = True
        self._wrappers: list[weakref.ref[Tensor]] = []

    def wrap(self, value: Tensor, dim: int | None = None) -> Tensor:
        """A tensor of this level with a value at the levels below."""
        array = value._array
        if dim is not None:
            array = first(array, dim)
        new = wrap(array, value._dtype)
        new._counter = None
        new._make_extra().wrapped = Wrapped(self, value, dim)
        self._wrappers.append(weakref.ref(new))
        return new

    def close(self) -> None:
        """Let the tensors of this level count as their values."""
        self.is_open = False
        for reference in self._wrappers:
            leaked = reference()
            if leaked is not None:
                STATE.unusual += 1
                weakref.finalize(leaked, _forget).atexit = False
        self._wrappers.clear()

    # What an operation does at this level.

    def forbid(self, op: Any) -> None:
        """Refuse a call that this level has no rule for."""

    def outcome(self, op: Any, values: Sequence[Any]) -> list[Tensor]:
        """The results of a call of an operation with a kernel."""
        raise NotImplementedError

    def fallback(self, op: Any, values: Sequence[Any]) -> list[Tensor] | None:
        """The results of a call of an operation of others that is not taken apart at this level; None if it is."""
        return None

    def create(self, op: Any, values: Sequence[Any]) -> Tensor:
        """The result of a call that makes a tensor."""
        raise NotImplementedError

    def change(self, op: Any, values: Sequence[Any]) -> Tensor:
        """The target of a call in place."""
        raise NotImplementedError

    def check_change(self, op: Any, values: Sequence[Any]) -> None:
        """Refuse a call in place of an operation of others that this level could not take apart."""

    def lift(self, tensor: Tensor) -> Tensor:
        """The tensor as one that can be differentiated at this level."""
        raise NotImplementedError

    def alias(self, value: Tensor) -> Tensor:
        """An alias of a value, at the levels below."""
        raise NotImplementedError

    def apply(self, function: Any, args: tuple) -> Any:
        """The results of a custom function."""
        raise NotImplementedError


def _forget() -> None:
    STATE.unusual -= 1


def first(array: Any, dim: int) -> Any:
    """The first of the examples that lie along a dimension; of no examples, zeros."""
    if isinstance(array, HollowArray):
        array = array.twin
    if array.shape[dim]:
        return array[(slice(None),) * dim + (0,)].view() if array.ndim > 1 else array[:1].reshape(())
    import numpy as np

    return np.zeros((*array.shape[:dim], *array.shape[dim + 1 :]), array.dtype)


class Wrapped:
    """What a tensor of a level is a tensor of: its value, and where in that the examples lie if they are several."""

    __slots__ = ("dim", "level", "value")

    def __init__(self, level: Level, value: Tensor, dim: int | None) -> None:
        self.level, self.value, self.dim = level, value, dim

    def aliased(self) -> Wrapped:
        """The same with an alias of the value, as which the levels below see a view that is a matter of this one."""
        return self if self.dim is not None else Wrapped(self.level, self.level.alias(self.value), None)

    def __deepcopy__(self, memo: dict) -> Wrapped:
        return self

    def check_readable(self, error: str) -> None:
        """Refuse to show the elements of several examples as those of one.

        Raises:
            RuntimeError: with this text, if the tensor, or its value, is batched.
        """
        if self.dim is not None:
            raise RuntimeError(error)
        check_readable(self.value, error)

    def __repr__(self) -> str:
        if self.dim is not None and (refusal := self.level.unreadable.get("control flow")):
            raise RuntimeError(refusal)  # the text depends on the elements
        number = self.level.number if self.level.is_open or self.level.is_batched else -2
        inner = textwrap.indent(repr(self.value), "    ")
        name, place = ("GradTrackingTensor", "") if self.dim is None else ("BatchedTensor", f"bdim={self.dim}, ")
        return f"{name}(lvl={number}, {place}value=\n{inner}\n)"


def wrapped(tensor: Any) -> Wrapped | None:
    """What the tensor wraps; None for other tensors."""
    extra = tensor._extra
    return None if extra is None else extra.wrapped


def check_readable(tensor: Tensor, error: str) -> None:
    """Refuse, with this text, to read the elements of a batched tensor."""
    found = wrapped(tensor)
    if found is not None:
        found.check_readable(error)


def is_batched(tensor: Tensor) -> bool:
    """Whether the tensor is one of many examples of a ``vmap``."""
    found = wrapped(tensor)
    return found is not None and (found.dim is not None or is_batched(found.value))


def is_wrapped(*tensors: Tensor) -> bool:
    """Whether one of these belongs to a transform that runs: torch's formulas do not write into what they make then."""
    return any(_is_of_a_level(one) for one in tensors)


def written(target: Tensor, name: str, *args: Any) -> Tensor:
    """``target`` changed in place by the method of this name, as torch's formulas do it; a changed copy where a
    transform runs."""
    wraps = is_wrapped(target, *(one for one in args if isinstance(one, Tensor)))
    return getattr(target, name if wraps else f"{name}_")(*args)


def _is_of_a_level(tensor: Tensor) -> bool:
    found = wrapped(tensor)
    return found is not None and (found.level.is_open or _is_of_a_level(found.value))


def holds(condition: Tensor) -> bool:
    """Whether a 0-d condition is true; of a batched one or one on ``meta``, which cannot be told, False.

    For formulas with a case of their own for what is then the rule.
    """
    return not (is_batched(condition) or condition.is_meta) and bool(condition)


def settled(value: Any) -> Any:
    """The value, with the tensors of closed levels replaced by what they wrap.

    Raises:
        RuntimeError: for batched ones.
    """
    if isinstance(value, Tensor):
        while (found := wrapped(value)) is not None and not found.level.is_open:
            if found.level.is_batched:
                raise RuntimeError(
                    "Either your tensor may have escaped from inside a function being vmapped and this is a user error "
                    "(see https://pytorch.org/functorch/stable/ux_limitations.html), or there is an internal functorch "
                    "error in `gen_vmap_plumbing` Please file an issue if it looks like the latter"
                )
            value = found.value
        return value
    return tuple(map(settled, value)) if value.__class__ is tuple else value


def mapped(function: Callable[[Tensor], Any], value: Any) -> Any:
    """The value of a parameter, with the function applied to its tensors."""
    if isinstance(value, Tensor):
        return function(value)
    return tuple(mapped(function, one) for one in value) if value.__class__ is tuple else value


def lifted(tensor: Tensor) -> Tensor:
    """The tensor as one that can be differentiated at the innermost level."""
    levels = LEVELS.get()
    return levels[-1].lift(tensor) if levels else tensor


def refuse_in_transform(name: str) -> None:
    """Refuse a method that changes how a tensor is tracked.

    Raises:
        RuntimeError: while a transform runs.
    """
    if any(level.is_transform for level in LEVELS.get()):
        raise RuntimeError(
            f"You are attempting to call Tensor.{name}() "
            + ("(or perhaps using torch.autograd.functional.* APIs) " if name == "requires_grad_" else "")
            + "inside of a function being transformed by a functorch transform. This is unsupported, please attempt to "
            "use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call "
            f"{name}() outside of a function being transformed instead."
        )


def refuse_backward() -> None:
    """Refuse ``backward``.

    Raises:
        RuntimeError: while a transform runs.
    """
    if any(level.is_transform for level in LEVELS.get()):
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
            "functorch.vjp instead or call backward() outside of functorch transforms."
        )

"""The level of ``functionalize``: changes in place become new values, and reach the inputs when the function is over.

A tensor of this level stands for a value that is never modified.  Tensors that are views of each other share a *cell*,
which has the value of their base; each knows the view operations that lead from there to itself::

    y = x.clone()        cell of y: a value v
    s = y[:2]            the same cell, by slice(0, 2); its value is v[:2]
    s.mul_(2)            the cell gets a copy of v into whose [:2] twice the value of s is written; y and s follow

Source: ``torch.func.functionalize``.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.levels import Wrapped, mapped
from ..dispatch import inplace, slow
from ..tensor import Tensor
from .interpreters import Interpreter, draws

if TYPE_CHECKING:
    from ..declare.op import Op


class _Step:
    """One view operation: the arguments after the tensor, and which of its results it is."""

    def __init__(self, op: Op, others: Sequence[Any], nr: int) -> None:
        self._op, self._others, self._nr = op, tuple(others), nr

    def __call__(self, base: Tensor) -> Tensor:
        return slow.outcome(self._op, [base, *self._others])[self._nr]

    def written(self, base: Tensor, value: Tensor) -> Tensor:
        """The base with another value where the view is."""
        name = self._op.schema.name
        if name in ("slice", "select", "diagonal", "as_strided"):
            return getattr(base, f"{name}_scatter")(value, *self._others)
        if name in ("view", "t", "transpose", "unsqueeze"):
            return {
                "view": lambda: value.view(base.shape),
                "t": value.t,
                "transpose": lambda: value.transpose(*self._others),
                "unsqueeze": lambda: value.squeeze(*self._others),
            }[name]()
        copied = base.clone()
        self(copied).copy_(value)
        return copied


class _Cell:
    """What tensors share that are views of each other."""

    def __init__(self, value: Tensor) -> None:
        self.value = value
        self.members: list[weakref.ref[Tensor]] = []


class FunctionalWrapped(Wrapped):
    """What a tensor of this level stands for, and how it is a view of the others in its cell."""

    __slots__ = ("cell", "steps")

    def __init__(self, level: Functionalizing, value: Tensor, cell: _Cell, steps: tuple[_Step, ...]) -> None:
        super().__init__(level, value, None)
        self.cell, self.steps = cell, steps

    def __repr__(self) -> str:
        return f"FunctionalTensor(lvl={self.level.number}, value=\\\n{self.value!r})"


class Functionalizing(Interpreter):
    """The level itself."""

    def wrap(self, value: Tensor, dim: int | None = None) -> Tensor:
        """A tensor of this level with a value, and a cell, of its own."""
        return self._member(value, _Cell(value), ())

    def _member(self, value: Tensor, cell: _Cell, steps: tuple[_Step, ...]) -> Tensor:
        new = super().wrap(value)
        assert new._extra is not None
        new._extra.wrapped = FunctionalWrapped(self, value, cell, steps)
        cell.members.append(weakref.ref(new))
        return new

    def outcome(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        """Compute below; what is a view there is one of the same cell here."""
        lowered = [mapped(self.lower, value) for value in values]
        with self.below():
            found = slow.outcome(op, lowered)
        source = self.mine(values[0]) if op.view and isinstance(values[0], Tensor) else None
        if not isinstance(source, FunctionalWrapped):
            return [self.wrap(one) for one in found]
        return [
            self._member(one, source.cell, (*source.steps, _Step(op, lowered[1:], nr))) for nr, one in enumerate(found)
        ]

    def change(self, op: Op, values: Sequence[Any]) -> Tensor:
        """Give the target a new value, and all that share its cell.

        Raises:
            RuntimeError: if the target does not belong to this level, and something else does.
        """
        target = values[0]
        found = self.mine(target)
        lowered = [mapped(self.lower, value) for value in values]
        if not isinstance(found, FunctionalWrapped):
            if any(self.mine(one) for one in values[1:]):
                raise RuntimeError(
                    "mutating a non-functional tensor with a functional tensor is not allowed. Please ensure that all "
                    "of your inputs are wrapped inside of a functionalize() call."
                )
            with self.below():
                return inplace.call(op, lowered)
        with self.below():
            if op.view:
                found.steps = (*found.steps, _Step(op, lowered[1:], 0))
            else:
                found.cell.value = _written(found.cell.value, found.steps, _changed(op, lowered))
            for reference in list(found.cell.members):
                if (member := reference()) is not None:
                    self._follow(member)
        return target

    def _follow(self, member: Tensor) -> None:
        found = self.mine(member)
        assert isinstance(found, FunctionalWrapped)
        value = found.cell.value
        for step in found.steps:
            value = step(value)
        found.value, member._array = value, value._array

    def apply(self, function: Any, args: tuple) -> Any:
        """Run a custom function below; its results are fresh tensors here."""
        with self.below():
            found = function.apply(*[mapped(self.lower, one) for one in args])
        return mapped(self.wrap, found)


def _changed(op: Op, values: Sequence[Any]) -> Tensor:
    """What an operation in place makes of its target, as a new tensor."""
    target = values[0]
    if op.composite is None and not draws(op):
        found = slow.outcome(op, values)
        if len(found) == 1 and found[0].shape == target.shape and found[0]._dtype is target._dtype:
            return found[0]
    copied = target.clone()
    inplace.call(op, [copied, *values[1:]])
    return copied


def _written(base: Tensor, steps: tuple[_Step, ...], value: Tensor) -> Tensor:
    """The base with another value where the view is that these steps lead to."""
    if not steps:
        return value
    first, *rest = steps
    return first.written(base, _written(first(base), tuple(rest), value) if rest else value)

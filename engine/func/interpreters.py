"""What an operation does at a level: below, on the values of its inputs, and then whatever the level adds.

At a *differentiating* level an operation is computed one level below, and then recorded here, as ``dispatch/slow.py``
records what it has computed itself::

    grad(grad(f))(x)     sin of a tensor of level 2 -> sin of its value, of level 1 -> sin of its value -> np.sin
                         then SinBackward0 at level 1, and another one at level 2

What a level of ``vmap`` does is in ``examples.py``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.forward_ad import ENABLED
from ..autograd.levels import LEVELS, Level, Wrapped, mapped, wrapped
from ..autograd.modes import GRAD, INFERENCE, STATE, enable_grad
from ..dispatch import inplace, slow
from ..ops.shape import _alias
from ..tensor import Tensor

if TYPE_CHECKING:
    from ..declare.op import Op


class Interpreter(Level):
    """A level that can be opened, and left for what is below."""

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Open the level while the block runs; gives its number."""
        levels = LEVELS.set((*LEVELS.get(), self))
        STATE.unusual += 1
        try:
            yield self.number
        finally:
            LEVELS.reset(levels)
            STATE.unusual -= 1
            self.close()

    @contextlib.contextmanager
    def below(self) -> Iterator[None]:
        """Run the block as if this level were not there."""
        levels = LEVELS.set(LEVELS.get()[: self.number - 1])
        try:
            yield
        finally:
            LEVELS.reset(levels)

    def mine(self, value: Any) -> Wrapped | None:
        """What this tensor wraps at this level; None if it does not belong to it."""
        found = wrapped(value) if isinstance(value, Tensor) else None
        return found if found is not None and found.level is self else None

    def lift(self, tensor: Tensor) -> Tensor:
        """The tensor as one of this level, which is constant here if it was not one."""
        return tensor if self.mine(tensor) else self.wrap(tensor)

    def lower(self, tensor: Tensor) -> Tensor:
        """The tensor's value one level below."""
        found = self.mine(tensor)
        return tensor if found is None else found.value

    def alias(self, value: Tensor) -> Tensor:
        """An alias of a value, at the levels below."""
        with self.below():
            return _alias(value)

    def create(self, op: Op, values: Sequence[Any]) -> Tensor:
        """Make it below; it is constant here."""
        with self.below():
            found = slow.call(op, [mapped(self.lower, value) for value in values])
        return self.wrap(found)


class Differentiating(Interpreter):
    """The level of ``grad``, ``vjp`` and ``jvp``: tensors have a history and a tangent of their own here.

    It has its own modes, too: what is below runs in those of the code around the transform. But where gradients are
    switched off within it, they are off at all levels.
    """

    def __init__(self) -> None:
        super().__init__()
        self._modes = (GRAD.get(), ENABLED.get(), INFERENCE.get())

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Open the level while the block runs; gives its number."""
        inference = INFERENCE.set(False)
        try:
            with super().opened() as number:
                yield number
        finally:
            INFERENCE.reset(inference)

    @contextlib.contextmanager
    def below(self) -> Iterator[None]:
        """Run the block as if this level were not there."""
        modes = (GRAD, ENABLED, INFERENCE)
        given = (GRAD.get() and self._modes[0], *self._modes[1:])
        tokens = [mode.set(value) for mode, value in zip(modes, given, strict=True)]
        try:
            with super().below():
                yield
        finally:
            for mode, token in zip(modes, tokens, strict=True):
                mode.reset(token)

    def outcome(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        """Compute below, record here."""
        values = [mapped(self.lift, value) for value in values]
        if (parts := slow.in_parts(op, values)) is not None:
            return parts
        with self.below():
            found = slow.outcome(op, [mapped(self.lower, value) for value in values])
        results = [self.wrap(one) for one in found]
        slow.connect(op, values, results)
        return results

    def change(self, op: Op, values: Sequence[Any]) -> Tensor:
        """Change the value below, record here.

        Raises:
            RuntimeError: if the target does not belong to this level.
        """
        if self.mine(values[0]) is None:
            name = op.schema.name.removesuffix("_")
            raise RuntimeError(
                "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place "
                f"operation (aten::{name}_{_shown_overload(op)}) that would mutate a captured Tensor. This is not "
                "supported; please rewrite the function being transformed to explicitly accept the mutated Tensor(s) "
                "as inputs."
            )
        values = [mapped(self.lift, value) for value in values]

        def below() -> Tensor:
            with self.below():
                return inplace.call(op, [mapped(self.lower, value) for value in values])

        return inplace.modify(op, values, below)

    def apply(self, function: Any, args: tuple) -> Any:
        """Run a custom function below; its results are fresh tensors here."""
        with enable_grad(), self.below():
            found = function.apply(*[mapped(self.lower, one) for one in args])
        outputs = found if isinstance(found, tuple) else (found,)
        results = tuple(self._returned(one, args) for one in outputs)
        return results if isinstance(found, tuple) else results[0]

    def _returned(self, output: Any, args: tuple) -> Any:
        if not isinstance(output, Tensor):
            return output
        return next((one for one in args if (found := self.mine(one)) and found.value is output), None) or self.wrap(
            output
        )


def _shown_overload(op: Op) -> str:
    return f".{op.schema.overload}" if op.schema.overload else ""


_RANDOM = frozenset(
    {"rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "native_dropout"}
)


def draws(op: Op) -> bool:
    """Whether the operation draws random numbers."""
    return op.schema.name in _RANDOM or any(param.name == "generator" for param in op.schema.params)

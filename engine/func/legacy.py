"""The older ``vmap`` of torch, which ``is_grads_batched`` and ``vectorize=True`` use.

It knows fewer operations than ``torch.func.vmap``: all others are computed for one example after the other, and the
results are stacked and viewed.  Operands that do not belong to it get a dimension for the examples, too.

Source: which operations those are was observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..autograd.forward_ad import _set_fwd_grad_enabled, is_active
from ..autograd.levels import mapped
from ..autograd.modes import FORMULA
from ..dispatch import inplace, slow
from ..dispatch.tangents import propagate
from ..ops.joining import stack
from ..ops.parts import diagonal, select, slice_
from ..tensor import Tensor, written_zeros
from .examples import Batching
from .interpreters import draws

if TYPE_CHECKING:
    from ..declare.op import Op

_BY_ELEMENT = frozenset(
    {"abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "_conj_physical", "digamma", "exp", "expm1", "floor", "frac",
     "lgamma", "log", "log10", "log1p", "log2", "neg", "reciprocal", "relu", "round", "rsqrt", "sigmoid", "sign", "sin",
     "sinh", "sqrt", "tan", "tanh", "trunc", "clone", "_to_copy", "clamp", "clamp_min", "clamp_max", "pow", "add",
     "sub", "rsub", "mul", "div", "sigmoid_backward", "threshold_backward", "eq", "ge", "gt", "le", "lt", "ne"}
)  # fmt: skip
_ALONG = frozenset({"sum.dim_IntList", "cat", "stack", "mm", "mv", "bmm", "dot"})
_WITHOUT_RULE = frozenset(
    {"alias", "detach", "_neg_view", "view.dtype", "flatten.using_ints", "unflatten.int", "ravel", "broadcast_to",
     "swapaxes", "swapdims", "adjoint", "narrow.Tensor", "linalg_diagonal", "hsplit.int", "hsplit.array", "vsplit.int",
     "vsplit.array", "dsplit.int", "dsplit.array", "tensor_split.tensor_indices_or_sections", "positive"}
)  # fmt: skip
"""Views that it refuses where users ask for them."""
_WITHOUT_FALLBACK = frozenset({"unsafe_split.Tensor", "unsafe_split_with_sizes", "unsafe_chunk"})
"""What gives several tensors, and is not computed one after the other either."""
_NO_FALLBACK = "Batching rule not implemented for aten::{}. We could not generate a fallback."
_PARTS = {"select_backward": select, "slice_backward": slice_, "diagonal_backward": diagonal}
"""What writes a gradient into a part of zeros, and the view that this part is."""


class LegacyBatching(Batching):
    """The level of the older ``vmap``, of so many examples."""

    is_transform = False
    unreadable: ClassVar[dict[str, str]] = {
        "item": _NO_FALLBACK.format("item"), "control flow": _NO_FALLBACK.format("is_nonzero"),
        "allclose": _NO_FALLBACK.format("allclose"),
    }  # fmt: skip

    def __init__(self, size: int) -> None:
        super().__init__(size, "error")

    def _is_known(self, op: Op) -> bool:
        return bool(op.view) or op.schema.name in _BY_ELEMENT or op.schema.qualified in _ALONG

    def forbid(self, op: Op) -> None:
        """Refuse a call of a user's for which there is no rule, and none that serves for all; formulas do without.

        Raises:
            RuntimeError: for views, and for what gives several tensors.
        """
        name = op.schema.qualified
        if FORMULA.get():
            return
        if name in _WITHOUT_RULE:
            raise RuntimeError(
                f"Batching rule not implemented for aten::{name}; the fallback path doesn't work on out= or view ops."
            )
        if name in _WITHOUT_FALLBACK:
            raise RuntimeError(_NO_FALLBACK.format(name))

    def fallback(self, op: Op, values: Sequence[Any]) -> list[Tensor] | None:
        """Nothing: what is made of others is taken apart."""
        if any(map(self.has_examples, values)):
            self.forbid(op)
        return super().fallback(op, values)

    def outcome(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        """Compute all examples below, one after the other where nothing else is known."""
        if not any(map(self.has_examples, values)):
            return self._unbatched(op, values)
        self.forbid(op)
        if draws(op):
            self._check_randomness()
        if self._is_known(op):
            return super().outcome(op, values)
        if (part := _PARTS.get(op.schema.name)) is not None:
            with self.below():
                return [self.batch(self._filled(part, *values))]
        with self.below():
            return [self.batch(one) for one in self._one_by_one(op, values)]

    def _check_randomness(self) -> None:
        raise RuntimeError(
            "vmap: We do not yet support calling random operations inside of vmap. Please perform random operations "
            "outside of vmap as a workaround"
        )

    def _filled(self, part: Callable[..., Tensor], grad: Tensor, sizes: tuple[int, ...], *place: Any) -> Tensor:
        """Zeros with the gradients of all examples written into a part of them."""
        value, rank = self.in_front(grad), len(sizes)
        found = written_zeros(value, (self.size, *sizes))
        if part is diagonal:
            offset, *dims = place
            place = (offset, *(dim % rank + 1 for dim in dims))
        else:
            place = (place[0] % rank + 1, *place[1:])
        part(found, *place).copy_(value)
        return found

    def _unbatched(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        """Values without examples may have tangents with some."""
        is_dual = is_active()
        if is_dual and (parts := slow.in_parts(op, values)) is not None:
            return parts
        with self.below(), _set_fwd_grad_enabled(False):
            found = slow.outcome(op, values)
        if is_dual:
            propagate(op, values, found)
        return found

    def change(self, op: Op, values: Sequence[Any]) -> Tensor:
        """Change all examples below, one after the other where a view of all does not do."""
        return super().change(op, values) if any(map(self.has_examples, values)) else inplace.modify(op, values)

    def _fits(self, op: Op, values: Sequence[Any]) -> bool:
        return op.schema.name in ("fill_", "zero_") and super()._fits(op, values)

    def _one_by_one(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        if not self.size:
            return super()._one_by_one(op, values)
        rows = [slow.outcome(op, given) for given in self._each(values)]
        stacked = [stack(column) for column in zip(*rows, strict=True)]
        return [one.view(one.shape) for one in stacked]

    def _each(self, values: Sequence[Any], written: Tensor | None = None) -> Iterator[list[Any]]:
        """As in torch, of views that are expanded to what they are, but for what is written to."""

        def whole(tensor: Tensor) -> Tensor:
            if tensor is written or self.mine(tensor) is None:
                return tensor
            value = self.in_front(tensor)
            return self.batch(value.expand(value.shape))

        return super()._each([mapped(whole, value) for value in values])

    def _along(self, op: Op, values: Sequence[Any]) -> list[Tensor] | None:
        if op.schema.qualified == "expand":
            value, ones = self.in_front(values[0]), len(values[1]) - values[0]._array.ndim
            if ones:
                value = value.view((self.size, *(1,) * ones, *value.shape[1:]))
            return [value.expand((self.size, *values[1]))]
        if op.schema.qualified == "squeeze.dim" and values[0]._array.ndim:
            dim = values[1] % values[0]._array.ndim + 1
            return slow.outcome(op, [self.in_front(values[0]), dim])
        return super()._along(op, values)

    def _to_join(self, op: Op, tensor: Tensor) -> Tensor:
        value = self.in_front(tensor)
        return value.expand(value.shape)

    def _with_rank(self, tensor: Tensor, rank: int) -> Tensor:
        """Operands of other levels, too, are viewed with a dimension for the examples, unless they are 0-d."""
        if self.mine(tensor) is not None:
            return super()._with_rank(tensor, rank)
        shape = tensor._array.shape
        return tensor.view((1, *(1,) * (rank - len(shape)), *shape)) if shape else tensor


def mapped_over(function: Callable[[Sequence[Tensor]], Sequence[Tensor | None]], given: Sequence[Tensor]) -> Any:
    """What a function gives for each of the examples that lie along the first dimension of these tensors."""
    level = LegacyBatching(given[0].shape[0])
    with level.opened():
        found = function([level.batch(one) for one in given])
        return [None if one is None else _whole(level, one) for one in found]


def _whole(level: LegacyBatching, found: Tensor) -> Tensor:
    mine = level.mine(found)
    with level.below():
        if mine is None:
            return found.expand((level.size, *found.shape))
        assert mine.dim is not None
        return mine.value if mine.dim == 0 else mine.value.movedim(mine.dim, 0)

"""What an operation does at a level of ``vmap``: it is computed on all examples, which lie along one dimension of the
value.

Three rules are enough for every operation:

- an elementwise one is computed on all examples at once, the batch in front, other dimensions aligned to the right;
- a view is a view of all examples: its place in one of them, and a stride from each to the next;
- any other is computed for one example after the other, and the results are stacked.

For many ``batching.py`` knows how to do all examples at once. A batched tensor has the array of its first example, so
that shapes, dtypes, and views are those of one example.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autograd.levels import Wrapped, first, mapped
from ..autograd.modes import FORMULA
from ..autograd.views import bump, geometry
from ..declare.batch import Batch
from ..dispatch import inplace, slow
from ..dispatch.layouts import refused
from ..dtypes import MASKS
from ..layout import contiguous_format, element_strides, memory_format, strided
from ..ops.joining import stack
from ..pending_array import toggled
from ..random import default_generator
from ..tensor import Tensor, wrap
from ..tensor_base import Extra
from . import batching
from .fallback import is_slow, warn_of
from .interpreters import Interpreter, draws
from .parts import PARTS

if TYPE_CHECKING:
    from ..declare.op import Op


BY_INDICES = frozenset({"index", "index_put", "_index_put_impl_"})
"""Operations whose second value is a list of index tensors and masks."""
DYNAMIC = frozenset({"nonzero", "_unique2", "unique_dim", "unique_consecutive"})
"""Operations whose result has as many elements as their input's elements say."""

_BROADCASTING = frozenset(
    {
        "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
        "copysign", "gcd", "lcm",
    }
)  # fmt: skip
"""Those which, in place, torch broadcasts before it sees that the target has too few dimensions."""


class Batching(Interpreter):
    """The level of ``vmap``.

    Args:
        size: the number of examples.
        randomness: ``"error"``, ``"different"`` or ``"same"``.
    """

    is_batched = True

    def __init__(self, size: int, randomness: str) -> None:
        super().__init__()
        self.size, self.randomness = size, randomness

    def lift(self, tensor: Tensor) -> Tensor:
        """The tensor itself: what is below records it."""
        return tensor

    def batch(self, value: Tensor, dim: int = 0) -> Tensor:
        """A tensor of this level, whose examples lie along ``dim`` of ``value``.

        Raises:
            NotImplementedError: if that is sparse.
        """
        if value.layout is not strided:
            raise refused("view")
        new = self.wrap(value, dim)
        new._requires_grad = False
        return new

    def has_examples(self, value: Any) -> bool:
        """Whether it is, or holds, a tensor of this level."""
        return any(map(self.has_examples, value)) if value.__class__ is tuple else self.mine(value) is not None

    def in_front(self, tensor: Tensor) -> Tensor:
        """The value of a batched tensor with its examples along the first dimension; other tensors as they are."""
        found = self.mine(tensor)
        if found is None:
            return tensor
        assert found.dim is not None
        return found.value if found.dim == 0 else found.value.movedim(found.dim, 0)

    def example(self, index: int) -> Callable[[Tensor], Tensor]:
        """Gives an example of a batched tensor, and other tensors as they are."""

        def of(tensor: Tensor) -> Tensor:
            found = self.mine(tensor)
            return tensor if found is None else found.value.select(found.dim, index)

        return of

    def fallback(self, op: Op, values: Sequence[Any]) -> list[Tensor] | None:
        """The results for one example after the other, where torch computes them so."""
        values = slow.settled(tuple(values))
        self._announce(op, values)
        return self.apart(functools.partial(slow.call, op), values) if is_slow(op) else None

    def apart(self, call: Callable[[Sequence[Any]], Any], values: Sequence[Any]) -> list[Tensor] | None:
        """The results of a call for one example after the other; None if there are none."""
        if not (self.size and any(map(self.has_examples, values))):
            return None
        with self.below():
            return [self.batch(one) for one in self._slowly(call, values)]

    def _slowly(self, call: Callable[[Sequence[Any]], Any], values: Sequence[Any]) -> list[Tensor]:
        """The results below, one example after the other, with the nodes of torch's fallback."""

        fronts: dict[int, Tensor] = {}

        def example(tensor: Tensor, place: int) -> Tensor:
            if self.mine(tensor) is None:
                return tensor
            if id(tensor) not in fronts:
                front = self.in_front(tensor)
                fronts[id(tensor)] = front.permute(tuple(range(front.dim())))
            return fronts[id(tensor)].select(0, place)

        rows = []
        for place in range(self.size):
            found = call([mapped(functools.partial(example, place=place), value) for value in values])
            rows.append(found if isinstance(found, tuple) else (found,))
        stacked = [stack(column) for column in zip(*rows, strict=True)]
        return [one.view(one.shape) for one in stacked]

    def _announce(self, op: Op, values: Sequence[Any]) -> None:
        """Warn if torch computes one example after the other, and refuse what has a result of another size for each.

        Raises:
            RuntimeError: for that.
        """
        if not any(map(self.has_examples, values)):
            return
        name, overload = op.schema.name, op.schema.overload
        warn_of(op)
        if name in DYNAMIC or (name == "where" and not overload):
            raise RuntimeError(
                "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over "
                f"aten::{name}. Please file an issue at https://github.com/pytorch/pytorch/issues if you need this "
                "feature."
            )

    def outcome(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        """Compute all examples below."""
        self._announce(op, values)
        if draws(op):
            return self._random(op, values)
        if not any(map(self.has_examples, values)):
            with self.below():
                return slow.outcome(op, values)
        if (parts := PARTS.get(op.schema.name)) is not None:
            in_formula = FORMULA.set(True)
            try:
                given = parts(*values)
            finally:
                FORMULA.reset(in_formula)
            if given is not None:
                return given
        if op.schema.name == "masked_select" and self.has_examples(values[1]):
            raise RuntimeError(
                "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because "
                "for each batch this would return a differently shaped Tensor. Please file an issue at "
                "https://github.com/pytorch/pytorch/issues if you need this feature."
            )
        self._check_masks(op, values)
        with self.below():
            call = functools.partial(slow.call, op)
            found = self._slowly(call, values) if is_slow(op) and self.size else self._along(op, values)
            if found is None and op.view:
                found = self._views(op, values)
            if found is None and is_elementwise(op) and not any(map(_is_order, values)):
                kept = self.mine(values[0]) if sum(param.type.is_tensor for param in op.schema.params) == 1 else None
                if kept is not None and kept.dim is not None and contiguous_format not in values:
                    return [self.batch(one, kept.dim) for one in slow.outcome(op, [kept.value, *values[1:]])]
                found = slow.outcome(op, self._aligned(op, values))
            if found is None and self.size:
                found = self._at_once(op, values)
            if found is None:
                found = self._one_by_one(op, values)
        return [self.batch(one) for one in found]

    def _check_masks(self, op: Op, values: Sequence[Any]) -> None:
        """Refuse to index by a mask of which each example is true elsewhere."""
        for one in values[1] if op.schema.name in BY_INDICES else ():
            if self.mine(one) is not None and one._dtype in MASKS:
                one._check_readable("mask")

    def _along(self, op: Op, values: Sequence[Any]) -> list[Tensor] | None:
        """All examples of the first tensor at once, where it is the only one; None if that is not known to do."""
        source, *others = values
        if op.schema.name in ("cat", "stack") and all(map(self.mine, source)):
            dim = batching.further(others[0], source[0]._array.ndim + (op.schema.name == "stack"))
            return None if dim is None else slow.outcome(op, [tuple(self._to_join(op, one) for one in source), dim])
        if not isinstance(source, Tensor) or self.mine(source) is None:
            return None
        if not source._array.size and op.schema.name != "slice_backward":
            return None
        if any(map(self.has_examples, others)):
            return None
        if op.schema.name == "masked_select":
            return [batching.masked_select(self.in_front(source), others[0])]
        value, ndim = self.in_front(source), source._array.ndim
        if (found := batching.rearranged(op, value, values)) is not None:
            return found
        if (given := batching.folded(op, [value, *others], self.size)) is not None:
            return batching.unfolded(slow.outcome(op, given), self.size)
        if not ndim and batching.is_reduction(op):
            value, ndim = value.unsqueeze(-1), 1
        if (shifted := batching.shifted(op, values, ndim, self.size)) is None:
            return None
        along, more, joined = shifted
        given = [value.flatten(1) if joined > 1 else value, *more]
        try:
            results = slow.outcome(along, given)
        except RuntimeError:
            if op.schema.name in ("view", "_reshape_alias"):  # all examples may lie otherwise in memory than one
                return None
            raise
        return results if op.view else results[: len(op.schema.returns)]

    def _to_join(self, op: Op, tensor: Tensor) -> Tensor:
        """All examples of a tensor that is joined with others: to be stacked, permuted as they are."""
        value, found = self.in_front(tensor), self.mine(tensor)
        if op.schema.name == "stack" and (found is None or not found.dim):
            return value.permute(tuple(range(value.dim())))
        return value

    def _at_once(self, op: Op, values: Sequence[Any]) -> list[Tensor] | None:
        """All examples of operands that lie in front at once; None if that is not known to do."""

        def is_mine(value: Any) -> bool:
            return self.mine(value) is not None

        if (chosen := batching.leading(op, values, is_mine)) is not None:
            if op.batch is not Batch.LOSS:
                return slow.outcome(op, [mapped(self.in_front, value) for value in chosen])
            place = self._as_rows if op.schema.name in batching.BY_ROWS else self.in_front
            found = slow.outcome(op, [mapped(place, value) for value in chosen])
            return [batching.reduced(op, values, found[0])]
        if (placed := batching.indexed(op, values, is_mine, self.in_front, self.size)) is not None:
            return slow.outcome(op, placed)
        if len(values) != 2 or not all(isinstance(value, Tensor) for value in values):
            return None
        first, second = values
        result = batching.product(
            op.schema.name, self.in_front(first), self.in_front(second), (is_mine(first), is_mine(second))
        )
        return None if result is None else [result]

    def _as_rows(self, tensor: Tensor) -> Tensor:
        """The elements of each example as a row; of a tensor that has none, as one row."""
        value = self.in_front(tensor)
        return value if tensor.dim() < 2 else value.flatten(0 if self.mine(tensor) is None else 1)

    def _aligned(self, op: Op, values: Sequence[Any]) -> list[Any]:
        """The values with the examples in front, and dimensions of length 1 after them where a tensor has fewer."""
        rank = max(value._array.ndim for value in values if isinstance(value, Tensor))
        numbers = any(isinstance(v, Tensor) and not v._array.ndim for v in values) and rank
        common = slow.operand_dtypes(op, values) if numbers and op.promote.value != "none" else None

        def align(tensor: Tensor) -> Tensor:
            if self.mine(tensor) is None:
                return self._with_rank(tensor, rank)
            if common is not None and not tensor._array.ndim and tensor._dtype is not common:
                tensor = tensor.to(common) if tensor._dtype.category < common.category else tensor
            return self._with_rank(tensor, rank)

        return [mapped(align, value) for value in values]

    def _with_rank(self, tensor: Tensor, rank: int) -> Tensor:
        """The value with the examples in front, each with so many dimensions; what is not batched as it is."""
        if self.mine(tensor) is None:
            return tensor
        value, missing = self.in_front(tensor), rank - tensor._array.ndim
        return value.view((value.shape[0], *(1,) * missing, *value.shape[1:])) if missing else value

    def _views(self, op: Op, values: Sequence[Any]) -> list[Tensor] | None:
        """The same view of each example; None if it cannot be had by strides."""
        source = next(value for value in values if isinstance(value, Tensor))
        found = self.mine(source)
        if found is None or found.dim is None or not self.size:
            return None
        if op.kernel is toggled:
            return slow.outcome(op, [self.in_front(source)])
        arrays, dtypes = slow.compute(op, values)
        if any(d is not source._dtype for d in dtypes) or not source._array.size:
            return None
        step = element_strides(found.value._array)[found.dim]
        views = []
        for array in arrays:
            size, strides, start = geometry(source._array, array)
            views.append(found.value.as_strided((self.size, *size), (step, *strides), start))
        return views

    def _one_by_one(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        if not self.size:
            arrays, dtypes = slow.compute(op, values)
            return [wrap(np.zeros((0, *a.shape), a.dtype), d) for a, d in zip(arrays, dtypes, strict=True)]
        rows = [slow.outcome(op, given) for given in self._each(values)]
        return [stack(column) for column in zip(*rows, strict=True)]

    def _each(self, values: Sequence[Any], written: Tensor | None = None) -> Iterator[list[Any]]:
        """The values for one example after the other; one tensor may be written to."""
        for i in range(self.size):
            yield [mapped(self.example(i), value) for value in values]

    # In place.

    def change(self, op: Op, values: Sequence[Any]) -> Tensor:
        """Change all examples below.

        Raises:
            RuntimeError: if the target has no examples and something else has.
        """
        target = values[0]
        found = self.mine(target)
        if any(map(self.has_examples, values)):
            warn_of(op, in_place=True)
        if draws(op):
            return self._random_in_place(op, values)
        if found is None:
            if not any(map(self.has_examples, values[1:])):
                with self.below():
                    return inplace.call(op, values)
            if not FORMULA.get():
                self._refuse(op, values)
            found = self._spread(target)
        self._check_masks(op, values)
        with self.below():
            if op.view:
                self._reshape(op, values, found)
            elif self._fits(op, values):
                inplace.call(op, self._aligned(op, values))
            else:
                for changed, *others in self._each(values, target):
                    # All examples of a part are not dense, where torch looks for no overlap.
                    read = [one.clone() if inplace.shares_memory(changed, one) else one for one in others]
                    inplace.call(op, [changed, *read])
        bump(target)
        return target

    def check_change(self, op: Op, values: Sequence[Any]) -> None:
        """Refuse a target without examples beside something that has some, where torch does not take it apart.

        Raises:
            RuntimeError: in the name of the operation.
        """
        if is_slow(op, in_place=True) and self.mine(values[0]) is None and any(map(self.has_examples, values[1:])):
            warn_of(op, in_place=True)
            self._refuse(op, values)

    def _spread(self, target: Tensor) -> Wrapped:
        """Make a tensor, which a formula has made, one of many examples, in place."""
        with self.below():
            alias = wrap(target._array, target._dtype)
            alias._extra, alias._requires_grad = target._extra, False
            value = alias.expand((self.size, *target.shape)).clone()
        extra = target._extra = Extra()
        found = extra.wrapped = Wrapped(self, value, 0)
        target._array = first(value._array, 0)
        return found

    def _fits(self, op: Op, values: Sequence[Any]) -> bool:
        """Whether all examples can be changed at once."""
        if op.schema.name in ("fill_", "zero_"):
            return not any(map(self.has_examples, values[1:]))
        return is_elementwise(op)

    def _reshape(self, op: Op, values: Sequence[Any], found: Wrapped) -> None:
        if (call := batching.reshaping(op.schema.name, values[1:], values[0]._array.ndim, self.size)) is not None:
            views = [call(self.in_front(values[0]))]
        else:
            views = self._views(op, values) or self._one_by_one(op, values)
        found.value, found.dim = views[0], 0
        values[0]._array = first(views[0]._array, 0)

    def _refuse(self, op: Op, values: Sequence[Any]) -> None:
        plain = op.schema.name.rstrip("_")
        if plain in _BROADCASTING:
            with self.below():  # which refuses it, with the sizes that it knows
                inplace.call(op, self._aligned(op, values))
        name, where = "inplace arithmetic", "in a vmap"
        if is_slow(op, in_place=True):
            name, where = f"aten::{plain}_", f"at level {self.number}"
        elif draws(op):
            name = f"inplace {plain}"
        elif plain in ("fill", "index_add", "index_put"):
            name = f"{plain}_"
        raise RuntimeError(
            f"vmap: {name}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that "
            "has more elements than `self`. This happened due to `other` being vmapped over but `self` not being "
            f"vmapped over {where}. Please try to use out-of-place operators instead of {name}. If said operator is "
            "being called inside the PyTorch framework, please file a bug report instead."
        )

    # Random numbers.

    def _check_randomness(self) -> None:
        if self.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )

    def create(self, op: Op, values: Sequence[Any]) -> Tensor:
        """Make it below: one for all examples, unless it is random and they are to differ."""
        if not draws(op):
            if self.has_examples(values[0]) if values else False:
                return self._like(op, values)
            with self.below():
                return slow.call(op, values)
        self._check_randomness()
        if self.randomness == "same":
            with self.below():
                return slow.call(op, values)
        names = [param.name for param in op.schema.params]
        if values and isinstance(values[0], Tensor):
            return self._like(op, [self._for_all(values[0]), *values[1:]])
        if "size" not in names:
            with self.below():
                return self.batch(self._repeated(lambda: slow.call(op, values)))
        place = names.index("size")
        with self.below():
            found = slow.call(op, [*values[:place], (self.size, *values[place]), *values[place + 1 :]])
        return self.batch(found)

    def _like(self, op: Op, values: Sequence[Any]) -> Tensor:
        """One for each example, since it is made in the image of one."""
        names = [param.name for param in op.schema.params]
        if "size" not in names:
            found = self.mine(values[0])
            assert found is not None and found.dim is not None
            with self.below():
                return self.batch(slow.call(op, [found.value, *values[1:]]), found.dim)
        given = [mapped(self.in_front, value) for value in values]
        place = names.index("size")
        given[place] = (self.size, *values[place])
        if "stride" in names:
            extent = 1 + sum((n - 1) * s for n, s in zip(values[place], values[place + 1], strict=True))
            given[place + 1] = (extent, *values[place + 1])
        with self.below():
            return self.batch(slow.call(op, given))

    def _for_all(self, tensor: Tensor) -> Tensor:
        """A tensor of this level: the same one for all examples, if it was not one."""
        if self.mine(tensor):
            return tensor
        with self.below():
            value = tensor.expand((self.size, *tensor.shape))
        return self.batch(value)

    def _repeated(self, call: Callable[[], Tensor]) -> Tensor:
        return stack([call() for _ in range(self.size)])

    def _random(self, op: Op, values: Sequence[Any]) -> list[Tensor]:
        if op.schema.name in _UNSUPPORTED:
            raise RuntimeError("vmap: we do not yet support aten::rrelu. Please file an issue")
        self._check_randomness()
        same, batched = self.randomness == "same", any(map(self.has_examples, values))
        if same and batched and op.schema.name in _DISTRIBUTIONS:
            raise RuntimeError(_SAME)
        elementwise = op.schema.name in ("bernoulli", "normal", "poisson")
        if not same and elementwise and [param.type.is_tensor for param in op.schema.params].count(True) == 1:
            given = [self.in_front(self._for_all(one)) if isinstance(one, Tensor) else one for one in values]
            with self.below():
                return [self.batch(one) for one in slow.outcome(op, given)]
        with self.below():
            if same and not batched:
                return slow.outcome(op, values)
            rows, state = [], default_generator.get_state()
            for i in range(self.size):
                if same:
                    default_generator.set_state(state)
                rows.append(slow.outcome(op, [mapped(self.example(i), value) for value in values]))
            return [self.batch(stack(column)) for column in zip(*rows, strict=True)]

    def _random_in_place(self, op: Op, values: Sequence[Any]) -> Tensor:
        self._check_randomness()
        target, others = values[0], any(map(self.has_examples, values[1:]))
        if others and self.randomness == "same":
            raise RuntimeError(_SAME)
        if self.mine(target) is None:
            if self.randomness == "different":
                if others:
                    self._refuse(op, values)
                raise RuntimeError(
                    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like "
                    "same randomness. If this is necessary for your usage, please file an issue with functorch."
                )
            with self.below():
                inplace.call(op, values)
            return target
        with self.below():
            if self.randomness == "different" and not others:
                inplace.call(op, [self.in_front(target), *values[1:]])
            else:
                state = default_generator.get_state()
                for i in range(self.size):
                    if self.randomness == "same":
                        default_generator.set_state(state)
                    inplace.call(op, [mapped(self.example(i), value) for value in values])
        bump(target)
        return target

    def apply(self, function: Any, args: tuple) -> Any:
        """The results of a custom function, by its own rule, or by calling it for each example."""
        from .custom import batched

        return batched(self, function, args)


_DISTRIBUTIONS = frozenset(
    {"bernoulli", "binomial", "multinomial", "normal", "poisson", "_sample_dirichlet", "_standard_gamma"}
)
"""Operations that draw from a distribution of its own for each element, which cannot be the same for all examples."""
_SAME = (
    "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with functorch"
)
_UNSUPPORTED = ("rrelu_with_noise",)


def _is_order(value: Any) -> bool:
    """Whether it is a layout in memory that only tensors of one rank have."""
    return isinstance(value, memory_format) and value._order is not None


def is_elementwise(op: Op) -> bool:
    """Whether each element of the result is made of the elements at its place, so that dimensions may be added."""
    if op.batch is Batch.EACH or op.elementwise:
        return True
    return (
        op.promote.value != "none"
        and getattr(op.kernel, "signature", None) is None
        and all(
            not param.type.is_list and (param.type.is_tensor or param.type.base not in ("int", "SymInt"))
            for param in op.schema.params
        )
    )

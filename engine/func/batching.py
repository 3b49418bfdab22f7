"""Operations along dimensions, on all examples of ``vmap`` at once: the same operation, one dimension further on.

Which operations it is done with, is declared with them (``declare/batch.py``).  What is not here is computed
elementwise, as strided views, or one example after the other (``examples.py``).

Source: ``torch.func.vmap``; which node records an operation on all examples was observed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..declare.batch import Batch
from ..declare.registry import OVERLOADS
from ..ops.parts import select_backward, slice_backward
from ..tensor import Tensor

if TYPE_CHECKING:
    from ..declare.op import Op

_DIMS = frozenset({"dim", "dims", "dim0", "dim1", "dim2", "dimension"})


def shifted(op: Op, values: Sequence[Any], ndim: int, size: int) -> tuple[Op, list[Any], int] | None:
    """The operation on all examples of its first parameter, which lie along the first dimension.

    Args:
        op: the operation.
        values: its parameters' values for one example.
        ndim: the dimensions of an example.
        size: how many examples there are.

    Returns:
        The operation, its parameters' values but the first, and how many dimensions of an example are taken together
        before: all, where it reduces by one dimension only, or none; None if it must be done otherwise.
    """
    name = op.schema.qualified
    if not ndim and name not in ("alias", "view", "unsqueeze"):
        return None
    if op.batch is Batch.WHOLE:
        along, joined = _along_dimensions(op.schema.name, ndim)
        given = dict(zip((p.name for p in op.schema.params), values, strict=True))
        given["dim"] = 1 if joined else tuple(range(1, ndim + 1))
        return along, [given.get(p.name, p.default) for p in along.schema.params[1:]], joined
    if name == "alias":
        return op, [], 0
    if name in ("view", "_unsafe_view"):
        return op, [(size, *values[1])], 0
    if name == "_reshape_alias":
        return next(one for one in OVERLOADS["view"] if one.schema.qualified == "view"), [(size, *values[1])], 0
    if name == "permute":
        return op, [(0, *(dim % ndim + 1 for dim in values[1]))], 0
    if op.batch not in (Batch.ALONG, Batch.OVER):
        return None
    if name == "squeeze.dim":
        op, values = next(one for one in OVERLOADS["squeeze"] if one.schema.overload == "dims"), [None, (values[1],)]
    found: list[Any] = []
    for param, value in zip(op.schema.params[1:], values[1:], strict=True):
        moved = further(value, ndim + (name == "unsqueeze"), op) if param.name in _DIMS else value
        if moved is None and param.name in _DIMS:
            return None
        found.append(moved)
    return op, found, 0


def is_reduction(op: Op) -> bool:
    """Whether it reduces along dimensions, or along all."""
    return op.batch in (Batch.OVER, Batch.WHOLE)


def rearranged(op: Op, value: Tensor, values: Sequence[Any]) -> list[Tensor] | None:
    """What moves the elements of all examples, which lie along the first dimension of ``value``; None for others.

    Args:
        op: the operation.
        value: its first parameter's, for all examples.
        values: its parameters' values for one example.
    """
    name, (size, *shape) = op.schema.qualified, value.shape
    if name == "t":
        return [value.transpose(1, 2) if len(shape) == 2 else value.transpose(-1, -1)]
    if name == "squeeze" and value.is_contiguous():
        return [value.view((size, *(n for n in shape if n != 1)))]
    if name == "expand" and len(values[1]) >= len(shape):
        ones = (1,) * (len(values[1]) - len(shape))
        return [value.view((size, *ones, *shape)).expand((size, *values[1]))]
    if name == "repeat" and len(values[1]) >= len(shape):
        ones = (1,) * (len(values[1]) - len(shape))
        return [(value.reshape((size, *ones, *shape)) if ones else value).repeat((1, *values[1]))]
    if name == "select_backward":
        dim = further(values[2], len(values[1]))
        return None if dim is None else [select_backward(value, (size, *values[1]), dim, values[3])]
    if name == "slice_backward":
        dim = further(values[2], len(values[1]))
        return None if dim is None else [slice_backward(value, (size, *values[1]), dim, *values[3:])]
    if name == "roll" and not values[2] and shape:
        flat = value.flatten(1) if len(shape) > 1 else value
        return [flat.roll(values[1], (1,)).view((size, *shape))]
    if name == "index_select" and shape:
        dim = further(values[1], len(shape))
        if dim is None or not values[2]._array.ndim:
            return None
        line, sizes = [1] * value.dim(), [*value.shape]
        line[dim], sizes[dim] = -1, values[2].shape[0]
        return [value.gather(dim, values[2].view(tuple(line)).expand(tuple(sizes)))]
    if name == "aminmax" and shape:
        dim = 1 if values[1] is None else further(values[1], len(shape))
        joined = value.flatten(1) if values[1] is None and len(shape) > 1 else value
        return None if dim is None else [*joined.aminmax(dim=dim, keepdim=values[2])]
    return None


def folded(op: Op, values: Sequence[Any], size: int) -> list[Any] | None:
    """The values of an operation on the examples of all, which its first parameter counts along its first dimension.

    Args:
        op: the operation.
        values: its parameters' values, the first one's with the examples in front.
        size: how many examples there are.
    """
    if op.batch is not Batch.FOLDED:
        return None
    value, *others = values
    joined = value.permute(tuple(range(value.dim())))
    names = [param.name for param in op.schema.params[1:]]
    return [
        joined.reshape((size * value.shape[1], *value.shape[2:])),
        *(one * size if name == "N" else one for name, one in zip(names, others, strict=True)),
    ]


def unfolded(results: Sequence[Tensor], size: int) -> list[Tensor]:
    """The results of all examples, which the first dimension counts."""
    return [one.reshape((size, one.shape[0] // size, *one.shape[1:])) for one in results]


def indexed(
    op: Op, values: Sequence[Any], is_mine: Callable[[Any], bool], in_front: Callable[[Tensor], Tensor], size: int
) -> list[Any] | None:
    """The values of an operation along a dimension of several tensors, all of which get that of the examples."""
    name = op.schema.qualified
    if name == "index.Tensor" and is_mine(values[0]) and not any(map(is_mine, values[1])):
        given = [place for place, one in enumerate(values[1]) if one is not None]
        if given == [*range(given[0], given[-1] + 1)]:
            return [in_front(values[0]), (None, *values[1])]
        return None
    if name == "embedding" and not is_mine(values[0]):
        return [values[0], in_front(values[1]), *values[2:]]
    if name not in _INDEXED:
        return None
    tensors = [one for one in values if isinstance(one, Tensor)]
    ranks = {one._array.ndim for one in tensors}
    place = next(i for i, param in enumerate(op.schema.params) if param.name == "dim")
    dim = further(values[place], max(ranks))
    if len(ranks) != 1 or dim is None:
        return None

    def everywhere(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        return in_front(value) if is_mine(value) else value.expand((size, *value.shape))

    found = [everywhere(value) for value in values]
    if name == "_softmax_backward_data":
        found[1] = found[1].contiguous()
    found[place] = dim
    return found


_INDEXED = frozenset(
    {"gather", "scatter.value", "scatter.src", "scatter_add", "_softmax_backward_data", "_log_softmax_backward_data"}
)


def _along_dimensions(name: str, ndim: int) -> tuple[Op, int]:
    """The overload that reduces along dimensions, and how many of an example to take together: all, if it takes one."""
    several: Op | None = None
    for one in OVERLOADS[name]:
        if one.batch in (Batch.ALONG, Batch.OVER):
            if any(param.name == "dim" and not param.type.is_list for param in one.schema.params):
                return one, ndim
            several = several or one
    assert several is not None, name
    return several, 0


def further(dim: Any, ndim: int, op: Op | None = None) -> Any:
    """A dimension of an example, or several, as those of all examples; None if there is no such thing."""
    if dim is None or dim == ():
        over_all = op is not None and op.batch is Batch.OVER
        flips = dim == () and op is not None and op.schema.name == "flip"
        return tuple(range(1, ndim + 1)) if over_all else () if flips else None
    if dim.__class__ is tuple:
        found = [further(one, ndim, op) for one in dim]
        return None if None in found else tuple(found)
    if dim.__class__ is not int or not -ndim <= dim < ndim:
        return None
    return dim + 1 if dim >= 0 else dim


def reshaping(name: str, dims: Sequence[Any], ndim: int, size: int) -> Callable[[Tensor], Tensor] | None:
    """What gives all examples, which lie along the first dimension, another geometry in place; None if it is not known.

    Args:
        name: of the operation.
        dims: its parameters' values, but for the tensor.
        ndim: the dimensions of an example.
        size: how many examples there are.
    """
    moved = [further(dim, ndim + (name == "unsqueeze_")) for dim in dims]
    if None in moved:
        return None
    if name == "squeeze_" and not dims:
        return None if size == 1 else lambda value: value.squeeze_()
    if name == "squeeze_":
        return lambda value: value.squeeze_(moved[0] if moved[0].__class__ is tuple else (moved[0],))
    if name in ("unsqueeze_", "transpose_"):
        return lambda value: getattr(value, name)(*moved)
    return None


def masked_select(value: Tensor, mask: Tensor) -> Tensor:
    """What one mask selects of all examples, which lie along the first dimension."""
    size, rank = value.shape[0], max(value.dim() - 1, mask.dim())
    value = value.reshape((size, *(1,) * (rank - value.dim() + 1), *value.shape[1:]))
    mask = mask.reshape((*(1,) * (rank - mask.dim()), *mask.shape))
    common = [max(a, b) if 0 not in (a, b) else 0 for a, b in zip(value.shape[1:], mask.shape, strict=True)]
    places = mask.expand(common).reshape(-1).nonzero().reshape(-1)
    found = value.expand((size, *common)).reshape((size, -1)).index_select(1, places)
    return found.view(found.shape)


def leading(op: Op, values: Sequence[Any], is_mine: Callable[[Any], bool]) -> list[Any] | None:
    """The values with which the operation is computed on all examples at once, if these lie in front.

    Args:
        op: the operation.
        values: its parameters' values.
        is_mine: whether a value is batched.
    """
    if op.batch not in (Batch.LEADING, Batch.LOSS):
        return None
    given = [value for value in values if isinstance(value, Tensor)]
    mine = [*map(is_mine, given)]
    if op.schema.name not in BY_ROWS and not (
        mine[0] and not any(mine[1:]) if op.schema.name == "native_layer_norm" else all(mine)
    ):
        return None
    names = [param.name for param in op.schema.params]
    if op.batch is Batch.LOSS:
        ranks = {value._array.ndim for value in given}
        return None if len(ranks) != 1 else _replaced(values, names.index("reduction"), 0)
    dims = [values[place] for place, name in enumerate(names) if name in _DIMS]
    return [*values] if all(dim < 0 for dim in dims) else None


def _replaced(values: Sequence[Any], place: int, value: Any) -> list[Any]:
    return [*values[:place], value, *values[place + 1 :]]


def reduced(op: Op, values: Sequence[Any], found: Tensor) -> Tensor:
    """The losses of all examples, of those of all elements."""
    reduction, shape = values[[param.name for param in op.schema.params].index("reduction")], values[0].shape
    if not reduction and op.schema.name in BY_ROWS and len(shape) > 1:
        return found.view((found.shape[0], *shape))
    if not (reduction and shape):
        return found
    dims = tuple(range(1, found.dim()))
    return found.mean(dims) if reduction == 1 else found.sum(dims)


BY_ROWS = frozenset({"mse_loss", "smooth_l1_loss", "huber_loss"})
"""Losses that are computed of the elements of each example in one row."""


def product(name: str, first: Tensor, second: Tensor, batched: tuple[bool, bool]) -> Tensor | None:
    """A product on all examples, which lie in front where an operand is batched; None if this is no product."""
    if name in ("mm", "bmm"):
        return first.matmul(second)
    if name == "dot":
        if all(batched):
            column = second.unsqueeze(-1)  # which torch's compiler makes before the row
            return first.unsqueeze(-2).matmul(column).squeeze(-1).squeeze(-1)
        return first.matmul(second.t())
    if name == "mv":
        if all(batched):
            return first.matmul(second.unsqueeze(-1)).squeeze(-1)
        return first.matmul(second) if batched[0] else first.mm(second.movedim(0, -1)).movedim(-1, 0)
    return None

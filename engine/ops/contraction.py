"""Sums of products over chosen dimensions."""

from __future__ import annotations

import itertools
import string
from collections.abc import Sequence
from typing import Any

from ..declare.op import op
from ..dispatch.arguments import tensors as checked
from ..dispatch.outputs import CASTABLE, Output
from ..dispatch.overrides import overridable_function
from ..formulas.arithmetic import times
from ..kernels import contraction as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from ..warning import warn
from .matmul import bmm, dot, mm
from .shape import check_expand

# Einstein's summation.


_LETTERS = frozenset(string.ascii_letters)
_BATCH = [chr(code) for code in range(0x100, 0x180)]
"""Labels of the dimensions of an ellipsis, which no equation can name."""


def _shaped(one: Tensor, shape: Sequence[int]) -> Tensor:
    """In this shape; itself if it has it, so that no view is recorded."""
    return one if tuple(one.shape) == tuple(shape) else one.reshape(shape)


def _read(equation: str) -> tuple[list[list[str]], list[str] | None]:
    """The labels of each operand and of the result, ``...`` among them; None for a result that is not given."""
    terms: list[list[str]] = [[]]
    result: list[str] | None = None
    place = 0
    while place < len(equation):
        character = equation[place]
        current = terms[-1] if result is None else result
        if character == ".":
            of = f"operand {len(terms) - 1}" if result is None else "output"
            if "..." in current:
                raise RuntimeError(
                    f"einsum(): found '.' for {of} "
                    + ("for which" if result is None else "but")
                    + (" an ellipsis" if result is None else " an ellipsis (...)")
                    + " was already found"
                )
            if not equation.startswith("...", place):
                raise RuntimeError(
                    f"einsum(): found '.' for {of} that is not part of any ellipsis"
                    + ("" if result is None else " (...)")
                )
            current.append("...")
            place += 2
        elif character == "," and result is None:
            terms.append([])
        elif equation.startswith("->", place) and result is None:
            result = []
            place += 1
        elif character in _LETTERS:
            current.append(character)
        elif character != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {place} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
        place += 1
    return terms, result


def _subscripts(equation: str, tensors: Sequence[Tensor]) -> tuple[list[list[str]], list[str]]:
    """The label of each dimension of the operands and of the result, those of ``...`` included."""
    terms, result = _read(equation)
    if len(terms) != len(tensors):
        which = "more" if len(terms) < len(tensors) else "fewer"
        raise RuntimeError(f"einsum(): {which} operands were provided than specified in the equation")
    most = 0
    for place, (term, one) in enumerate(zip(terms, tensors, strict=True)):
        named = len(term) - ("..." in term)
        if ("..." in term and named > one.dim()) or ("..." not in term and named != one.dim()):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) "
                + ("is more than" if "..." in term else "does not match")
                + f" the number of dimensions ({one.dim()}) for operand {place}"
                + (" and no ellipsis was given" if "..." not in term else "")
            )
        if "..." in term:
            most = max(most, one.dim() - named)
    batch = _BATCH[:most]
    found = [
        _spread(term, batch[most - (one.dim() - len(term) + 1) :]) for term, one in zip(terms, tensors, strict=True)
    ]
    if result is None:
        every = [label for term in terms for label in term if label != "..."]
        return found, [*batch, *sorted({label for label in every if every.count(label) == 1})]
    for place, label in enumerate(result):
        if label in result[:place]:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label != "..." and not any(label in term for term in terms):
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
    return found, _spread(result, batch)


def _spread(term: Sequence[str], batch: Sequence[str]) -> list[str]:
    return [label for one in term for label in (batch if one == "..." else (one,))]


def _check_sizes(labels: Sequence[Sequence[str]], tensors: Sequence[Tensor]) -> None:
    """Sizes of equal labels are equal: within an operand always, between operands unless one is 1."""
    seen: dict[str, int] = {}
    for place, (term, one) in enumerate(zip(labels, tensors, strict=True)):
        for d, (label, n) in enumerate(zip(term, one.shape, strict=True)):
            first = term.index(label)
            if first != d:
                if one.shape[first] != n:
                    raise RuntimeError(
                        f"einsum(): subscript {label} is repeated for operand {place} but the sizes don't match, "
                        f"{n} != {one.shape[first]}"
                    )
                continue
            if seen.setdefault(label, n) == 1:
                seen[label] = n
            if n in (1, seen[label]):
                continue
            if label in _BATCH:
                raise RuntimeError(
                    f"einsum(): dimension {d} covered by ellipsis in operand {place}has size {n} "
                    f"which does not broadcast with previously seen ellipsis with size {seen[label]} for the "
                    "respective dimension"
                )
            raise RuntimeError(
                f"einsum(): subscript {label} has size {n} for operand {place} which does not broadcast with "
                f"previously seen size {seen[label]}"
            )


def _aligned(one: Tensor, term: Sequence[str], order: Sequence[str]) -> Tensor:
    """Diagonals taken of repeated labels, and a dimension for each label of the order."""
    labels = list(term)
    for label in dict.fromkeys(term):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            one = one.diagonal(0, first, second).movedim(-1, first)
            del labels[second]
    for label in order:
        if label not in labels:
            one = one.unsqueeze(-1)
            labels.append(label)
    return one.permute([labels.index(label) for label in order])


@overridable_function()
def einsum(*args: Any) -> Tensor:
    """Sums of products, as labels of dimensions say: ``einsum("ij,jk->ik", a, b)``.

    Args:
        *args: the equation and the operands, one by one or as a list; or each operand followed by its labels as a list
            of numbers, and at the end the result's.

    Raises:
        RuntimeError: if labels and dimensions do not fit.

    Source: ``torch.einsum``.
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], str):
        equation, operands = args[0], args[1:]
        tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
        checked(tensors, 1)
    elif not isinstance(args[0], Tensor):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(args[0]).__name__}")
    else:
        tensors = list(args[: len(args) // 2 * 2 : 2])
        terms = [_term(labels) for labels in args[1::2]]
        equation = ",".join(terms[: len(tensors)])
        if len(args) % 2:
            equation += "->" + _term(args[-1])
    return _einsum(equation, tensors)


def _term(labels: Sequence[Any]) -> str:
    return "".join("..." if one is Ellipsis else _letter(one) for one in labels)


def _letter(label: Any) -> str:
    """Of 0 to 51, upper case first, else ValueError; of what is no number, as where the operands come first, Python's
    error."""
    if not (label >= 0 and label < 52):
        raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return (string.ascii_uppercase + string.ascii_lowercase)[label]


def _einsum(equation: str, tensors: Sequence[Tensor]) -> Tensor:
    labels, result = _subscripts(equation, tensors)
    _check_sizes(labels, tensors)
    order = [*result, *(c for c in dict.fromkeys(label for term in labels for label in term) if c not in result)]
    operands = [_aligned(one, term, order) for one, term in zip(tensors, labels, strict=True)]
    summed = range(len(result), len(order))
    found = operands[0]
    if len(operands) == 1:
        return found.sum([*summed]) if summed else found
    for k, other in enumerate(operands[1:], 1):
        found = _product(found, other, [d for d in summed if all(one.shape[d] == 1 for one in operands[k + 1 :])])
    return found.view(found.shape[: len(result)]) if summed else found


def _product(left: Tensor, right: Tensor, summed: Sequence[int]) -> Tensor:
    """The product, summed over dimensions, which are kept: one matrix product for each element of the common ones."""
    n = left.dim()
    contracted = [d for d in summed if left.shape[d] != 1 and right.shape[d] != 1]
    alone = [d for d in summed if d not in contracted]
    left_only, right_only = ([d for d in alone if one.shape[d] != 1] for one in (left, right))
    left = left.sum(left_only, True, dtype=left.dtype) if left_only else left
    right = right.sum(right_only, True, dtype=right.dtype) if right_only else right
    if not contracted:
        return left * right
    kept = [d for d in range(n) if d not in contracted]
    common = [d for d in kept if left.shape[d] != 1 and right.shape[d] != 1]
    rows = [d for d in kept if d not in common and left.shape[d] != 1]
    columns = [d for d in kept if d not in common and d not in rows]
    if rows and columns and max(columns) < min(rows):  # the other product has the dimensions as they are asked for
        left, right, rows, columns = right, left, columns, rows
    size = _sizes(left, right)
    product = bmm(
        left.permute((*common, *rows, *contracted, *columns)).reshape(
            (_count(size, common), _count(size, rows), _count(size, contracted))
        ),
        right.permute((*common, *contracted, *columns, *rows)).reshape(
            (_count(size, common), _count(size, contracted), _count(size, columns))
        ),
    )
    places = (*common, *rows, *columns, *contracted)
    shaped = product.reshape([1 if d in contracted else size[d] for d in places])
    return shaped.permute([places.index(d) for d in range(n)])


def _sizes(left: Tensor, right: Tensor) -> list[int]:
    return [b if a == 1 else a for a, b in zip(left.shape, right.shape, strict=True)]


def _count(size: Sequence[int], dims: Sequence[int]) -> int:
    total = 1
    for d in dims:
        total *= size[d]
    return total


# Contractions of two tensors.


@overridable_function(2)
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Any = None) -> Tensor:
    """The sum of products over pairs of dimensions.

    Args:
        a, b: of one dtype.
        dims: how many of the last dimensions of ``a`` go with the first ones of ``b``; or two lists of dimensions.
        out: where to write.

    Raises:
        RuntimeError: if sizes do not fit.

    Source: ``torch.tensordot``.
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if not isinstance(dims, (tuple, list, int)):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, "
            f"but got dims={dims}"
        )
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = [*range(-dims, 0)], [*range(dims)]
    return _tensordot(a, b, *dims, out=out)


def _contract(self: Tensor, other: Tensor, dims_self: Sequence[int], dims_other: Sequence[int]) -> Tensor:
    if len(dims_self) != len(dims_other):
        raise RuntimeError("both dimension lists should have same length")
    if self._dtype is not other._dtype:
        raise RuntimeError("both inputs should have same dtype")
    first = [wrap_dim(d, self.dim()) for d in dims_self]
    second = [wrap_dim(d, other.dim()) for d in dims_other]
    for at, (d, e) in enumerate(zip(first, second, strict=True)):
        n, m = self.shape[d], other.shape[e]
        if n != m and 1 not in (n, m):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {dims_self[at]} and second has "
                f"size {m} in dim {dims_other[at]}"
            )
        if m == 1:
            self = self.sum(d, True, dtype=self.dtype)
        elif n == 1:
            other = other.sum(e, True, dtype=other.dtype)
    rows = [d for d in range(self.dim()) if d not in first]
    columns = [d for d in range(other.dim()) if d not in second]
    shape = [*(self.shape[d] for d in rows), *(other.shape[d] for d in columns)]
    sizes = _count(self.shape, rows), _count(self.shape, first), _count(other.shape, columns)
    left, right = self.permute((*rows, *first)), other.permute((*second, *columns))
    if sizes[0] == sizes[2] == 1:
        if left.is_contiguous() and right.is_contiguous():
            return dot(_shaped(left, sizes[1:2]), _shaped(right, sizes[1:2])).reshape(shape)
        return (left.squeeze() * right.squeeze()).sum().reshape(shape)
    return mm(left.reshape(sizes[:2]), right.reshape(sizes[1:])).reshape(shape)


_CONTRACTED = Output(
    "tensordot: Expected the output tensor to have dtype {result.scalar_type}, but got an output tensor with dtype "
    "{out.scalar_type}"
)
_tensordot = op(
    "tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor", composite=_contract,
    name="_tensordot", method=False, out=_CONTRACTED,
)  # fmt: skip


def _inner(self: Tensor, other: Tensor) -> Tensor:
    if self.dim() == 0 or other.dim() == 0:
        return self * other
    if self.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(self.shape)} and "
            f"{list(other.shape)}"
        )
    return _tensordot(self, other, (-1,), (-1,))


inner = op(
    "inner(Tensor self, Tensor other) -> Tensor",
    composite=_inner,
    out=Output(choose=lambda self, other: _CONTRACTED if self.dim() and other.dim() else CASTABLE),
)


def _multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    first, last = tensors[0], tensors[-1]
    matrices = list(tensors)
    for place, one in enumerate(tensors):
        if one.dim() not in ((1, 2) if place in (0, len(tensors) - 1) else (2,)):
            which = "the first tensor" if not place else "the last tensor" if place == len(tensors) - 1 else None
            raise RuntimeError(
                f"multi_dot(): {which or f'tensor {place}'} must be {'1D or ' if which else ''}2D but got {one.dim()}D"
            )
        if one._dtype is not first._dtype:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {first._dtype.c_name} and "
                f"tensor {place} {one._dtype.c_name}"
            )
    if first.dim() == 1:
        matrices[0] = first.unsqueeze(0)
    if last.dim() == 1:
        matrices[-1] = last.unsqueeze(1)
    for place, (one, other) in enumerate(itertools.pairwise(matrices)):
        if one.shape[1] != other.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {place} and {place + 1} with shapes {list(tensors[place].shape)} and "
                f"{list(tensors[place + 1].shape)} cannot be multiplied"
            )
    split = kernels.chain_order([one.shape[0] for one in matrices] + [matrices[-1].shape[1]])

    def chain(start: int, stop: int) -> Tensor:
        if start == stop:
            return matrices[start]
        return mm(chain(start, split[start][stop]), chain(split[start][stop] + 1, stop))

    shape = (*first.shape[:-1], *last.shape[1:])
    return chain(0, len(matrices) - 1).view(shape)


linalg_multi_dot = op(
    "linalg_multi_dot(Tensor[] tensors) -> Tensor",
    composite=_multi_dot,
    method=False,
    out=Output("multi_dot(): expected out tensor to have dtype {result.c_name} but got {out.c_name}"),
)


@overridable_function()
def chain_matmul(*matrices: Tensor, out: Any = None) -> Tensor:
    """The product of matrices, in the order that takes the fewest operations.

    Raises:
        RuntimeError: if shapes do not fit.

    Source: ``torch.chain_matmul``.
    """
    given = checked(matrices)
    warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters.",
        once=True,
    )
    if not given:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for one in given:
        if one.dim() != 2:
            raise RuntimeError(f"Tensor dimension is {one.dim()}, expected 2 instead.")
    return given[0] if len(given) == 1 else linalg_multi_dot(given, out=out)


def _check_addr(self: Tensor, vec1: Tensor, vec2: Tensor, beta: Any, alpha: Any) -> None:
    for place, one in (("vec1", vec1), ("vec2", vec2)):
        if one.dim() != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {place}, but got {one.dim()}-D")
    check_expand(self, (vec1.shape[0], vec2.shape[0]))


def _addr_sizes(self: Tensor, vec1: Tensor, vec2: Tensor, beta: Any, alpha: Any) -> tuple[int, ...]:
    """Those of the product; refused here, in words of their own, if they are not those of ``self``."""
    if vec1.dim() == vec2.dim() == 1:
        if self.dim() != 2:
            raise RuntimeError(f"2D tensor expected, got {self.dim()}D tensor for input")
        if tuple(self.shape) != (vec1.shape[0], vec2.shape[0]):
            raise RuntimeError(
                f"size mismatch, input: {list(self.shape)}, v1: {list(vec1.shape)}, v2: {list(vec2.shape)}"
            )
    return tuple(self.shape)


addr = op(
    "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", kernels.addr,
    self=lambda grad, beta: times(grad, beta),
    vec1=lambda grad, vec2, alpha: times(grad.mv(vec2.conj()), alpha),
    vec2=lambda grad, vec1, alpha: times(grad.t().mv(vec1.conj()), alpha),
    check=_check_addr, inplace=True, out=Output(sizes=_addr_sizes), makes_real=False, stepwise=True,
    deprecated=(
        "addr(Scalar beta, Tensor self, Scalar alpha, Tensor vec1, Tensor vec2) -> Tensor",
        "addr(Scalar beta, Tensor self, Tensor vec1, Tensor vec2) -> Tensor",
    ), together=((1, 2), (0, 1)),
)  # fmt: skip

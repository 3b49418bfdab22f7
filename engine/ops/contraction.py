"""Sums of products over chosen dimensions, and distances."""

from __future__ import annotations

import itertools
import string
from collections.abc import Sequence
from typing import Any

from ..checks import check_bool_subtraction, not_implemented
from ..declare.op import FLOATING, not_differentiable, op
from ..dispatch.outputs import CASTABLE, SAME, Output
from ..dispatch.overrides import overridable_function
from ..dispatch.slow import common_dtype
from ..dtypes import DIFFERENTIABLE, INTEGRAL, float32, float64, int64
from ..dtypes import FLOATING as REAL_CATEGORY
from ..formulas.arithmetic import times
from ..formulas.reduction import vector_norm_backward
from ..kernels import contraction as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from ..warning import warn
from .creation import scalar_tensor
from .matmul import _same_dtype, bmm, dot, mm
from .reduction import linalg_vector_norm
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
    else:
        tensors = list(args[: len(args) // 2 * 2 : 2])
        terms = [_term(labels) for labels in args[1::2]]
        equation = ",".join(terms[: len(tensors)])
        if len(args) % 2:
            equation += "->" + _term(args[-1])
    return _einsum(equation, tensors)


def _term(labels: Sequence[Any]) -> str:
    return "".join(
        "..." if one is Ellipsis else (string.ascii_uppercase + string.ascii_lowercase)[one] for one in labels
    )


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
    if first.dim() == 1:
        matrices[0] = first.unsqueeze(0)
    if last.dim() == 1:
        matrices[-1] = last.unsqueeze(1)
    for place, one in enumerate(matrices):
        if one.dim() != 2:
            raise RuntimeError(f"multi_dot(): tensor {place} must be 2D but got {tensors[place].dim()}D")
    for place, (one, other) in enumerate(itertools.pairwise(matrices)):
        if one.shape[1] != other.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {place} and {place + 1} with shapes {list(one.shape)} and {list(other.shape)} "
                "cannot be multiplied"
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
    warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters.",
        once=True,
    )
    given = list(matrices[0] if isinstance(matrices[0], (list, tuple)) else matrices)
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
    check=_check_addr, inplace=True, out=Output(sizes=_addr_sizes),
    deprecated=(
        "addr(Scalar beta, Tensor self, Scalar alpha, Tensor vec1, Tensor vec2) -> Tensor",
        "addr(Scalar beta, Tensor self, Tensor vec1, Tensor vec2) -> Tensor",
    ), together=((1, 2), (0, 1)),
)  # fmt: skip

# Distances.


def _check_dist(self: Tensor, other: Tensor, p: Any) -> None:
    check_bool_subtraction(self, other, 1)
    kind = common_dtype((self, other))
    if kind not in DIFFERENTIABLE:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {kind.scalar_type} instead."
        )


dist = op(
    "dist(Tensor self, Tensor other, Scalar p=2) -> Tensor", kernels.dist, check=_check_dist,
    self=lambda grad, self, other, p, result: vector_norm_backward(grad, self - other, p, result, None, False),
    other=lambda grad, self, other, p, result: _negative(
        vector_norm_backward(grad, self - other, p, result, None, False)
    ),
)  # fmt: skip


def _negative(self: Tensor | None) -> Tensor | None:
    return None if self is None else -self


def _check_weights(name: str, weights: Tensor, count: int, *, whole: bool) -> None:
    wrong = weights._dtype.category > INTEGRAL if whole else weights._dtype.category != REAL_CATEGORY
    text = ""
    if weights.dim() > 1:
        text = f"expected {name} to have one or fewer dimensions but got {name} with {weights.dim()} dimensions"
    elif wrong:
        kind = "integral" if whole else "floating point"
        text = f"expected {name} to have {kind} dtype but got {name} with {weights._dtype.scalar_type} dtype"
    elif weights.numel() != count:
        text = (
            f"expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    elif weights.numel() and bool((weights < 0).any()):
        text = f"{name} cannot be negative"
    if text:
        raise RuntimeError(f"cov(): {text}")


def _cov(self: Tensor, correction: int, fweights: Tensor | None, aweights: Tensor | None) -> Tensor:
    if self.dim() > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    if self._dtype.category == 0:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = self.view((1, -1)) if self.dim() < 2 else self
    if fweights is not None:
        _check_weights("fweights", fweights, rows.shape[1], whole=True)
    if aweights is not None:
        _check_weights("aweights", aweights, rows.shape[1], whole=False)
    weights = fweights
    if aweights is not None:
        weights = aweights if weights is None else weights * aweights
    total: Any = scalar_tensor(rows.shape[1], dtype=int64) if weights is None else weights.sum()
    if weights is not None and weights.numel() and not bool(total):
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    if rows._dtype.category < REAL_CATEGORY:
        from ..dtypes import get_default_dtype

        rows = rows.to(get_default_dtype())
    centred = rows - ((rows if weights is None else rows * weights).sum(1) / total).unsqueeze(1)
    if weights is None:
        factor: Any = total - correction
    elif aweights is None or correction == 0:
        factor = total - correction
    else:
        factor = total - correction * (weights * aweights).sum() / total
    other = centred if weights is None else centred * weights
    norm = factor if isinstance(factor, Tensor) else scalar_tensor(factor)
    if bool(norm <= 0):
        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.")
        norm = scalar_tensor(0.0)
    found = mm(centred, other.t().conj()) / norm
    return found.squeeze()


cov = op(
    "cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor", composite=_cov
)


def _corrcoef(self: Tensor) -> Tensor:
    if self.dim() > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    covariance = cov(self)
    if covariance.dim() == 0:
        return covariance / covariance
    deviations = covariance.diagonal()
    deviations = (deviations.real if deviations.is_complex() else deviations).sqrt()
    found = covariance / deviations.view((-1, 1)) / deviations.view((1, -1))
    if found.is_complex():
        from .conversion import complex_

        return complex_(found.real.clip(-1, 1), found.imag.clip(-1, 1))
    return found.clip(-1, 1)


corrcoef = op("corrcoef(Tensor self) -> Tensor", composite=_corrcoef)


def _check_renorm(self: Tensor, p: Any, dim: int, maxnorm: Any) -> None:
    if self.dim() < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.dim()} dimensions")
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if isinstance(maxnorm, complex):
        raise RuntimeError("renorm: maxnorm must be real-valued")
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    wrap_dim(dim, self.dim())


renorm = op(
    "renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor", kernels.renorm,
    self=lambda grad, self, p, dim, maxnorm: _renorm_backward(grad, self, p, dim, maxnorm),
    check=_check_renorm, inplace=True, out=SAME,
)  # fmt: skip


def _renorm_backward(grad: Tensor, self: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Slices within the norm pass it on; the others are scaled, and the scale depends on all their elements."""
    from .indexing import where

    others = [d for d in range(self.dim()) if d != wrap_dim(dim, self.dim())]
    norm = linalg_vector_norm(self, p, others, True)
    along = (self.conj() * grad).sum(others, True)
    along = along.real if along.is_complex() else along
    through = vector_norm_backward(along, self, p, norm, others, True)
    assert through is not None
    inverse = 1 / (norm + 1e-7)
    scaled = maxnorm * inverse * (grad - inverse * through)
    return where(norm > maxnorm, scaled.to(grad.dtype), grad)


# All pairs of points.

_cdist_forward = op(
    "_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor", kernels.cdist,
    x1=lambda grad, x1, x2, p, result: _cdist_backward(grad.contiguous(), x1, x2, p, result),
    x2=lambda grad, x1, x2, p, result: _cdist_backward(
        grad.mT.contiguous(), x2, x1, p, result.mT.contiguous()
    ),
    node="CdistBackward0", dtypes=FLOATING, unsupported=lambda d: RuntimeError(
        f"cdist only supports floating-point dtypes, X1 got: {d.c_name}"
    ), method=False, forward=False,
)  # fmt: skip
_NO_SECOND = not_differentiable("the derivative for '_cdist_backward' is not implemented.")
_cdist_backward = op(
    "_cdist_backward(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist) -> Tensor", kernels.cdist_backward,
    grad=_NO_SECOND, x1=_NO_SECOND, x2=_NO_SECOND, cdist=_NO_SECOND, method=False, forward=False,
)  # fmt: skip


@overridable_function(2)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The distances of all pairs of points.

    Args:
        x1: ``(..., P, M)``, floating.
        x2: ``(..., R, M)``.
        p: the order of the norm, not negative.
        compute_mode: how Euclidean distances are computed; the results differ by rounding.

    Returns:
        ``(..., P, R)``.

    Raises:
        RuntimeError: if shapes or dtypes do not fit.

    Source: ``torch.cdist``.
    """
    modes = {
        "use_mm_for_euclid_dist_if_necessary": None,
        "use_mm_for_euclid_dist": 1,
        "donot_use_mm_for_euclid_dist": 2,
    }
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, one in (("X1", x1), ("X2", x2)):
        if not one.is_floating_point():
            kind = one._dtype.scalar_type
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {kind}")
    if x1.dim() < 2 or x2.dim() < 2:
        name, one = ("X1", x1) if x1.dim() < 2 else ("X2", x2)
        raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {one.dim()}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    mode = modes[compute_mode]
    if x1.numel() and x2.numel():
        by_product = p == 2 and (mode == 1 or (mode is None and max(x1.shape[-2], x2.shape[-2]) > _FEW))
        if not by_product and x1._dtype not in (float32, float64):
            raise not_implemented("cdist")(x1._dtype)
        _same_dtype("mm" if by_product else "cdist", x1, x2)
    return _cdist_forward(x1, x2.to(x1._dtype), float(p), mode)


_FEW = 25
"""Of how many points torch computes Euclidean distances without a product of matrices."""


# The pairs of points of one set.


def _check_pdist(self: Tensor, p: float) -> None:
    if self._dtype not in (float32, float64) and self.shape[0] > 1:
        raise not_implemented("pdist")(self._dtype)


_pdist_forward = op(
    "_pdist_forward(Tensor self, float p=2) -> Tensor", kernels.pdist,
    self=lambda grad, self, p, result: _pdist_backward(grad, self, p, result),
    check=_check_pdist, node="PdistBackward0", method=False, forward=False,
)  # fmt: skip
_NO_SECOND_PDIST = not_differentiable("the derivative for '_pdist_backward' is not implemented.")
_pdist_backward = op(
    "_pdist_backward(Tensor grad, Tensor self, float p, Tensor pdist) -> Tensor", kernels.pdist_backward,
    grad=_NO_SECOND_PDIST, self=_NO_SECOND_PDIST, pdist=_NO_SECOND_PDIST, method=False, forward=False,
)  # fmt: skip


def _pdist(self: Tensor, p: float) -> Tensor:
    if self.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {self.dim()}D")
    if not self.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _pdist_forward(self.contiguous(), float(p))


pdist = op("pdist(Tensor self, float p=2) -> Tensor", composite=_pdist, method=False)

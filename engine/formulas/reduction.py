"""Derivatives of reductions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..autograd.levels import holds, is_wrapped, written
from ..autograd.modes import GRAD
from ..checks import wrap_dims
from ..layout import wrap_dim
from ..ops.joining import cat
from ..tensor import Tensor, written_zeros

Sizes = tuple[int, ...]


def restore_dims(reduced: Tensor, dim: Sequence[int] | None, keepdim: bool, ndim: int) -> Tensor:
    """Put the reduced dimensions back with length one; what is left of a full reduction broadcasts as it is."""
    if keepdim or ndim == 0 or not dim:
        return reduced
    for d in sorted(wrap_dims(dim, ndim)):
        reduced = reduced.unsqueeze(d)
    return reduced


def sum_backward(grad: Tensor, sizes: Sizes, dim: Sequence[int] | None, keepdim: bool) -> Tensor:
    """Every element counts once."""
    return restore_dims(grad, dim, keepdim, len(sizes)).expand(sizes)


def count(sizes: Sizes, dim: Sequence[int] | None) -> int:
    """How many elements go into one result."""
    return math.prod(sizes[d] for d in wrap_dims(dim, len(sizes)))


def mean_backward(grad: Tensor, sizes: Sizes, dim: Sequence[int] | None, numel: int, keepdim: bool) -> Tensor:
    """Every element counts for its share."""
    shares = count(sizes, dim) if dim else numel
    return sum_backward(grad, sizes, dim, keepdim) / max(shares, 1)


def evenly_distribute_backward(grad: Tensor, self: Tensor, value: Tensor) -> Tensor:
    """To all elements that equal the result, in equal shares."""
    chosen: Any
    if is_wrapped(grad, self, value):
        chosen = (self == value).logical_or_(self.isnan().logical_and(value.isnan()))
        return chosen * (grad / chosen.sum())
    chosen = self.isnan() if holds(value.isnan()) else self == value
    return grad.new_zeros(self.shape).masked_fill_(chosen, grad / chosen.sum())


def scale_by_count(grad: Tensor, self: Tensor, result: Tensor, dim: Sequence[int], keepdim: bool) -> Tensor:
    """As above, along dimensions."""
    ndim = self.dim()
    if not keepdim and ndim:
        shape = [1 if d in wrap_dims(dim, ndim) else n for d, n in enumerate(self.shape)] if dim else [1] * ndim
        grad, result = grad.reshape(shape if dim else ()), result.reshape(shape if dim else ())
    chosen = result == self
    return grad / chosen.sum(wrap_dims(dim, ndim), True) * chosen


def select_backward(grad: Tensor, dim: int, indices: Tensor, sizes: Sizes, keepdim: bool) -> Tensor:
    """To the one element that was selected along a dimension."""
    zeros = written_zeros(grad, sizes)
    if not sizes:
        dim = 0
    elif not keepdim:
        dim = wrap_dim(dim, len(sizes))
        grad, indices = grad.unsqueeze(dim), indices.unsqueeze(dim)
    return written(zeros, "scatter", dim, indices, grad)


def prod_backward(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    """``grad * result / self``, also where elements are zero."""
    if self.dim() == 0:
        return grad.clone()
    if is_wrapped(self):
        return (grad * products_of_others(self.contiguous().view(-1), 0).conj()).view_as(self)
    zeros = (self == 0).sum()
    if holds(zeros == 0):
        return grad * (result / self).conj()
    if not GRAD.get() and holds(zeros > 1):
        return grad.new_zeros(self.shape)
    flat = self.contiguous().view(-1)
    return (grad * products_of_others(flat, 0).conj()).view_as(self)


def prod_dim_backward(grad: Tensor, self: Tensor, result: Tensor, dim: int, keepdim: bool) -> Tensor:
    """As above, along a dimension."""
    if self.dim() == 0:
        return grad.clone()
    dim = wrap_dim(dim, self.dim())
    if not keepdim:
        grad, result = grad.unsqueeze(dim), result.unsqueeze(dim)
    if not is_wrapped(self) and holds((self != 0).all()):
        return grad * (result / self).conj()
    return grad * products_of_others(self, dim).conj()


def products_of_others(self: Tensor, dim: int) -> Tensor:
    """For each element the product of all others along the dimension."""
    n = self.shape[dim]
    if not self.numel():
        return self.new_zeros(self.shape)
    if n == 1:
        return self.new_ones(self.shape)
    ones = self.new_ones([1 if d == dim else s for d, s in enumerate(self.shape)])
    before = cat([ones, self.narrow(dim, 0, n - 1)], dim).cumprod(dim)
    after = cat([ones, self.narrow(dim, 1, n - 1).flip(dim)], dim).cumprod(dim).flip(dim)
    return before * after


def var_backward(
    grad: Tensor, self: Tensor, dim: Sequence[int] | None, correction: float | None, keepdim: bool
) -> Tensor:
    """``2 / (n - correction) * grad * (self - mean)``; NaN where nothing is left to divide by."""
    n = count(self.shape, dim) - (1 if correction is None else correction)
    grad = restore_dims(grad, dim, keepdim, self.dim())
    if n <= 0 and (dim is None or not self.dim()):
        edge: Any = self == self.mean()
        return grad * self.new_full((), math.nan).where(edge, math.inf)
    share = 2 / n if n else math.inf
    return share * grad * (self - (self.mean(tuple(dim), True) if dim else self.mean()))


def std_backward(
    result: Tensor, grad: Tensor, self: Tensor, dim: Sequence[int] | None, correction: float | None, keepdim: bool
) -> Tensor:
    """Through the variance; zero where the deviation is zero."""
    shared = (grad / (result * 2)).masked_fill_(result == 0, 0)
    return var_backward(shared, self, dim, correction, keepdim)


def var_mean_backward(
    grads: Sequence[Tensor | None], self: Tensor, dim: Sequence[int] | None, correction: float | None, keepdim: bool
) -> Tensor | None:
    """Through the variance and through the mean."""
    spread, mean = grads
    return _add(
        None if spread is None else var_backward(spread, self, dim, correction, keepdim),
        None if mean is None else mean_backward(mean, self.shape, dim, self.numel(), keepdim),
    )


def std_mean_backward(
    grads: Sequence[Tensor | None],
    self: Tensor,
    std: Tensor,
    dim: Sequence[int] | None,
    correction: float | None,
    keepdim: bool,
) -> Tensor | None:
    """Through the deviation and through the mean."""
    spread, mean = grads
    return _add(
        None if spread is None else std_backward(std, spread, self, dim, correction, keepdim),
        None if mean is None else mean_backward(mean, self.shape, dim, self.numel(), keepdim),
    )


def _add(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return b if a is None else a if b is None else a + b


def aminmax_backward(
    grads: Sequence[Tensor | None], self: Tensor, dim: int | None, keepdim: bool, min: Tensor, max: Tensor
) -> Tensor | None:
    """To the extremes, in equal shares to those that tie."""
    dims = () if dim is None else (dim,)
    shares = [
        None if grad is None else scale_by_count(grad, self, found, dims, keepdim)
        for grad, found in zip(grads, (min, max), strict=True)
    ]
    least, greatest = shares
    return _add(least, greatest) if least is None or greatest is None else written(least, "add", greatest)


def vector_norm_backward(
    grad: Tensor, self: Tensor, ord: float, result: Tensor, dim: Sequence[int] | None, keepdim: bool
) -> Tensor | None:
    """A subgradient: none of order zero, zero where the norm is zero, shared by the largest for infinite orders."""
    ndim = self.dim()
    grad, result = restore_dims(grad, dim, keepdim, ndim), restore_dims(result, dim, keepdim, ndim)
    if ord == 0:
        return None
    if ord == 1:
        return self.sgn() * grad
    if ord == 2:
        return grad * (self / result).masked_fill_(result == 0, 0)
    if math.isinf(ord):
        size = self.abs()
        chosen = (size == result).logical_or(size.isnan())
        return self.sgn() * (grad / chosen.sum(wrap_dims(dim, ndim), True) * chosen)
    if ord < 2:
        size = self.abs().pow(ord - 1)  # before the sign: torch's compiler evaluates the right factor first
    if ord < 1:
        part = self.sgn() * size.masked_fill_(self == 0, 0)
        return part * grad * result.pow(1 - ord)
    if ord < 2:
        part = self.sgn() * size
        return part * (grad / result.pow(ord - 1)).masked_fill_(result == 0, 0)
    part = self * self.abs().pow(ord - 2)
    return part * (grad / result.pow(ord - 1)).masked_fill_(result == 0, 0)


def logsumexp_backward(grad: Tensor, self: Tensor, result: Tensor, dim: Sequence[int], keepdim: bool) -> Tensor:
    """The softmax of the input."""
    ndim = self.dim()
    grad, result = restore_dims(grad, dim, keepdim, ndim), restore_dims(result, dim, keepdim, ndim)
    return grad * (self - result).exp().conj()


# Tangents.


def evenly_read_tangent(self_t: Tensor, self: Tensor, value: Tensor) -> Tensor:
    """The mean over all elements that equal the result."""
    chosen: Any = self == value
    return (chosen * (self_t / chosen.sum())).sum()


def select_tangent(self_t: Tensor, dim: int, indices: Tensor, keepdim: bool) -> Tensor:
    """What was selected along a dimension."""
    if keepdim:
        return self_t.gather(dim, indices)
    return self_t.gather(dim, indices.unsqueeze(dim)).squeeze(dim)


def extreme_tangent(self_t: Tensor, self: Tensor, result: Tensor, dim: Sequence[int], keepdim: bool) -> Tensor:
    """The mean over the elements that tie."""
    chosen: Any = self == restore_dims(result, dim, keepdim, self.dim())
    return self_t.where(chosen, 0.0).sum(dim, keepdim) / chosen.sum(dim, keepdim)


def var_tangent(
    self_t: Tensor, self: Tensor, dim: Sequence[int] | None, correction: float | None, keepdim: bool
) -> Tensor:
    """The transpose of a gradient that arrives everywhere."""
    found = var_backward(self_t.conj(), self, dim, correction, True)
    return (found.real if found.is_complex() else found).sum(dim or (), keepdim)


def std_tangent(
    self_t: Tensor, self: Tensor, dim: Sequence[int] | None, correction: float | None, keepdim: bool, result: Tensor
) -> Tensor:
    """Through the variance; zero where the deviation is zero."""
    of_var = var_tangent(self_t, self, dim, correction, keepdim)
    return (of_var / (2.0 * result)).masked_fill_(result == 0, 0)


def logsumexp_tangent(self_t: Tensor, self: Tensor, dim: Sequence[int], keepdim: bool) -> Tensor:
    """The mean, weighed by the exponentials."""
    real = self.real if self.is_complex() else self
    size = (self - real.amax(dim, True)).exp() if self.numel() else self.exp()
    total = size.sum(dim, keepdim)
    if is_wrapped(self, self_t):
        return (size * self_t).sum(dim, keepdim).div_(total)
    return size.mul_(self_t).sum(dim, keepdim).div_(total)


def logcumsumexp_tangent(self_t: Tensor, self: Tensor, dim: int) -> Tensor:
    """As above, for each beginning."""
    real = self.real if self.is_complex() else self
    size = (self - real.max(dim, True)[0]).exp() if self.numel() else self.exp()
    total = size.cumsum(dim).add_(1e-13)
    if is_wrapped(self, self_t):
        return (size * self_t).cumsum(dim).div_(total)
    return size.mul_(self_t).cumsum(dim).div_(total)


def cumprod_tangent(self_t: Tensor, self: Tensor, result: Tensor, dim: int) -> Tensor:
    """``result * cumsum(self_t / self)``; from the first zero on the product with its tangent in its place."""
    found = (self_t / self).cumsum(dim) * result
    zero: Any = self == 0
    if not self.dim():
        return found.masked_fill_(zero, self_t)
    zeros = zero.cumsum(dim)
    first = zero.logical_and(zeros == 1)
    return self_t.where(first, self).cumprod(dim).where(zeros >= 1, found)


def vector_norm_tangent(
    self_t: Tensor, self: Tensor, ord: float, result: Tensor, dim: Sequence[int] | None, keepdim: bool
) -> Tensor:
    """The transpose of the subgradient."""
    dim = dim or ()

    def weighed(weight: Tensor) -> Tensor:
        found = weight * self_t.conj()
        return found.real if found.is_complex() else found

    if ord == 0:
        return result.new_zeros(result.shape)
    if ord == 1:
        part = self.sgn()
        part = written(part, "mul", self_t.conj())
        return (part.real if part.is_complex() else part).sum(dim, keepdim)
    if ord == 2:
        return weighed(self).sum(dim, keepdim).div_(result).masked_fill_(result == 0, 0)
    if math.isinf(ord):
        norm = restore_dims(result, dim, keepdim, self.dim())
        lost = self.isnan().logical_and(norm.isnan())
        largest: Any = (self.abs() == norm).logical_or_(lost).type_as(norm)
        count = restore_dims(largest.count_nonzero(dim), dim, False, self.dim())
        return (weighed(self.sgn()) * largest / count).sum(dim, keepdim)
    if ord < 1:
        size = self.abs().pow_(ord - 1).masked_fill_(self == 0, 0)
        return (size * weighed(self.sgn())).sum(dim, keepdim) * result.pow(1 - ord)
    if ord < 2:
        found = (self.abs().pow_(ord - 1) * weighed(self.sgn())).sum(dim, keepdim) * result.pow(1 - ord)
    else:
        found = (self.abs().pow_(ord - 2) * weighed(self)).sum(dim, keepdim) / result.pow(ord - 1)
    return found.masked_fill_(result == 0, 0)

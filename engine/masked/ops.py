"""The functions of ``torch.masked``: elements where ``mask`` is False take no part.

A reduction leaves an element out by putting its identity there: 0 for a sum, minus infinity for a maximum.  What has
no identity, such as a mean, is made of what has one.  Each function takes a tensor, and a mask that broadcasts to its
shape; without a mask it is the ordinary function.  ``dtype`` is that of the result.

Raises, as torch:
    IndexError: for a dimension that is out of range, or a mask with more dimensions than the tensor.
    RuntimeError: for a dimension given twice.

Source: ``torch.masked``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..autograd.function import Function
from ..dtypes import INTEGRAL, bounds, dtype, float32, int64, uint8
from ..linalg import vector_norm
from ..nn import functional
from ..ops import cumulative, reduction
from ..ops.arithmetic import divide, subtract
from ..ops.comparison import maximum
from ..ops.creation import ones
from ..ops.data import tensor
from ..ops.masking import where
from ..ops.pointwise import sqrt
from ..ops.shape import broadcast_to
from ..ops.sorting import nanmedian
from ..ops.special import logaddexp as _logaddexp
from ..tensor import Tensor
from .maskedtensor.core import as_masked_tensor, is_masked_tensor

Dims = int | Sequence[int] | None

# What takes no part.


def _lowest(d: dtype) -> float:
    return -math.inf if d.is_floating_point else bounds(d)[0]


def _highest(d: dtype) -> float:
    return math.inf if d.is_floating_point else bounds(d)[1]


class Combine(Function):
    """The elements of a masked tensor, with an identity where they are masked out; their gradients are masked."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, mask: Tensor, identity: complex) -> Tensor:
        ctx.save_for_backward(mask)
        ctx.mark_non_differentiable(mask)
        return _with(identity, data, mask)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> tuple[Tensor, None, None]:
        (mask,) = ctx.saved_tensors
        data = grad_output.get_data() if is_masked_tensor(grad_output) else grad_output
        return as_masked_tensor(data, mask), None, None


def _with(identity: complex, input: Any, mask: Tensor | None) -> Tensor:
    """The input, with the identity where it is masked out; a masked tensor has a mask of its own."""
    if is_masked_tensor(input):
        return Combine.apply(input.get_data(), input.get_mask(), identity)
    if mask is None:
        return input
    return where(_fitted(mask, input), input, tensor(identity, dtype=input.dtype))


def _extreme(name: str, input: Any, mask: Tensor | None) -> Tensor:
    """The input, with the identity of this maximum or minimum where it is masked out."""
    d = input.dtype
    mask = input.get_mask() if is_masked_tensor(input) else mask
    if mask is not None and d.is_complex:
        raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
    if mask is not None and not (d.is_signed or d is uint8):
        raise NotImplementedError(f"identity of {name} on {input.dtype} input")
    if mask is None:
        return input
    return _with((_highest if name.endswith("min") else _lowest)(input.dtype), input, mask)


def _fitted(mask: Tensor, input: Tensor) -> Tensor:
    """The mask in the shape of the input, as bools."""
    if mask.shape != input.shape:
        if mask.ndim > input.ndim:
            raise IndexError(
                "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)"
            )
        mask = broadcast_to(mask.clone(), input.shape)
    return mask.bool()


def _dims(dim: Dims, ndim: int) -> tuple[int, ...]:
    """Dimensions counted from the front, in order; none means all."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    ndim = max(ndim, 1)
    found: list[int] = []
    for one in (dim,) if isinstance(dim, int) else dim:
        if one in found:
            raise RuntimeError(f"dim={one} appears multiple times in the list of dims")
        if not -ndim <= one < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {one})"
            )
        found.append(one % ndim)
    return tuple(sorted(found))


def _summed(input: Tensor, d: dtype | None) -> dtype:
    """The dtype of a sum or product."""
    return d or (int64 if input.dtype.category <= INTEGRAL else input.dtype)


# Reductions.


def sum(
    input: Tensor, dim: Dims = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The sum; of nothing, 0."""
    dtype = _summed(input, dtype)
    dims = _dims(dim, input.ndim)
    return reduction.sum(_with(0, input, mask), dims, bool(keepdim), dtype=dtype)


def prod(
    input: Tensor, dim: Dims = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The product; of nothing, 1."""
    dtype = _summed(input, dtype)
    dims = _dims(dim, input.ndim)
    found = _with(1, input, mask).to(dtype=dtype)
    for one in reversed(dims):
        found = found.prod(dim=one, keepdim=bool(keepdim))
    return found


def amax(
    input: Tensor, dim: Dims = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The largest; of nothing, minus infinity or the least integer."""
    found = _extreme("amax", input, mask)
    return reduction.amax(found, _dims(dim, input.ndim), bool(keepdim)).to(dtype=dtype or input.dtype)


def amin(
    input: Tensor, dim: Dims = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The least; of nothing, infinity or the largest integer."""
    found = _extreme("amin", input, mask)
    return reduction.amin(found, _dims(dim, input.ndim), bool(keepdim)).to(dtype=dtype or input.dtype)


def argmax(
    input: Tensor, dim: int | None = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where the largest is, in the dtype of the input."""
    return reduction.argmax(_extreme("argmax", input, mask), dim, bool(keepdim)).to(dtype=dtype or input.dtype)


def argmin(
    input: Tensor, dim: int | None = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where the least is, in the dtype of the input."""
    return reduction.argmin(_extreme("argmin", input, mask), dim, bool(keepdim)).to(dtype=dtype or input.dtype)


def _counted(
    input: Tensor, dim: Dims, keepdim: bool, dtype: dtype, mask: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """The sum, how many took part in it, and the mask in the input's shape."""
    if mask is None:
        count = sum(ones(tuple(input.shape), dtype=int64, device=input.device), dim, keepdim=keepdim)
        return sum(input, dim, keepdim=keepdim, dtype=dtype), count, None
    mask = _fitted(mask, input)
    count = mask.sum(dim=dim, keepdim=keepdim)
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask), count, mask


def mean(
    input: Tensor, dim: Dims = None, *, keepdim: bool | None = False, dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean; of nothing, NaN.

    Raises:
        ValueError: for an integral dtype.
    """
    source, dtype = ("Input", input.dtype) if dtype is None else ("Optional", dtype)
    if dtype.category <= INTEGRAL:
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex dtype. "
            f"Got: {dtype}"
        )
    total, count, _ = _counted(input, dim, bool(keepdim), dtype, mask)
    return total / count


def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: dtype | None = None, mask: Tensor | None = None
) -> Tensor:
    """The median, of an even number the lower one; of nothing, NaN.

    Raises:
        ValueError: for a median of no integers.
    """
    dtype = dtype or input.dtype
    (dim,) = _dims(dim, input.ndim)[:1]
    is_float = input.is_floating_point()
    values = input if is_float else input.to(dtype=float32)
    found = nanmedian(_with(math.nan, values, mask), dim, keepdim).values
    if is_float:
        return found
    if found.isnan().any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return found.to(dtype=dtype)


def logsumexp(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtype | None = None, mask: Tensor | None = None
) -> Tensor:
    """``log(sum(exp(input)))``; of nothing, minus infinity."""
    dims = _dims(dim, input.ndim)
    found = _with(-math.inf, input, mask) if input.is_complex() else _extreme("logsumexp", input, mask)
    return reduction.logsumexp(found, dims, keepdim=keepdim).to(dtype=dtype or input.dtype)


def logaddexp(
    input: Tensor, other: Tensor, *, dtype: dtype | None = None, input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """``log(exp(input) + exp(other))``, where an element that is masked out adds nothing."""
    first = _extreme("logaddexp", input, input_mask)
    second = _extreme("logaddexp", other, other_mask)
    return _logaddexp(first, second).to(dtype=dtype or input.dtype)


def norm(
    input: Tensor, ord: float | None = 2.0, dim: Dims = None, *, keepdim: bool | None = False,
    dtype: dtype | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The norm of vectors; of nothing, 0, or infinity where it is the least absolute value."""
    found = _with(math.inf if ord == -math.inf else 0, input, mask)
    return vector_norm(found, ord, _dims(dim, input.ndim), bool(keepdim), dtype=dtype or input.dtype)


def var(
    input: Tensor, dim: Dims = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool | None = False, dtype: dtype | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The variance; of nothing, NaN."""
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    less = float(correction) if correction is not None else 0.0 if unbiased is False else 1.0
    if dtype is None:
        dtype = float32 if input.dtype.category <= INTEGRAL else input.dtype
    computed = float32 if dtype.category <= INTEGRAL else dtype
    sample, count, mask = _counted(input, dim, True, dtype, mask)
    centred = subtract(input, divide(sample, count))
    total = sum(centred * centred.conj(), dim, keepdim=keepdim, dtype=computed, mask=mask)
    if not keepdim:
        count = count.reshape(total.shape)
    if less:
        count = subtract(count.to(computed.to_real()), less)
        count = maximum(count, count.new_zeros([]))
    return divide(total, count).to(dtype=dtype)


def std(
    input: Tensor, dim: Dims = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool | None = False, dtype: dtype | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The root of `var`."""
    found = var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask)
    return sqrt(found)


# What keeps the shape.


def cumsum(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Sums of what comes before along a dimension, each element included."""
    dtype = dtype or input.dtype
    return cumulative.cumsum(_with(0, input, mask), _dims(dim, input.ndim)[0], dtype=dtype).to(dtype=dtype)


def cumprod(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Products of what comes before along a dimension, each element included."""
    dtype = dtype or input.dtype
    return cumulative.cumprod(_with(1, input, mask), _dims(dim, input.ndim)[0], dtype=dtype).to(dtype=dtype)


def softmax(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Exponentials divided by their sum; what is masked out is 0, and NaN if all is."""
    dim = _dims(dim, input.ndim)[0]
    return functional.softmax(_extreme("amax", input, mask), dim, dtype=dtype or input.dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """The logarithm of `softmax`."""
    dim = _dims(dim, input.ndim)[0]
    return functional.log_softmax(_extreme("amax", input, mask), dim, dtype=dtype or input.dtype)


def softmin(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """`softmax` of the opposite."""
    dim = _dims(dim, input.ndim)[0]
    return functional.softmin(_extreme("amin", input, mask), dim, dtype=dtype or input.dtype)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: dtype | None = None, mask: Tensor | None = None
) -> Tensor:
    """The input divided by its norm, or by ``eps`` if that is larger."""
    values = _with(0, input, mask)
    length = norm(input, ord, dim, keepdim=True, dtype=dtype or input.dtype, mask=mask)
    return divide(values, maximum(length, length.new_full([], eps)))

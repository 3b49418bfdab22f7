"""Normalisations: less the mean, over the deviation."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import ParamSpec, TypeVar

import numpy as np

from ..strides import laid_out_like
from . import moments
from .rounding import FEW, fused, wide
from .sums import VECTOR, add_up_lanes, add_up_products

Array = np.ndarray
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _unbuffered(kernel: Callable[_P, _T]) -> Callable[_P, _T]:
    """With next to no buffer for NumPy's iterators, which cut a block into pieces of its size where an operand is
    broadcast: a block times a column takes half the time.
    """

    @functools.wraps(kernel)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        before = np.setbufsize(1024)
        try:
            return kernel(*args, **kwargs)
        finally:
            np.setbufsize(before)

    return run


def _narrowed(input: Array, given: Sequence[Array | None], found: Array, *moments: Array) -> tuple[Array, ...]:
    """The result in the dtype of the input, and its moments in that of the first of what else was given."""
    dtype = next((one.dtype for one in given if one is not None), input.dtype)
    return found.astype(input.dtype, copy=False), *(one.astype(dtype, copy=False) for one in moments)


@_unbuffered
def layer_norm(
    input: Array, normalized_shape: tuple[int, ...], weight: Array | None, bias: Array | None, eps: float
) -> tuple[Array, ...]:
    """Normalised over the last dimensions; scaled and shifted element by element there."""
    rows = _rows(wide(input), normalized_shape)
    flat = [None if one is None else one.reshape(-1) for one in (weight, bias)]
    shape = input.shape[: input.ndim - len(normalized_shape)] + (1,) * len(normalized_shape)
    if rows.size <= FEW:
        mean, variance = moments.of_rows(rows, halves=input.dtype.itemsize == 2)
        rstd = np.reciprocal(np.sqrt(variance + rows.dtype.type(eps)))
        if input.dtype.itemsize == 2:
            found = _scaled(fused(rows, rstd, -rstd * mean), *flat)
        elif weight is None and bias is not None:
            found = fused(rows - mean, rstd, bias.reshape(-1))
        else:
            found = _scaled((rows - mean) * rstd, *flat)
        return _narrowed(input, (weight, bias), found.reshape(input.shape), mean.reshape(shape), rstd.reshape(shape))
    found = np.empty(rows.shape, rows.dtype)
    mean, rstd = (np.empty((len(rows), 1), rows.dtype) for _ in range(2))
    weights = _averaging(rows)
    for block in _blocks(rows):
        mean[block] = rows[block] @ weights
        normal = np.subtract(rows[block], mean[block], out=found[block])
        rstd[block] = np.reciprocal(np.sqrt(_dots(normal, normal) / rows.shape[1] + rows.dtype.type(eps)))
        normal *= rstd[block]
        _affine(normal, *flat)
    return _narrowed(input, (weight, bias), found.reshape(input.shape), mean.reshape(shape), rstd.reshape(shape))


@_unbuffered
def layer_norm_backward(
    grad: Array, input: Array, mean: Array, rstd: Array, weight: Array | None, normalized_shape: tuple[int, ...],
    needs: Sequence[bool],
) -> tuple[Array | None, Array | None, Array | None]:  # fmt: skip
    """The gradients of input, scale and shift; those of 16 bits computed in float32."""
    if input.dtype.itemsize == 2:
        given = (wide(grad), wide(input), wide(mean), wide(rstd), None if weight is None else wide(weight))
        computed = layer_norm_backward(*given, normalized_shape, needs)
        of_input, of_scale, of_shift = (
            None if one is None else one.astype(d)
            for one, d in zip(computed, (input.dtype, mean.dtype, mean.dtype), strict=True)
        )
        return of_input, of_scale, of_shift
    rows, grads = (_rows(one, normalized_shape) for one in (input, grad))
    mean, rstd = mean.reshape(-1, 1), rstd.reshape(-1, 1)
    found = np.empty(rows.shape, rows.dtype) if needs[0] else None
    scale = np.ones(rows.shape[1], mean.dtype) if weight is None else weight.reshape(-1)
    if 0 < rows.size <= FEW and rows.dtype == np.float32 == scale.dtype:
        of_input, of_scale = _of_few(grads, rows, mean, rstd, None if weight is None else scale)
        return (
            of_input.reshape(input.shape) if needs[0] else None,
            of_scale.reshape(normalized_shape) if needs[1] else None,
            np.add.reduce(grads, 0).reshape(normalized_shape) if needs[2] else None,
        )
    scales, shifts = (np.zeros(rows.shape[1], rows.dtype) for _ in range(2))
    weights = scale[:, None] / mean.dtype.type(max(1, rows.shape[1]))
    for block in _blocks(rows):
        outer = grads[block]
        normal = rows[block] - mean[block]
        normal *= rstd[block]
        product = outer * normal
        ones = np.ones(len(outer), rows.dtype)
        if needs[1]:
            scales += ones @ product
        if needs[2]:
            shifts += ones @ outer
        if found is not None:
            normal *= product @ weights
            normal += outer @ weights
            inner = np.multiply(outer, scale, out=product)
            inner -= normal
            np.multiply(inner, rstd[block], out=found[block])
    return (
        None if found is None else found.reshape(input.shape),
        scales.reshape(normalized_shape) if needs[1] else None,
        shifts.reshape(normalized_shape) if needs[2] else None,
    )


def _of_few(grads: Array, rows: Array, mean: Array, rstd: Array, scale: Array | None) -> tuple[Array, Array]:
    """The gradients of input and scale as torch computes them, from sums of what is not centred: what rounding leaves
    is all that there is where a row has one element, and much where its mean is large."""
    normal = fused(rstd, rows, -rstd * mean)
    of_scale = np.add.reduce(np.multiply(grads, normal, dtype=np.float64), 0).astype(np.float32)
    scaled = rstd * grads
    if scale is None:
        by_values, plain = add_up_products(grads, rows), add_up_lanes(grads, VECTOR)
    else:
        scales = np.broadcast_to(scale, rows.shape)
        by_values, plain, scaled = add_up_products(grads * rows, scales), add_up_products(grads, scales), scaled * scale
    part = rows.dtype.type(1 / rows.shape[1])
    slope = fused(plain, mean, -by_values) * rstd * rstd * rstd * part
    return fused(slope, rows, scaled) + fused(-slope, mean, -(plain * rstd * part)), of_scale


def _averaging(rows: Array) -> Array:
    """What a product with takes the mean of each row: BLAS sums several times faster than a reduction."""
    return np.full((rows.shape[1], 1), 1 / max(1, rows.shape[1]), rows.dtype)


def _dots(one: Array, other: Array) -> Array:
    """The inner product of each row with the same one of another array."""
    return np.matmul(one[:, None, :], other[:, :, None])[:, 0]


BLOCK = 1 << 15
"""How many numbers are worked on at once: few enough to stay in the processor's cache from one step to the next."""


def _rows(array: Array, normalized_shape: tuple[int, ...]) -> Array:
    """A row for each of what is normalised by itself."""
    size = math.prod(normalized_shape)
    return array.reshape(math.prod(array.shape[: array.ndim - len(normalized_shape)]), size)


def _blocks(rows: Array) -> Iterator[slice]:
    size = max(1, BLOCK // max(1, rows.shape[1]))
    return (slice(start, start + size) for start in range(0, len(rows), size))


def _affine(found: Array, weight: Array | None, bias: Array | None) -> Array:
    if weight is not None:
        found *= weight
    if bias is not None:
        found += bias
    return found


def _scaled(found: Array, weight: Array | None, bias: Array | None) -> Array:
    """As `_affine`, product and sum rounded once if there are both."""
    return _affine(found, weight, bias) if weight is None or bias is None else fused(found, weight, bias)


def group_norm(
    input: Array, weight: Array | None, bias: Array | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Array, ...]:
    """Normalised over groups of channels of each image; scaled and shifted by channel."""
    values = wide(input).reshape(N * group, C // group * HxW)
    if values.size <= FEW:
        mean, variance = moments.of_rows(values, halves=input.dtype.itemsize == 2)
    else:
        mean = values.mean(1, keepdims=True, dtype=values.dtype)
        variance = np.square(values - mean).mean(1, keepdims=True, dtype=values.dtype)
    rstd = _inverse_deviation(variance, eps).astype(values.dtype)
    if weight is None and bias is None:
        found = ((values - mean) * rstd).reshape(input.shape)
    else:
        of_channels = np.repeat(np.stack([rstd, mean]).reshape(2, N, group), C // group, 2)
        scale, shift = _line(*of_channels[..., None], *_reshaped((weight, bias), (1, C, 1)))
        found = fused(values.reshape(N, C, HxW), scale, shift).reshape(input.shape)
    return _narrowed(input, (weight, bias), laid_out_like(found, input), mean.reshape(N, group), rstd.reshape(N, group))


def _inverse_deviation(variance: Array, eps: float) -> Array:
    """In float64."""
    return np.reciprocal(np.sqrt(np.maximum(variance, 0).astype(np.float64) + eps))


def _line(rstd: Array, mean: Array, weight: Array | None, bias: Array | None) -> tuple[Array, Array]:
    """By what to multiply, and what to add then, so as to normalise, scale and shift at once."""
    scale = rstd if weight is None else rstd * weight
    return scale, -scale * mean if bias is None else fused(-scale, mean, bias)


def _reshaped(given: Sequence[Array | None], shape: tuple[int, ...]) -> list[Array | None]:
    return [None if one is None else one.reshape(shape) for one in given]


def batch_norm(
    input: Array, weight: Array | None, bias: Array | None, running_mean: Array | None, running_var: Array | None,
    training: bool, momentum: float, eps: float,
) -> tuple[Array, ...]:  # fmt: skip
    """Normalised over all but the channels; training moves the running statistics, in place.

    Raises:
        RuntimeError: without elements, in training.
    """
    given = (weight, bias, running_mean, running_var)
    values = wide(input)
    kind = values.dtype.type
    if not training:
        assert running_mean is not None and running_var is not None
        mean, var = wide(running_mean), wide(running_var)
        moved = [np.zeros(0, values.dtype)] * 2
        rstd = 1 / np.sqrt(var + kind(eps))
    else:
        if not input.size:
            raise RuntimeError(f"input tensor must have at least one element, but got input_sizes = {[*input.shape]}")
        mean, squares = moments.of_channels(values)
        if (kept := next((one.dtype for one in given if one is not None), input.dtype)).itemsize == 2:
            mean, squares = (one.astype(kept).astype(values.dtype) for one in (mean, squares))
        count = input.size // input.shape[1]
        rstd = _inverse_deviation(squares / kind(count), eps).astype(kept).astype(values.dtype)
        moved = [mean, rstd]
        if running_mean is not None:
            running_mean[...] = kind(momentum) * mean + kind(1 - momentum) * wide(running_mean)
        if running_var is not None:
            unbiased = squares.astype(kind) / kind(max(count - 1, 1))
            running_var[...] = fused(unbiased, kind(momentum), kind(1 - momentum) * wide(running_var))
    shape = (1, -1, *[1] * (input.ndim - 2))
    if input.flags.c_contiguous or np.moveaxis(input, 1, -1).flags.c_contiguous:
        scale, shift = (one.reshape(shape) for one in _line(rstd, mean, weight, bias))
        found = values * scale + shift if input.dtype.itemsize == 2 else fused(values, scale, shift)
    else:
        found = _affine((values - mean.reshape(shape)) * rstd.reshape(shape), *_reshaped((weight, bias), shape))
    return _narrowed(input, given, laid_out_like(found, input), *moved)


def weight_norm(v: Array, g: Array, dim: int) -> tuple[Array, Array]:
    """``v`` with the norm ``g`` in each place along a dimension; and the norms that it had."""
    others = tuple(one for one in range(v.ndim) if one != dim)
    norms = np.sqrt((v * v).sum(others, keepdims=True))
    return v * (g / norms), norms

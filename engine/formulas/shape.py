"""Derivatives of views and rearrangements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..layout import wrap_dim
from ..ops.joining import cat, stack
from ..tensor import Tensor, wrap, written_zeros

Sizes = tuple[int, ...]


def unsqueeze_to(grad: Tensor, sizes: Sizes, dims: Sequence[int] | None = None) -> Tensor:
    """Put back the dimensions of length one that ``squeeze`` dropped."""
    chosen = range(len(sizes)) if dims is None else sorted(wrap_dim(d, len(sizes)) for d in dims)
    for d in chosen:
        if d < len(sizes) and sizes[d] == 1:
            grad = grad.unsqueeze(d)
    return grad


def permute_backward(grad: Tensor, dims: Sequence[int]) -> Tensor:
    """The inverse permutation."""
    wrapped = [d % len(dims) for d in dims]
    return grad.permute(tuple(wrapped.index(i) for i in range(len(dims))))


def unbind_backward(grads: Sequence[Tensor | None], dim: int) -> Tensor:
    """The gradients stacked, zeros where an output was not used."""
    some = next(grad for grad in grads if grad is not None)
    return stack([some.new_zeros(some.shape) if grad is None else grad for grad in grads], dim)


def split_backward(grads: Sequence[Tensor | None], lengths: Sequence[int], dim: int, sizes: Sizes) -> Tensor:
    """The gradients concatenated, zeros where an output was not used."""
    some = next(grad for grad in grads if grad is not None)
    dim = wrap_dim(dim, len(sizes))
    parts = [
        some.new_zeros((*sizes[:dim], n, *sizes[dim + 1 :])) if grad is None else grad
        for grad, n in zip(grads, lengths, strict=True)
    ]
    return cat(parts, dim)


def as_strided_backward(
    grad: Tensor, self_geometry: tuple[Sizes, Sizes, int], size: Sizes, stride: Sizes, storage_offset: int | None
) -> Tensor:
    """Add every element of the gradient where its element lies in memory, then read that as the input does.

    Elements of the input that share memory share what arrives there.
    """
    sizes, strides, start = self_geometry
    if 0 in sizes or 0 in size:
        return grad.new_zeros(sizes)
    for dim in reversed(range(len(size))):
        if size[dim] == 1 or stride[dim] == 0:
            grad = grad.squeeze(dim) if size[dim] == 1 else grad.sum(dim)
            size, stride = (*size[:dim], *size[dim + 1 :]), (*stride[:dim], *stride[dim + 1 :])
    first = start if storage_offset is None else storage_offset
    low = min(start, first)
    reach = max(start + extent(sizes, strides), first + extent(size, stride)) - low
    places = wrap(np.arange(reach))
    read, written = places.as_strided(sizes, strides, start - low), places.as_strided(size, stride, first - low)
    memory = grad.new_zeros(reach)
    if _overlaps(written):
        memory.index_add_(0, written.reshape(-1), grad.reshape(-1))
    else:
        memory.as_strided(size, stride, first - low).copy_(grad)
    if _overlaps(read):
        ones = grad.new_ones(()).expand((read.numel(),))
        count = memory.new_zeros(memory.shape).index_add_(0, read.reshape(-1), ones)
        memory = memory.div_(count)
    return memory.as_strided(sizes, strides, start - low)


def _overlaps(places: Tensor) -> bool:
    return len(np.unique(places._array)) < places.numel()


def extent(sizes: Sizes, strides: Sizes) -> int:
    """How many elements of memory a tensor of this geometry spans."""
    if 0 in sizes:
        return 0
    return sum((n - 1) * s for n, s in zip(sizes, strides, strict=True)) + 1


def repeat_backward(grad: Tensor, repeats: Sizes, sizes: Sizes) -> Tensor:
    """The sum over the copies."""
    leading = len(repeats) - len(sizes)
    if 0 in repeats:
        return written_zeros(grad, sizes)
    for _ in range(leading):
        grad = grad.sum(0)
    shape: list[int] = []
    dims: list[int] = []
    for size, r in zip(sizes, repeats[leading:], strict=True):
        if r != 1:
            dims.append(len(shape))
            shape.append(r)
        shape.append(size)
    return grad.reshape(tuple(shape)).sum(tuple(dims)) if dims else grad

"""Pooling, as ``torch.nn.functional`` has it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...dispatch.overrides import overridable_functional
from ...ops import adaptive_pooling as adaptive
from ...ops import pooling as pools
from ...ops.adaptive_pooling import adaptive_avg_pool1d as adaptive_avg_pool1d
from ...ops.pooling import avg_pool1d as avg_pool1d
from ...ops.pooling import avg_pool2d as avg_pool2d
from ...ops.pooling import avg_pool3d as avg_pool3d
from ...ops.random import rand
from ...tensor import Tensor

Sizes = tuple[int, ...]


def _each(value: Any, rank: int) -> Any:
    """One number stands for all dimensions."""
    return value if isinstance(value, (tuple, list)) else (value,) * rank


# The largest elements.


def _max(rank: int, input: Tensor, options: tuple[Any, ...], return_indices: bool) -> Any:
    kernel, stride, *rest = options
    name = f"max_pool{rank}d_with_indices" if return_indices else f"max_pool{rank}d"
    return getattr(pools, name)(input, kernel, () if stride is None else stride, *rest)


def _with_places(function: Callable[..., Any]) -> Any:
    """A function that gives places, too, if asked for: torch's calls one or another of a name with an underscore, which
    errors of a wrong call tell."""
    made = overridable_functional(function)
    function.__qualname__ = f"_{function.__name__}"
    return made


@_with_places
def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of ``(N, C, L)`` or ``(C, L)``; with its place, if asked for."""
    return _max(1, input, (kernel_size, stride, padding, dilation, ceil_mode), return_indices)


@_with_places
def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of ``(N, C, H, W)`` or ``(C, H, W)``; with its place, if asked for."""
    return _max(2, input, (kernel_size, stride, padding, dilation, ceil_mode), return_indices)


@_with_places
def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of ``(N, C, D, H, W)`` or ``(C, D, H, W)``; with its place, if asked for."""
    return _max(3, input, (kernel_size, stride, padding, dilation, ceil_mode), return_indices)


# Of a given number of windows.


def _output_size(given: Any, input: Tensor) -> Any:
    """None stands for the size that there is.

    Raises:
        ValueError: for an input with too few dimensions.
    """
    if isinstance(given, int):
        return given
    if input.dim() <= len(given):
        raise ValueError(f"Input dimension should be at least {len(given) + 1}")
    return [n if one is None else one for one, n in zip(given, input.shape[input.dim() - len(given) :], strict=True)]


@overridable_functional
def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of ``output_size`` windows of ``(N, C, H, W)`` or ``(C, H, W)``."""
    return adaptive.adaptive_avg_pool2d(input, _output_size(output_size, input))


@overridable_functional
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of ``output_size`` windows of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    return adaptive.adaptive_avg_pool3d(input, _output_size(output_size, input))


def _adaptive_max(rank: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    """Values, with their places if asked for."""
    if rank > 1:
        output_size = _output_size(output_size, input)
    found = getattr(adaptive, f"adaptive_max_pool{rank}d")(input, output_size)
    return found if return_indices else found[0]


@_with_places
def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows of ``(N, C, L)`` or ``(C, L)``."""
    return _adaptive_max(1, input, output_size, return_indices)


@_with_places
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows of ``(N, C, H, W)`` or ``(C, H, W)``."""
    return _adaptive_max(2, input, output_size, return_indices)


@_with_places
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of ``output_size`` windows of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    return _adaptive_max(3, input, output_size, return_indices)


# Of windows at random places.


def _fractional(
    rank: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool,
    samples: Tensor | None,
) -> Any:  # fmt: skip
    name = f"fractional_max_pool{rank}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if output_size is None:
        if rank == 2 and isinstance(output_ratio, (tuple, list)) and len(output_ratio) > 2:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        places = range(-rank, 0)
        output_size = [int(input.size(d) * one) for d, one in zip(places, _each(output_ratio, rank), strict=True)]
    if samples is None:
        batch = 1 if input.dim() == rank + 1 else input.size(0)
        samples = rand(batch, input.size(-rank - 1), rank, dtype=input.dtype)
    found = getattr(adaptive, name)(input, kernel_size, output_size, samples)
    return found if return_indices else found[0]


@_with_places
def fractional_max_pool2d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest elements of windows of ``(N, C, H, W)`` or ``(C, H, W)`` that start at random places.

    Raises:
        ValueError: if neither ``output_size`` nor ``output_ratio`` is given.
    """
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


@_with_places
def fractional_max_pool3d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest elements of windows of ``(N, C, D, H, W)`` or ``(C, D, H, W)`` that start at random places.

    Raises:
        ValueError: if neither ``output_size`` nor ``output_ratio`` is given.
    """
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


# Back to where they came from.


def _unpooled_size(input: Tensor, kernel: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    """The size that was asked for, if the pooling can have started from it.

    Raises:
        ValueError: if not.
    """
    rank = len(kernel)
    sizes = input.shape[-rank:]
    if len(sizes) < rank:
        raise IndexError("tuple index out of range")
    default = [(n - 1) * s + k - 2 * p for n, k, s, p in zip(sizes, kernel, stride, padding, strict=True)]
    if output_size is None:
        return default
    if len(output_size) == rank + 2:
        output_size = output_size[2:]
    if len(output_size) != rank:
        raise ValueError(
            f"output_size should be a sequence containing {rank} or {rank + 2} elements, but it has a length of "
            f"'{len(output_size)}'"
        )
    for dim, (n, s, asked) in enumerate(zip(default, stride, output_size, strict=True)):
        if not n - s < asked < n + s:
            raise ValueError(f'invalid output_size "{output_size}" (dim {dim} must be between {n - s} and {n + s})')
    return output_size


def _unpool(
    rank: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    kernel, margins = _each(kernel_size, rank), _each(padding, rank)
    steps = kernel if stride is None else _each(stride, rank)
    size = _unpooled_size(input, kernel, steps, margins, output_size)
    if rank == 1:
        return pools.max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), [*size, 1]).squeeze(-1)
    return pools.max_unpool2d(input, indices, size) if rank == 2 else pools.max_unpool3d(
        input, indices, size, steps, margins)  # fmt: skip


@overridable_functional
def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """What ``max_pool1d`` kept, at its places among zeros."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


@overridable_functional
def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """What ``max_pool2d`` kept, at its places among zeros."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


@overridable_functional
def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """What ``max_pool3d`` kept, at its places among zeros."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)


# Norms of windows.


def _norms(rank: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    if norm_type in (math.inf, -math.inf):
        largest = (max_pool1d, max_pool2d, max_pool3d)[rank - 1]
        size = input.abs()
        if norm_type > 0:
            return largest(size, kernel_size, stride, 0, 1, ceil_mode)
        return -largest(-size, kernel_size, stride, 0, 1, ceil_mode)
    mean = (avg_pool1d, avg_pool2d, avg_pool3d)[rank - 1]
    out = mean(input.pow(norm_type), kernel_size, () if stride is None else stride, 0, ceil_mode)
    count = kernel_size if rank == 1 else math.prod(_each(kernel_size, rank))
    return (out.sign() * out.abs().relu()).mul(count).pow(1.0 / norm_type)


@overridable_functional
def lp_pool1d(input: Tensor, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The norms of windows of ``(N, C, L)`` or ``(C, L)``."""
    return _norms(1, input, norm_type, kernel_size, stride, ceil_mode)


@overridable_functional
def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The norms of windows of ``(N, C, H, W)`` or ``(C, H, W)``."""
    return _norms(2, input, norm_type, kernel_size, stride, ceil_mode)


@overridable_functional
def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The norms of windows of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    return _norms(3, input, norm_type, kernel_size, stride, ceil_mode)


@overridable_functional
def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool1d` with the places."""
    return max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


@overridable_functional
def max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool2d` with the places."""
    return max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


@overridable_functional
def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool3d` with the places."""
    return max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


@overridable_functional
def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: Any, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool1d` with the places."""
    return adaptive_max_pool1d(input, output_size, True)


@overridable_functional
def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: Any, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool2d` with the places."""
    return adaptive_max_pool2d(input, output_size, True)


@overridable_functional
def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: Any, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool3d` with the places."""
    return adaptive_max_pool3d(input, output_size, True)


@overridable_functional
def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`fractional_max_pool2d` with the places."""
    return fractional_max_pool2d(input, kernel_size, output_size, output_ratio, True, _random_samples)


@overridable_functional
def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`fractional_max_pool3d` with the places."""
    return fractional_max_pool3d(input, kernel_size, output_size, output_ratio, True, _random_samples)

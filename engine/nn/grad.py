"""Gradients of convolutions, computed without a convolution.  Source: ``torch.nn.grad``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.convolution import convolution_backward
from ..tensor import Tensor


def _each(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank


def _gradient(rank: int, which: int, given: tuple[Tensor, Tensor, Tensor], options: tuple[Any, ...]) -> Tensor:
    """One of the gradients by the input and by the weight, which has no bias."""
    stride, padding, dilation, groups = options
    sizes = (_each(stride, rank), _each(padding, rank), _each(dilation, rank))
    needs = (which == 0, which == 1, False)
    grad_output, input, weight = given
    found = convolution_backward(grad_output, input, weight, None, *sizes, False, (0,) * rank, groups, needs)[which]
    assert found is not None
    return found


def _by_input(
    rank: int, input_size: Sequence[int], weight: Tensor, grad_output: Tensor, options: tuple[Any, ...]
) -> Tensor:
    input = grad_output.new_empty(1).expand(tuple(input_size))
    return _gradient(rank, 0, (grad_output, input, weight), options)


def _by_weight(
    rank: int, input: Tensor, weight_size: Sequence[int], grad_output: Tensor, options: tuple[Any, ...]
) -> Tensor:
    weight = grad_output.new_empty(1).expand(tuple(weight_size))
    return _gradient(rank, 1, (grad_output, input, weight), options)


def conv1d_input(
    input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv1d` by its input, of this size."""
    return _by_input(1, input_size, weight, grad_output, (stride, padding, dilation, groups))


def conv1d_weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv1d` by its weight, of this size."""
    return _by_weight(1, input, weight_size, grad_output, (stride, padding, dilation, groups))


def conv2d_input(
    input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv2d` by its input, of this size."""
    return _by_input(2, input_size, weight, grad_output, (stride, padding, dilation, groups))


def conv2d_weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv2d` by its weight, of this size."""
    return _by_weight(2, input, weight_size, grad_output, (stride, padding, dilation, groups))


def conv3d_input(
    input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv3d` by its input, of this size."""
    return _by_input(3, input_size, weight, grad_output, (stride, padding, dilation, groups))


def conv3d_weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv3d` by its weight, of this size."""
    return _by_weight(3, input, weight_size, grad_output, (stride, padding, dilation, groups))

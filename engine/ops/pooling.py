"""Pooling: the largest or the mean element of each window of the last one to three dimensions."""

from __future__ import annotations

import math
from typing import Any

from ..checks import not_implemented
from ..declare.op import FLOATING, REAL, op
from ..dispatch.slow import tracked
from ..dtypes import int64
from ..kernels import pooling as kernels
from ..tensor import Tensor

Sizes = tuple[int, ...]


def _all(sizes: Sizes, rank: int) -> Sizes:
    return tuple(sizes) * rank if len(sizes) == 1 else tuple(sizes)


def _windows(rank: int, kernel: Sizes, stride: Sizes, padding: Sizes) -> tuple[Sizes, Sizes, Sizes]:
    """One number stands for all dimensions; no stride is that of the kernel."""
    kernel = _all(kernel, rank)
    return kernel, _all(stride, rank) if stride else kernel, _all(padding, rank)


def _check_max(rank: int) -> Any:
    def check(
        self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
    ) -> None:
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(f"non-empty {rank + 1}D or {rank + 2}D (batch mode) tensor expected for input")
        kernel, steps, margins = _windows(rank, kernel_size, stride, padding)
        gaps = _all(dilation, rank)
        for k, p, d in zip(kernel, margins, gaps, strict=True):
            if p < 0:
                raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
            if p > (d * (k - 1) + 1) // 2:
                raise RuntimeError(
                    f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                    f"dilation={d}"
                )
        _check_room(self, rank, kernel, steps, margins, gaps, ceil_mode)

    return check


def _check_room(
    self: Tensor, rank: int, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> None:
    sizes = self.shape[-rank:]
    found = [kernels.output_size(*one, ceil_mode) for one in zip(sizes, kernel, stride, padding, dilation, strict=True)]
    if min(found) < 1:
        channels = self.shape[-rank - 1]
        given, made = ("x".join(map(str, (channels, *one))) for one in (sizes, [max(n, 0) for n in found]))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small")


def _max_backward(rank: int) -> Any:
    def formula(grad: Tensor, self: Tensor, result1: Tensor) -> Tensor:
        lead = tuple(self.shape[:-rank])
        flat = grad.new_zeros((*lead, math.prod(self.shape[-rank:])))
        found = flat.scatter_add(-1, result1.flatten(-rank), grad.flatten(-rank))
        return found.reshape(tuple(self.shape))

    return formula


_max2d, _max3d = _max_backward(2), _max_backward(3)
max_pool2d_with_indices = op(
    "max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, "
    "bool ceil_mode=False) -> (Tensor, Tensor)",
    lambda self, kernel_size, stride, padding, dilation, ceil_mode: kernels.max_pool(
        self, *_windows(2, kernel_size, stride, padding), _all(dilation, 2), ceil_mode),
    self=lambda grad, self, kernel_size, stride, padding, dilation, ceil_mode, result1: _max2d(grad, self, result1),
    check=_check_max(2), dtypes=REAL, unsupported=not_implemented("max_pool2d"), node="MaxPool2DWithIndicesBackward0",
    method=False,
)  # fmt: skip
max_pool3d_with_indices = op(
    "max_pool3d_with_indices(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, "
    "bool ceil_mode=False) -> (Tensor, Tensor)",
    lambda self, kernel_size, stride, padding, dilation, ceil_mode: kernels.max_pool(
        self, *_windows(3, kernel_size, stride, padding), _all(dilation, 3), ceil_mode),
    self=lambda grad, self, kernel_size, stride, padding, dilation, ceil_mode, result1: _max3d(grad, self, result1),
    check=_check_max(3), dtypes=REAL, unsupported=not_implemented("max_pool3d"), node="MaxPool3DWithIndicesBackward0",
    method=False,
)  # fmt: skip


def _max_pool1d_with_indices(
    self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    """As images of one row."""
    if self.dim() not in (2, 3):
        raise RuntimeError(f"max_pool1d() Expected 2D or 3D input tensor, but got {list(self.shape)}")
    values, indices = max_pool2d_with_indices(
        self.unsqueeze(-2), (1, *kernel_size), (1, *(stride or kernel_size)), (0, *padding), (1, *dilation), ceil_mode
    )
    return values.squeeze(-2), indices.squeeze(-2)


max_pool1d_with_indices = op(
    "max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, "
    "bool ceil_mode=False) -> (Tensor, Tensor)", composite=_max_pool1d_with_indices, method=False,
)  # fmt: skip


def _declare_max(rank: int, with_indices: Any) -> Any:
    def pooled(self: Tensor, *options: Any) -> Tensor:
        found = with_indices(self, *options)[0]
        if rank == 1 and found._is_view() and not tracked(self):
            return found.clone()  # torch has a function of its own for this case, whose result is no view
        return found

    sizes = f"int[{rank}]"
    return op(
        f"max_pool{rank}d(Tensor self, {sizes} kernel_size, {sizes} stride=[], {sizes} padding=0, {sizes} dilation=1, "
        "bool ceil_mode=False) -> Tensor", composite=pooled, method=False,
    )  # fmt: skip


max_pool1d = _declare_max(1, max_pool1d_with_indices)
max_pool2d = _declare_max(2, max_pool2d_with_indices)
max_pool3d = _declare_max(3, max_pool3d_with_indices)

# Means.

_MEAN = "bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None"
_MEAN_REQUIRED = "bool ceil_mode, bool count_include_pad, int? divisor_override"


def _declare_avg(rank: int) -> tuple[Any, Any]:
    def check(
        self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool, count_include_pad: bool,
        divisor_override: int | None,
    ) -> None:  # fmt: skip
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        kernel, steps, margins = _windows(rank, kernel_size, stride, padding)
        if any(p > k // 2 for p, k in zip(margins, kernel, strict=True)):
            p, k = next((p, k) for p, k in zip(margins, kernel, strict=True) if p > k // 2)
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation=1"
            )
        _check_room(self, rank, kernel, steps, margins, (1,) * rank, ceil_mode)

    sizes = f"int[{rank}]"
    backward = op(
        f"avg_pool{rank}d_backward(Tensor grad_output, Tensor self, {sizes} kernel_size, {sizes} stride, "
        f"{sizes} padding, {_MEAN_REQUIRED}) -> Tensor",
        lambda grad_output, self, kernel_size, stride, padding, *options: kernels.avg_pool_backward(
            grad_output, self, *_windows(rank, kernel_size, stride, padding), *options),
        grad_output=lambda grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override,
        self_info: pooled(grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
        self=lambda grad, self_info: grad.new_zeros(self_info), node=f"AvgPool{rank}DBackwardBackward0", method=False,
    )  # fmt: skip
    pooled = op(
        f"avg_pool{rank}d(Tensor self, {sizes} kernel_size, {sizes} stride=[], {sizes} padding=0, {_MEAN}) -> Tensor",
        lambda self, kernel_size, stride, padding, *options: kernels.avg_pool(
            self, *_windows(rank, kernel_size, stride, padding), *options),
        self=lambda grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: backward(
            grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
        check=check, dtypes=FLOATING | {int64}, unsupported=not_implemented(f"avg_pool{rank}d"),
        node=f"AvgPool{rank}DBackward0", method=False,
    )  # fmt: skip
    return pooled, backward


avg_pool2d, avg_pool2d_backward = _declare_avg(2)
avg_pool3d, avg_pool3d_backward = _declare_avg(3)


def _avg_pool1d(
    self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool, count_include_pad: bool
) -> Tensor:
    steps = (1, *(stride or kernel_size))
    found = avg_pool2d(self.unsqueeze(-2), (1, *kernel_size), steps, (0, *padding), ceil_mode, count_include_pad)
    return found.squeeze(-2)


avg_pool1d = op(
    "avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, "
    "bool count_include_pad=True) -> Tensor", composite=_avg_pool1d, method=False,
)  # fmt: skip


def _declare_adaptive(rank: int) -> Any:
    sizes = f"SymInt[{rank}]"

    def again2(grad: Tensor, grad_output_sym_argsize_minus_2: int, grad_output_sym_argsize_minus_1: int) -> Tensor:
        return inner(grad, (grad_output_sym_argsize_minus_2, grad_output_sym_argsize_minus_1))

    def again3(
        grad: Tensor, grad_output_sym_argsize_minus_3: int, grad_output_sym_argsize_minus_2: int,
        grad_output_sym_argsize_minus_1: int,
    ) -> Tensor:  # fmt: skip
        return inner(
            grad,
            (grad_output_sym_argsize_minus_3, grad_output_sym_argsize_minus_2, grad_output_sym_argsize_minus_1),
        )

    again: Any = again2 if rank == 2 else again3
    backward = op(
        f"_adaptive_avg_pool{rank}d_backward(Tensor grad_output, Tensor self) -> Tensor",
        lambda grad_output, self: kernels.adaptive_avg_pool_backward(grad_output, self, rank),
        grad_output=again, self=lambda grad, self_info: grad.new_zeros(self_info),
        node=f"AdaptiveAvgPool{rank}DBackwardBackward0", method=False,
    )  # fmt: skip
    inner = op(
        f"_adaptive_avg_pool{rank}d(Tensor self, {sizes} output_size) -> Tensor",
        lambda self, output_size: kernels.adaptive_avg_pool(self, _all(output_size, rank)),
        self=lambda grad, self: backward(grad, self), node=f"AdaptiveAvgPool{rank}DBackward0",
        dtypes=FLOATING, unsupported=not_implemented(f"adaptive_avg_pool{rank}d"), method=False,
    )  # fmt: skip

    def pooled(self: Tensor, output_size: Sizes) -> Tensor:
        if _all(output_size, rank) == (1,) * rank:
            return self.mean(tuple(range(-1, -rank - 1, -1)), keepdim=True)
        return inner(self, output_size)

    return op(f"adaptive_avg_pool{rank}d(Tensor self, {sizes} output_size) -> Tensor", composite=pooled, method=False)


adaptive_avg_pool2d = _declare_adaptive(2)
adaptive_avg_pool3d = _declare_adaptive(3)
adaptive_avg_pool1d = op(
    "adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
    composite=lambda self, output_size: adaptive_avg_pool2d(self.unsqueeze(-2), (1, *output_size)).squeeze(-2),
    method=False,
)  # fmt: skip

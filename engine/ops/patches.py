"""Images as columns of patches, and pixels in other channels."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks import not_implemented
from ..declare.op import DIFFERENTIABLE, FOLDED, op
from ..dtypes import bool_
from ..kernels import patches as kernels
from ..layout import wrap_dim
from ..tensor import Tensor

Sizes = Sequence[int]

# Patches as columns.


def _check_pairs(**given: Sizes) -> None:
    for name, value in given.items():
        if len(value) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(value)}")


def _check_windows(kernel_size: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> None:
    for name, short, value in (("kernel size", "kernel", kernel_size), ("stride", "stride", stride),
                               ("dilation", "dilation", dilation)):  # fmt: skip
        if min(value) <= 0:
            raise RuntimeError(
                f"{name} should be greater than zero, but got {short}_height: {value[0]} {short}_width: {value[1]}"
            )
    if min(padding) < 0:
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {padding[0]} pad_width: {padding[1]}")


def _check_im2col(self: Tensor, kernel_size: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> None:
    _check_pairs(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    _check_windows(kernel_size, dilation, padding, stride)
    if self.dim() == 2:
        wrap_dim(2, 2)
    if self.dim() not in (3, 4) or 0 in self.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(self.shape)}"
        )
    found = kernels.blocks(tuple(self.shape[-2:]), kernel_size, dilation, padding, stride)  # type: ignore[arg-type]
    if min(found) < 1:
        size, kernel, gaps, margin = (
            f"({one[0]}, {one[1]})" for one in (self.shape[-2:], kernel_size, dilation, padding)
        )
        raise RuntimeError(
            f"Given input with spatial size {size}, kernel_size={kernel}, dilation={gaps}, padding={margin}, "
            f"calculated shape of the array of sliding blocks as ({found[0]}, {found[1]}), but its components must be "
            "at least one."
        )


def _check_col2im(
    self: Tensor, output_size: Sizes, kernel_size: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes
) -> None:
    _check_pairs(output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    _check_windows(kernel_size, dilation, padding, stride)
    if self.dim() not in (2, 3) or 0 in self.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(self.shape)}"
        )
    rows, columns = self.shape[-2:]
    kernel = f"({kernel_size[0]}, {kernel_size[1]})"
    if rows % (kernel_size[0] * kernel_size[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={kernel}."
        )
    down, across = kernels.blocks(output_size, kernel_size, dilation, padding, stride)  # type: ignore[arg-type]
    if columns != down * across or down <= 0 or across <= 0:
        size, gaps, margin, steps = (f"({one[0]}, {one[1]})" for one in (output_size, dilation, padding, stride))
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={gaps}, padding={margin}, stride={steps}, "
            f"expected size of input's dimension 2 to match the calculated number of sliding blocks {down} * {across} "
            f"= {down * across}, but got input.size(2)={columns}."
        )


im2col = op(
    "im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor", kernels.im2col,
    self=lambda grad, self_sym_argsize_minus_2, self_sym_argsize_minus_1, kernel_size, dilation, padding, stride: (
        col2im(grad, (self_sym_argsize_minus_2, self_sym_argsize_minus_1), kernel_size, dilation, padding, stride)),
    check=_check_im2col, dtypes=DIFFERENTIABLE | {bool_}, unsupported=not_implemented("im2col_out_cpu"),
    structural=True, node="Im2ColBackward0", method=False, out=True, batch=FOLDED,
)  # fmt: skip
col2im = op(
    "col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride)"
    " -> Tensor", kernels.col2im,
    self=lambda grad, kernel_size, dilation, padding, stride: im2col(grad, kernel_size, dilation, padding, stride),
    check=_check_col2im, dtypes=DIFFERENTIABLE | {bool_}, unsupported=not_implemented("col2im_out_cpu"),
    node="Col2ImBackward0", method=False, out=True, batch=FOLDED,
)  # fmt: skip

# Pixels in other channels.


def _check_image(name: str, self: Tensor, factor: int, what: str) -> None:
    if self.dim() < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {self.dim()} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {what}, but got {factor}")


def _check_shuffle(self: Tensor, upscale_factor: int) -> None:
    _check_image("pixel_shuffle", self, upscale_factor, "upscale_factor")
    square = upscale_factor * upscale_factor
    if self.shape[-3] % square:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={self.shape[-3]} is not divisible by {square}"
        )


def _check_unshuffle(self: Tensor, downscale_factor: int) -> None:
    _check_image("pixel_unshuffle", self, downscale_factor, "downscale_factor")
    for name, dim in (("height", -2), ("width", -1)):
        if self.shape[dim] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({dim})="
                f"{self.shape[dim]} is not divisible by {downscale_factor}"
            )


def _check_groups(self: Tensor, groups: int) -> None:
    if self.dim() < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(self.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if self.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {self.shape[1]} channels and {groups} groups."
        )


pixel_shuffle = op(
    "pixel_shuffle(Tensor self, int upscale_factor) -> Tensor", kernels.pixel_shuffle,
    self=lambda grad, upscale_factor: pixel_unshuffle(grad, upscale_factor),
    check=_check_shuffle, structural=True, method=False, batch=FOLDED,
    writes=1,
)  # fmt: skip
pixel_unshuffle = op(
    "pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor", kernels.pixel_unshuffle,
    self=lambda grad, downscale_factor: pixel_shuffle(grad, downscale_factor),
    check=_check_unshuffle, structural=True, method=False, batch=FOLDED,
    writes=1,
)  # fmt: skip
channel_shuffle = op(
    "channel_shuffle(Tensor self, SymInt groups) -> Tensor", kernels.channel_shuffle,
    self=lambda grad, groups: channel_shuffle(grad, grad.shape[1] // groups),
    check=_check_groups, structural=True, method=False,
    writes=1,
)  # fmt: skip


def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """`channel_shuffle` under the name of its implementation.  Source: ``torch.native_channel_shuffle``."""
    return channel_shuffle(input, groups)

"""Interpolation and sampling, as ``torch.nn.functional`` has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...dispatch.overrides import overridable_functional
from ...ops import sampling
from ...ops import upsampling as ops
from ...tensor import Tensor
from ...warning import warn
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}
_SMOOTH = {
    (1, "linear"): ops.upsample_linear1d,
    (2, "bilinear"): ops.upsample_bilinear2d,
    (3, "trilinear"): ops.upsample_trilinear3d,
    (2, "bicubic"): ops.upsample_bicubic2d,
}
_ANTIALIASED = {
    "bilinear": ops._upsample_bilinear2d_aa,
    "bicubic": ops._upsample_bicubic2d_aa,
    "lanczos": ops._upsample_lanczos2d_aa,
}
_NEEDS = {"linear": 3, "bilinear": 4, "trilinear": 5}


@overridable_functional
def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """A signal ``(N, C, W)``, image ``(N, C, H, W)`` or volume ``(N, C, D, H, W)`` of another size.

    Args:
        input: what is resampled, over all but its first two dimensions.
        size: of the result, one number for all dimensions or one for each; instead of ``scale_factor``.
        scale_factor: how much larger the result is.
        mode: ``nearest``, ``nearest-exact``, ``linear``, ``bilinear``, ``trilinear``, ``bicubic``, ``lanczos`` or
            ``area``.
        align_corners: the centres of the outer elements coincide, instead of their outer edges.
        recompute_scale_factor: place the elements by the sizes, not by ``scale_factor``.
        antialias: average over what falls into one element when shrinking.

    Raises:
        ValueError: for options that exclude each other, or of another number of dimensions than the input.
        NotImplementedError: for a mode that does not go with the input's dimensions.
    """
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
                "trilinear"
            )
    elif align_corners is None:
        align_corners = False
    rank = input.dim() - 2
    output_size, scale_factors = _sizes(input, size, scale_factor, rank)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if recompute_scale_factor or (mode == "area" and output_size is None):
        assert scale_factors is not None
        output_size = [int(n * scale) for n, scale in zip(input.shape[2:], scale_factors, strict=True)]
        scale_factors = None
    if antialias and not (mode in _ANTIALIASED and rank == 2):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if mode in ("nearest", "nearest-exact") and 1 <= rank <= 3:
        table = ops.NEAREST if mode == "nearest" else ops.NEAREST_EXACT
        return table[rank](input, output_size, scale_factors)
    if mode == "area" and 1 <= rank <= 3:
        return _AREA[rank](input, output_size)
    if mode == "lanczos" and rank == 2:
        if align_corners:
            raise ValueError("Lanczos mode does not support align_corners=True")
        if not antialias:
            raise ValueError("Lanczos mode requires antialias=True")
    function = _ANTIALIASED[mode] if antialias else _SMOOTH.get((rank, mode))
    if function is None:
        raise _unsupported(input.dim(), mode)
    return function(input, output_size, align_corners, scale_factors)


def _sizes(input: Tensor, size: Any, scale_factor: Any, rank: int) -> tuple[Sequence[int] | None, Any]:
    """Size and scale for each dimension, of which one is None."""
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    spatial = list(input.shape[2:])
    if size is not None:
        if not isinstance(size, (list, tuple)):
            return [size] * rank, None
        if len(size) != rank:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {spatial} and output size of {size}. Please provide input tensor in (N, C, d1, d2, "
                "...,dK) format and output size in (o1, o2, ...,oK) format."
            )
        if not all(isinstance(one, int) or (isinstance(one, Tensor) and one.dim() == 0) for one in size):
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
                f"with types {[type(one) for one in size]}"
            )
        return size, None
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if not isinstance(scale_factor, (list, tuple)):
        return None, [scale_factor] * rank
    if len(scale_factor) != rank:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {spatial} and scale_factor of shape {scale_factor}. Please provide input tensor in (N, C, "
            "d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
        )
    return None, scale_factor


def _unsupported(ndim: int, mode: str) -> NotImplementedError:
    if 3 <= ndim <= 5 and mode in _NEEDS:
        return NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {_NEEDS[mode]}D input")
    return NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: nearest | linear | "
        f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    )


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """``interpolate`` under its old name."""
    warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """``interpolate`` in the mode ``nearest``."""
    warn("`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """``interpolate`` in the mode ``bilinear`` with aligned corners."""
    warn("`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


_MODES = {"bilinear": sampling.BILINEAR, "nearest": sampling.NEAREST, "bicubic": sampling.BICUBIC}
_PADDING_MODES = {"zeros": sampling.ZEROS, "border": sampling.BORDER, "reflection": sampling.REFLECTION}


def _aligned(align_corners: bool | None) -> bool:
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of "
            "grid_sample for details."
        )
    return bool(align_corners)


@overridable_functional
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """The input at the places that the grid says.

    Args:
        input: ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        grid: ``(N, H_out, W_out, 2)`` or ``(N, D_out, H_out, W_out, 3)``; places from -1 to 1, the last dimension
            first.
        mode: ``bilinear``, ``nearest`` or, of images, ``bicubic``.
        padding_mode: what is outside: ``zeros``, the ``border``, or the inside by ``reflection``.
        align_corners: -1 and 1 are the centres of the outer elements, instead of their outer edges.

    Raises:
        ValueError: for another mode.
    """
    if mode not in _MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in _PADDING_MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    aligned = _aligned(align_corners)
    return sampling.grid_sampler(input, grid, _MODES[mode], _PADDING_MODES[padding_mode], aligned)


@overridable_functional
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid that samples an image or volume of this size through affine maps.

    Args:
        theta: ``(N, 2, 3)`` or ``(N, 3, 4)``.
        size: of the result of ``grid_sample``: ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        align_corners: as ``grid_sample`` has it.

    Raises:
        ValueError: if ``theta`` does not fit the size, or is not floating point.
        NotImplementedError: for another number of sizes.
    """
    aligned = _aligned(align_corners)
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    rank = len(size) - 2
    if rank not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{size}."
        )
    if theta.dim() != 3 or tuple(theta.shape[-2:]) != (rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. Got "
            f"{theta.shape}."
        )
    if aligned and min(size[-rank:]) == 1:
        warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This "
            "is not an intended use case of affine_grid. See the documentation of affine_grid for details."
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return sampling.affine_grid_generator(theta, size, aligned)

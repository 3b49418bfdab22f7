"""Images and volumes sampled at the places that a grid says.  Source: ``torch.nn.functional.grid_sample``.

A sample is a sum of elements, each times a weight, and is written once, on tensors: its derivatives of any order are
those of that sum.  In half precision torch rounds after each step, and so does this.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.api import grad as gradients
from ..autograd.modes import GRAD, enable_grad, inference_mode, no_grad
from ..checks import not_implemented
from ..declare.op import FLOATING, op
from ..formulas import sampling as formulas
from ..layout import wrap_dim
from ..meta import plain
from ..tensor import Tensor, wrap
from .masking import where

BILINEAR, NEAREST, BICUBIC = range(3)
ZEROS, BORDER, REFLECTION = range(3)

# Where to look.


def _unnormalized(grid: Tensor, size: int, align_corners: bool) -> Tensor:
    """From -1 to 1 into places between elements: the ends are centres of elements, or their outer edges."""
    return (grid + 1) * ((size - 1) / 2) if align_corners else (grid + 1) * (size / 2) - 0.5


def _clipped(place: Tensor, size: int) -> Tensor:
    """No farther than the outer elements, where it has no slope; NaN goes to the first."""
    inside = (place > 0).logical_and(place < size - 1)
    return where(inside, place, where(place >= size - 1, float(size - 1), 0.0).to(place.dtype))


def _reflected(place: Tensor, size: int, align_corners: bool) -> Tensor:
    """Back and forth between the outer elements, or between their outer edges."""
    low, span = (0.0, float(size - 1)) if align_corners else (-0.5, float(size))
    if span == 0:
        return place * 0
    offset = place - low
    offset = where(offset._detached() < 0, -offset, offset)
    turns = (offset._detached() / span).floor()
    rest = offset - turns * span
    return where(turns.remainder(2) == 0, rest, span - rest) + low


def _padded(place: Tensor, size: int, padding_mode: int, align_corners: bool) -> Tensor:
    if padding_mode == REFLECTION:
        place = _reflected(place, size, align_corners)
    return place if padding_mode == ZEROS else _clipped(place, size)


# What is there.

Taps = list[tuple[Tensor, Tensor | None]]
"""Places along one dimension, whole numbers as floats, and their weights, of which None stands for one."""


def _taps(grid: Tensor, size: int, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Taps:
    place = _unnormalized(grid, size, align_corners)
    if interpolation_mode == BICUBIC:
        first = place._detached().floor()
        rest = place - first
        return [
            (_padded(first + k, size, padding_mode, align_corners), formulas.cubic(rest - k)) for k in (-1, 0, 1, 2)
        ]
    place = _padded(place, size, padding_mode, align_corners)
    if interpolation_mode == NEAREST:
        return [(place._detached().round(), None)]
    first = place._detached().floor()
    rest = place - first
    return [(first, 1 - rest), (first + 1, rest)]


def _sampled(input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Tensor:
    """The sum over the taps of all dimensions; what lies outside is zero."""
    n, channels, *sizes = input.shape
    out = tuple(grid.shape[1:-1])
    count = grid.shape[1:-1].numel()
    flat = input.reshape((n, channels, input.shape[2:].numel()))
    each = [
        _taps(grid[..., dim].reshape((n, count)), size, interpolation_mode, padding_mode, align_corners)
        for dim, size in enumerate(reversed(sizes))
    ][::-1]
    total: Any = None
    for taps in itertools.product(*each):
        index: Any = 0
        valid: Any = True
        weight: Any = None
        for (place, factor), size in zip(taps, sizes, strict=True):
            inside = (place >= 0).logical_and(place < size)
            valid = inside if valid is True else valid.logical_and(inside)
            index = index * size + where(inside, place._detached(), 0.0).long()
            if factor is not None:
                weight = factor if weight is None else weight * factor
        found = flat.gather(2, index.unsqueeze(1).expand((n, channels, count)))
        found = found.masked_fill(valid.logical_not().unsqueeze(1), 0)
        found = found if weight is None else found * weight.unsqueeze(1)
        total = found if total is None else total + found
    return total.reshape((n, channels, *out))


# The operations.


def _check(input: Tensor, grid: Tensor, interpolation_mode: int, *_: Any) -> None:
    _check_sampler(input, grid, interpolation_mode)
    if input._dtype is not grid._dtype:
        raise RuntimeError(f"expected scalar type {input._dtype.scalar_type} but found {grid._dtype.scalar_type}")


def _check_sampler(input: Tensor, grid: Tensor, interpolation_mode: int) -> None:
    for one in (input, grid):
        wrap_dim(0, one.dim(), scalar=False)
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != input.dim() - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.dim() - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    for dim, size in enumerate(input.shape[2:], 2):
        if size <= 0:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {dim} being empty"
            )
    if input.dim() not in (4, 5) or input.dim() != grid.dim():
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.dim() == 5 and interpolation_mode == BICUBIC:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _derivatives(roots: Sequence[Tensor], inputs: Sequence[Tensor], cotangents: Sequence[Tensor]) -> Any:
    """Of tensors by others, recorded if derivatives are."""
    return gradients(roots, inputs, cotangents, create_graph=GRAD.get(), allow_unused=True)


def _apart(one: Tensor) -> Tensor:
    """The same tensor as a start of its own: what depends on it in another way is not differentiated."""
    return one.view_as(one) if one.requires_grad else one._detached().requires_grad_()


def _first(tensors: Sequence[Tensor], options: Sequence[Any], wanted: Sequence[bool]) -> Any:
    """From the output's gradient, the input and the grid: gradients for the latter two, if they are wanted."""
    grad_output, *inputs = tensors
    with enable_grad():
        fresh = [_apart(one) for one in inputs]
        out = _sampled(fresh[0], fresh[1], *options)
    chosen = [one for one, asked in zip(fresh, wanted, strict=True) if asked]
    found = iter(_derivatives([out], chosen, [grad_output]))
    return [(next(found) if asked else None) for asked in wanted]


def _declare(rank: int, kernel: str) -> Any:
    name = f"grid_sampler_{rank}d"
    typed = "int interpolation_mode, int padding_mode, bool align_corners"

    def forward(input: np.ndarray, grid: np.ndarray, *options: Any) -> np.ndarray:
        return _sampled(wrap(plain(input)), wrap(plain(grid)), *options)._array

    def transposed(
        grad_output: np.ndarray, input: np.ndarray, grid: np.ndarray, *options: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        *options, wanted = options  # type: ignore[assignment]
        with inference_mode(False), no_grad():
            given = [wrap(plain(one)) for one in (grad_output, input, grid)]
            found = _first(given, options, wanted)
        return tuple(  # type: ignore[return-value]
            np.zeros_like(like) if one is None else one._array for one, like in zip(found, (input, grid), strict=True)
        )

    def again(
        grads: Sequence[Tensor | None], grad_output: Tensor, input: Tensor, grid: Tensor, interpolation_mode: int,
        padding_mode: int, align_corners: bool, needs: Sequence[bool],
    ) -> list[Tensor | None]:  # fmt: skip
        options = (interpolation_mode, padding_mode, align_corners)
        recording = GRAD.get()
        with enable_grad():
            tensors = [_apart(one) for one in (grad_output, input, grid)]
            first = _first(tensors, options, (True, True))
        pairs = [
            (a, b) for a, b in zip(first, grads, strict=True) if a is not None and b is not None and a.requires_grad
        ]
        found: Sequence[Tensor | None] = (None, None, None)
        if pairs:
            roots, cotangents = zip(*pairs, strict=True)
            found = gradients(roots, tensors, cotangents, create_graph=recording, allow_unused=True)
        for_grid = grid.new_zeros(grid.shape) if found[2] is None else found[2]
        return [one if needed else None for one, needed in zip((*found[:2], for_grid), needs, strict=True)]

    backward = op(
        f"{name}_backward(Tensor grad_output, Tensor input, Tensor grid, {typed}, bool[2] output_mask)"
        " -> (Tensor, Tensor)", transposed,
        jointly=again, structural=True, node=f"GridSampler{rank}DBackwardBackward0", method=False,
        forward=False,
    )  # fmt: skip
    return op(
        f"{name}(Tensor input, Tensor grid, {typed}) -> Tensor", forward,
        jointly=lambda grad, input, grid, interpolation_mode, padding_mode, align_corners, needs: backward(
            grad, input, grid, interpolation_mode, padding_mode, align_corners, needs),
        check=_check, dtypes=FLOATING, unsupported=not_implemented(kernel), structural=True,
        node=f"GridSampler{rank}DBackward0", method=False, forward=False,
    )  # fmt: skip


grid_sampler_2d = _declare(2, "grid_sampler_2d_cpu_kernel_impl")
grid_sampler_3d = _declare(3, "grid_sampler3d_cpu")


def _grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    _check_sampler(input, grid, interpolation_mode)
    function = grid_sampler_2d if input.dim() == 4 else grid_sampler_3d
    return function(input, grid, interpolation_mode, padding_mode, align_corners)


grid_sampler = op(
    "grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
    composite=_grid_sampler, method=False,
)  # fmt: skip

# Grids of affine maps.


def _check_affine(theta: Tensor, size: Sequence[int], align_corners: bool) -> None:
    if len(size) not in (4, 5):
        raise RuntimeError("AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.")
    wrap_dim(2, theta.dim())
    if theta.shape[0] != size[0] or theta.shape[2] != len(size) - 1:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {len(size) - 1}] but got: "
            f"[{theta.shape[0]}, {theta.shape[2]}]."
        )


def _base(size: Sequence[int], align_corners: bool, d: Any) -> np.ndarray:
    """``(elements, rank + 1)``: where each element lies, from -1 to 1, last dimension first; and a one."""
    lines = []
    for n in size[2:]:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(n)
        lines.append(line if align_corners or not n else line * (n - 1) / n)
    places = np.meshgrid(*lines, indexing="ij")
    return np.stack([*(one.ravel() for one in reversed(places)), np.ones(places[0].size)], -1).astype(d)


def _affine_grid(theta: np.ndarray, size: Sequence[int], align_corners: bool) -> np.ndarray:
    found = _base(size, align_corners, theta.dtype) @ np.swapaxes(theta, 1, 2)
    return found.reshape(size[0], *size[2:], len(size) - 2)


def _affine_grid_backward(grad: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    base = wrap(_base(size, align_corners, grad._array.dtype)).to(grad.device)
    turned = base.expand(size[0], *base.shape).transpose(1, 2)
    return turned.bmm(grad.reshape((size[0], -1, len(size) - 2))).transpose(1, 2)


affine_grid_generator = op(
    "affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor", _affine_grid,
    theta=lambda grad, size, align_corners: _affine_grid_backward(grad, size, align_corners),
    check=_check_affine, method=False,
)  # fmt: skip

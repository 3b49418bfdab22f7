"""Signals, images and volumes of another size.  Source: ``torch.nn.functional.interpolate``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import FLOATING, FOLDED, op
from ..declare.registry import OVERLOADS
from ..dispatch import slow
from ..dtypes import uint8
from ..kernels import upsampling as kernels
from ..kernels.rounding import Rounding
from ..tensor import Tensor

Sizes = Sequence[int]
Scales = tuple[float | None, ...]
Function = Callable[..., Any]

_SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


def _check_sizes(rank: int) -> Function:
    def check(self: Tensor, output_size: Sizes, *_: Any) -> None:
        if len(output_size) != rank:
            raise RuntimeError(f"It is expected output_size equals to {rank}, but got size {len(output_size)}")
        if self.dim() != rank + 2:
            _refuse_shape(self, rank)
        sizes = self.shape[2:]
        if min(*sizes, *output_size) <= 0:
            given, wanted = (
                ", ".join(f"{name}: {n}" for name, n in zip(_SPATIAL[rank], one, strict=True))
                for one in (sizes, output_size)
            )
            joined = " and" if rank == 1 else ""
            raise RuntimeError(
                f"Input and output sizes should be greater than 0, but got input ({given}){joined} output ({wanted})"
            )
        if not self.numel() and not self.shape[1:].numel():
            _refuse_shape(self, rank)

    return check


def _refuse_shape(self: Tensor, rank: int) -> None:
    raise RuntimeError(f"Non-empty {rank + 2}D data tensor expected but got a tensor with sizes {list(self.shape)}")


def _named(names: Sequence[str], function: Function) -> Function:
    """The function with parameters of these names, by which a formula says what it needs; they differ by rank."""
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
    function.__signature__ = inspect.Signature(parameters)
    return function


def _declare(name: str, mode: str, rank: int, unsupported: str, *, dtypes: Any = FLOATING, aligns: bool = True) -> Any:
    """One mode for one number of dimensions, and its derivative, which is that operation transposed.

    Args:
        name: torch's.
        mode: the kernel's.
        rank: of the signal, image or volume.
        unsupported: torch's kernel in the error for other dtypes.
        dtypes: those that it has.
        aligns: whether it has the option ``align_corners``.
    """
    scales = ["scales"] if rank == 1 else [f"scales_{letter.lower()}" for letter in _SPATIAL[rank]]
    options = ["output_size", *(["align_corners"] if aligns else []), *scales]
    typed = "bool align_corners, " if aligns else ""
    typed += ", ".join(f"float? {scale}=None" for scale in scales)

    def taps(sizes: Sizes, output_size: Sizes, given: Sequence[Any], d: Any) -> list[kernels.Taps]:
        align_corners, each = (given[0], given[1:]) if aligns else (False, given)
        return [
            kernels.taps(mode, n, out, align_corners, scale, d)
            for n, out, scale in zip(sizes[-rank:], output_size, each, strict=True)
        ]

    def forward(self: np.ndarray, output_size: Sizes, *given: Any, rounded: Rounding | None = None) -> np.ndarray:
        return kernels.resample(self, taps(self.shape, output_size, given, self.dtype), rounded)

    def transposed(grad_output: np.ndarray, output_size: Sizes, input_size: Sizes, *given: Any) -> np.ndarray:
        each = taps(input_size, output_size, given, grad_output.dtype)
        return kernels.resample_backward(grad_output, tuple(input_size), each)

    backward = op(
        f"{name}_backward(Tensor grad_output, SymInt[{rank}] output_size, SymInt[{rank + 2}] input_size, {typed})"
        " -> Tensor", transposed,
        grad_output=_named(["grad", *options], lambda grad, *given: slow.call(OVERLOADS[name][-1], (grad, *given))),
        node=_node(f"{name}_backward"), method=False,
    )  # fmt: skip

    def sized(input: Tensor, output_size: Sizes | None, *given: Any) -> Tensor:
        *aligned, scale_factors = given
        size = _size(rank, input, output_size, scale_factors)
        base = OVERLOADS[name][-1]  # by itself: a size and no scale is also a call of the overload that this is
        return slow.call(base, (input, size, *aligned, *(scale_factors or [None] * rank)))

    op(
        f"{name}.vec(Tensor input, SymInt[]? output_size, {'bool align_corners, ' if aligns else ''}"
        "float[]? scale_factors) -> Tensor",
        composite=sized, method=False,
    )  # fmt: skip
    return op(
        f"{name}(Tensor self, SymInt[{rank}] output_size, {typed}) -> Tensor", forward,
        self=_named(
            ["grad", "self_sym_sizes", *options],
            lambda grad, sizes, output_size, *given: backward(grad, output_size, sizes, *given),
        ),
        check=_check_sizes(rank), dtypes=dtypes, unsupported=not_implemented(unsupported), node=_node(name),
        method=False, batch=FOLDED, stepwise=True,
    )  # fmt: skip


def _size(rank: int, input: Tensor, output_size: Sizes | None, scale_factors: Sequence[float] | None) -> Sizes:
    """The size that was given, or that follows from how much larger the result should be.

    Raises:
        RuntimeError: unless exactly one of both is given, for each dimension.
    """
    for name, one in (("output_size", output_size), ("scale_factors", scale_factors)):
        if one is not None and len(one) != rank:
            raise RuntimeError(
                f"Expected static_cast<int64_t>({name}->size()) == spatial_dimensions to be true, but got false.  "
                "(Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
            )
    if output_size is not None and scale_factors is None:
        return output_size
    if scale_factors is None or output_size is not None:
        raise RuntimeError("Must specify exactly one of output_size and scale_factors")
    return tuple(int(n * scale) for n, scale in zip(input.shape[2:], scale_factors, strict=True))


def _node(name: str) -> str:
    """``UpsampleNearest2DBackward0`` for ``upsample_nearest2d``."""
    words = name.strip("_").split("_")
    return "".join(word[0].upper() + (f"{word[1:-1]}D" if word[-2:-1].isdigit() else word[1:]) for word in words) + (
        "Backward0"
    )


BYTES = FLOATING | {uint8}
_NEAREST, _LINEAR, _CUBIC, _ANTIALIASED = (
    f"compute_{what}" for what in ("indices_weights_nearest", "indices_weights_linear", "indices_weights_cubic",
                                   "index_ranges_weights")
)  # fmt: skip
NEAREST = {
    rank: _declare(f"upsample_nearest{rank}d", "nearest", rank, _NEAREST, dtypes=BYTES, aligns=False)
    for rank in (1, 2, 3)
}
NEAREST_EXACT = {
    rank: _declare(f"_upsample_nearest_exact{rank}d", "nearest-exact", rank, _NEAREST, dtypes=BYTES, aligns=False)
    for rank in (1, 2, 3)
}
upsample_linear1d = _declare("upsample_linear1d", "linear", 1, _LINEAR)
upsample_bilinear2d = _declare("upsample_bilinear2d", "linear", 2, "upsample_bilinear2d_channels_last", dtypes=BYTES)
upsample_trilinear3d = _declare("upsample_trilinear3d", "linear", 3, _LINEAR)
upsample_bicubic2d = _declare("upsample_bicubic2d", "cubic", 2, _CUBIC, dtypes=BYTES)
_upsample_bilinear2d_aa = _declare("_upsample_bilinear2d_aa", "linear-aa", 2, _ANTIALIASED, dtypes=BYTES)
_upsample_bicubic2d_aa = _declare("_upsample_bicubic2d_aa", "cubic-aa", 2, _ANTIALIASED, dtypes=BYTES)
_upsample_lanczos2d_aa = _declare("_upsample_lanczos2d_aa", "lanczos-aa", 2, _ANTIALIASED, dtypes=BYTES)

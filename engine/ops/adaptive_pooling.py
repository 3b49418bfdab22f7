"""Pooling to a given size, and of windows that start at random."""

from __future__ import annotations

from typing import Any

from ..checks import not_implemented
from ..declare.op import FLOATING, FOLDED, op
from ..dispatch.outputs import SAME
from ..kernels import pooling as kernels
from ..layout import channels_last, channels_last_3d
from ..tensor import Tensor, written_zeros
from .conversion import suggested_format
from .pooling import at_places, check_signal, for_each

Sizes = tuple[int, ...]


def _check_one(name: str, self: Tensor, output_size: Sizes) -> None:
    check_signal(name, self)
    if len(output_size) != 1:
        raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(output_size)})")


def _check_filled(self: Tensor, name: str, shown: str, *, first: int = 1, what: str = "input", end: str = "") -> None:
    """Refuse a tensor of which a dimension from the first on that counts is empty."""
    for dim, size in enumerate(self.shape):
        if size == 0 and dim >= first:
            raise RuntimeError(
                f"{name}Expected {what} to have non-zero size for non-batch dimensions, but {shown}{list(self.shape)} "
                f"with dimension {dim} being empty{end}"
            )


# Means.


def _check_averages(self: Tensor, output_size: Sizes, rank: int) -> None:
    name = f"adaptive_avg_pool{rank}d"
    if len(output_size) not in (1, rank):
        raise RuntimeError(f"{name}: output_size must be {rank}")
    if output_size and min(output_size) < 0:
        shown = ", ".join(map(str, output_size[:2])) + "".join(f",{n}" for n in output_size[2:])
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {{{shown}}}"
        )


def _check_kind(rank: int) -> Any:
    name = f"adaptive_avg_pool{rank}d"

    def check(self: Tensor, output_size: Sizes) -> None:
        if rank == 3:
            _check_filled(self, f"{name}(): ", "input has sizes ")
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got {list(self.shape)}")
        if rank == 2:
            _check_filled(self, f"{name}(): ", "input has sizes ", first=self.dim() - 2)
        if self._dtype not in FLOATING and (self.numel() or rank == 3):
            raise not_implemented(name if rank == 2 else f"{name}_cpu")(self._dtype)

    return check


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
        grad_output=again, self=lambda grad, self_info: written_zeros(grad, self_info),
        check=lambda grad_output, self: _check_filled(
            grad_output, f"adaptive_avg_pool{rank}d_backward(): ", "grad_output has sizes ", what="grad_output"
        ),
        node=f"AdaptiveAvgPool{rank}DBackwardBackward0", method=False,
    )  # fmt: skip
    inner = op(
        f"_adaptive_avg_pool{rank}d(Tensor self, {sizes} output_size) -> Tensor",
        lambda self, output_size, rounded=None: kernels.adaptive_avg_pool(self, for_each(output_size, rank), rounded),
        self=lambda grad, self: backward(grad, self), node=f"AdaptiveAvgPool{rank}DBackward0",
        check=_check_kind(rank), method=False, batch=FOLDED, stepwise=True,
    )  # fmt: skip

    def pooled(self: Tensor, output_size: Sizes) -> Tensor:
        _check_averages(self, output_size, rank)
        if for_each(output_size, rank) == (1,) * rank:
            found = self.mean(tuple(range(-1, -rank - 1, -1)), keepdim=True)
            if self.dim() > rank + 1 and suggested_format(self) in (channels_last, channels_last_3d):
                channels = self.shape[1]
                found.as_strided_(found.shape, (channels, 1, *[channels] * rank))
            return found
        return inner(self, output_size)

    return op(f"adaptive_avg_pool{rank}d(Tensor self, {sizes} output_size) -> Tensor", composite=pooled, method=False)


adaptive_avg_pool2d = _declare_adaptive(2)
adaptive_avg_pool3d = _declare_adaptive(3)


def _adaptive_avg_pool1d(self: Tensor, output_size: Sizes) -> Tensor:
    _check_one("adaptive_avg_pool1d", self, output_size)
    return adaptive_avg_pool2d(self.unsqueeze(-2), (1, *output_size)).squeeze(-2)


adaptive_avg_pool1d = op(
    "adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor", composite=_adaptive_avg_pool1d, method=False
)

# The largest elements of a given number of windows.


def _declare_adaptive_max(rank: int, kernel: str) -> Any:
    name = f"adaptive_max_pool{rank}d"

    def check(self: Tensor, output_size: Sizes) -> None:
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got: {list(self.shape)}")
        _check_filled(self, f"{name}(): ", "input has sizes ")
        if len(output_size) != rank:
            raise RuntimeError(f"{name}(): internal error: output_size.size() must be {rank}")
        if min(output_size) < 0:
            shape = [*self.shape[:-rank], *output_size]
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(output_size)}: {shape}")

    backward = op(
        f"{name}_backward(Tensor grad_output, Tensor self, Tensor indices) -> Tensor",
        lambda grad_output, self, indices: kernels.to_places(grad_output, indices, self.shape[-rank:]),
        grad_output=lambda grad, indices: at_places(grad, indices, rank),
        self=lambda grad, self_info: written_zeros(grad, self_info),
        node=f"AdaptiveMaxPool{rank}DBackwardBackward0", method=False,
    )  # fmt: skip
    return op(
        f"{name}(Tensor self, int[{rank}] output_size) -> (Tensor, Tensor)",
        lambda self, output_size: kernels.adaptive_max_pool(self, output_size),
        self=lambda grad, self, result1: backward(grad, self, result1),
        check=check, dtypes=FLOATING, unsupported=not_implemented(kernel), node=f"AdaptiveMaxPool{rank}DBackward0",
        method=False, out=SAME, batch=FOLDED,
    )  # fmt: skip


adaptive_max_pool2d = _declare_adaptive_max(2, "adaptive_max_pool2d")
adaptive_max_pool3d = _declare_adaptive_max(3, "adaptive_max_pool3d_cpu")


def _adaptive_max_pool1d(self: Tensor, output_size: Sizes) -> tuple[Tensor, Tensor]:
    _check_one("adaptive_max_pool1d", self, output_size)
    _check_filled(self, "adaptive_max_pool1d(): ", "input has sizes ")
    values, indices = adaptive_max_pool2d(self.unsqueeze(-2), (1, *output_size))
    return values.squeeze(-2), indices.squeeze(-2)


adaptive_max_pool1d = op(
    "adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)", composite=_adaptive_max_pool1d,
    method=False,
)  # fmt: skip

# Of windows at random places.


def _declare_fractional(rank: int) -> Any:
    name = f"fractional_max_pool{rank}d"
    pairs = "tuple of Ints" if rank == 2 else "tuple of three Ints"
    at_most = 0 if rank == 2 else 1
    order = (("height", -2), ("width", -1)) if rank == 2 else (("time", -3), ("width", -1), ("height", -2))
    within = f"{name}(): " if rank == 2 else f"{name}_out(): "

    def check(self: Tensor, kernel_size: Sizes, output_size: Sizes, random_samples: Tensor) -> None:
        for what, given in (("kernel_size", kernel_size), ("output_size", output_size)):
            if len(given) != rank:
                raise RuntimeError(f"{name}: {what} must either be a single Int or {pairs}")
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(f"{within}Expected {rank + 1}D or {rank + 2}D tensor, but got: {list(self.shape)}")
        _check_filled(self, within, "got", end="." if rank == 2 else "")
        for what, dim in order:
            if output_size[dim] + kernel_size[dim] - 1 > self.shape[dim] - at_most:
                raise RuntimeError(
                    f"{within}pool {what} {kernel_size[dim]} too large relative to input {what} {self.shape[dim]}"
                )
        if self._dtype is not random_samples._dtype:
            raise RuntimeError("Expect _random_samples to have the same dtype as input")
        if random_samples.dim() != 3:
            raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {random_samples.dim()}")
        if self.dim() == rank + 2 and random_samples.shape[0] < self.shape[0]:
            raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
        if random_samples.shape[1] != self.shape[-rank - 1]:
            raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
        if random_samples.shape[2] != rank:
            raise RuntimeError(f"Expect _random_samples.size(2) equals to {rank}; got {random_samples.shape[2]}.")

    def forward(self: Any, kernel_size: Sizes, output_size: Sizes, random_samples: Any) -> Any:
        return kernels.fractional_max_pool(self, kernel_size, output_size, random_samples)

    backward = op(
        f"{name}_backward(Tensor grad_output, Tensor self, int[{rank}] kernel_size, int[{rank}] output_size, "
        "Tensor indices) -> Tensor",
        lambda grad_output, self, kernel_size, output_size, indices: kernels.to_places(
            grad_output, indices, self.shape[-rank:]),
        grad_output=lambda grad, indices: at_places(grad, indices, rank),
        self=lambda grad, self_info: written_zeros(grad, self_info),
        node=f"FractionalMaxPool{rank}DBackwardBackward0", method=False,
    )  # fmt: skip
    return op(
        f"{name}(Tensor self, int[{rank}] kernel_size, int[{rank}] output_size, Tensor random_samples)"
        " -> (Tensor, Tensor)", forward,
        self=lambda grad, self, kernel_size, output_size, result1: backward(
            grad, self, kernel_size, output_size, result1),
        check=check, dtypes=FLOATING, unsupported=not_implemented(f"{name}_out_frame"),
        node=f"FractionalMaxPool{rank}DBackward0", method=False, constants=("random_samples",),
    )  # fmt: skip


fractional_max_pool2d = _declare_fractional(2)
fractional_max_pool3d = _declare_fractional(3)

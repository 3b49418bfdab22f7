"""Pooling: the largest or the mean element of each window of the last one to three dimensions."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..checks import not_implemented
from ..declare.op import FLOATING, FOLDED, REAL, op
from ..dispatch.outputs import SAME
from ..dispatch.slow import tracked
from ..dtypes import float32, float64, int64
from ..kernels import pooling as kernels
from ..layout import wrap_dim
from ..tensor import Tensor, written_zeros

Sizes = tuple[int, ...]


def for_each(sizes: Sizes, rank: int) -> Sizes:
    """One number stands for all dimensions."""
    return tuple(sizes) * rank if len(sizes) == 1 else tuple(sizes)


def _windows(rank: int, kernel: Sizes, stride: Sizes, padding: Sizes) -> tuple[Sizes, Sizes, Sizes]:
    """One number stands for all dimensions; no stride is that of the kernel."""
    kernel = for_each(kernel, rank)
    return kernel, for_each(stride, rank) if stride else kernel, for_each(padding, rank)


# Checks, in the order in which torch makes them.

_COUNTS = {2: "a tuple of two ints", 3: "a tuple of three ints"}


def _check_counts(name: str, rank: int, stride: Sizes = (), **given: Sizes) -> None:
    """Refuse options of another number of dimensions."""
    for what, value in {**given, "stride": stride}.items():
        if len(value) not in ((0, 1, rank) if what == "stride" else (1, rank)):
            if rank == 1:
                raise RuntimeError(f"{name}() argument '{what}' should contain one int (got {len(value)})")
            either = "be either" if what == "dilation" else "either be"
            omitted = "omitted, a single int, or" if what == "stride" else "a single int, or"
            raise RuntimeError(f"{name}: {what} must {either} {omitted} {_COUNTS[rank]}")


def _check_windows(
    name: str, self: Tensor, rank: int, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> None:
    if 0 in stride:
        raise RuntimeError("stride should not be zero")
    for k, p, d in zip(kernel, padding, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
    for what, short, values in (
        ("kernel size", "k", kernel), ("stride", "d", stride), ("dilation", "dilation", dilation)
    ):  # fmt: skip
        if min(values) <= 0:
            shown = " ".join(f"{short}{letter}: {n}" for letter, n in zip("THW"[-rank:], values, strict=True))
            raise RuntimeError(f"{what} should be greater than zero, but got {shown}")
    _check_lengths(name, self, rank)
    sizes = self.shape[-rank:]
    found = [kernels.output_size(*one, ceil_mode) for one in zip(sizes, kernel, stride, padding, dilation, strict=True)]
    if rank == 3 and name == "avg_pool3d()" and any(
        n < k for n, k in zip(sizes, kernel, strict=True)
    ):  # fmt: skip
        image, window = (
            " ".join(f"{short}{letter}: {n}" for letter, n in zip("THW", values, strict=True))
            for short, values in (("", sizes), ("k", kernel))
        )
        raise RuntimeError(f"input image ({image}) smaller than kernel size ({window})")
    if min(found) < 1:
        channels = self.shape[-rank - 1]
        given, made = ("x".join(map(str, (channels, *one))) for one in (sizes, [max(n, 0) for n in found]))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small")


def _check_lengths(name: str, self: Tensor, rank: int) -> None:
    """Refuse a tensor of which another dimension than the batch's is empty."""
    lengths = self.shape[1:] if self.dim() == rank + 2 else self.shape
    if 0 not in lengths and (rank == 3 or self.dim() in (3, 4)):
        return
    if rank == 2:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(self.shape)}"
        )
    raise RuntimeError(
        f"{name}: Expected input's non-batch dimensions to have positive length, but input has a shape of "
        f"{list(self.shape)} and non-batch dimension 0 has length zero!"  # it says the length
    )


def _check_max(rank: int) -> Any:
    def check(
        self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
    ) -> None:
        given = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
        _check_counts(f"max_pool{rank}d", rank, **given)
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(f"non-empty {rank + 1}D or {rank + 2}D (batch mode) tensor expected for input")
        name = f"max_pool{rank}d_with_indices_out_cpu_template()"
        windows = _windows(rank, kernel_size, stride, padding)
        _check_windows(name, self, rank, *windows, for_each(dilation, rank), ceil_mode)

    return check


def _check_max1d(self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> None:
    """What torch asks in the function that it has for signals."""
    name = "max_pool1d()"
    if self.dim() not in (2, 3) or 0 in self.shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(self.shape)}"
        )
    kinds = {
        "kernel_size": (kernel_size, "an int, list of ints or tuple of ints"),
        "stride": (stride or kernel_size, "None, an int, list of ints, or tuple of ints"),
        "padding": (padding, "an int, list of ints, or tuple of ints"),
        "dilation": (dilation, "an int, list of ints or tuple of ints"),
    }
    for what, (value, kind) in kinds.items():
        if len(value) != 1:
            raise RuntimeError(f"{name} {what} must be {kind} of size 1 but got size {len(value)}")
    for what in ("kernel_size", "stride"):
        if kinds[what][0][0] <= 0:
            raise RuntimeError(f"{name} {what} must be greater than zero, but got {kinds[what][0][0]}")
    if padding[0] < 0:
        raise RuntimeError(f"{name} padding must be non-negative, but got {padding[0]}")
    if padding[0] > kernel_size[0] // 2:
        raise RuntimeError(
            f"{name} padding should be at most half of kernel size, but got padding={padding[0]} and "
            f"kernel_size={kernel_size[0]}"
        )
    if dilation[0] <= 0:
        raise RuntimeError(f"{name} dilation must be greater than zero, but got {dilation[0]}")


def at_places(grad: Tensor, indices: Tensor, rank: int) -> Tensor:
    """The elements at these places of the flat planes: the transpose of every kind of max pooling."""
    lead = tuple(indices.shape[:-rank])
    places = indices.contiguous().view((*lead, math.prod(indices.shape[-rank:])))
    planes = grad.contiguous().view((*lead, math.prod(grad.shape[-rank:])))
    return planes.gather(-1, places).view(tuple(indices.shape))


def _declare_max_with_indices(rank: int) -> Any:
    """With the places of the largest elements; and the operation that its derivative is."""
    options = f"int[{rank}] kernel_size, int[{rank}] stride{{0}}, int[{rank}] padding{{1}}, int[{rank}] dilation{{2}}"
    backward = op(
        f"max_pool{rank}d_with_indices_backward(Tensor grad_output, Tensor self, {options.format('', '', '')}, "
        "bool ceil_mode, Tensor indices) -> Tensor",
        lambda grad_output, self, *given: kernels.to_places(grad_output, given[-1], self.shape[-rank:]),
        grad_output=lambda grad, indices: at_places(grad, indices, rank),
        self=lambda grad, self_info: written_zeros(grad, self_info),
        node=f"MaxPool{rank}DWithIndicesBackwardBackward0", method=False,
    )  # fmt: skip
    return op(
        f"max_pool{rank}d_with_indices(Tensor self, {options.format('=[]', '=0', '=1')}, bool ceil_mode=False)"
        " -> (Tensor, Tensor)",
        lambda self, kernel_size, stride, padding, dilation, ceil_mode: kernels.max_pool(
            self, *_windows(rank, kernel_size, stride, padding), for_each(dilation, rank), ceil_mode),
        self=lambda grad, self, kernel_size, stride, padding, dilation, ceil_mode, result1: backward(
            grad, self, kernel_size, stride, padding, dilation, ceil_mode, result1),
        check=_check_max(rank), dtypes=REAL, unsupported=not_implemented(f"max_pool{rank}d"),
        node=f"MaxPool{rank}DWithIndicesBackward0", method=False, out=True, batch=FOLDED,
    )  # fmt: skip


max_pool2d_with_indices = _declare_max_with_indices(2)
max_pool3d_with_indices = _declare_max_with_indices(3)


def check_signal(name: str, self: Tensor) -> None:
    if self.dim() not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {self.dim()}-dimensional tensor for argument #1 'self' (while "
            f"checking arguments for {name})"
        )


def _max_pool1d_with_indices(
    self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    """As images of one row."""
    check_signal("max_pool1d", self)
    values, indices = max_pool2d_with_indices(
        self.unsqueeze(-2), (1, *kernel_size), (1, *(stride or kernel_size)), (0, *padding), (1, *dilation), ceil_mode
    )
    return values.squeeze(-2), indices.squeeze(-2)


max_pool1d_with_indices = op(
    "max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, "
    "bool ceil_mode=False) -> (Tensor, Tensor)", composite=_max_pool1d_with_indices, method=False,
)  # fmt: skip


def _check_signal_windows(
    self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> None:
    _check_max1d(self, kernel_size, stride, padding, dilation)
    found = kernels.output_size(
        self.shape[-1], kernel_size[0], (stride or kernel_size)[0], padding[0], dilation[0], ceil_mode
    )
    if found <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {found}")


def _declare_max(rank: int, with_indices: Any) -> Any:
    def pooled(self: Tensor, *options: Any) -> Tensor:
        if rank == 1:
            _check_signal_windows(self, *options)
            if not (self._dtype.is_floating_point or tracked(self)):
                raise not_implemented("max_pool1d_impl")(self._dtype)
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
        _check_counts(f"avg_pool{rank}d", rank, kernel_size=kernel_size, stride=stride, padding=padding)
        if rank == 2:
            wrap_dim(-3, self.dim(), scalar=False)
        elif self.dim() not in (4, 5):
            raise RuntimeError("non-empty 4D or 5D (batch mode) tensor expected for input")
        windows = _windows(rank, kernel_size, stride, padding)
        _check_windows(f"avg_pool{rank}d()", self, rank, *windows, (1,) * rank, ceil_mode)

    sizes = f"int[{rank}]"
    backward = op(
        f"avg_pool{rank}d_backward(Tensor grad_output, Tensor self, {sizes} kernel_size, {sizes} stride, "
        f"{sizes} padding, {_MEAN_REQUIRED}) -> Tensor",
        lambda grad_output, self, kernel_size, stride, padding, *options: kernels.avg_pool_backward(
            grad_output, self, *_windows(rank, kernel_size, stride, padding), *options),
        grad_output=lambda grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override,
        self_info: pooled(grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
        self=lambda grad, self_info: written_zeros(grad, self_info), node=f"AvgPool{rank}DBackwardBackward0",
        method=False,
    )  # fmt: skip
    pooled = op(
        f"avg_pool{rank}d(Tensor self, {sizes} kernel_size, {sizes} stride=[], {sizes} padding=0, {_MEAN}) -> Tensor",
        lambda self, kernel_size, stride, padding, *options: kernels.avg_pool(
            self, *_windows(rank, kernel_size, stride, padding), *options),
        self=lambda grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: backward(
            grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
        check=check, dtypes=FLOATING | {int64} if rank == 2 else frozenset({float32, float64, int64}),
        unsupported=not_implemented("avg_pool2d" if rank == 2 else "avg_pool3d_out_frame"),
        node=f"AvgPool{rank}DBackward0", method=False, out=replace(SAME, rows=rank == 3), batch=FOLDED,
    )  # fmt: skip
    return pooled, backward


avg_pool2d, avg_pool2d_backward = _declare_avg(2)
avg_pool3d, avg_pool3d_backward = _declare_avg(3)


def _avg_pool1d(
    self: Tensor, kernel_size: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool, count_include_pad: bool
) -> Tensor:
    _check_counts("avg_pool1d", 1, kernel_size=kernel_size, stride=stride, padding=padding)
    check_signal("avg_pool1d", self)
    steps = (1, *(stride or kernel_size))
    found = avg_pool2d(self.unsqueeze(-2), (1, *kernel_size), steps, (0, *padding), ceil_mode, count_include_pad)
    return found.squeeze(-2)


avg_pool1d = op(
    "avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, "
    "bool count_include_pad=True) -> Tensor", composite=_avg_pool1d, method=False,
)  # fmt: skip


# Back to where they came from.


def _check_unpool(rank: int) -> Any:
    names = ("two", "(height, width)") if rank == 2 else ("three", "(depth, height, width)")

    def check(self: Tensor, indices: Tensor, output_size: Sizes, *windows: Sizes) -> None:
        if indices._dtype is not int64:
            but = f" but got: {indices._dtype.scalar_type}" if rank == 2 else ""
            raise RuntimeError(f"elements in indices should be type int64{but}")
        if len(output_size) != rank:
            raise RuntimeError(
                f"There should be exactly {names[0]} elements {names[1]} in output_size, but got "
                f"{len(output_size)} elements."
            )
        for what, given in zip(("stride", "padding"), windows, strict=False):
            if len(given) != rank:
                raise RuntimeError(
                    f"There should be exactly three elements (depth, height, width) in {what}, but got: {len(given)} "
                    "elements."
                )
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(
                f"Input to max_unpooling{rank}d should be a {rank + 1}d or {rank + 2}d Tensor, but got a tensor with "
                f"{self.dim()} dimensions."
            )
        if self.shape != indices.shape:
            raise RuntimeError(
                f"Expected shape of indices to be same as that of the input tensor ({list(self.shape)}) but got "
                f"indices tensor with shape: {list(indices.shape)}"
            )
        for dim, size in enumerate(self.shape):
            if dim and size == 0:
                raise RuntimeError(
                    f"max_unpooling{rank}d_forward_out_cpu(): Expected input to have non-zero size for non-batch "
                    f"dimensions, but got {list(self.shape)} with dimension {dim} being empty."
                )
        if windows and min(windows[0]) <= 0:
            raise RuntimeError(f"strides should be greater than zero, but got stride: {list(windows[0])}")
        wrong = indices._array[(indices._array < 0) | (indices._array >= math.prod(output_size))]
        if wrong.size:
            volume = "x".join(map(str, output_size))
            raise RuntimeError(f"Found an invalid max index: {wrong[-1]} (output volumes are of size {volume})")

    return check


max_unpool2d = op(
    "max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor",
    lambda self, indices, output_size: kernels.to_places(self, indices, output_size, adds=False),
    self=lambda grad, indices: at_places(grad, indices, 2),
    check=_check_unpool(2), dtypes=FLOATING, unsupported=not_implemented("max_unpool2d"), structural=True,
    node="MaxUnpool2DBackward0", method=False, out=True,
)  # fmt: skip
max_unpool3d = op(
    "max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor",
    lambda self, indices, output_size, stride, padding: kernels.to_places(self, indices, output_size, adds=False),
    self=lambda grad, indices: at_places(grad, indices, 3),
    check=_check_unpool(3), dtypes=FLOATING, unsupported=not_implemented("max_unpool3d"), structural=True,
    node="MaxUnpool3DBackward0", method=False, out=True,
)  # fmt: skip

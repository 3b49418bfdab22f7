"""Convolutions and their transposes, of one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..checks import not_implemented
from ..declare.op import op
from ..dtypes import DTYPES, bool_
from ..kernels import convolution as kernels
from ..tensor import Tensor
from ..warning import warn
from .padding import constant_pad_nd

_NUMERIC = frozenset(DTYPES) - {bool_}
Sizes = tuple[int, ...]

_OPTIONS = (
    "SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups"
)


def _check(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, output_padding: Sizes, groups: int,
) -> None:  # fmt: skip
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(dilation) <= 0:
        raise RuntimeError("dilation should be greater than zero")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    rank = weight.dim() - 2
    if len(stride) != rank:
        raise RuntimeError(
            f"expected stride to be a single integer value or a list of {rank} values to match the convolution "
            f"dimensions, but got stride={list(stride)}"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight.shape)}] instead"
        )
    channels = weight.shape[0] if transposed else weight.shape[1] * groups
    if input.shape[1] != channels:
        kind = "transposed=1, " if transposed else f"groups={groups}, "
        raise RuntimeError(
            f"Given {kind}weight of size {list(weight.shape)}, expected input{list(input.shape)} to have {channels} "
            f"channels, but got {input.shape[1]} channels instead"
        )
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    if bias is not None and tuple(bias.shape) != (outputs,):
        shown = "transposed=1, weight" if transposed else "weight"
        raise RuntimeError(
            f"Given {shown} of size {list(weight.shape)}, expected bias to be 1-dimensional with {outputs} elements, "
            f"but got bias of size {list(bias.shape)} instead"
        )
    padded = [n + 2 * p for n, p in zip(input.shape[2:], padding, strict=True)]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if not transposed and any(n < span for n, span in zip(padded, spans, strict=True)):
        shown = " x ".join(map(str, padded))
        kernel = " x ".join(map(str, spans))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({shown}). Kernel size: ({kernel}). Kernel size can't be "
            "greater than actual input size"
        )
    for one in (weight, bias):
        if one is not None and one._dtype is not input._dtype:
            raise RuntimeError(f"expected scalar type {input._dtype.scalar_type} but found {one._dtype.scalar_type}")


def _cut(found: Tensor, shape: Sequence[int]) -> Tensor:
    """Without the windows that only padding of a transposed convolution's output makes room for."""
    if tuple(found.shape) == tuple(shape):
        return found
    return found[(..., *(slice(n) for n in shape[2:]))]


def _backward(
    grad: Tensor, input: Tensor, weight: Tensor, stride: Sizes, padding: Sizes, dilation: Sizes, transposed: bool,
    groups: int, needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    """Each gradient is a convolution again, or the gradient of one's weight."""
    options = (stride, padding, dilation)
    zeros = (0,) * len(stride)
    found: list[Tensor | None] = [None, None, None]
    if needs[0] and transposed:
        found[0] = _cut(convolution(grad, weight.conj(), None, *options, False, zeros, groups), input.shape)
    elif needs[0]:
        reached = map(kernels.transposed_size, grad.shape[2:], weight.shape[2:], *options, zeros)
        rest = tuple(n - m for n, m in zip(input.shape[2:], reached, strict=True))
        found[0] = convolution(grad, weight.conj(), None, *options, True, rest, groups)
    if needs[1]:
        pair = (grad, input.conj()) if transposed else (input.conj(), grad)
        found[1] = _weight_gradient(*pair, tuple(weight.shape[2:]), *options, groups)
    if needs[2]:
        found[2] = grad.sum((0, *range(2, grad.dim())))
    return found


convolution = op(
    f"convolution(Tensor input, Tensor weight, Tensor? bias, {_OPTIONS}) -> Tensor", kernels.convolution,
    jointly=lambda grad, input, weight, bias_sym_sizes_opt, stride, padding, dilation, transposed, output_padding,
    groups, needs: _backward(grad, input, weight, stride, padding, dilation, transposed, groups, needs),
    check=_check, dtypes=_NUMERIC, unsupported=not_implemented("slow_conv2d_cpu"), method=False,
)  # fmt: skip
_weight_gradient = op(
    "_convolution_weight_gradient(Tensor input, Tensor grad_output, int[] kernel, int[] stride, int[] padding, "
    "int[] dilation, int groups) -> Tensor", kernels.weight_gradient,
    jointly=lambda grad, input, grad_output, stride, padding, dilation, groups, needs: [
        _backward(
            grad_output.conj(), input, grad.conj(), stride, padding, dilation, False, groups, (needs[0], False, False)
        )[0],
        _cut(
            convolution(input.conj(), grad, None, stride, padding, dilation, False, (0,) * len(stride), groups),
            grad_output.shape,
        ),
    ],
    native=False, method=False,
)  # fmt: skip

# By number of dimensions.


def _batched(name: str, rank: int, input: Tensor) -> tuple[Tensor, bool]:
    """The input with a dimension for images, and whether it had one."""
    if input.dim() not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}"
        )
    batched = input.dim() == rank + 2
    return (input if batched else input.unsqueeze(0)), batched


def _all(sizes: Sizes, rank: int) -> Sizes:
    return sizes * rank if len(sizes) == 1 else sizes


def _declare(rank: int) -> tuple[Any, Any]:
    name, transposed_name = f"conv{rank}d", f"conv_transpose{rank}d"
    zeros = (0,) * rank
    given = "Tensor input, Tensor weight, Tensor? bias=None"

    def conv(
        input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
    ) -> Tensor:
        images, batched = _batched(name, rank, input)
        options = (_all(one, rank) for one in (stride, padding, dilation))
        found = convolution(images, weight, bias, *options, False, zeros, groups)
        return found if batched else found.squeeze(0)

    def padded(
        input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: str, dilation: Sizes, groups: int
    ) -> Tensor:
        images, batched = _batched(name, rank, input)
        stride, dilation = _all(stride, rank), _all(dilation, rank)
        sides = zeros
        if padding == "same":
            if max(stride) > 1:
                raise RuntimeError("padding='same' is not supported for strided convolutions")
            totals = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
            sides = tuple(n // 2 for n in totals)
            if any(n % 2 for n in totals):  # what is odd, is at the end
                warn(
                    "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of "
                    "the input be created",
                    once=True,
                )
                images = constant_pad_nd(images, tuple(end for n in reversed(totals) for end in (0, n % 2)), 0)
        elif padding != "valid":
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        found = convolution(images, weight, bias, stride, sides, dilation, False, zeros, groups)
        return found if batched else found.squeeze(0)

    def transposed(
        input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, output_padding: Sizes,
        groups: int, dilation: Sizes,
    ) -> Tensor:  # fmt: skip
        images, batched = _batched(transposed_name, rank, input)
        stride, padding, dilation, extra = (_all(one, rank) for one in (stride, padding, dilation, output_padding))
        found = convolution(images, weight, bias, stride, padding, dilation, True, extra, groups)
        return found if batched else found.squeeze(0)

    sizes = f"SymInt[{rank}]"
    op(
        f"{name}({given}, {sizes} stride=1, {sizes} padding=0, {sizes} dilation=1, SymInt groups=1) -> Tensor",
        composite=conv, method=False,
    )  # fmt: skip
    made = op(
        f"{name}.padding({given}, {sizes} stride=1, str padding='valid', {sizes} dilation=1, "
        "SymInt groups=1) -> Tensor",
        composite=padded, method=False,
    )  # fmt: skip
    overload = "" if rank == 1 else ".input"
    return made, op(
        f"{transposed_name}{overload}({given}, {sizes} stride=1, {sizes} padding=0, {sizes} output_padding=0, "
        f"SymInt groups=1, {sizes} dilation=1) -> Tensor", composite=transposed, method=False,
    )  # fmt: skip


conv1d, conv_transpose1d = _declare(1)
conv2d, conv_transpose2d = _declare(2)
conv3d, conv_transpose3d = _declare(3)

"""Convolutions and their transposes, of one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd.modes import GRAD, WATCHERS
from ..checks import not_implemented
from ..declare.gradients import gradients
from ..declare.op import FOLDED, op
from ..dtypes import COMPUTED, bool_
from ..kernels import convolution as kernels
from ..tensor import Tensor
from ..warning import warn
from .conversion import view_as_real
from .padding import constant_pad_nd

_NUMERIC = frozenset(COMPUTED) - {bool_}
Sizes = tuple[int, ...]

_OPTIONS = (
    "SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups"
)


def _check(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, output_padding: Sizes, groups: int,
) -> None:  # fmt: skip
    _check_bias_dtype(input, bias)
    if input.is_complex() and not weight.is_complex():
        raise RuntimeError(
            f"Input type (CPU{input._dtype.scalar_type}Type) and weight type (torch.{weight._dtype.scalar_type}Tensor) "
            "should be the same"
        )
    rank = weight.dim() - 2
    if transposed and input._dtype is bool_:
        raise not_implemented(f"slow_conv_transpose{max(rank, 2)}d_out_cpu")(input._dtype)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    for name, given in options.items():
        if len(given) != rank:
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {rank} values to match the convolution "
                f"dimensions, but got {name}={list(given)}"
            )
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(output_padding) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) < 0:
        raise RuntimeError("dilation should be greater than zero")
    _check_shapes(input, weight, bias, transposed, groups)
    if not transposed:
        _check_room(input, weight, padding, dilation)
    if 0 in input.shape[:2]:
        return
    if 0 in input.shape:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(input.shape)}"
        )
    if weight._dtype is not input._dtype:
        raise RuntimeError(f"expected scalar type {input._dtype.scalar_type} but found {weight._dtype.scalar_type}")
    _check_kernel(weight, dilation, transposed)
    if input._dtype is bool_ and weight.dim() == 5 and not transposed:
        raise not_implemented("slow_conv3d_cpu")(bool_)
    if transposed:
        _check_output(input, weight, *options.values())


def _check_bias_dtype(input: Tensor, bias: Tensor | None) -> None:
    if bias is not None and bias._dtype is not input._dtype:
        raise RuntimeError(
            f"Input type ({input._dtype.c_name}) and bias type ({bias._dtype.c_name}) should be the same"
        )


def _check_shapes(input: Tensor, weight: Tensor, bias: Tensor | None, transposed: bool, groups: int) -> None:
    given = f"Given groups={groups}"
    size = list(weight.shape)
    if input.dim() != weight.dim():
        raise RuntimeError(_expected_rank(input, weight, " "))
    if weight.shape[0] < groups:
        raise RuntimeError(
            f"{given}, expected weight to be at least {groups} at dimension 0, but got weight of size {size} instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"{given}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{size}] "
            "instead"
        )
    channels = weight.shape[0] if transposed else weight.shape[1] * groups
    if input.shape[1] != channels:
        kind = "Given transposed=1" if transposed else given
        raise RuntimeError(
            f"{kind}, weight of size {size}, expected input{list(input.shape)} to have {channels} channels, but got "
            f"{input.shape[1]} channels instead"
        )
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    if bias is not None and tuple(bias.shape) != (outputs,):
        kind = "Given transposed=1, weight" if transposed else "Given weight"
        raise RuntimeError(
            f"{kind} of size {size}, expected bias to be 1-dimensional with {outputs} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )


def _expected_rank(input: Tensor, weight: Tensor, space: str) -> str:
    return (
        f"Expected {weight.dim()}-dimensional input for {weight.dim()}-dimensional weight{space}{list(weight.shape)}, "
        f"but got {input.dim()}-dimensional input of size {list(input.shape)} instead"
    )


def _check_room(input: Tensor, weight: Tensor, padding: Sizes, dilation: Sizes) -> None:
    """Refuse a kernel that is larger than the padded input."""
    padded = [n + 2 * p for n, p in zip(input.shape[2:], padding, strict=True)]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if any(n < span for n, span in zip(padded, spans, strict=True)):
        shown = " x ".join(map(str, padded))
        kernel = " x ".join(map(str, spans))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({shown}). Kernel size: ({kernel}). Kernel size can't be "
            "greater than actual input size"
        )


_AXES = ("depth", "height", "width")


def _planes(sizes: Sizes, filling: int) -> Sizes:
    """Torch computes a convolution of one dimension as one of two."""
    return sizes if len(sizes) > 1 else (filling, *sizes)


def _named(name: str, sizes: Sizes, filling: int, join: str) -> str:
    sizes = _planes(sizes, filling)
    return join.join(f"{name}_{axis}: {n}" for axis, n in zip(_AXES[-len(sizes) :], sizes, strict=True))


def _check_kernel(weight: Tensor, dilation: Sizes, transposed: bool) -> None:
    kernel = tuple(weight.shape[2:])
    if 0 in kernel:
        shown = _named("kernel", kernel, 1, " ") if len(kernel) < 3 else f": {' x '.join(map(str, kernel))} (TxHxW)"
        raise RuntimeError(f"kernel size should be greater than zero, but got{' ' * (len(kernel) < 3)}{shown}")
    if 0 in dilation:
        shown = _named("dilation", dilation, 1, ", ") if transposed else str(list(_planes(dilation, 1)))
        raise RuntimeError(f"dilation should be greater than zero, but got {shown}")


def _check_output(
    input: Tensor, weight: Tensor, stride: Sizes, padding: Sizes, dilation: Sizes, output_padding: Sizes
) -> None:
    """Refuse an output that a convolution would not have come from, or that has no elements."""
    if any(n >= max(s, d) for n, s, d in zip(output_padding, stride, dilation, strict=True)):
        shown = (
            _named("output_padding", output_padding, 0, " "),
            _named("stride", stride, 1, " "),
            _named("dilation", dilation, 1, " "),
        )
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {' '.join(shown)}")
    sizes = tuple(input.shape[2:])
    made = tuple(map(kernels.transposed_size, sizes, weight.shape[2:], stride, padding, dilation, output_padding))
    if min(made) < 1:
        before, after = (" x ".join(map(str, _planes(one, 1))) for one in (sizes, made))
        raise RuntimeError(
            f"Given input size per channel: ({before}). Calculated output size per channel: ({after}). Output size is "
            "too small"
        )


def _cut(found: Tensor, shape: Sequence[int]) -> Tensor:
    """Without the windows that only padding of a transposed convolution's output makes room for."""
    if tuple(found.shape) == tuple(shape):
        return found
    return found[(..., *(slice(n) for n in shape[2:]))]


def _gradients(
    grad_output: Tensor, input: Tensor, weight: Tensor, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, output_padding: Sizes, groups: int, output_mask: Sequence[bool] = (True, True, True),
) -> list[Tensor | None]:  # fmt: skip
    """Each gradient is a convolution again, or the gradient of one's weight."""
    options = (stride, padding, dilation)
    zeros = (0,) * len(stride)
    found: list[Tensor | None] = [None, None, None]
    if 0 in input.shape[:2]:
        channels = weight.shape[1] * groups if transposed else weight.shape[0]
        shapes = (input.shape, weight.shape, (channels,))
        return [grad_output.new_zeros(shape) if need else None for shape, need in zip(shapes, output_mask, strict=True)]
    if output_mask[0] and transposed:
        found[0] = _cut(convolution(grad_output, weight.conj(), None, *options, False, zeros, groups), input.shape)
    elif output_mask[0]:
        reached = map(kernels.transposed_size, grad_output.shape[2:], weight.shape[2:], *options, zeros)
        rest = tuple(n - m for n, m in zip(input.shape[2:], reached, strict=True))
        found[0] = convolution(grad_output, weight.conj(), None, *options, True, rest, groups)
    if output_mask[1]:
        pair = (grad_output, input.conj()) if transposed else (input.conj(), grad_output)
        found[1] = _weight_gradient(*pair, tuple(weight.shape[2:]), *options, groups)
    if output_mask[2]:
        found[2] = grad_output.sum((0, *range(2, grad_output.dim())))
    return found


convolution_backward = gradients(
    f"convolution_backward(Tensor grad_output, Tensor input, Tensor weight, SymInt[]? bias_sizes, {_OPTIONS}, "
    "bool[3] output_mask) -> (Tensor, Tensor, Tensor)", _gradients,
    differentiable=("grad_output", "input", "weight"),
)  # fmt: skip


def _backward(
    grad: Tensor, input: Tensor, weight: Tensor, bias_sizes: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, output_padding: Sizes, groups: int, needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    options = (stride, padding, dilation, transposed, output_padding, groups, tuple(needs))
    if GRAD.get() or WATCHERS.get():
        return convolution_backward(grad, input, weight, bias_sizes, *options)
    return list(_gradients(grad, input, weight, *options))


convolution = op(
    f"convolution(Tensor input, Tensor weight, Tensor? bias, {_OPTIONS}) -> Tensor", kernels.convolution,
    jointly=lambda grad, input, weight, bias_sym_sizes_opt, stride, padding, dilation, transposed, output_padding,
    groups, needs: _backward(
        grad, input, weight, bias_sym_sizes_opt, stride, padding, dilation, transposed, output_padding, groups, needs),
    check=_check, dtypes=_NUMERIC, unsupported=not_implemented("slow_conv2d_cpu"), method=False,
    batch=FOLDED,
)  # fmt: skip


def _weight_gradient_backward(
    grad: Tensor, input: Tensor, grad_output: Tensor, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int,
    needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    zeros = (0,) * len(stride)
    options = (stride, padding, dilation, False, zeros, groups)
    found = _gradients(grad_output.conj(), input, grad.conj(), *options, (needs[0], False, False))
    return [
        found[0],
        _cut(convolution(input.conj(), grad, None, *options), grad_output.shape) if needs[1] else None,
    ]


_weight_gradient = op(
    "_convolution_weight_gradient(Tensor input, Tensor grad_output, int[] kernel, int[] stride, int[] padding, "
    "int[] dilation, int groups) -> Tensor", kernels.weight_gradient,
    jointly=lambda grad, input, grad_output, stride, padding, dilation, groups, needs: _weight_gradient_backward(
        grad, input, grad_output, stride, padding, dilation, groups, needs),
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


def _all(sizes: Sizes, weight: Tensor) -> Sizes:
    """One size for all dimensions of the kernel, where there is only one.

    Raises:
        RuntimeError: if the weight has no kernel.
    """
    if weight.dim() < 3:
        raise RuntimeError("weight should have at least three dimensions")
    return sizes * (weight.dim() - 2) if len(sizes) == 1 else sizes


def _check_same(input: Tensor, weight: Tensor, stride: Sizes) -> None:
    """What torch looks at before it pads."""
    if weight.dim() < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if input.dim() != weight.dim():
        raise RuntimeError(_expected_rank(input, weight, ""))
    if len(stride) not in (1, weight.dim() - 2):
        raise RuntimeError(f"stride cannot broadcast to {weight.dim() - 2} dimensions")


def _parts(one: Tensor) -> tuple[Tensor, Tensor]:
    both = view_as_real(one.resolve_conj())
    return both.select(-1, 0), both.select(-1, 1)


def _applied(input: Tensor, weight: Tensor, bias: Tensor | None, *options: Any, end: Sizes = ()) -> Tensor:
    """The convolution, of an input with zeros at its end; of complex tensors as three of real ones, the fewest that
    will do (Gauss)."""
    if not (input.is_complex() and weight.is_complex()):
        return convolution(constant_pad_nd(input, end, 0) if end else input, weight, bias, *options)
    x_r, x_i = _parts(input)
    w_r, w_i = _parts(weight)
    b_r, b_i = (None, None) if bias is None else _parts(bias)
    real = _applied(x_r, w_r, b_r, *options, end=end)
    crossed = _applied(x_i, w_i, None, *options, end=end)
    both = _applied(x_r + x_i, w_r + w_i, None if b_r is None or b_i is None else b_r + b_i, *options, end=end)
    return real - crossed + (both - real - crossed) * 1j


def _declare(rank: int) -> tuple[Any, Any]:
    name, transposed_name = f"conv{rank}d", f"conv_transpose{rank}d"
    zeros = (0,) * rank
    given = "Tensor input, Tensor weight, Tensor? bias=None"

    def conv(
        input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
    ) -> Tensor:
        images, batched = _batched(name, rank, input)
        options = (_all(one, weight) for one in (stride, padding, dilation))
        found = _applied(images, weight, bias, *options, False, _all(zeros, weight), groups)
        return found if batched else found.squeeze(0)

    def padded(
        input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: str, dilation: Sizes, groups: int
    ) -> Tensor:
        images, batched = _batched(name, rank, input)
        if padding == "same":
            _check_same(images, weight, stride)
        stride, dilation = _all(stride, weight), _all(dilation, weight)
        sides = nothing = (0,) * (weight.dim() - 2)
        beyond: Sizes = ()
        if padding == "same":
            if any(n != 1 for n in stride):
                raise RuntimeError("padding='same' is not supported for strided convolutions")
            totals = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
            sides = tuple(n // 2 for n in totals)
            if any(n % 2 for n in totals):  # what is odd, is at the end
                warn(
                    "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of "
                    "the input be created",
                    once=True,
                )
                beyond = tuple(end for n in reversed(totals) for end in (0, n % 2))
        elif padding != "valid":
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        found = _applied(images, weight, bias, stride, sides, dilation, False, nothing, groups, end=beyond)
        return found if batched else found.squeeze(0)

    def transposed(
        input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, output_padding: Sizes,
        groups: int, dilation: Sizes,
    ) -> Tensor:  # fmt: skip
        images, batched = _batched(transposed_name, rank, input)
        given = (_all(one, weight) for one in (stride, padding, dilation, output_padding))
        stride, padding, dilation, extra = given
        found = _applied(images, weight, bias, stride, padding, dilation, True, extra, groups)
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


# Of sequences with time first: ``(T, N, C)`` by ``(k, C, O)``.


def _tbc_backward(grad: Tensor, self: Tensor, weight: Tensor, pad: int, needs: Sequence[bool]) -> list[Tensor | None]:
    given = (grad.permute(1, 2, 0), self.permute(1, 2, 0), weight.permute(2, 1, 0))
    found = _backward(*given, (weight.shape[2],), (1,), (pad,), (1,), False, (0,), 1, needs)
    back = ((2, 0, 1), (2, 1, 0), (0,))
    return [None if one is None else one.permute(*order) for one, order in zip(found, back, strict=True)]


def _check_tbc(self: Tensor, weight: Tensor, bias: Tensor, pad: int) -> None:
    if self.dim() != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.dim() != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if bias.dim() != 1:
        raise RuntimeError("Bias must be 1-D")
    if self.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if weight.shape[2] != bias.shape[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")


conv_tbc = op(
    "conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0) -> Tensor", kernels.conv_tbc,
    jointly=lambda grad, self, weight, bias, pad, needs: _tbc_backward(grad, self, weight, pad, needs),
    check=_check_tbc, method=False, forward=False,
)  # fmt: skip

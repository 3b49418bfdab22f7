"""Normalisations: of layers, groups, batches, instances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.forward_ad import is_differentiated_again
from ..autograd.levels import is_batched, is_wrapped
from ..autograd.modes import STATE, WATCHERS
from ..checks import not_implemented
from ..declare.gradients import gradients
from ..declare.op import DIFFERENTIABLE, FLOATING, FOLDED, LEADING, op
from ..dispatch.outputs import CASTABLE, Output
from ..dtypes import FROM_NUM, bfloat16, digits, float16, float32
from ..formulas.normalization import fixed_backward, normalized_backward
from ..formulas.reduction import var_mean_backward
from ..kernels import normalization as kernels
from ..layout import wrap_dim
from ..quiet import safely
from ..tensor import Tensor, wrap
from ..warning import warn
from .conversion import suggested_format

Sizes = tuple[int, ...]


def _channels(one: Any, ndim: int) -> Any:
    """One value per channel, in the dimension of the channels."""
    return one if one is None else one.reshape((1, one.numel(), *[1] * (ndim - 2)))


def _check_mixed(input: Tensor, *parameters: Tensor | None) -> None:
    """Refuse parameters of another dtype; only an input of half precision may have them in float32."""
    given = [one for one in parameters if one is not None]
    if given and given[0]._dtype is not input._dtype:
        if any(one._dtype is not float32 for one in given):
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if input._dtype not in (float16, bfloat16):
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
    for one in given[1:]:
        if one._dtype is not given[0]._dtype:
            expected, found = input._dtype.scalar_type, one._dtype.scalar_type
            raise RuntimeError(f"expected scalar type {expected} but found {found}")


# Layers.


def _layer_norm_gradients(
    grad_out: Tensor, input: Tensor, normalized_shape: Sizes, mean: Tensor, rstd: Tensor, weight: Tensor | None,
    output_mask: Sequence[bool] = (True, True, True),
) -> list[Tensor | None]:  # fmt: skip
    rank = input.dim() - len(normalized_shape)
    if not rank:  # one example: torch adds up over examples, which leaves no -0.0
        grad, values, middle, slope = (each.unsqueeze(0) for each in (grad_out, input, mean, rstd))
        found = _layer_norm_gradients(grad, values, normalized_shape, middle, slope, weight, output_mask)
        return [None if found[0] is None else found[0].squeeze(0), *found[1:]]
    dims = tuple(range(rank, input.dim()))
    return normalized_backward(grad_out, input, mean, rstd, weight, dims, tuple(range(rank)), output_mask)


def _of_layer_norm(grads: Sequence[Tensor | None], values: dict[str, Any]) -> Sequence[Tensor | None]:
    """What torch takes of the gradients of the three gradients: that of the shift only where there is a scale."""
    if values["weight"] is not None or grads[2] is None:
        return grads
    if grads[0] is not None:
        raise RuntimeError(
            "Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument #1 'other'"
        )
    return [*grads[:2], None]


def _layer_norm_kernel(
    grad_out: np.ndarray, input: np.ndarray, normalized_shape: Sizes, mean: np.ndarray, rstd: np.ndarray,
    weight: np.ndarray | None, bias: np.ndarray | None, output_mask: Sequence[bool],
) -> list[np.ndarray]:  # fmt: skip
    found = kernels.layer_norm_backward(grad_out, input, mean, rstd, weight, normalized_shape, output_mask)
    return [grad_out.reshape(-1)[:0] if one is None else one for one in found]


native_layer_norm_backward = gradients(
    "native_layer_norm_backward(Tensor grad_out, Tensor input, SymInt[] normalized_shape, Tensor mean, Tensor rstd, "
    "Tensor? weight, Tensor? bias, bool[3] output_mask) -> (Tensor, Tensor, Tensor)", _layer_norm_gradients,
    kernel=_layer_norm_kernel, taken=_of_layer_norm,
    differentiable=("grad_out", "input", "mean", "rstd", "weight", "bias"),
)  # fmt: skip


def _layer_norm_backward(
    grad: Tensor, input: Tensor, normalized_shape: Sizes, weight: Tensor | None, bias: Tensor | None, mean: Tensor,
    rstd: Tensor, needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    given = (one for one in (grad, input, weight) if one is not None)
    if is_differentiated_again() or is_wrapped(*given) or (STATE.unusual and WATCHERS.get()):
        return native_layer_norm_backward(grad, input, normalized_shape, mean, rstd, weight, bias, tuple(needs))
    if input.dtype not in FLOATING or input.is_meta:
        return _layer_norm_gradients(grad, input, normalized_shape, mean, rstd, weight, needs)
    arrays = [None if one is None else one._array for one in (grad, input, mean, rstd, weight)]
    found = safely(kernels.layer_norm_backward, *arrays, normalized_shape, needs)
    return [None if one is None else wrap(one, FROM_NUM[one.dtype.num]) for one in found]


def _check_layer_norm(
    input: Tensor, normalized_shape: Sizes, weight: Tensor | None, bias: Tensor | None, eps: float
) -> None:
    _check_normalized(input, normalized_shape, weight=weight, bias=bias)
    _check_mixed(input, weight, bias)


native_layer_norm = op(
    "native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) "
    "-> (Tensor, Tensor, Tensor)", kernels.layer_norm,
    jointly=lambda grad, input, normalized_shape, weight, bias, result1, result2, needs: _layer_norm_backward(
        grad, input, normalized_shape, weight, bias, result1, result2, needs),
    check=_check_layer_norm, structural=True, dtypes=FLOATING, unsupported=not_implemented("LayerNormKernelImpl"),
    method=False, batch=LEADING,
)  # fmt: skip


def _check_normalized(
    input: Tensor, normalized_shape: Sizes, *, any_number: str = "*, ", **parameters: Tensor | None
) -> None:
    """``any_number`` is how the message shows leading dimensions."""
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(normalized_shape)}"
        )
    for name, one in parameters.items():
        if one is not None and tuple(one.shape) != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(one.shape)} "
                f"and normalized_shape = {list(normalized_shape)}"
            )
    if tuple(input.shape[-len(normalized_shape) :]) != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape "
            f"[{any_number}{', '.join(map(str, normalized_shape))}], but got input of size{list(input.shape)}"
        )


def _layer_norm(
    input: Tensor, normalized_shape: Sizes, weight: Tensor | None, bias: Tensor | None, eps: float, cudnn_enable: bool
) -> Tensor:
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


layer_norm = op(
    "layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, "
    "bool cudnn_enable=True) -> Tensor", composite=_layer_norm, method=False,
)  # fmt: skip

# Groups.


def _group_norm_backward(
    grads: Sequence[Tensor | None], input: Tensor, weight: Tensor | None, mean: Tensor, rstd: Tensor, N: int, C: int,
    HxW: int, group: int, needs: Sequence[bool],
) -> list[Tensor | None]:  # fmt: skip
    shape, kept = (N, group, C // group, HxW), (N, group, 1, 1)
    values, mean, rstd = input.reshape(shape), mean.reshape(kept), rstd.reshape(kept)
    of_input: Tensor | None = None
    of_weight = of_bias = None
    cube = rstd * rstd * rstd if needs[0] else None
    if grads[0] is not None:
        grad = grads[0].reshape(shape)
        with_values, alone = (one.sum(3).unsqueeze_(-1) for one in (grad * values, grad))
        if cube is not None:
            share, slope, (by_value, constant) = 1.0 / max(C // group * HxW, 1), rstd, (with_values, alone)
            if weight is not None:
                scale = weight.reshape((1, group, C // group, 1))
                slope, by_value, constant = rstd * scale, with_values * scale, alone * scale
            by_value, constant = (one.sum(2).unsqueeze_(-2) for one in (by_value, constant))
            by_value = (constant * mean - by_value) * cube * share
            of_input = slope * grad + by_value * values + (-by_value * mean - constant * rstd * share)
        if needs[1]:
            of_weight = ((with_values - alone * mean) * rstd).sum(0).reshape(C)
        if needs[2]:
            of_bias = alone.sum(0).reshape(C)
    if cube is not None and grads[1] is not None and grads[2] is not None:  # torch asks for both
        of_rstd = cube * -0.5 * grads[2].reshape(kept)
        through = var_mean_backward((of_rstd, grads[1].reshape(kept)), values, [2, 3], 0, True)
        of_input = through if of_input is None else of_input + through
    return [None if of_input is None else of_input.reshape_as(input), of_weight, of_bias]


def _check_groups(input: Tensor, num_groups: int, channels: int, weight: Tensor | None, bias: Tensor | None) -> None:
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    for name, one in (("weight", weight), ("bias", bias)):
        if one is not None and tuple(one.shape) != (channels,):
            shown = one if weight is None else weight  # torch shows the weight for the bias, too
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(shown.shape)} and input of shape {list(input.shape)}"
            )


def _check_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int
) -> None:
    _check_mixed(input, weight, bias)
    _check_groups(input, group, C, weight, bias)
    improve = "  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
    if input.numel() != N * C * HxW:
        raise RuntimeError(f"Expected X.numel() == N * C * HxW to be true, but got false.{improve}")


native_group_norm = op(
    "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, "
    "float eps) -> (Tensor, Tensor, Tensor)", kernels.group_norm,
    jointly=lambda grads, input, weight, result1, result2, N, C, HxW, group, eps, needs: _group_norm_backward(
        grads, input, weight, result1, result2, N, C, HxW, group, needs),
    check=lambda input, weight, bias, N, C, HxW, group, eps: _check_group_norm(input, weight, bias, N, C, HxW, group),
    structural=True,
    dtypes=FLOATING, unsupported=not_implemented("GroupNormKernelImpl"), method=False, batch=FOLDED,
)  # fmt: skip


def _group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None, bias: Tensor | None, eps: float, cudnn_enabled: bool
) -> Tensor:
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    n, channels, *rest = input.shape
    _check_groups(input, num_groups, channels, weight, bias)
    input = input.contiguous(memory_format=suggested_format(input))
    return native_group_norm(input, weight, bias, n, channels, math.prod(rest), num_groups, eps)[0]


group_norm = op(
    "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, "
    "bool cudnn_enabled=True) -> Tensor", composite=_group_norm, method=False,
)  # fmt: skip

# Batches.


def _batch_norm_gradients(
    grad_out: Tensor, input: Tensor, weight: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    save_mean: Tensor, save_invstd: Tensor, train: bool, eps: float,
    output_mask: Sequence[bool] = (True, True, True),
) -> list[Tensor | None]:  # fmt: skip
    ndim = input.dim()
    dims = (0, *range(2, ndim))
    scale = _channels(weight, ndim)
    if train:
        mean, rstd = (_channels(one, ndim) for one in (save_mean, save_invstd))
        return normalized_backward(grad_out, input, mean, rstd, scale, dims, dims, output_mask)
    assert running_mean is not None and running_var is not None
    fixed = (_channels(running_mean, ndim), _channels((running_var + eps).rsqrt(), ndim))
    return fixed_backward(grad_out, input, *fixed, scale, dims, output_mask)


native_batch_norm_backward = gradients(
    "native_batch_norm_backward(Tensor grad_out, Tensor input, Tensor? weight, Tensor? running_mean, "
    "Tensor? running_var, Tensor? save_mean, Tensor? save_invstd, bool train, float eps, bool[3] output_mask) "
    "-> (Tensor, Tensor, Tensor)", _batch_norm_gradients,
    differentiable=("grad_out", "input", "weight", "save_mean", "save_invstd"),
    constants=("running_mean", "running_var"),
)  # fmt: skip


def _batch_norm_backward(grad: Tensor, *saved: Any) -> list[Tensor | None]:
    *values, needs = saved
    compute: Any = native_batch_norm_backward if is_differentiated_again() else _batch_norm_gradients
    return list(compute(grad, *values, tuple(needs)))


def _check_batch_norm(input: Tensor, *given: Any) -> None:
    if input._dtype in FLOATING:
        _check_mixed(input, *(one for one in given if isinstance(one, Tensor)))
    running = [one for one in given[2:4] if one is None or isinstance(one, Tensor)]
    if len({one is None for one in running}) > 1:
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    if dims := [one.dim() for one in running if one is not None and one.dim() != 1]:
        raise RuntimeError(f"TensorAccessor expected 1 dims but tensor has {dims[0]}")


def _check_saved(
    outs: Sequence[Tensor], input: Tensor, weight: Tensor | None, bias: Tensor | None, *rest: Any
) -> None:  # fmt: skip
    """Refuse outputs for the statistics, before those that run change."""
    training = next((one for one in rest if isinstance(one, bool)), True)
    for one in outs[1:3]:
        if training and one._dtype is not input._dtype:
            raise RuntimeError(_WRONG_OUT.format(result=input._dtype, out=one._dtype))
    if not training and any(one.dim() != 1 for one in outs[1:3]):
        dims = next(one.dim() for one in outs[1:3] if one.dim() != 1)
        CASTABLE.resize(outs[0], input._array)
        raise RuntimeError(f"TensorAccessor expected 1 dims but tensor has {dims}")


_WRONG_OUT = "expected scalar type {result.scalar_type} but found {out.scalar_type}"
_BATCH_NORM: dict[str, Any] = {
    "differentiable": ("input", "weight", "bias"), "dtypes": FLOATING, "unsupported": not_implemented("batch_norm"),
    "check": _check_batch_norm, "structural": True,
    "method": False, "out": Output(_WRONG_OUT, first=_check_saved),
}  # fmt: skip
native_batch_norm = op(
    "native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)", kernels.batch_norm,
    jointly=lambda grad, input, weight, running_mean, running_var, result1, result2, training, eps, needs: (
        _batch_norm_backward(grad, input, weight, running_mean, running_var, result1, result2, training, eps, needs)),
    **_BATCH_NORM,
    constants=("running_mean", "running_var"),
)  # fmt: skip
# The same with the statistics as arguments that are changed or not, as torch's compiler wants it.
_native_batch_norm_legit = op(
    "_native_batch_norm_legit(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, "
    "Tensor(b!) running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    kernels.batch_norm,
    jointly=lambda grad, input, weight, running_mean, running_var, result1, result2, training, eps, needs: (
        _batch_norm_backward(grad, input, weight, running_mean, running_var, result1, result2, training, eps, needs)),
    **_BATCH_NORM,
)  # fmt: skip
_native_batch_norm_legit = op(
    "_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, float momentum, "
    "float eps) -> (Tensor, Tensor, Tensor)",
    lambda input, weight, bias, training, momentum, eps: kernels.batch_norm(
        input, weight, bias, None, None, training, momentum, eps),
    jointly=lambda grad, input, weight, result1, result2, training, eps, needs: (
        _batch_norm_backward(grad, input, weight, None, None, result1, result2, training, eps, needs)),
    node="NativeBatchNormLegitBackward1", **_BATCH_NORM,
)  # fmt: skip
_native_batch_norm_legit_no_training = op(
    "_native_batch_norm_legit_no_training(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, "
    "Tensor running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    lambda input, weight, bias, running_mean, running_var, momentum, eps: kernels.batch_norm(
        input, weight, bias, running_mean, running_var, False, momentum, eps),
    jointly=lambda grad, input, weight, running_mean, running_var, result1, result2, eps, needs: (
        _batch_norm_backward(grad, input, weight, running_mean, running_var, result1, result2, False, eps, needs)),
    **_BATCH_NORM,
    constants=("running_mean", "running_var"),
)  # fmt: skip


def _reserving_gradients(
    grad_out: Tensor, input: Tensor, weight: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    save_mean: Tensor, save_var: Tensor, update: bool, eps: float, reserve: Tensor,
    output_mask: Sequence[bool] = (True, True, True),
) -> list[Tensor | None]:  # fmt: skip
    return _batch_norm_gradients(
        grad_out, input, weight, running_mean, running_var, save_mean, save_var, update, eps, output_mask
    )


batch_norm_backward = gradients(
    "batch_norm_backward(Tensor grad_out, Tensor input, Tensor weight, Tensor? running_mean, Tensor? running_var, "
    "Tensor? save_mean, Tensor? save_var, bool update, float eps, bool[3] output_mask, Tensor reserve) "
    "-> (Tensor, Tensor, Tensor)", _reserving_gradients,
    differentiable=("grad_out", "input", "weight", "save_mean", "save_var", "reserve"),
    constants=("running_mean", "running_var"),
)  # fmt: skip


def _reserving_backward(grad: Tensor, *saved: Any) -> list[Tensor | None]:
    *values, reserve, needs = saved
    if is_differentiated_again():
        return list(batch_norm_backward(grad, *values, tuple(needs), reserve))
    compute: Any = _batch_norm_gradients
    return list(compute(grad, *values, tuple(needs)))


def _reserving(*args: Any) -> tuple[np.ndarray, ...]:
    """With what a backend on another device keeps for its backward pass: here nothing."""
    return (*kernels.batch_norm(*args), np.zeros(0, np.uint8))


_batch_norm_with_update = op(
    "_batch_norm_with_update(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, "
    "Tensor(b!) running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)",
    lambda input, weight, bias, running_mean, running_var, momentum, eps: _reserving(
        input, weight, bias, running_mean, running_var, True, momentum, eps),
    jointly=lambda grad, input, weight, running_mean, running_var, result1, result2, result3, eps, needs: (
        _reserving_backward(
            grad, input, weight, running_mean, running_var, result1, result2, True, eps, result3, needs)),
    **_BATCH_NORM,
)  # fmt: skip
_batch_norm_no_update = op(
    "_batch_norm_no_update(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)",
    lambda input, weight, bias, running_mean, running_var, momentum, eps: _reserving(
        input, weight, bias, running_mean, running_var, False, momentum, eps),
    jointly=lambda grad, input, weight, running_mean, running_var, result1, result2, result3, eps, needs: (
        _reserving_backward(
            grad, input, weight, running_mean, running_var, result1, result2, False, eps, result3, needs)),
    **_BATCH_NORM,
    constants=("running_mean", "running_var"),
)  # fmt: skip


def _batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    if training and running_mean is not None and is_batched(input) and not is_batched(running_mean):
        raise RuntimeError(
            "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in "
            "place, were not batched.\nIf you are using a module and do not need eval mode, please set "
            "`track_running_stats` to be False.If you are using a prebuilt module and do not need eval mode, please "
            "see the functorch website for resources on how to patch your module to work with vmap"
        )
    channels = input.shape[1] if input.dim() > 1 else 0
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, one in named.items():
        if one is None and name.startswith("running") and not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
        if one is not None and one.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {one.numel()}")
    if not input.numel():
        found = input.clone()
        found = found if weight is None else found * weight[0]
        return found if bias is None else found + bias[0]
    wrap_dim(1, input.dim())  # there must be one
    return native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


batch_norm = op(
    "batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, "
    "float momentum, float eps, bool cudnn_enabled) -> Tensor", composite=_batch_norm, method=False,
)  # fmt: skip


def _instance_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """A batch norm in which each instance's channels are channels of their own."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    if (running_mean is None) is not (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    n, channels, *rest = input.shape

    def repeated(one: Tensor | None) -> Tensor | None:
        return one if one is None else one.repeat(n)

    mean, var = repeated(running_mean), repeated(running_var)
    flat = input.contiguous().view((1, n * channels, *rest))
    found = _batch_norm(
        flat, repeated(weight), repeated(bias), mean, var, use_input_stats, momentum, eps, cudnn_enabled
    )
    for one, each in ((running_mean, mean), (running_var, var)):
        if one is not None and each is not None and use_input_stats:
            one.copy_(each.view((n, channels)).mean(0))
    return found.view((n, channels, *rest))


instance_norm = op(
    "instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor", composite=_instance_norm,
    method=False,
)  # fmt: skip


def _rms_norm(input: Tensor, normalized_shape: Sizes, weight: Tensor | None, eps: float | None) -> Tensor:
    """Over the root of the mean square of the last dimensions."""
    if normalized_shape and input.dim() < len(normalized_shape):
        raise ValueError(f"Input tensor must have at least {len(normalized_shape)} dimensions, but got {input.dim()}")
    _check_normalized(input, normalized_shape, any_number="*", weight=weight)
    if input._dtype not in DIFFERENTIABLE:
        raise not_implemented("rms_norm")(input._dtype)
    if weight is not None and weight._dtype is not input._dtype:
        warn(
            f"Mismatch dtype between input and weight: input dtype = {input._dtype.c_name}, weight dtype = "
            f"{weight._dtype.c_name}, Cannot dispatch to fused implementation.", once=True,
        )  # fmt: skip
    dims = tuple(range(input.dim() - len(normalized_shape), input.dim()))
    wide = input.to(float32) if input._dtype in (float16, bfloat16) else input
    least = 2.0 ** (1 - digits(wide._dtype)) if eps is None else eps
    found = wide * (wide.pow(2).mean(dims, keepdim=True) + least).rsqrt()
    return (
        (found if weight is None else found * weight).to(input._dtype).contiguous(memory_format=suggested_format(input))
    )


rms_norm = op(
    "rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    composite=_rms_norm, method=False,
)  # fmt: skip


# Weights as a magnitude and a direction (Salimans and Kingma, 2016).


def _norm_except_dim(v: Tensor, pow: int, dim: int) -> Tensor:
    if dim == -1:
        return v.norm(pow)
    if dim == 0:
        return v.contiguous().view((v.shape[0], -1)).norm(pow, 1).view((v.shape[0], *[1] * (v.dim() - 1)))
    if dim == v.dim() - 1:
        return v.contiguous().view((-1, v.shape[-1])).norm(pow, 0).view((*[1] * (v.dim() - 1), v.shape[-1]))
    return _norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)


norm_except_dim = op(
    "norm_except_dim(Tensor v, int pow=2, int dim=0) -> Tensor", composite=_norm_except_dim, method=False
)


def _weight_norm_backward(
    grad: Tensor, v: Tensor, g: Tensor, norms: Tensor, dim: int, needs: Sequence[bool]
) -> list[Tensor | None]:
    # In second derivatives torch takes these for constants, too, which they are not.
    norms = norms._detached()
    others = [one for one in range(v.dim()) if one != dim % v.dim()]
    along = (grad * v).sum(others, keepdim=True) / norms if others else grad * v / norms
    return [(grad - v * (along / norms)) * (g / norms) if needs[0] else None, along if needs[1] else None]


_weight_norm_interface = op(
    "_weight_norm_interface(Tensor v, Tensor g, int dim=0) -> (Tensor, Tensor)", kernels.weight_norm,
    jointly=lambda grad, v, g, result1, dim, needs: _weight_norm_backward(grad, v, g, result1, dim, needs),
    node="WeightNormInterfaceBackward0", method=False, forward=False,
)  # fmt: skip


def _weight_norm_of(v: Tensor, g: Tensor, dim: int) -> Tensor:
    if dim in (0, v.dim() - 1):
        return _weight_norm_interface(v.contiguous(), g.contiguous(), dim)[0]
    return v * (g / norm_except_dim(v, 2, dim))


_weight_norm = op("_weight_norm(Tensor v, Tensor g, int dim=0) -> Tensor", composite=_weight_norm_of, method=False)

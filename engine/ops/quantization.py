"""Quantization that is only simulated, for training with it: rounding whose gradient passes where nothing is cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import FLOATING, op
from ..dtypes import bfloat16, float16, float32, int32
from ..kernels.quantization import fake_quantize
from ..layout import wrap_dim
from ..tensor import Tensor


def _check_range(quant_min: int, quant_max: int) -> None:
    if quant_min > quant_max:
        raise RuntimeError("`quant_min` should be less than or         equal to `quant_max`.")


def _check_zero_points(zero_point: Any, quant_min: int, quant_max: int) -> None:
    if np.any((zero_point < quant_min) | (zero_point > quant_max)):
        raise RuntimeError("`zero_point` must be between `quant_min` and `quant_max`.")


# One grid for a tensor.


def _check_per_tensor(self: Tensor, scale: float, zero_point: int, quant_min: int, quant_max: int) -> None:
    _check_range(quant_min, quant_max)
    _check_zero_points(zero_point, quant_min, quant_max)


def _check_of_tensors(
    self: Tensor, scale: Tensor, zero_point: Tensor, enabled: Tensor, quant_min: int, quant_max: int
) -> None:
    _check_range(quant_min, quant_max)
    if scale.requires_grad:
        raise RuntimeError(
            "The function '_fake_quantize_per_tensor_affine_cachemask_tensor_qparams' is not differentiable with "
            "respect to argument 'scale'. This input cannot have requires_grad True."
        )
    for one in (scale, zero_point):
        one.item()  # refuses more than one element


_OF_A_TENSOR = not_implemented("fake_quantize_tensor_cachemask_kernel_type_handling")
fake_quantize_per_tensor_affine_cachemask = op(
    "fake_quantize_per_tensor_affine_cachemask(Tensor self, float scale, int zero_point, int quant_min, int quant_max)"
    " -> (Tensor output, Tensor mask)",
    lambda self, scale, zero_point, low, high: fake_quantize(self, scale, zero_point, low, high, inside=False),
    self=lambda grad, mask: grad * mask,
    check=_check_per_tensor, dtypes=FLOATING, unsupported=_OF_A_TENSOR, method=False, forward=False,
)  # fmt: skip
_fake_quantize_of_tensors = op(
    "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, "
    "Tensor fake_quant_enabled, int quant_min, int quant_max) -> (Tensor output, Tensor mask)",
    lambda self, scale, zero_point, enabled, low, high: fake_quantize(
        self, scale.reshape(()), zero_point.reshape(()).astype(np.int32), low, high, inside=False),
    self=lambda grad, mask: grad * mask, node="FakeQuantizePerTensorAffineCachemaskTensorQparamsBackward0",
    check=_check_of_tensors, structural=True, method=False, forward=False,
    constants=("scale", "zero_point", "fake_quant_enabled"),
)  # fmt: skip


def _with_tensors(self: Tensor, scale: Tensor, zero_point: Tensor, quant_min: int, quant_max: int) -> Tensor:
    if self._dtype not in FLOATING:
        raise _OF_A_TENSOR(self._dtype)
    return _fake_quantize_of_tensors(self, scale, zero_point, scale.new_ones(()).long(), quant_min, quant_max)[0]


fake_quantize_per_tensor_affine = op(
    "fake_quantize_per_tensor_affine.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, int quant_min, "
    "int quant_max) -> Tensor", composite=_with_tensors, method=False,
)  # fmt: skip
fake_quantize_per_tensor_affine = op(
    "fake_quantize_per_tensor_affine(Tensor self, float scale, int zero_point, int quant_min, int quant_max) -> Tensor",
    composite=lambda *given: fake_quantize_per_tensor_affine_cachemask(*given)[0], method=False,
)  # fmt: skip

# A grid for each slice along an axis.


def _check_per_channel(
    self: Tensor, scale: Tensor, zero_point: Tensor, axis: int, quant_min: int, quant_max: int
) -> None:
    if scale._dtype not in (float32, bfloat16):
        raise RuntimeError(f"Scale must be Float or BFloat16, found {scale._dtype.scalar_type}")
    if zero_point._dtype not in (int32, float32, float16):
        raise RuntimeError(f"Zero-point must be Int32, Float or Half, found {zero_point._dtype.scalar_type}")
    for name, one in (("scale", scale), ("zero point", zero_point)):
        if one.dim() != 1:
            raise RuntimeError(f"{name} should be a 1-D tensor")
    if scale.numel() != zero_point.numel():
        raise RuntimeError("scale and zero-point need to have the same dimensions")
    wrap_dim(axis, self.dim())
    if axis < 0:
        raise RuntimeError("`axis` must be between 0 and number of dimensions of input")
    if scale.numel() != self.shape[axis]:
        raise RuntimeError("dimensions of scale and zero-point are not consistent with input tensor")
    _check_range(quant_min, quant_max)
    _check_zero_points(zero_point._array, quant_min, quant_max)
    if self._dtype not in FLOATING:
        raise not_implemented("fake_quantize_channel_cachemask_cpu_type_handling")(self._dtype)


def _per_channel(self: Any, scale: Any, zero_point: Any, axis: int, quant_min: int, quant_max: int) -> tuple[Any, Any]:
    shape = [-1 if dim == axis else 1 for dim in range(self.ndim)]
    inside = zero_point.dtype.kind == "f"
    return fake_quantize(self, scale.reshape(shape), zero_point.reshape(shape), quant_min, quant_max, inside)


fake_quantize_per_channel_affine_cachemask = op(
    "fake_quantize_per_channel_affine_cachemask(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, "
    "int quant_max) -> (Tensor output, Tensor mask)", _per_channel,
    self=lambda grad, mask: grad * mask,
    check=_check_per_channel, structural=True, method=False, forward=False,
    constants=("scale", "zero_point"),
)  # fmt: skip
fake_quantize_per_channel_affine = op(
    "fake_quantize_per_channel_affine(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, "
    "int quant_max) -> Tensor",
    composite=lambda *given: fake_quantize_per_channel_affine_cachemask(*given)[0], method=False,
)  # fmt: skip

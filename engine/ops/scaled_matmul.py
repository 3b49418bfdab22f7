"""Products of matrices of eight-bit floats, which come with scales: of the whole, or of each row and column.

Source: ``torch._scaled_mm``, as quantised layers call it.
"""

from __future__ import annotations

import numpy as np

from ..declare.op import op
from ..dispatch.slow import cast
from ..dtypes import FLOAT8, FROM_NUM, dtype, float32
from ..tensor import Tensor


def _check(
    self: Tensor, mat2: Tensor, scale_a: Tensor, scale_b: Tensor, bias: Tensor | None, scale_result: Tensor | None,
    out_dtype: dtype | None, use_fast_accum: bool,
) -> None:  # fmt: skip
    for name, one in (("mat1", self), ("mat2", mat2)):
        if one.dim() != 2:
            raise RuntimeError(f"{name} must be a matrix")
    (m, k), (rows, n) = self.shape, mat2.shape
    if k != rows:
        raise RuntimeError(f"mat_a and mat_b shapes cannot be multiplied ({m}x{k} and {rows}x{n})")
    whole = scale_a.numel() == scale_b.numel() == 1
    apart = tuple(scale_a.shape) == (m, 1) and tuple(scale_b.shape) == (1, n)
    contiguous = scale_a.is_contiguous() and scale_b.is_contiguous()
    stored = self._dtype in FLOAT8 and mat2._dtype in FLOAT8
    if not (stored and scale_a._dtype is scale_b._dtype is float32 and (whole or (apart and contiguous))):
        got = [
            f"mat_{name}.dtype()={one._dtype.scalar_type}, scale_{name}.dtype()={scale._dtype.scalar_type}, "
            f"scale_{name}.size()={list(scale.shape)}"
            for name, one, scale in (("a", self, scale_a), ("b", mat2, scale_b))
        ]
        raise ValueError(
            "Invalid scaling configuration.\n"
            "- For TensorWise scaling, a and b should be float8, scales should be float and singletons.\n"
            f"- For RowWise scaling, a and b should be float8, scales should be float, scale_a should be ({m}, 1) and "
            f"scale_b should be (1, {n}), and both should be contiguous.\n"
            f"Got {got[0]}, scale_a.stride()={_strides(scale_a)}, {got[1]} and scale_b.stride()={_strides(scale_b)}"
        )
    if bias is not None and bias.numel() != n:
        raise RuntimeError(f"Bias must be size {n} but got {bias.numel()}")


def _strides(one: Tensor) -> list[int]:
    return [one.stride(dim) for dim in range(one.dim())]  # type: ignore[misc]


def _scaled(
    self: np.ndarray, mat2: np.ndarray, scale_a: np.ndarray, scale_b: np.ndarray, bias: np.ndarray | None,
    scale_result: np.ndarray | None, out_dtype: dtype | None, use_fast_accum: bool,
) -> np.ndarray:  # fmt: skip
    first, second = self.astype(np.float32), mat2.astype(np.float32)
    found = np.matmul(first * scale_a.reshape(-1, 1), second * scale_b.reshape(1, -1))
    if bias is not None:
        found = found + bias.astype(np.float32)
    return cast(found, (out_dtype or FROM_NUM[self.dtype.num]).numpy)


_scaled_mm = op(
    "_scaled_mm(Tensor self, Tensor mat2, Tensor scale_a, Tensor scale_b, Tensor? bias=None, "
    "Tensor? scale_result=None, ScalarType? out_dtype=None, bool use_fast_accum=False) -> Tensor",
    _scaled, check=_check, method=False,
)  # fmt: skip

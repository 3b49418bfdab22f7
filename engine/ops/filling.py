"""Writing every element of a tensor: copies, one number, zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import check_broadcast
from ..declare.op import EACH, op
from ..dispatch.slow import cast
from ..dtypes import FROM_NUM, number
from ..tensor import Tensor
from .creation import zeros_like

copy = op(
    "copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor",
    lambda self, src, non_blocking: _cast_to(self, src),
    self=lambda grad: zeros_like(grad),
    src=lambda grad: grad,
    tangent=lambda self, src_t: _into(self, src_t),
    check=lambda self, src, non_blocking: _check_copy(self, src),
    structural=True, numbers=True, node="CopyBackwards", method=False, inplace=True, batch=EACH,
)  # fmt: skip


def _into(self: Tensor, src_t: Tensor) -> Tensor:
    """What is written, as the whole tangent."""
    src_t = src_t.to(self.dtype)
    return src_t if src_t.shape == self.shape else src_t.broadcast_to(self.shape)


def _cast_to(self: np.ndarray, src: np.ndarray) -> np.ndarray:
    src = np.asarray(src)
    return np.broadcast_to(cast(src, self.dtype), self.shape)


def _check_copy(self: Tensor, src: Any) -> None:
    if not isinstance(src, Tensor):
        return
    try:
        np.broadcast_to(src._array, self.shape)
    except ValueError:
        check_broadcast(self, src)
        raise RuntimeError(
            f"output with shape {list(self.shape)} doesn't match the broadcast shape "
            f"{list(np.broadcast_shapes(self.shape, src.shape))}"
        ) from None


def _number_everywhere(self: np.ndarray, value: complex) -> np.ndarray:
    return np.full(self.shape, number(value, FROM_NUM[self.dtype.num]))


def _check_fill(self: Tensor, value: Tensor) -> None:
    if value.dim():
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.dim()} dimensions."
        )


fill = op(
    "fill.Tensor(Tensor self, Tensor value) -> Tensor", _cast_to,
    self=lambda grad: zeros_like(grad),
    value=lambda grad: grad.sum(),
    check=_check_fill, structural=True, node="FillBackward1", method=False, makes_real=False,
    writes=1,
)  # fmt: skip
fill = op(
    "fill.Scalar(Tensor self, Scalar value) -> Tensor", _number_everywhere,
    self=lambda grad: zeros_like(grad),
    tangent=lambda self_t: fill(self_t, 0),
    structural=True, method=False,
    writes=1,
)  # fmt: skip
op(
    "fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)", _cast_to,
    self=lambda grad: zeros_like(grad),
    value=lambda grad: grad.sum(),
    check=_check_fill, structural=True, node="FillBackward3", makes_real=False,
)  # fmt: skip
op(
    "fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)", _number_everywhere,
    self=lambda grad: zeros_like(grad),
    tangent=lambda self_t: self_t.fill(0),
    structural=True, sharing="", node="FillBackward2",
)  # fmt: skip
op(
    "zero_(Tensor(a!) self) -> Tensor(a!)", np.zeros_like,
    self=lambda grad: zeros_like(grad),
    structural=True, sharing="",
)  # fmt: skip

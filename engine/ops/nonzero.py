"""Where elements are not zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare.op import op
from ..dispatch.devices import NONZERO_ON_META
from ..dispatch.outputs import Output
from ..kernels import indexing as kernels
from ..tensor import Tensor

_LONG = Output(
    "nonzero: Expected out tensor to have scalar type {result.scalar_type} but got scalar type{out.scalar_type}"
)
_nonzero = op(
    "nonzero(Tensor self) -> Tensor", kernels.nonzero, method=False, out=_LONG, on_meta=NONZERO_ON_META, writes=1
)


def nonzero(input: Tensor, *, as_tuple: bool = False, out: Tensor | None = None) -> Any:
    """The indices of all elements that are not zero.

    Args:
        input: any tensor.
        as_tuple: one vector per dimension, instead of one row per element.
        out: where to write.

    Source: ``torch.nonzero``.
    """
    found = _nonzero(input, out=out)
    if not as_tuple:
        return found
    return found.unbind(1) if input.dim() else _nonzero(input.unsqueeze(0)).unbind(1)


Tensor.nonzero = lambda self, *, as_tuple=False: nonzero(self, as_tuple=as_tuple)
argwhere = op("argwhere(Tensor self) -> Tensor", kernels.nonzero, on_meta=NONZERO_ON_META)


def _nonzero_static(self: np.ndarray, size: int, fill_value: int) -> np.ndarray:
    """The first rows of `nonzero`, and rows of ``fill_value`` where there are no more."""
    rows = kernels.nonzero(self)[:size]
    found = np.full((size, self.ndim), fill_value, np.int64)
    found[: len(rows)] = rows
    return found


def _check_size(self: Tensor, size: int, fill_value: int) -> None:
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")


nonzero_static = op(
    "nonzero_static(Tensor self, *, SymInt size, int fill_value=-1) -> Tensor", _nonzero_static, check=_check_size,
    out=Output(f"nonzero_static: {_LONG.mismatch.removeprefix('nonzero: ')}"),
)  # fmt: skip

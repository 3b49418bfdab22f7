"""Indexing in which a mask says what counts: where it is false an index may point anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import broadcast
from ..declare.op import op
from ..dtypes import int32, int64
from ..kernels import indexing as kernels
from ..tensor import Tensor

Indices = Sequence[Tensor | None]


def _check(name: str) -> Any:
    def check(self: Tensor, mask: Tensor, indices: Indices, *_: Any) -> None:
        given = [one for one in indices if one is not None]
        for one in given:
            if one._dtype not in (int32, int64):
                raise RuntimeError(f"{name} found unexpected index type {one._dtype.scalar_type}")
        found = kernels.indexed_shape(self._array.shape, [None if one is None else one._array for one in indices])
        broadcast(mask._array.shape, found)

    return check


_unsafe_masked_index = op(
    "_unsafe_masked_index(Tensor self, Tensor mask, Tensor?[] indices, Scalar fill) -> Tensor",
    kernels.unsafe_masked_index,
    self=lambda grad, self_sym_sizes, mask, indices: _unsafe_masked_index_put_accumulate(
        grad.new_zeros(self_sym_sizes), mask, indices, grad),
    check=_check("_unsafe_masked_index"), structural=True, method=False,
)  # fmt: skip


def _put(self: np.ndarray, mask: np.ndarray, indices: Sequence[np.ndarray | None], values: np.ndarray) -> np.ndarray:
    kept = np.where(mask.astype(bool), values, np.zeros((), values.dtype))
    return kernels.index_put(self, kernels.clamped(self, indices), kept, True) if self.size else self.copy()


_unsafe_masked_index_put_accumulate = op(
    "_unsafe_masked_index_put_accumulate(Tensor self, Tensor mask, Tensor?[] indices, Tensor values) -> Tensor", _put,
    self=lambda grad: grad,
    values=lambda grad, mask, indices: _unsafe_masked_index(grad, mask, indices, 0),
    check=_check("_unsafe_masked_index_put_accumulate"), structural=True, method=False,
)  # fmt: skip

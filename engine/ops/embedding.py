"""Rows of a table by their numbers."""

from __future__ import annotations

import numpy as np

from ..declare.op import op
from ..dtypes import int32, int64
from ..kernels import embedding as kernels
from ..tensor import Tensor


def _check_embedding(weight: Tensor, indices: Tensor, *_: object) -> None:
    if weight.dim() != 2:
        raise RuntimeError("'weight' must be 2-D")
    if indices._dtype not in (int64, int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{indices.type()} instead (while checking arguments for embedding)"
        )
    if ((indices._array < 0) | (indices._array >= weight.shape[0])).any():
        raise IndexError("index out of range in self")


embedding = op(
    "embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) "
    "-> Tensor",
    lambda weight, indices, padding_idx, scale_grad_by_freq, sparse: weight[indices],
    weight=lambda grad, indices, weight_sym_argsize_0, padding_idx, scale_grad_by_freq, sparse: (
        embedding_dense_backward(grad, indices, weight_sym_argsize_0, padding_idx, scale_grad_by_freq)),
    check=_check_embedding, structural=True, method=False,
)  # fmt: skip
embedding_dense_backward = op(
    "embedding_dense_backward(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, "
    "bool scale_grad_by_freq) -> Tensor", kernels.embedding_backward,
    grad_output=lambda grad, indices, padding_idx: embedding(grad, indices).masked_fill(
        (indices == padding_idx).unsqueeze(-1), 0),
    method=False,
)  # fmt: skip


def _one_hot(self: Tensor, num_classes: int) -> Tensor:
    if self._dtype is not int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not self.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return self.new_zeros((*self.shape, num_classes))
    places = self._array
    if places.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(places.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif num_classes <= places.max():
        raise RuntimeError("Class values must be smaller than num_classes.")
    found = self.new_zeros((*self.shape, num_classes))
    np.put_along_axis(found._array, places[..., None], 1, -1)
    return found


one_hot = op("one_hot(Tensor self, int num_classes=-1) -> Tensor", composite=_one_hot, method=False)

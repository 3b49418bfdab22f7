"""Rows of a table by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.levels import is_batched
from ..declare.op import missing, not_differentiable, op, real_gradient
from ..dtypes import bfloat16, dtype, float16, float32, float64, int32, int64
from ..kernels import embedding as kernels
from ..tensor import Tensor, type_text, wrap
from .sparse_construction import sparse_of_parts

_check_real = real_gradient("embedding")


_INTEGERS: dict[dtype, str] = {int64: "Long", int32: "Int"}


def _check_embedding(weight: Tensor, indices: Tensor, *_: object) -> None:
    if weight.dim() != 2:
        raise RuntimeError("'weight' must be 2-D")
    _check_kind("indices", 1, indices, _INTEGERS, "embedding")
    if not weight.shape[0] and indices.numel():
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if ((indices._array < 0) | (indices._array >= weight.shape[0])).any():
        if not weight.shape[0]:
            raise RuntimeError("index_select(): self indexing axis dim should be positive")
        raise IndexError("index out of range in self")
    _check_real(weight)


embedding = op(
    "embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) "
    "-> Tensor",
    lambda weight, indices, padding_idx, scale_grad_by_freq, sparse: weight[indices],
    weight=lambda grad, indices, weight_sym_argsize_0, padding_idx, scale_grad_by_freq, sparse: (
        _embedding_backward(grad, indices, weight_sym_argsize_0, padding_idx, scale_grad_by_freq, sparse)),
    check=_check_embedding, structural=True, method=False,
)  # fmt: skip
embedding_dense_backward = op(
    "embedding_dense_backward(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, "
    "bool scale_grad_by_freq) -> Tensor", kernels.embedding_backward,
    grad_output=lambda grad, indices, padding_idx: embedding(grad, indices).masked_fill(
        (indices == padding_idx).unsqueeze(-1), 0),
    method=False,
)  # fmt: skip


def _embedding_backward(
    grad: Tensor, indices: Tensor, rows: int, padding_idx: int, scale_grad_by_freq: bool, sparse: bool
) -> Tensor:
    if not sparse:
        return embedding_dense_backward(grad, indices, rows, padding_idx, scale_grad_by_freq)
    if scale_grad_by_freq:
        raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
    flat, values = indices.reshape(-1), grad.reshape((-1, grad.shape[-1]))
    if padding_idx >= 0:
        kept = np.flatnonzero(flat._array != padding_idx)
        flat, values = flat.index_select(0, wrap(kept)), values.index_select(0, wrap(kept))
    return sparse_of_parts((rows, grad.shape[-1]), flat.to(int64).unsqueeze(0), values)


# Rows summed in bags.

_BAG = (
    "Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, "
    "Tensor? per_sample_weights=None, bool include_last_offset=False"
)


def check_renorm(weight: Tensor, indices: Tensor) -> None:
    """Refuse a table or places of which no rows can be shortened.

    Raises:
        RuntimeError: for a table that is not 2-d, or places of another dtype than int64 and int32.
    """
    if weight.dim() != 2:
        raise RuntimeError(
            f"Expected 2-dimensional tensor, but got {weight.dim()}-dimensional tensor for argument #1 'self' (while "
            "checking arguments for embedding_renorm_)"
        )
    _check_kind("indices", 2, indices, _INTEGERS, "embedding_renorm_")


def _check_kind(name: str, place: int, one: Tensor, wanted: dict[dtype, str], function: str = "embedding_bag") -> None:
    if one._dtype not in wanted:
        raise RuntimeError(
            f"Expected tensor for argument #{place} '{name}' to have one of the following scalar types: "
            f"{', '.join(wanted.values())}; but got {type_text(one._array, one._dtype)} instead "
            f"(while checking arguments for {function})"
        )


def _check_bags(
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: bool, mode: int, sparse: bool,
    per_sample_weights: Tensor | None, *_: object,
) -> None:  # fmt: skip
    for one in (indices, offsets):
        _check_kind("indices", 1, one, _INTEGERS)
    _check_kind("weight", 1, weight, {float16: "Half", bfloat16: "BFloat16", float32: "Float", float64: "Double"})
    if per_sample_weights is not None:
        if per_sample_weights._dtype is not weight._dtype:
            raise RuntimeError(
                "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
                f"'per_sample_weights'; but type {weight.type()} does not equal {per_sample_weights.type()} (while "
                "checking arguments for embedding_bag)"
            )
        if per_sample_weights.numel() != indices.numel():
            raise RuntimeError(
                "Expected per_sample_weights.value().numel() == indices.numel() to be true, but got false.  (Could "
                "this error message be improved?  If so, please report an enhancement request to PyTorch.)"
            )
    if offsets.numel() and offsets._array.flat[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {offsets._array.flat[0]}\n[ {offsets.type()}{{}} ]"
        )
    if offsets.numel() and offsets._array.flat[-1] > indices.numel():
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {indices.numel()} but got offsets[-1] of "
            f"{offsets._array.flat[-1]}"
        )
    wrong = np.flatnonzero((indices._array < 0) | (indices._array >= weight.shape[0]))
    if wrong.size:
        raise RuntimeError(
            f"Index {wrong[0]} of input takes value {indices._array.flat[wrong[0]]} which is not in the valid range "
            f"[0, {weight.shape[0]})"
        )


def _bag_kernel(
    weight: np.ndarray, indices: np.ndarray, offsets: np.ndarray, scale_grad_by_freq: bool, mode: int, sparse: bool,
    per_sample_weights: np.ndarray | None, include_last_offset: bool, padding_idx: int,
) -> tuple[np.ndarray, ...]:  # fmt: skip
    return kernels.embedding_bag(weight, indices, offsets, mode, per_sample_weights, include_last_offset, padding_idx)


def _bag_backward(
    grad: Tensor, indices: Tensor, offsets: Tensor, result1: Tensor, result2: Tensor, result3: Tensor,
    weight_sym_argsize_0: int, scale_grad_by_freq: bool, mode: int, sparse: bool, per_sample_weights: Tensor | None,
    padding_idx: int,
) -> Tensor:  # fmt: skip
    if sparse and mode == 2:
        raise RuntimeError("embedding_bag: max mode does not support sparse weights")
    if sparse:
        return _sparse_bags(grad, indices, offsets, mode, per_sample_weights, weight_sym_argsize_0, padding_idx)
    return _embedding_bag_backward(
        grad, indices, offsets, result1, result2, result3, weight_sym_argsize_0, scale_grad_by_freq, mode, sparse,
        per_sample_weights, padding_idx,
    )  # fmt: skip


def _sparse_bags(
    grad: Tensor, indices: Tensor, offsets: Tensor, mode: int, per_sample_weights: Tensor | None, rows: int,
    padding_idx: int,
) -> Tensor:  # fmt: skip
    """For each looked-up row the gradient of its bag, over the bag's size for a mean."""
    of = kernels.bags(offsets._array, indices.numel())
    values = grad.index_select(0, wrap(of))
    if mode == 1:
        values = values / wrap(np.bincount(of)[of].astype(grad._array.dtype)).unsqueeze(1)
    if per_sample_weights is not None:
        values = values * per_sample_weights.unsqueeze(1)
    return _embedding_backward(values, indices, rows, padding_idx, False, True)


def _per_sample_backward(
    grad: Tensor, weight: Tensor, indices: Tensor, offsets: Tensor, result1: Tensor, mode: int, padding_idx: int
) -> Tensor:
    offsets._check_readable("storage")
    return _embedding_bag_per_sample_weights_backward(grad, weight, indices, offsets, result1, mode, padding_idx)


_embedding_bag = op(
    f"_embedding_bag({_BAG}, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)", _bag_kernel,
    weight=_bag_backward, per_sample_weights=_per_sample_backward, check=_check_bags, method=False, forward=False,
)  # fmt: skip
_WEIGHTS_BACKWARD = "_embedding_bag_per_sample_weights_backward"
_embedding_bag_per_sample_weights_backward = op(
    f"{_WEIGHTS_BACKWARD}(Tensor grad, Tensor weight, Tensor indices, Tensor offsets, Tensor offset2bag, int mode, "
    "int padding_idx=-1) -> Tensor", kernels.embedding_bag_per_sample_weights_backward,
    grad=missing(_WEIGHTS_BACKWARD), weight=missing(_WEIGHTS_BACKWARD), node="NotImplemented", method=False,
)  # fmt: skip
_NO_SECOND = not_differentiable("the derivative for '_embedding_bag_backward' is not implemented.")
_embedding_bag_backward = op(
    "_embedding_bag_backward(Tensor grad, Tensor indices, Tensor offsets, Tensor offset2bag, Tensor bag_size, "
    "Tensor maximum_indices, SymInt num_weights, bool scale_grad_by_freq, int mode, bool sparse, "
    "Tensor? per_sample_weights, int padding_idx=-1) -> Tensor",
    lambda grad, indices, offsets, offset2bag, bag_size, maximum_indices, num_weights, scale_grad_by_freq, mode, sparse,
    per_sample_weights, padding_idx: kernels.embedding_bag_backward(
        grad, indices, offsets, bag_size, maximum_indices, num_weights, scale_grad_by_freq, mode, per_sample_weights,
        padding_idx),
    grad=_NO_SECOND, per_sample_weights=_NO_SECOND, method=False, forward=False,
)  # fmt: skip


def _embedding_bag_padded(*given: Any) -> Any:
    *values, padding_idx = given
    rows = values[0].shape[0]
    if padding_idx is None:
        return _embedding_bag(*values, -1)
    if not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but got {padding_idx}"
        )
    return _embedding_bag(*values, padding_idx % rows)


embedding_bag = op(
    "embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, "
    "bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx)"
    " -> (Tensor, Tensor, Tensor, Tensor)", composite=_embedding_bag_padded, method=False,
)  # fmt: skip
embedding_bag = op(
    f"embedding_bag({_BAG}) -> (Tensor, Tensor, Tensor, Tensor)", composite=lambda *given: _embedding_bag(*given, -1),
    method=False,
)  # fmt: skip


def _one_hot(self: Tensor, num_classes: int) -> Tensor:
    if self._dtype is not int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not self.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return self.new_zeros((*self.shape, num_classes))
    if not (is_batched(self) or self.is_meta) and self.min().item() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = self.max().item() + 1
    elif not (is_batched(self) or self.is_meta) and num_classes <= self.max().item():
        raise RuntimeError("Class values must be smaller than num_classes.")
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    return self.new_empty((*self.shape, num_classes)).zero_().scatter_(-1, self.unsqueeze(-1), 1)


one_hot = op("one_hot(Tensor self, int num_classes=-1) -> Tensor", composite=_one_hot, method=False)

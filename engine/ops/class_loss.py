"""Losses of scores for classes: one class an example, several, or a probability of each."""

from __future__ import annotations

import math

from ..checks import (
    not_implemented,
)
from ..declare.op import FLOATING, op
from ..dtypes import float32, float64, int64, uint8
from ..kernels import loss as kernels
from ..kernels.loss import MEAN, NONE, SUM
from ..tensor import Tensor
from .activation import log_softmax
from .loss_backward import (
    multi_margin_loss_backward,
    multilabel_margin_loss_backward,
)


def _check_weights(self: Tensor, weight: Tensor | None) -> None:
    if weight is not None and weight._dtype is not self._dtype:
        raise RuntimeError(f"expected scalar type {self._dtype.scalar_type} but found {weight._dtype.scalar_type}")


def _check_classes(self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int) -> None:
    if self.dim() <= 2 and target.dim() > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if self.dim() == 1 and target.dim() == 1 and target.numel() != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.numel()}")
    if self.dim() > 2 and target.dim() != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.dim()}"
        )
    if self.dim() > 2 and (self.shape[0], *self.shape[2:]) != tuple(target.shape):
        raise RuntimeError(f"size mismatch (got input: {list(self.shape)} , target: {list(target.shape)}")
    if target._dtype not in (int64, uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target._dtype.scalar_type}")
    classes = self.shape[min(self.dim() - 1, 1)]
    if weight is not None and weight.numel() != classes and self.dim() > 2:
        raise RuntimeError("weight tensor should be defined either for all or no classes")
    if weight is not None and (weight.dim() != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
    _check_weights(self, weight)
    places = target._array[target._array != ignore_index]
    wrong = places[(places < 0) | (places >= classes)]
    if wrong.size:
        raise IndexError(f"Target {wrong[0]} is out of bounds.")


_CLASSES = "Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index"
nll_loss_forward = op(
    f"nll_loss_forward({_CLASSES}) -> (Tensor output, Tensor total_weight)", kernels.nll,
    self=lambda grad, self, target, weight, reduction, ignore_index, total_weight: nll_loss_backward(
        grad, self, target, weight, reduction, ignore_index, total_weight),
    check=_check_classes, dtypes=FLOATING, unsupported=not_implemented("nll_loss_out_frame"), node="NllLossBackward0",
    method=False, stepwise=True,
    constants=("weight",),
)  # fmt: skip
nll_loss2d_forward = op(
    f"nll_loss2d_forward({_CLASSES}) -> (Tensor output, Tensor total_weight)", kernels.nll,
    self=lambda grad, self, target, weight, reduction, ignore_index, total_weight: nll_loss2d_backward(
        grad, self, target, weight, reduction, ignore_index, total_weight),
    check=_check_classes, dtypes=FLOATING, unsupported=not_implemented("nll_loss2d_forward_out_frame"),
    node="NllLoss2DBackward0", method=False, stepwise=True,
    constants=("weight",),
)  # fmt: skip
_CLASSES_BACKWARD = f"Tensor grad_output, {_CLASSES}, Tensor total_weight"


def _check_same_batch(self: Tensor, target: Tensor) -> None:
    """Refuse a vector with a target of one dimension, of which torch has a loss but no derivative."""
    if (self.dim(), target.dim()) != (1, 0) and self.shape[0] != target.shape[0]:
        raise RuntimeError(f"size mismatch (got input: {list(self.shape)}, target: {list(target.shape)})")


nll_loss_backward = op(
    f"nll_loss_backward({_CLASSES_BACKWARD}) -> Tensor", kernels.nll_backward,
    grad_output=lambda grad, target, weight, reduction, ignore_index: nll_loss_forward(
        grad, target, weight, reduction, ignore_index)[0],
    self=lambda grad: grad.new_zeros(grad.shape),
    check=lambda grad_output, self, target, *_: _check_same_batch(self, target), method=False,
    constants=("weight", "total_weight"),
)  # fmt: skip
nll_loss2d_backward = op(
    f"nll_loss2d_backward({_CLASSES_BACKWARD}) -> Tensor", kernels.nll_backward,
    grad_output=lambda grad, target, weight, reduction, ignore_index: nll_loss2d_forward(
        grad, target, weight, reduction, ignore_index)[0],
    self=lambda grad: grad.new_zeros(grad.shape), node="NllLoss2DBackwardBackward0", method=False,
    constants=("weight", "total_weight"),
)  # fmt: skip


def _nll_loss(self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int) -> Tensor:
    """Of any rank: images as they are, other shapes as images of one row.

    Raises:
        ValueError: if the sizes do not fit.
    """
    if self.dim() < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {self.dim()})")
    if self.dim() != 1 and self.shape[0] != (target.shape[0] if target.dim() else None):
        count = target.shape[0] if target.dim() else 0
        raise ValueError(f"Expected input batch_size ({self.shape[0]}) to match target batch_size ({count}).")
    if self.dim() <= 2:
        return nll_loss_forward(self, target, weight, reduction, ignore_index)[0]
    if self.dim() == 4:
        return nll_loss2d_forward(self, target, weight, reduction, ignore_index)[0]
    n, classes, *rest = self.shape
    if tuple(target.shape[1:]) != tuple(rest):
        raise RuntimeError(f"Expected target size {[n, *rest]}, got {list(target.shape)}")
    inner = math.prod(rest)
    image, places = self.contiguous().view((n, classes, 1, inner)), target.contiguous().view((n, 1, inner))
    found = nll_loss2d_forward(image, places, weight, reduction, ignore_index)[0]
    return found.view((n, *rest)) if reduction == NONE else found


nll_loss_nd = op(
    "nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100) "
    "-> Tensor", composite=_nll_loss, method=False,
)  # fmt: skip


def _class_weights(self: Tensor, weight: Tensor | None) -> Tensor | None:
    """The weights, in the dimension of the classes."""
    if weight is None or self.dim() == 1:
        return weight
    return weight.view((1, weight.numel(), *[1] * (self.dim() - 2)))


def _class_dim(self: Tensor) -> int:
    return 0 if self.dim() == 1 else 1


def _against_probabilities(
    self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, label_smoothing: float
) -> Tensor:
    dim = _class_dim(self)
    classes = self.size(dim)
    if weight is not None and (weight.dim() != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    if label_smoothing > 0:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    loss = log_softmax(self, dim) * target
    weights = _class_weights(self, weight)
    if weights is not None:
        loss = loss * weights
    if reduction == NONE:
        return -loss.sum(dim)
    return -loss.sum() / (self.numel() / classes if classes else math.nan) if reduction == MEAN else -loss.sum()


def _smoothed(
    self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int, label_smoothing: float
) -> Tensor:
    dim = _class_dim(self)
    logs = log_softmax(self, dim)
    nll = _nll_loss(logs, target, weight, reduction, ignore_index)
    weights = _class_weights(self, weight)
    ignored = target == ignore_index
    uniform = (-(logs if weights is None else logs * weights).sum(dim)).masked_fill(ignored, 0.0)
    if reduction == MEAN:
        if weight is None:
            uniform = uniform.sum() / (~ignored).sum()
        else:
            uniform = uniform.sum() / weight.take(target.masked_fill(ignored, 0)).masked_fill(ignored, 0).sum()
    elif reduction == SUM:
        uniform = uniform.sum()
    return (1 - label_smoothing) * nll + uniform * (label_smoothing / self.shape[dim])


def _cross_entropy(
    self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int, label_smoothing: float
) -> Tensor:
    if self.shape == target.shape:
        if target._dtype not in FLOATING:
            raise RuntimeError(
                f"Expected floating point type for target with class probabilities, got {target._dtype.scalar_type}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _against_probabilities(self, target, weight, reduction, label_smoothing)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if label_smoothing > 0:
        return _smoothed(self, target, weight, reduction, ignore_index, label_smoothing)
    return _nll_loss(log_softmax(self, _class_dim(self)), target, weight, reduction, ignore_index)


cross_entropy_loss = op(
    "cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100, "
    "float label_smoothing=0.0) -> Tensor", composite=_cross_entropy, method=False,
)  # fmt: skip


def _check_rows(self: Tensor, target: Tensor) -> None:
    if self.dim() > 2 or 0 in self.shape[-1:]:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(self.shape)}"
        )


def _check_labels(self: Tensor, target: Tensor) -> None:
    _check_rows(self, target)
    if target.numel() != self.numel() or (max(self.dim(), target.dim()) > 1 and target.shape != self.shape):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(self.shape)}")
    if self._dtype not in (float32, float64):
        raise not_implemented("multilabel_margin_loss_forward_out_frame")(self._dtype)
    if target._dtype is not int64:
        raise RuntimeError(f"expected scalar type Long but found {target._dtype.scalar_type}")
    if target.numel() and not (target._array.min() >= -1 and target._array.max() < self.shape[-1:].numel()):
        raise RuntimeError("argument #2 'target' is out of range")


multi_margin_loss = op(
    "multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, "
    "int reduction=Mean) -> Tensor", kernels.multi_margin,
    self=lambda grad, self, target, p, margin, weight, reduction: multi_margin_loss_backward(
        grad, self, target, p, margin, weight, reduction),
    check=lambda self, target, p, margin, weight, reduction: _check_multi_margin(self, target, p, weight),
    dtypes=frozenset({float32, float64}), unsupported=not_implemented("multi_margin_loss_cpu_kernel"), method=False,
    forward=False,
    constants=("weight",),
)  # fmt: skip


def _check_multi_margin(self: Tensor, target: Tensor, p: float, weight: Tensor | None) -> None:
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    _check_rows(self, target)
    if self._dtype not in (float32, float64):
        raise not_implemented("multi_margin_loss_cpu_kernel")(self._dtype)
    rows = self.shape[0] if self.dim() == 2 else 1
    if target.dim() > 1 or target.numel() != rows:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{rows}], but got {list(target.shape)}. Input has shape {list(self.shape)}."
        )
    if weight is not None and (weight.dim() > 1 or weight.numel() != (self.shape[-1] if self.dim() else 1)):
        raise RuntimeError(
            f"inconsistent weight size, expected {self.shape[-1] if self.dim() else 1} but got {list(weight.shape)}"
        )
    _check_weights(self, weight)
    if target._dtype is not int64:
        raise RuntimeError(f"expected scalar type Long but found {target._dtype.scalar_type}")
    if ((target._array < 0) | (target._array >= (self.shape[-1] if self.dim() else 1))).any():
        raise RuntimeError("target out of range")


multilabel_margin_loss_forward = op(
    "multilabel_margin_loss_forward(Tensor self, Tensor target, int reduction) -> (Tensor output, Tensor is_target)",
    kernels.multilabel_margin,
    self=lambda grad, self, target, reduction, is_target: multilabel_margin_loss_backward(
        grad, self, target, reduction, is_target),
    check=lambda self, target, reduction: _check_labels(self, target), dtypes=frozenset({float32, float64}),
    unsupported=not_implemented("multilabel_margin_loss_forward_out_frame"), node="MultilabelMarginLossBackward0",
    method=False, forward=False,
)  # fmt: skip
multilabel_margin_loss = op(
    "multilabel_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
    composite=lambda self, target, reduction: multilabel_margin_loss_forward(self, target, reduction)[0],
    method=False,
)  # fmt: skip

"""Losses.  Their ``reduction`` is 0 for none, 1 for the mean, 2 for the sum."""

from __future__ import annotations

import math

import numpy as np

from ..autograd.modes import no_grad
from ..checks import (
    broadcast,
    check_bool_subtraction,
    check_broadcast,
    check_negation,
    is_bool,
    not_implemented,
)
from ..declare.op import DEFAULT, FLOATING, LOSS, OVER, op, real_gradient
from ..dispatch.outputs import UNCASTABLE
from ..dispatch.slow import common_dtype
from ..dtypes import can_cast, dtype
from ..formulas import loss as formulas
from ..formulas.reduction import vector_norm_backward, vector_norm_tangent
from ..kernels import loss as kernels
from ..kernels.loss import MEAN, NONE, SUM
from ..kernels.reduction import vector_norm
from ..tensor import Tensor
from .activation import log_sigmoid
from .loss_backward import (
    binary_cross_entropy_backward,
    huber_loss_backward,
    mse_loss_backward,
    smooth_l1_loss_backward,
    soft_margin_loss_backward,
)
from .masking import where
from .reduction import linalg_vector_norm


def _reduced(loss: Tensor, reduction: int) -> Tensor:
    return loss.mean() if reduction == MEAN else loss.sum() if reduction == SUM else loss


# Differences.


def _writes_of_mean(self: Tensor, target: Tensor, reduction: int) -> int:
    """Those of the sum or mean of the losses, which go into one element, made before."""
    return 0 if not reduction else 2 if self._array.ndim or target._array.ndim else 1


mse_loss = op(
    "mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor", kernels.mse,
    self=lambda grad, self, target, reduction: mse_loss_backward(grad, self, target, reduction),
    target=lambda grad, self, target, reduction: mse_loss_backward(grad, target, self, reduction),
    tangent=lambda self_t, target_t, self, target, reduction: _reduced(
        mse_loss_backward(self_t.conj(), self, target, NONE).conj()
        + mse_loss_backward(target_t.conj(), target, self, NONE).conj(), reduction,
    ),
    promote=DEFAULT, dtypes=FLOATING, unsupported=not_implemented("mse_cpu"), method=False, batch=LOSS, stepwise=True,
    writes=lambda self, target, reduction, *_: _writes_of_mean(self, target, reduction),
)  # fmt: skip

l1_loss = op(
    "l1_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
    composite=lambda self, target, reduction: _reduced((self - target).abs(), reduction), method=False,
)  # fmt: skip


def _check_smooth_l1(self: Tensor, target: Tensor, reduction: int, beta: float) -> None:
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")


smooth_l1_loss = op(
    "smooth_l1_loss(Tensor self, Tensor target, int reduction=Mean, float beta=1.0) -> Tensor", kernels.smooth_l1,
    self=lambda grad, self, target, reduction, beta: smooth_l1_loss_backward(grad, self, target, reduction, beta),
    target=lambda grad, self, target, reduction, beta: smooth_l1_loss_backward(grad, target, self, reduction, beta),
    tangent=lambda self_t, target_t, self, target, reduction, beta: _reduced(
        smooth_l1_loss_backward(self_t.conj(), self, target, NONE, beta).conj()
        + smooth_l1_loss_backward(target_t.conj(), target, self, NONE, beta).conj(), reduction,
    ),
    check=_check_smooth_l1, promote=DEFAULT, dtypes=FLOATING, unsupported=not_implemented("smooth_l1_cpu"),
    method=False, batch=LOSS,
    writes=lambda self, target, reduction, *_: _writes_of_mean(self, target, reduction),
)  # fmt: skip


def _check_huber(self: Tensor, target: Tensor, reduction: int, delta: float) -> None:
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    common = common_dtype((self, target))
    _check_written(self, common)
    if common not in FLOATING:
        raise not_implemented("huber_cpu")(common)
    check_broadcast(self, target)


def _check_written(self: Tensor, common: dtype) -> None:
    """Refuse a loss that cannot be written in the dtype of the input, where torch computes it."""
    if not can_cast(common, self._dtype):
        raise RuntimeError(UNCASTABLE.format(result=common, out=self._dtype))


def _huber_gradient(grad: Tensor, self: Tensor, target: Tensor, reduction: int, delta: float) -> Tensor:
    if self._dtype is not target._dtype:
        raise RuntimeError(f"Found dtype {target._dtype.scalar_type} but expected {self._dtype.scalar_type}")
    return huber_loss_backward(grad, self, target, reduction, delta)


huber_loss = op(
    "huber_loss(Tensor self, Tensor target, int reduction=Mean, float delta=1.0) -> Tensor", kernels.huber,
    self=lambda grad, self, target, reduction, delta: _huber_gradient(grad, self, target, reduction, delta),
    target=lambda grad, self, target, reduction, delta: _huber_gradient(grad, target, self, reduction, delta),
    tangent=lambda self_t, target_t, self, target, reduction, delta: _reduced(
        huber_loss_backward(self_t.conj(), self, target, NONE, delta).conj()
        + huber_loss_backward(target_t.conj(), target, self, NONE, delta).conj(), reduction,
    ),
    check=_check_huber, structural=True, method=False, batch=LOSS,
)  # fmt: skip

# Two classes.


def _check_probabilities(self: Tensor, target: Tensor, weight: Tensor | None, reduction: int) -> None:
    if target._dtype is not self._dtype:
        raise RuntimeError(f"Found dtype {target._dtype.scalar_type} but expected {self._dtype.scalar_type}")
    if self._dtype in FLOATING and not ((self._array >= 0) & (self._array <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    _check_weight_fits(self, weight)


def _check_weight_fits(loss: Tensor, weight: Tensor | None) -> None:
    """Refuse a weight that would make the loss larger, with which torch multiplies it in place."""
    shape = broadcast(loss.shape, () if weight is None else weight.shape)
    if shape != tuple(loss.shape):
        raise RuntimeError(f"output with shape {list(loss.shape)} doesn't match the broadcast shape {list(shape)}")


binary_cross_entropy = op(
    "binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean) -> Tensor",
    lambda self, target, weight, reduction, rounded=np.asarray: kernels.binary_cross_entropy(
        self, target, weight if weight is None else weight.astype(self.dtype, copy=False), reduction, rounded),
    self=lambda grad, self, target, weight, reduction: binary_cross_entropy_backward(
        grad, self, target, weight, reduction),
    target=lambda grad, self, target, weight, reduction: formulas.binary_cross_entropy_target_backward(
        grad, self, weight, reduction),
    tangent=lambda self_t, target_t, self, target, weight, reduction: _reduced(
        binary_cross_entropy_backward(self_t, self, target, weight, NONE)
        + formulas.binary_cross_entropy_target_backward(target_t, self, weight, NONE), reduction,
    ),
    check=_check_probabilities, dtypes=FLOATING, unsupported=not_implemented("binary_cross_entropy"), method=False,
    batch=LOSS, stepwise=True,
    constants=("weight",),
)  # fmt: skip


def _check_logits(
    self: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: int
) -> None:
    if self._dtype in FLOATING and is_bool(target):
        check_bool_subtraction(target, target, 1)
    common = common_dtype((self, target))
    if not can_cast(common, target._dtype):
        raise RuntimeError(UNCASTABLE.format(result=common, out=target._dtype))
    check_broadcast(pos_weight, self, target)
    _check_weight_fits(self, pos_weight)
    _check_weight_fits(self, weight)


binary_cross_entropy_with_logits = op(
    "binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, "
    "int reduction=Mean) -> Tensor", kernels.binary_cross_entropy_with_logits,
    self=lambda grad, self, target, weight, pos_weight, reduction: formulas.logits_backward(
        grad, self, target, weight, pos_weight, reduction),
    target=lambda grad, self, target, weight, pos_weight, reduction: formulas.logits_target_backward(
        grad, self, weight, pos_weight, reduction, log_sigmoid),
    tangent=lambda self_t, target_t, self, target, weight, pos_weight, reduction: _reduced(
        formulas.logits_backward(self_t, self, target, weight, pos_weight, NONE)
        + formulas.logits_target_backward(target_t, self, weight, pos_weight, NONE, log_sigmoid), reduction,
    ),
    check=_check_logits, dtypes=FLOATING, unsupported=not_implemented("log_sigmoid_cpu"), structural=True, method=False,
    constants=("weight", "pos_weight"),
)  # fmt: skip


def _check_soft_margin(self: Tensor, target: Tensor, reduction: int) -> None:
    shape = broadcast(tuple(self.shape), tuple(target.shape))
    if shape != tuple(self.shape):
        raise RuntimeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(shape)}")
    check_negation(self)  # torch negates the target into a tensor of this dtype
    _check_written(self, common_dtype((self, target)))
    _check_written(self, common_dtype((self, 1.0)))
    real_gradient("soft_margin_loss")(self)


soft_margin_loss = op(
    "soft_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor", kernels.soft_margin,
    self=lambda grad, self, target, reduction: soft_margin_loss_backward(grad, self, target, reduction),
    tangent=lambda self_t, self, target, reduction: _reduced(
        soft_margin_loss_backward(self_t.conj(), self, target, NONE).conj(), reduction
    ),
    check=_check_soft_margin, structural=True, method=False,
    constants=("target",),
)  # fmt: skip

# Written on tensors.


def _kl_div(self: Tensor, target: Tensor, reduction: int, log_target: bool) -> Tensor:
    if self._dtype.is_complex or target._dtype.is_complex:
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if self._dtype not in FLOATING or target._dtype not in FLOATING:
        raise RuntimeError("kl_div: Integral inputs not supported.")
    # Of two operands C++ computes the second one first, and their nodes run in the opposite order.
    if log_target:
        difference = target - self
        return _reduced(target.exp() * difference, reduction)
    product = target * self
    return _reduced(target.xlogy(target) - product, reduction)


kl_div = op(
    "kl_div(Tensor self, Tensor target, int reduction=Mean, *, bool log_target=False) -> Tensor", composite=_kl_div,
    method=False,
)  # fmt: skip


def _poisson(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    product = target * (input if log_input else (input + eps).log())
    loss = (input.exp() if log_input else input) - product
    if full:
        half = 0.5 * (2 * math.pi * target).log()
        stirling = target * target.log() - target + half
        loss += stirling.masked_fill(target <= 1, 0)
    return _reduced(loss, reduction)


poisson_nll_loss = op(
    "poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor",
    composite=_poisson, method=False,
)  # fmt: skip


def _hinge_embedding(self: Tensor, target: Tensor, margin: float, reduction: int) -> Tensor:
    zeros = self.new_zeros(self.shape)
    far = where(target != 1, (self.new_full((), margin) - self).clamp_min(0), zeros)
    return _reduced(far + where(target != -1, self, zeros), reduction)


hinge_embedding_loss = op(
    "hinge_embedding_loss(Tensor self, Tensor target, float margin=1.0, int reduction=Mean) -> Tensor",
    composite=_hinge_embedding, method=False,
)  # fmt: skip


def _cosine_embedding(input1: Tensor, input2: Tensor, target: Tensor, margin: float, reduction: int) -> Tensor:
    if target.dim() > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.dim() != target.dim() + 1 or input2.dim() != target.dim() + 1:
        number = "1D target tensor expects 2D input tensors" if target.dim() else (
            "0D target tensor expects 1D input tensors")  # fmt: skip
        sizes = f"{list(input1.shape)} and {list(input2.shape)}"
        raise RuntimeError(f"{number}, but found inputs with sizes {sizes}.")
    product = (input1 * input2).sum(target.dim())
    first, second = ((one * one).sum(target.dim()) + 1e-12 for one in (input1, input2))
    cosine = product / (first * second).sqrt()
    zeros = cosine.new_zeros(cosine.shape)
    near = where(target == 1, cosine.new_ones(()) - cosine, zeros)
    return _reduced(near + where(target == -1, (cosine - margin).clamp_min(0), zeros), reduction)


cosine_embedding_loss = op(
    "cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) "
    "-> Tensor",
    composite=_cosine_embedding, method=False,
)  # fmt: skip


def _margin_ranking(input1: Tensor, input2: Tensor, target: Tensor, margin: float, reduction: int) -> Tensor:
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    difference = input1 - input2  # first: two bools are refused there
    return _reduced((-target * difference + margin).clamp_min_(0), reduction)


margin_ranking_loss = op(
    "margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) -> Tensor",
    composite=_margin_ranking, method=False,
)  # fmt: skip

_norm = op(
    "norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
    lambda self, p, dim, keepdim: vector_norm(self, p, dim, keepdim, None),
    self=lambda grad, self, p, dim, keepdim, result: vector_norm_backward(grad, self, p, result, dim, keepdim),
    tangent=lambda self_t, self, p, result, dim, keepdim: vector_norm_tangent(
        self_t, self, 2 if p is None else p, result, dim, keepdim
    ),
    node="NormBackward1", name="_norm", method=False, batch=OVER,
)  # fmt: skip


def _pairwise_distance(x1: Tensor, x2: Tensor, p: float, eps: float, keepdim: bool) -> Tensor:
    return _norm(x1 - x2 + eps, p, (max(x1.dim(), x2.dim()) - 1,), keepdim)


pairwise_distance = op(
    "pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor",
    composite=_pairwise_distance, method=False,
)  # fmt: skip


def _cosine_similarity(x1: Tensor, x2: Tensor, dim: int, eps: float) -> Tensor:
    common = common_dtype((x1, x2))
    if common not in FLOATING:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {common.scalar_type}")
    check_broadcast(x1, x2)
    alike = x1.shape == x2.shape
    shape = tuple(np.broadcast_shapes(tuple(x1.shape), tuple(x2.shape)))
    units = []
    for one in (x1, x2):
        full = one.to(common) if alike else one.to(common).expand(shape)
        norm = linalg_vector_norm(full, 2, (dim,), True).clone()
        with no_grad():
            norm.clamp_min_(eps)
        units.append(full / norm)
    return (units[0] * units[1]).sum(dim)


cosine_similarity = op(
    "cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor", composite=_cosine_similarity,
    method=False,
)  # fmt: skip


def _triplet_margin(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float, p: float, eps: float, swap: bool, reduction: int
) -> Tensor:
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )
    near = _pairwise_distance(anchor, positive, p, eps, False)
    far = _pairwise_distance(anchor, negative, p, eps, False)
    if swap:
        far = far.minimum(_pairwise_distance(positive, negative, p, eps, False))
    return _reduced((margin + near - far).clamp_min(0), reduction)


triplet_margin_loss = op(
    "triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, "
    "float eps=1e-06, bool swap=False, int reduction=Mean) -> Tensor", composite=_triplet_margin, method=False,
)  # fmt: skip

"""Gradients of losses, each an operation with derivatives of its own, as torch records them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..checks import check_negation, not_implemented
from ..declare.op import missing, op
from ..dtypes import STORED
from ..formulas import loss as formulas
from ..kernels import loss as kernels
from ..kernels.loss import NONE
from ..tensor import Tensor


def _of_grad(backward: Callable[[], Any]) -> Callable[..., Tensor]:
    """The formula for what arrives at a gradient: its value there, summed if the loss is one number."""

    def formula(
        grad: Tensor, grad_output: Tensor, self: Tensor, target: Tensor, reduction: int, *bound: float
    ) -> Tensor:
        if reduction == NONE:
            return backward()(grad, self, target, reduction, *bound)
        return (backward()(grad_output.new_ones(grad_output.shape), self, target, reduction, *bound) * grad).sum()

    return formula


_smooth_l1_of_grad, _huber_of_grad, _soft_margin_of_grad = map(
    _of_grad,
    (lambda: smooth_l1_loss_backward, lambda: huber_loss_backward, lambda: soft_margin_loss_backward),
)


def _mse_grad(grad: Tensor, self: Tensor, target: Tensor, reduction: int) -> Tensor:
    found = mse_loss_backward(grad, self, target, reduction)
    return found if reduction == NONE else found.sum()


mse_loss_backward = op(
    "mse_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction) -> Tensor", kernels.mse_backward,
    grad_output=lambda grad, self, target, reduction: _mse_grad(grad, self, target, reduction),
    self=lambda grad, grad_output, reduction: formulas.mse_twice(grad * grad_output, reduction),
    target=lambda grad, grad_output, reduction: -formulas.mse_twice(grad * grad_output, reduction),
    tangent=lambda grad_output_t, self_t, target_t, grad_output, self, target, reduction: (
        formulas.mse_twice(self_t * grad_output, reduction) - formulas.mse_twice(target_t * grad_output, reduction)
        + mse_loss_backward(grad_output_t, self, target, reduction)
    ),
    method=False, stepwise=True,
)  # fmt: skip
smooth_l1_loss_backward = op(
    "smooth_l1_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, float beta) -> Tensor",
    kernels.smooth_l1_backward,
    grad_output=lambda grad, grad_output, self, target, reduction, beta: _smooth_l1_of_grad(
        grad, grad_output, self, target, reduction, beta),
    self=lambda grad, grad_output, self, target, reduction, beta: formulas.smooth_l1_twice(
        grad * grad_output, self, target, reduction, beta),
    target=lambda grad, grad_output, self, target, reduction, beta: -formulas.smooth_l1_twice(
        grad * grad_output, self, target, reduction, beta),
    tangent=lambda grad_output_t, self_t, target_t, grad_output, self, target, reduction, beta: (
        formulas.smooth_l1_twice(self_t * grad_output, self, target, reduction, beta)
        - formulas.smooth_l1_twice(target_t * grad_output, self, target, reduction, beta)
        + smooth_l1_loss_backward(grad_output_t, self, target, reduction, beta)
    ),
    node="SmoothL1LossBackwardBackward0", method=False,
)  # fmt: skip
huber_loss_backward = op(
    "huber_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, float delta) -> Tensor",
    kernels.huber_backward,
    grad_output=lambda grad, grad_output, self, target, reduction, delta: _huber_of_grad(
        grad, grad_output, self, target, reduction, delta),
    self=lambda grad, grad_output, self, target, reduction, delta: formulas.huber_twice(
        grad * grad_output, self, target, reduction, delta),
    target=lambda grad, grad_output, self, target, reduction, delta: -formulas.huber_twice(
        grad * grad_output, self, target, reduction, delta),
    method=False, forward=False,
)  # fmt: skip


def _check_signs(grad_output: Tensor, self: Tensor, target: Tensor, reduction: int) -> None:
    check_negation(target)
    if target._dtype in STORED:
        raise not_implemented("neg_cpu")(target._dtype)


soft_margin_loss_backward = op(
    "soft_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction) -> Tensor",
    kernels.soft_margin_backward,
    grad_output=lambda grad, grad_output, self, target, reduction: _soft_margin_of_grad(
        grad, grad_output, self, target, reduction),
    self=lambda grad, grad_output, self, target, reduction: formulas.soft_margin_twice(
        grad * grad_output, self, target, reduction),
    check=_check_signs, structural=True, method=False, forward=False,
    constants=("target",),
)  # fmt: skip
binary_cross_entropy_backward = op(
    "binary_cross_entropy_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight=None, "
    "int reduction=Mean) -> Tensor", kernels.binary_cross_entropy_backward,
    grad_output=lambda grad, self, target, weight, reduction: formulas.binary_cross_entropy_of_grad(
        grad, self, target, weight, reduction),
    self=lambda grad, grad_output, self, target, weight, reduction: formulas.binary_cross_entropy_twice(
        grad * grad_output, self, target, weight, reduction),
    target=lambda grad, grad_output, self, target, weight, reduction: formulas.binary_cross_entropy_twice_by_target(
        -grad * grad_output, self, weight, reduction),
    method=False,
    constants=("weight",),
)  # fmt: skip

# Torch has no derivatives of these.
_MULTI, _MULTILABEL = missing("multi_margin_loss_backward"), missing("multilabel_margin_loss_backward")
multi_margin_loss_backward = op(
    "multi_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, Scalar p, Scalar margin, "
    "Tensor? weight=None, int reduction=Mean) -> Tensor", kernels.multi_margin_backward,
    grad_output=_MULTI, self=_MULTI, node="NotImplemented", method=False,
)  # fmt: skip
multilabel_margin_loss_backward = op(
    "multilabel_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, Tensor is_target) "
    "-> Tensor", kernels.multilabel_margin_backward,
    grad_output=_MULTILABEL, self=_MULTILABEL, node="NotImplemented", method=False,
)  # fmt: skip

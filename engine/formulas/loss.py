"""Derivatives of losses.  ``reduction`` is 0 for none, 1 for the mean, 2 for the sum."""

from __future__ import annotations

from collections.abc import Callable

from ..autograd.levels import is_wrapped
from ..autograd.modes import GRAD
from ..tensor import Tensor
from .arithmetic import constant


def averaged(found: Tensor, reduction: int) -> Tensor:
    """Divided by the number of elements, for the mean."""
    return found.div_(found.numel()) if reduction == 1 else found


def mse_twice(grad: Tensor, reduction: int) -> Tensor:
    """The second derivative: two."""
    return averaged(2 * grad, reduction)


def smooth_l1_twice(grad: Tensor, self: Tensor, target: Tensor, reduction: int, beta: float) -> Tensor:
    """The second derivative: constant up to ``beta``, then zero."""
    if beta == 0:
        return grad.new_zeros(grad.shape)
    return averaged(grad * ((self - target).abs() < beta).type_as(grad) / beta, reduction)


def huber_twice(grad: Tensor, self: Tensor, target: Tensor, reduction: int, delta: float) -> Tensor:
    """The second derivative: one up to ``delta``, then zero."""
    return averaged(grad * ((self - target).abs() < delta), reduction)


def soft_margin_twice(grad: Tensor, self: Tensor, target: Tensor, reduction: int) -> Tensor:
    """The second derivative, by the odds of the other side."""
    odds = (self * -target).exp()
    whole = odds + 1
    return averaged(grad * (target * target) * odds / (whole * whole), reduction)


_TINY = 1e-12
"""What probabilities are kept away from zero by."""


def _weigh(found: Tensor, weight: Tensor | None) -> Tensor:
    return found if weight is None else found.mul_(weight)


def binary_cross_entropy_target_backward(grad: Tensor, self: Tensor, weight: Tensor | None, reduction: int) -> Tensor:
    """The opposite of the logit."""
    return averaged(_weigh(self.logit().neg_().mul_(grad), weight), reduction)


def binary_cross_entropy_of_grad(
    grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, reduction: int
) -> Tensor:
    """What of a gradient's gradient arrives at the loss's."""
    slope = (self - target) / ((self + _TINY) * (constant(1, self) - self + _TINY))
    found = _weigh(slope * grad, weight)
    return found if reduction == 0 else averaged(found, reduction).sum()


def binary_cross_entropy_twice(
    grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, reduction: int
) -> Tensor:
    """The second derivative."""
    spread = (self + _TINY).pow(2) * (constant(1, self) - self + _TINY).pow(2)
    found = _weigh(((self * self - 2 * self * target + target) / spread).mul_(grad), weight)
    return found / found.numel() if reduction == 1 else found


def binary_cross_entropy_twice_by_target(grad: Tensor, self: Tensor, weight: Tensor | None, reduction: int) -> Tensor:
    """The second derivative, by the target."""
    found = _weigh(grad, weight).div_(((constant(1, self) - self) * self).clamp(min=_TINY))
    return averaged(found, reduction)


def logits_backward(
    grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: int
) -> Tensor:
    """The probability less the target; in place, which the version shows, unless a graph may need it."""
    weighted = None if pos_weight is None else pos_weight * target
    if GRAD.get() or is_wrapped(grad, self, target):
        found = self.sigmoid() - target
        if weighted is not None:
            found = (weighted + 1 - target) * self.sigmoid() - weighted
        found = found * grad
        return averaged(found if weight is None else found * weight, reduction)
    if weighted is None:
        found = self.sigmoid().sub_(target)
    else:
        found = (weighted + 1).sub_(target).mul_(self.sigmoid()).sub_(weighted)
    found.mul_(grad)
    return averaged(found if weight is None else found.mul_(weight), reduction)


def logits_target_backward(
    grad: Tensor, self: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: int,
    log_sigmoid: Callable[[Tensor], Tensor],
) -> Tensor:  # fmt: skip
    """The opposite of the logit."""
    if pos_weight is None:
        found = -self * grad
    else:
        found = log_sigmoid(-self).sub_(log_sigmoid(self).mul_(pos_weight)).mul_(grad)
    return averaged(_weigh(found, weight), reduction)

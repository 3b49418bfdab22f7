"""Derivatives of losses.  ``reduction`` is 0 for none, 1 for the mean, 2 for the sum."""

from __future__ import annotations

from ..tensor import Tensor


def share(grad: Tensor, self: Tensor, reduction: int) -> Tensor:
    """What of the loss's gradient belongs to each element."""
    return grad / self.numel() if reduction == 1 else grad


def smooth_l1_backward(grad: Tensor, self: Tensor, target: Tensor, reduction: int, beta: float) -> Tensor:
    """The difference up to ``beta``, then its sign."""
    difference = self - target
    inside = difference.abs() < beta
    slope = (difference / beta if beta else difference).where(inside, difference.sign())
    return share(grad, self, reduction) * slope


def huber_backward(grad: Tensor, self: Tensor, target: Tensor, reduction: int, delta: float) -> Tensor:
    """The difference up to ``delta``, then its sign times ``delta``."""
    return share(grad, self, reduction) * (self - target).clamp(-delta, delta)


def binary_cross_entropy_backward(
    grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, reduction: int
) -> Tensor:
    """The difference over the variance, which is not taken as less than 1e-12."""
    found = share(grad, self, reduction) * (self - target) / ((1 - self) * self).clamp(min=1e-12)
    return found if weight is None else found * weight


def binary_cross_entropy_target_backward(grad: Tensor, self: Tensor, weight: Tensor | None, reduction: int) -> Tensor:
    """The opposite of the logit."""
    found = share(grad, self, reduction) * ((1 - self).log().clamp(min=-100) - self.log().clamp(min=-100))
    return found if weight is None else found * weight


def logits_backward(
    grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: int
) -> Tensor:
    """The probability less the target."""
    if pos_weight is None:
        found = self.sigmoid() - target
    else:
        weighted = pos_weight * target
        found = (weighted + 1 - target) * self.sigmoid() - weighted
    found = share(grad, self, reduction) * found
    return found if weight is None else found * weight


def logits_target_backward(
    grad: Tensor, self: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: int
) -> Tensor:
    """The opposite of the logit."""
    found = -self
    if pos_weight is not None:
        found = -(self.sigmoid().log() * pos_weight) + (-self).sigmoid().log()
    found = share(grad, self, reduction) * found
    return found if weight is None else found * weight


def soft_margin_backward(grad: Tensor, self: Tensor, target: Tensor, reduction: int) -> Tensor:
    """The target times the probability of the other."""
    return share(grad, self, reduction) * -target * (-target * self).sigmoid()


def multi_margin_backward(
    grad: Tensor, self: Tensor, target: Tensor, p: float, margin: float, weight: Tensor | None, reduction: int
) -> Tensor:
    """To each class within the margin, and against the right one."""
    rows = self.detach().reshape(1, -1) if self.dim() < 2 else self.detach()
    places = target.reshape(-1, 1)
    gap = margin - rows.gather(1, places) + rows
    slope = (gap > 0).to(self.dtype) if p == 1 else 2 * gap.clamp(min=0)
    if weight is not None:
        slope = slope * weight.take(places)
    slope = slope.scatter(1, places, 0.0)
    slope = slope.scatter(1, places, -slope.sum(1, keepdim=True)) / rows.shape[1]
    if reduction == 1:
        slope = slope / rows.shape[0]
    return (slope * grad.reshape(-1, 1)).reshape(self.shape)

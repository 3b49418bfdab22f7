"""Losses: differences element by element, and the negative log-likelihood of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import bfloat16
from ..strides import in_order_of
from .pointwise import promoted
from .rounding import Rounding, rounding_to, wide
from .sums import add_up, add_up_losses
from .transcendental import exp, log, log1p

Array = np.ndarray
NONE, MEAN, SUM = range(3)
"""How the elements of a loss are reduced."""


def reduced(loss: Array, reduction: int) -> Array:
    """The elements, their mean, or their sum."""
    if reduction == NONE:
        return loss
    total = add_up(loss, None)
    return np.true_divide(total, loss.dtype.type(loss.size)) if reduction == MEAN else total


def mse(self: Array, target: Array, reduction: int, rounded: Rounding = np.asarray) -> Array:
    """The squared difference."""
    return reduced(rounded(np.square(rounded(self - target))), reduction)


def mse_backward(
    grad_output: Array, self: Array, target: Array, reduction: int, rounded: Rounding = np.asarray
) -> Array:
    """Twice the difference, times what came; for the mean divided by the number of elements."""
    factor = 2.0 / self.size if reduction == MEAN and self.size else 2.0
    return rounded(rounded(self - target) * rounded(np.asarray(factor, self.dtype))) * grad_output


def smooth_l1(self: Array, target: Array, reduction: int, beta: float) -> Array:
    """A parabola up to a difference of ``beta``, then a line of slope one."""
    size = np.abs(self - target)
    if beta == 0:
        return reduced(size, reduction)
    one = size.dtype.type
    return reduced(np.where(size < beta, one(0.5) * size * size / one(beta), size - one(0.5 * beta)), reduction)


def _written(loss: Array, d: np.dtype, reduction: int) -> Array:
    """The elements written into a tensor of a dtype, and reduced there."""
    return reduced(wide(loss.astype(d)), reduction).astype(d)


def huber(self: Array, target: Array, reduction: int, delta: float) -> Array:
    """A parabola up to a difference of ``delta``, then a line of slope ``delta``; in the dtype of ``self``."""
    first, second = promoted(self, target)
    size = np.abs(wide(first) - wide(second))
    if first.dtype == bfloat16.numpy:  # float16's is not rounded
        size = rounding_to(first.dtype)(size)
    one = size.dtype.type
    loss = np.where(size <= delta, one(0.5) * size * size, one(delta) * (size - one(0.5 * delta)))
    return in_order_of(_written(loss, self.dtype, reduction), (self, target))


def smooth_l1_backward(grad_output: Array, self: Array, target: Array, reduction: int, beta: float) -> Array:
    """The difference over ``beta`` up to that, then its sign."""
    difference = self - target
    one = difference.dtype.type
    norm = _share(self, reduction)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = norm * difference * grad_output / one(beta)
    sign = np.where(difference <= -beta, -norm, norm)
    return np.where(np.abs(difference) >= beta, sign * grad_output, inside).astype(self.dtype, copy=False)


def huber_backward(grad_output: Array, self: Array, target: Array, reduction: int, delta: float) -> Array:
    """The difference up to ``delta``, then its sign times ``delta``."""
    difference = self - target
    norm = _share(self, reduction)
    return norm * np.clip(difference, -delta, delta) * grad_output


def soft_margin_backward(grad_output: Array, self: Array, target: Array, reduction: int) -> Array:
    """The target times the probability of the other side, in the dtype of ``self``."""
    rounded, in_common = rounding_to(self.dtype), rounding_to(np.result_type(*promoted(self, target)))
    logits, signs = wide(self), wide(target)
    odds = in_common(exp(in_common(in_common(-signs) * logits)))
    share = 1 / self.size if reduction == MEAN and self.size else 1
    found = rounded(rounded(signs * odds) * -share)
    return (rounded(found / in_common(odds + 1)) * wide(grad_output)).astype(self.dtype)


def _share(self: Array, reduction: int) -> Any:
    """By how much of the loss each element counts."""
    return self.dtype.type(1 / self.size if reduction == MEAN and self.size else 1)


def binary_cross_entropy(
    self: Array, target: Array, weight: Array | None, reduction: int, rounded: Rounding = np.asarray
) -> Array:
    """Of probabilities; their logarithms are at least -100."""
    least = self.dtype.type(-100)
    no, yes = (np.maximum(rounded(one), least) for one in (log1p(-self), log(self)))
    found = rounded(rounded(rounded(target - 1) * no) - rounded(target * yes))
    return reduced(found if weight is None else rounded(found * weight), reduction)


def binary_cross_entropy_backward(
    grad_output: Array, self: Array, target: Array, weight: Array | None, reduction: int
) -> Array:
    """The difference over the variance, which is not taken as less than 1e-12."""
    one = self.dtype.type
    found = grad_output * (self - target) / np.maximum((1 - self) * self, one(1e-12))
    found = found if weight is None else found * weight
    return found / one(self.size) if reduction == MEAN else found


def binary_cross_entropy_with_logits(
    self: Array, target: Array, weight: Array | None, pos_weight: Array | None, reduction: int
) -> Array:
    """Of logits, without overflow; in the dtype of the target, in which torch computes in place."""
    rounded = rounding_to(target.dtype)
    logits, share = wide(self), wide(target)
    log_sigmoid = rounding_to(self.dtype)(np.minimum(logits, 0) - log1p(exp(-np.abs(logits))))
    found = rounded(rounded(1 - share) * logits)
    if pos_weight is not None:
        in_common = rounding_to(np.result_type(*promoted(pos_weight, target)))
        factor = in_common(in_common(in_common(wide(pos_weight) - 1) * share) + 1)
        log_sigmoid = in_common(factor * log_sigmoid)
    found = rounded(found - log_sigmoid)
    return _written(found if weight is None else rounded(found * wide(weight)), target.dtype, reduction)


def nll(
    self: Array, target: Array, weight: Array | None, reduction: int, ignore_index: int,
    rounded: Rounding | None = None,
) -> tuple[Array, Array]:  # fmt: skip
    """The negative log-probability of each target, weighted; and the sum of the weights.

    Classes are in dimension 1 of ``self``, or 0 if that is all it has.
    """
    zero = self.dtype.type(0)
    target, place, ignored = _classes(self, target, ignore_index)
    dim = min(self.ndim - 1, 1)
    loss = -_at_classes(self, place, dim) if self.shape[dim] else np.zeros(target.shape, self.dtype)
    if weight is not None:
        weights = np.asarray(weight[place]) if self.shape[dim] else np.zeros_like(loss)
        loss = loss * weights if rounded is None else rounded(loss * weights)
    if ignored is not None:
        loss = np.where(ignored, zero, loss)
    if reduction == NONE:
        return loss, np.asarray(zero)
    summed = add_up_losses(loss, rounded)
    if weight is None:
        total = np.asarray(loss.size if ignored is None else loss.size - np.count_nonzero(ignored), self.dtype)
    else:
        total = add_up_losses(weights if ignored is None else np.where(ignored, zero, weights), rounded)
    return np.asarray(summed / total if reduction == MEAN else summed), np.asarray(total)


def _classes(self: Array, target: Array, ignore_index: int) -> tuple[Array, Array, Array | None]:
    """The targets, as places within the classes, and which of them are to be ignored, if any is."""
    target = target.reshape(()) if self.ndim == 1 else target
    ignored = target == ignore_index
    return (target, np.where(ignored, 0, target), ignored) if ignored.any() else (target, target, None)


def _at_classes(self: Array, place: Array, dim: int) -> Array:
    """The number of each target's class."""
    if self.ndim == 2:
        return self[np.arange(len(place)), place]
    return np.take_along_axis(self, np.expand_dims(place, dim), dim).squeeze(dim)


def soft_margin(self: Array, target: Array, reduction: int) -> Array:
    """``log(1 + exp(-target * self))``, in the dtype of ``self``."""
    rounded = rounding_to(self.dtype)
    signs = rounded(-target.astype(self.dtype))
    return _written(rounded(log1p(rounded(exp(rounded(signs * wide(self)))))), self.dtype, reduction)


def multi_margin(self: Array, target: Array, p: float, margin: float, weight: Array | None, reduction: int) -> Array:
    """How much the other classes come within the margin of the right one, over the number of classes."""
    rows = np.atleast_2d(self)
    places = np.atleast_1d(target)
    found = np.maximum(margin - np.take_along_axis(rows, places[:, None], 1) + rows, 0) ** p
    if weight is not None:
        found = found * weight[places][:, None]
    np.put_along_axis(found, places[:, None], 0, 1)
    each = (np.add.accumulate(found, 1)[:, -1] / self.dtype.type(rows.shape[1])).astype(self.dtype)
    return reduced(each if self.ndim > 1 else each.reshape(target.shape), reduction)


def multi_margin_backward(
    grad_output: Array, self: Array, target: Array, p: float, margin: float, weight: Array | None, reduction: int
) -> Array:
    """To each class within the margin, and against the right one."""
    rows, places = np.atleast_2d(self), np.atleast_1d(target)[:, None]
    gap = margin - np.take_along_axis(rows, places, 1) + rows
    share = self.dtype.type(1 / max(rows.size if reduction == MEAN else rows.shape[1], 1))
    slope = np.broadcast_to(share, gap.shape) if p == 1 else 2 * share * gap
    if weight is not None:
        slope = slope * weight[places]
    slope = np.where(gap > 0, slope, 0).astype(self.dtype)
    np.put_along_axis(slope, places, 0, 1)
    np.put_along_axis(slope, places, 0 - slope.sum(1, keepdims=True), 1)
    return (slope * grad_output.reshape(-1, 1)).reshape(self.shape)


def nll_backward(
    grad_output: Array, self: Array, target: Array, weight: Array | None, reduction: int, ignore_index: int,
    total_weight: Array,
) -> Array:  # fmt: skip
    """The negative weight, at the target of each row."""
    dim = min(self.ndim - 1, 1)
    target, place, ignored = _classes(self, target, ignore_index)
    given = -(grad_output / total_weight if reduction == MEAN else grad_output)
    given = np.asarray(given if weight is None else given * weight[place]).astype(self.dtype, copy=False)
    if ignored is not None:
        given = np.where(ignored, self.dtype.type(0), given)
    found = np.zeros_like(self)
    if not self.shape[dim]:
        return found
    if self.ndim == 2:
        found[np.arange(len(place)), place] = given
    else:
        each = np.broadcast_to(given, place.shape)
        np.put_along_axis(found, np.expand_dims(place, dim), np.expand_dims(each, dim), dim)
    return found


def _pairs(rows: Array, labels: Array) -> tuple[Array, Array, Array]:
    """How close each class that a row does not name comes to each that it does; and which those are.

    A row names the classes before its first -1.  Shapes: rows and labels ``(N, C)``; pairs ``(N, label, class)``.
    """
    named = np.logical_and.accumulate(labels >= 0, -1)
    place = np.where(named, labels, 0)
    mask = np.zeros(labels.shape, bool)
    np.logical_or.at(mask, (np.arange(len(rows))[:, None], place), named)
    gaps = 1 - np.take_along_axis(rows, place, 1)[:, :, None] + rows[:, None, :]
    return np.where(named[:, :, None] & ~mask[:, None, :], np.maximum(gaps, 0), 0), place, mask


def multilabel_margin(self: Array, target: Array, reduction: int) -> tuple[Array, Array]:
    """How much classes that are not named come within one of those that are; and which are named."""
    rows, labels = np.atleast_2d(self), np.atleast_2d(target)
    gaps, _, mask = _pairs(rows, labels)
    each = (gaps.sum((1, 2)) / rows.shape[1]).astype(self.dtype)
    return reduced(each if self.ndim > 1 else each[0], reduction), mask.reshape(target.shape).astype(self.dtype)


def multilabel_margin_backward(
    grad_output: Array, self: Array, target: Array, reduction: int, is_target: Array
) -> Array:
    """To each class that is too close to one that is named, and against that."""
    rows, labels = np.atleast_2d(self), np.atleast_2d(target)
    gaps, place, _ = _pairs(rows, labels)
    close = (gaps > 0).astype(self.dtype)
    slope = close.sum(1)
    np.subtract.at(slope, (np.arange(len(rows))[:, None], place), close.sum(2))
    slope = slope / (rows.shape[1] * (rows.shape[0] if reduction == MEAN else 1))
    return (slope * grad_output.reshape(-1, 1)).reshape(self.shape).astype(self.dtype)

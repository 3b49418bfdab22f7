"""Losses, as ``torch.nn.functional`` has them.

``reduction`` is ``"none"``, ``"mean"`` or ``"sum"``; ``size_average`` and ``reduce`` are its older forms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...autograd.modes import no_grad
from ...dispatch.overrides import overridable_functional
from ...ops import class_loss
from ...ops import loss as ops
from ...ops.activation import log_sigmoid
from ...ops.comparison import minimum
from ...ops.ctc import ctc_loss as _ctc_loss
from ...ops.loss import pairwise_distance
from ...ops.matmul import linear
from ...ops.rearranging import broadcast_shapes
from ...tensor import Tensor
from ...warning import warn

REDUCTIONS = ("none", "mean", "sum")


def reduction_of(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The reduction that the older arguments mean, with torch's warning."""
    size_average, reduce = (True if one is None else one for one in (size_average, reduce))
    found = "none" if not reduce else "mean" if size_average else "sum"
    if emit_warning:
        warn(f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.")
    return found


def _number(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> int:
    """The reduction as operations take it.

    Raises:
        ValueError: if there is no such reduction.
    """
    if size_average is not None or reduce is not None:
        reduction = reduction_of(size_average, reduce)
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return REDUCTIONS.index(reduction)


def _warn_of_sizes(input: Tensor, target: Tensor) -> None:
    if target.size() != input.size():
        warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size."
        )


def _elementwise(
    loss: Callable[..., Tensor], input: Tensor, target: Tensor, weight: Tensor | None, reduction: int, *options: Any
) -> Tensor:
    """A loss of two tensors, expanded to each other; weighted after it was computed."""
    if weight is None:
        shape = _common_shape(input, target)
        pair = [one if one.shape == shape else one.expand(shape) for one in (input, target)]
        return loss(*pair, reduction, *options)
    return _weighted(loss(input, target, ops.NONE, *options), weight, reduction)


def _weighted(found: Tensor, weight: Tensor, reduction: int) -> Tensor:
    weighted = found * weight
    if reduction == ops.NONE:
        return weighted
    return weighted.sum() / weight.sum() if reduction == ops.MEAN else weighted.sum()


def _common_shape(input: Tensor, target: Tensor) -> tuple[int, ...]:
    ops.check_broadcast(input, target)
    rank = max(input.dim(), target.dim())
    sizes = [(1,) * (rank - one.dim()) + tuple(one.shape) for one in (input, target)]
    return tuple(b if a == 1 else a for a, b in zip(*sizes, strict=True))


def _check_weight(weight: Tensor | None, input: Tensor) -> None:
    if weight is not None and weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")


@overridable_functional
def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The squared difference."""
    _warn_of_sizes(input, target)
    number = _number(reduction, size_average, reduce)
    if weight is None:
        return _elementwise(ops.mse_loss, input, target, None, number)
    _check_weight(weight, input)
    return _weighted((input - target).pow(2), weight, number)


@overridable_functional
def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The absolute difference."""
    _warn_of_sizes(input, target)
    number = _number(reduction, size_average, reduce)
    _check_weight(weight, input)
    return _elementwise(ops.l1_loss, input, target, weight, number)


@overridable_functional
def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """A parabola up to a difference of ``beta``, then a line of slope one."""
    _warn_of_sizes(input, target)
    number = _number(reduction, size_average, reduce)
    if beta == 0.0:
        return _elementwise(ops.l1_loss, input, target, None, number)
    return _elementwise(ops.smooth_l1_loss, input, target, None, number, beta)


@overridable_functional
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """A parabola up to a difference of ``delta``, then a line of slope ``delta``."""
    _warn_of_sizes(input, target)
    number = _number(reduction)
    _check_weight(weight, input)
    return _elementwise(ops.huber_loss, input, target, weight, number, delta)


@overridable_functional
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Of probabilities.

    Raises:
        ValueError: if the sizes differ.
    """
    number = _number(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please ensure they have the same size."
        )
    if weight is not None:
        weight = weight.expand(broadcast_shapes(target.size(), weight.size()))
    return ops.binary_cross_entropy(input, target, weight, number)


@overridable_functional
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Of logits.

    Raises:
        ValueError: if the sizes differ.
    """
    number = _number(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, number)


@overridable_functional
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The negative log-probability of each target.

    Shapes: input ``(C,)`` or ``(N, C, ...)``, target ``()`` or ``(N, ...)``.
    """
    return class_loss.nll_loss_nd(input, target, weight, _number(reduction, size_average, reduce), ignore_index)


@overridable_functional
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """Of logits.

    Shapes: input ``(C,)`` or ``(N, C, ...)``; target class numbers ``()`` or ``(N, ...)``, or probabilities as input.
    """
    number = _number(reduction, size_average, reduce)
    return class_loss.cross_entropy_loss(input, target, weight, number, ignore_index, label_smoothing)


@overridable_functional
def kl_div(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """The divergence of a distribution from one given by its logarithms; ``"batchmean"`` is by the first dimension."""
    if size_average is not None or reduce is not None:
        reduction = reduction_of(size_average, reduce)
    if reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release."
        )
    if reduction != "batchmean":
        return ops.kl_div(input, target, _number(reduction), log_target=log_target)
    found = ops.kl_div(input, target, ops.SUM, log_target=log_target)
    return found / input.shape[0] if input.dim() else found


@overridable_functional
def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: bool | None = None,
    eps: float = 1e-8, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Of counts, by the logarithm of their expectation."""
    number = _number(reduction, size_average, reduce)
    return ops.poisson_nll_loss(input, target, log_input, full, eps, number)


@overridable_functional
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Of samples, by mean and variance.

    Raises:
        ValueError: for a variance that is negative, or of a size that does not fit.
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full(input.shape, var)
    elif bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var.size() != input.size():
        narrower = sum(a != b for a, b in zip(var.shape, input.shape, strict=False))
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif not (input.shape[:-1] == var.shape[:-1] and var.shape[-1] == 1) and not (
            input.dim() == var.dim()
            and narrower == 1
            and all(a in (1, b) for a, b in zip(var.shape, input.shape, strict=True))
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss += 0.5 * math.log(2 * math.pi)
    return ops._reduced(loss, _number(reduction))


@overridable_functional
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The distance for targets of 1, what it lacks of the margin for those of -1."""
    return ops.hinge_embedding_loss(input, target, margin, _number(reduction, size_average, reduce))


@overridable_functional
def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """``log(1 + exp(-target * input))``."""
    return ops.soft_margin_loss(input, target, _number(reduction, size_average, reduce))


@overridable_functional
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """By how much the inputs are not in the order that the target says."""
    return ops.margin_ranking_loss(input1, input2, target, margin, _number(reduction, size_average, reduce))


@overridable_functional
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """One minus the cosine for targets of 1, the cosine beyond the margin for those of -1."""
    return ops.cosine_embedding_loss(input1, input2, target, margin, _number(reduction, size_average, reduce))


@overridable_functional
def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """By how much other classes come within the margin of the right one."""
    number = _number(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    return class_loss.multi_margin_loss(input, target, p, margin, weight, number)


@overridable_functional
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """By how much other classes come within one of those that are named, up to the first -1."""
    return class_loss.multilabel_margin_loss(input, target, _number(reduction, size_average, reduce))


@overridable_functional
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over classes of `binary_cross_entropy_with_logits`."""
    number = _number(reduction, size_average, reduce)
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return ops._reduced(loss.sum(dim=input.dim() - 1) / input.size(-1), number)


@overridable_functional
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """By how much the negative is not farther than the positive, plus the margin.

    Raises:
        ValueError: if the margin is not positive.
    """
    number = _number(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return ops.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, number)


@overridable_functional
def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """The negative logarithm of the probability of targets whose alignment is not known.

    Args:
        log_probs: ``(T, N, C)`` or ``(T, C)``: logarithms of the probabilities of symbols.
        targets: ``(N, S)``, or one after the other, ``(sum(target_lengths),)``; never ``blank``.
        input_lengths: ``(N,)``, at most ``T``.
        target_lengths: ``(N,)``.
        blank: the symbol that stands between symbols.
        reduction: ``none``, ``mean`` (of the losses, each divided by its target's length) or ``sum``.
        zero_infinity: losses of targets that are too long are zero.
    """
    return _ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, _number(reduction), zero_infinity)


@overridable_functional
def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Any = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """How much closer than ``margin`` the negatives are to the anchors than the positives, by any distance.

    Raises:
        ValueError: for another reduction, or a margin that is not positive.
        RuntimeError: if the inputs have different numbers of dimensions.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    loss = (margin + near - far).clamp_min(0)
    return loss.sum() if reduction == "sum" else loss.mean() if reduction == "mean" else loss


@overridable_functional
def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
    weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
    label_smoothing: float = 0.0, options: Any = None,
) -> Tensor:  # fmt: skip
    """`cross_entropy` of an affine map.

    Args:
        input: ``(N, in_features)``, or without ``N``.
        linear_weight: ``(classes, *out_features, in_features)``.
        target: classes, or probabilities.
        linear_bias: ``(classes, *out_features)``.
        weight: of the classes.
        reduction, ignore_index, label_smoothing: see `cross_entropy`.
        options: refused: the engine computes it at once.

    Raises:
        RuntimeError: for shapes that do not fit.
    """
    if options is not None:
        raise NotImplementedError("computing by chunks of the batch is not in the engine")
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features = input.shape[-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{features} and {linear_weight.shape[-1]}, respectively"
        )
    outputs = tuple(linear_weight.shape[:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != outputs:
        raise RuntimeError(f"expected linear_bias shape {outputs}, got {tuple(linear_bias.shape)}")
    batch = tuple(input.shape[:-1])
    if len(outputs) > 1 and not batch:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*batch, *outputs)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if len(outputs) > 1:
        linear_weight = linear_weight.reshape((math.prod(outputs), features))
        linear_bias = None if linear_bias is None else linear_bias.reshape(math.prod(outputs))
    logits = linear(input, linear_weight, linear_bias).reshape(shape)
    return cross_entropy(
        logits, target, weight=weight, reduction=reduction, ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )  # fmt: skip

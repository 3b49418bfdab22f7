"""The loss of sequences whose alignment is not known.  Source: ``torch.nn.functional.ctc_loss``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import missing, op
from ..dtypes import INTEGRAL, float32, float64
from ..kernels import ctc as kernels
from ..kernels.loss import MEAN, SUM
from ..tensor import Tensor, wrap
from .masking import where

_PLACE = "(while checking arguments for ctc_loss_allocate_outputs)"


def _check(
    log_probs: Tensor, targets: Tensor, input_lengths: Sequence[int], target_lengths: Sequence[int], blank: int,
    zero_infinity: bool,
) -> None:  # fmt: skip
    if log_probs._dtype not in (float32, float64):
        raise not_implemented("ctc_loss_cpu")(log_probs._dtype)
    steps, batch, labels = log_probs.shape
    if not 0 <= blank < labels:
        raise RuntimeError("blank must be in label range")
    for name, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        if len(lengths) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    for name, lengths in (("target_lengths", target_lengths), ("input_lengths", input_lengths)):
        for length in lengths:
            if length < 0:
                raise RuntimeError(f"Expected {name} to have value at least 0, but got value {length} {_PLACE}")
    if targets.dim() == 1 and targets.numel() != sum(target_lengths):
        raise RuntimeError(
            f"Expected tensor to have size {sum(target_lengths)} at dimension 0, but got size {targets.numel()} for "
            f"argument #2 'targets' {_PLACE}"
        )
    if targets.dim() > 1 and targets.shape[0] != batch:
        raise RuntimeError(
            f"Expected tensor to have size {batch} at dimension 0, but got size {targets.shape[0]} for argument #2 "
            f"'targets' {_PLACE}"
        )
    if targets.dim() > 1 and targets.shape[1] < max(target_lengths, default=0):
        raise RuntimeError(
            f"Expected tensor to have size at least {max(target_lengths)} at dimension 1, but got size "
            f"{targets.shape[1]} for argument #2 'targets' {_PLACE}"
        )
    for length in input_lengths:
        if length > steps:
            raise RuntimeError(f"Expected input_lengths to have value at most {steps}, but got value {length} {_PLACE}")


_ctc_loss = op(
    "_ctc_loss(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, "
    "bool zero_infinity=False) -> (Tensor, Tensor)",
    lambda log_probs, targets, input_lengths, target_lengths, blank, zero_infinity: kernels.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank),
    log_probs=lambda grad, log_probs, targets, input_lengths, target_lengths, result0, result1, blank, zero_infinity: (
        _ctc_loss_backward(
            grad, log_probs, targets, input_lengths, target_lengths, result0, result1, blank, zero_infinity)),
    check=_check, node="CtcLossBackward0", method=False, forward=False,
)  # fmt: skip
_NO_SECOND = missing("_ctc_loss_backward")
_ctc_loss_backward = op(
    "_ctc_loss_backward(Tensor grad, Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, "
    "Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False) -> Tensor",
    kernels.ctc_loss_backward, grad=_NO_SECOND, log_probs=_NO_SECOND, neg_log_likelihood=_NO_SECOND,
    node="NotImplemented", method=False,
)  # fmt: skip


def _reduced(
    log_probs: Tensor, targets: Tensor, input_lengths: Sequence[int], target_lengths: Sequence[int], blank: int,
    reduction: int, zero_infinity: bool,
) -> Tensor:  # fmt: skip
    batched = log_probs.dim() == 3
    if not batched:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dim() == 1 else targets
    found = _ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity)[0]
    if zero_infinity:
        found = where(found == math.inf, 0.0, found)
    if reduction == MEAN:
        lengths = wrap(np.maximum(np.array(target_lengths, np.int64), 1))
        return (found / lengths).mean()
    if reduction == SUM:
        return found.sum()
    return found if batched else found.squeeze(0)


def _of_tensors(
    log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor, *rest: Any
) -> Tensor:
    for name, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        if lengths._dtype.category != INTEGRAL:
            raise RuntimeError(f"{name} must be integral")
    inputs, outputs = (tuple(lengths.flatten().tolist()) for lengths in (input_lengths, target_lengths))
    return _reduced(log_probs, targets, inputs, outputs, *rest)


ctc_loss = op(
    "ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, "
    "int reduction=Mean, bool zero_infinity=False) -> Tensor", composite=_reduced, method=False,
)  # fmt: skip
ctc_loss = op(
    "ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, "
    "int reduction=Mean, bool zero_infinity=False) -> Tensor", composite=_of_tensors, method=False,
)  # fmt: skip

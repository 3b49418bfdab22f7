"""Connectionist temporal classification: A. Graves, S. Fernandez, F. Gomez, J. Schmidhuber (2006).

A target is reached by every path that gives it once repetitions and blanks are taken out.  States are its symbols with
blanks around them; forward and backward probabilities of states are summed as logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def rows_of(targets: Array, target_lengths: Sequence[int]) -> list[Array]:
    """Each target, of rows, or of one row with all targets."""
    if targets.ndim > 1:
        return [row[:n] for row, n in zip(targets, target_lengths, strict=True)]
    ends = np.cumsum(target_lengths)
    return [targets[end - n : end] for end, n in zip(ends, target_lengths, strict=True)]


def _states(target: Array, blank: int) -> tuple[Array, Array]:
    """The symbols of the states, and for which of them the blank before may be left out."""
    states = np.full(2 * len(target) + 1, blank, np.int64)
    states[1::2] = target
    skips = np.zeros(len(states), bool)
    skips[3::2] = target[1:] != target[:-1]
    return states, skips


def _steps(log_probs: Array, skips: Array) -> Array:
    """From the ``(T, states)`` probabilities of symbols, those of all paths up to each state."""
    found = np.full(log_probs.shape, -np.inf, log_probs.dtype)
    found[0, :2] = log_probs[0, :2]
    for t in range(1, len(found)):
        before = found[t - 1]
        total = before.copy()
        total[1:] = np.logaddexp(total[1:], before[:-1])
        total[2:] = np.where(skips[2:], np.logaddexp(total[2:], before[:-2]), total[2:])
        found[t] = total + log_probs[t]
    return found


def ctc_loss(
    log_probs: Array, targets: Array, input_lengths: Sequence[int], target_lengths: Sequence[int], blank: int
) -> tuple[Array, Array]:
    """The negative logarithm of each target's probability, and the forward probabilities of its states."""
    steps, batch, _ = log_probs.shape
    loss = np.zeros(batch, log_probs.dtype)
    alpha = np.full((batch, steps, 2 * max(target_lengths, default=0) + 1), -np.inf, log_probs.dtype)
    for b, target in enumerate(rows_of(targets, target_lengths)):
        states, skips = _states(target, blank)
        n, count = input_lengths[b], len(states)
        if n == 0:
            loss[b] = np.inf if len(target) else -0.0
            continue
        alpha[b, :n, :count] = _steps(log_probs[:n, b][:, states], skips)
        last = alpha[b, n - 1, :count]
        loss[b] = -np.logaddexp(last[-1], last[-2]) if count > 1 else -last[-1]
    return loss, alpha


def ctc_loss_backward(
    grad: Array, log_probs: Array, targets: Array, input_lengths: Sequence[int], target_lengths: Sequence[int],
    neg_log_likelihood: Array, log_alpha: Array, blank: int, zero_infinity: bool,
) -> Array:  # fmt: skip
    """Each symbol's probability, less the share of the paths that go through it."""
    found = np.zeros_like(log_probs)
    for b, target in enumerate(rows_of(targets, target_lengths)):
        loss = neg_log_likelihood[b]
        n = input_lengths[b]
        if (zero_infinity and loss == np.inf) or n == 0:
            continue
        states, _ = _states(target, blank)
        back, skips = _states(target[::-1], blank)
        count = len(states)
        beta = _steps(log_probs[:n, b][::-1][:, back], skips)[::-1, ::-1]
        both = log_alpha[b, :n, :count] + beta
        through = np.full((n, log_probs.shape[2]), -np.inf, log_probs.dtype)
        for s, symbol in enumerate(states):
            through[:, symbol] = np.logaddexp(through[:, symbol], both[:, s])
        given = log_probs[:n, b]
        found[:n, b] = (np.exp(given) - np.exp(through + loss - given)) * grad[b]
    return found

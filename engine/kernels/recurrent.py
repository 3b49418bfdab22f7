"""Layers of recurrent networks whose steps need not be recorded one by one, and sequences packed step by step."""

from __future__ import annotations

import numpy as np

from .pointwise import sigmoid
from .transcendental import tanh

Array = np.ndarray


def lstm_layer(
    input: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, h: Array, c: Array, reverse: bool
) -> tuple[Array, Array, Array]:
    """The outputs ``(T, N, H)`` of one direction, and the last ``h`` and ``c``, from ``(T, N, features)``."""
    given = input @ w_ih.T + (b_ih + b_hh)
    output = np.empty((*input.shape[:2], h.shape[-1]), input.dtype)
    rows = w_hh.T
    for t in range(len(input))[:: -1 if reverse else 1]:
        i, f, g, o = np.split(given[t] + h @ rows, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        output[t] = h = sigmoid(o) * tanh(c)
    return output, h, c


def pack(input: Array, lengths: Array, batch_first: bool) -> tuple[Array, Array]:
    """The steps of all sequences, ``(T, N, ...)`` with the longest first, one after the other; how many are at each."""
    if batch_first:
        input = input.swapaxes(0, 1)
    sizes = (lengths > np.arange(lengths[0])[:, None]).sum(1)
    return np.concatenate([step[:n] for step, n in zip(input, sizes, strict=False)]), sizes

"""Attention by scaled products in one step, and its gradients.

Arrays are ``(batch, heads, length, features)``.  Key and value may have fewer heads than the query: each is then
shared by as many heads of the query that follow one another.
"""

from __future__ import annotations

import math

import numpy as np

from .activation import finite
from .transcendental import exp, log

Array = np.ndarray


def _scale(query: Array, scale: float | None) -> Array:
    return query.dtype.type(1 / math.sqrt(query.shape[-1]) if scale is None else scale)


def _for_each_head(query: Array, shared: Array) -> Array:
    """The keys or values, one for each head of the query."""
    return np.repeat(shared, query.shape[1] // shared.shape[1], 1)


def _scores(query: Array, key: Array, is_causal: bool, attn_mask: Array | None, scale: float | None) -> Array:
    scores = query @ key.swapaxes(-1, -2) * _scale(query, scale)
    if attn_mask is not None:
        scores += attn_mask
    if is_causal:
        scores[..., np.tri(*scores.shape[-2:]) == 0] = -np.inf
    return scores


def attention(
    query: Array, key: Array, value: Array, dropout_p: float, is_causal: bool, attn_mask: Array | None,
    scale: float | None,
) -> tuple[Array, Array]:  # fmt: skip
    """The values' means, laid out in memory as the query is; the logarithms of the weights' sums, zero if that is."""
    scores = _scores(query, _for_each_head(query, key), is_causal, attn_mask, scale)
    most = finite(np.max(scores, -1, keepdims=True))
    weights = exp(scores - most)
    total = np.sum(weights, -1, keepdims=True)
    total[total == 0] = 1
    output = np.empty_like(query)
    np.divide(weights @ _for_each_head(query, value), total, out=output)
    return output, (most + log(total))[..., 0]


def attention_backward(
    grad_out: Array, query: Array, key: Array, value: Array, output: Array, logsumexp: Array, dropout_p: float,
    is_causal: bool, attn_mask: Array | None, scale: float | None,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """The gradients of query, key and value (Dao et al., 2022, appendix B), laid out by length, then by head."""
    keys, values = _for_each_head(query, key), _for_each_head(query, value)
    weights = exp(_scores(query, keys, is_causal, attn_mask, scale) - logsumexp[..., None])
    along = np.sum(grad_out * output, -1, keepdims=True)
    outer = weights * (grad_out @ values.swapaxes(-1, -2) - along) * _scale(query, scale)

    def summed(one: Array) -> Array:
        batch, heads, *rest = one.shape
        shared = key.shape[1]
        return one.reshape((batch, shared, heads // shared, *rest)).sum(2)

    found = outer @ keys, summed(outer.swapaxes(-1, -2) @ query), summed(weights.swapaxes(-1, -2) @ grad_out)
    first, second, third = (np.ascontiguousarray(one.swapaxes(1, 2)).swapaxes(1, 2) for one in found)
    return first, second, third

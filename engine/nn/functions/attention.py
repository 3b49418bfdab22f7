"""Attention with several heads (Vaswani et al., 2017), as ``torch.nn.functional`` has it."""

from __future__ import annotations

import math
from typing import Any

from ...dispatch.overrides import overridable_functional
from ...dtypes import bool_
from ...layout import Size
from ...ops.activation import softmax
from ...ops.attention import scaled_dot_product_attention
from ...ops.creation import zeros_like
from ...ops.joining import cat
from ...ops.matmul import baddbmm, bmm, linear
from ...tensor import Tensor
from ...warning import warn
from .activation import dropout
from .spatial import pad

_NO_HINT = (
    "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
    "`generate_square_subsequent_mask` to create this mask."
)


def added_mask(
    mask: Tensor | None, name: str, like: Tensor, other: Tensor | None = None, other_name: str = ""
) -> Tensor | None:
    """A mask as what is added to scores: minus infinity where a boolean mask is true.

    Args:
        mask: boolean, or floating and taken as it is.
        name: in messages.
        like: gives the dtype.
        other: another mask; a warning tells when the kinds differ.
        other_name: its name in messages.

    Raises:
        AssertionError: if the mask is of another kind.
    """
    if mask is None:
        return None
    if mask._dtype is not bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and mask._dtype is not other._dtype:
        warn(f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.")
    if mask._dtype is not bool_:
        return mask
    return zeros_like(mask, dtype=like._dtype).masked_fill_(mask, -math.inf)


def _check_ranks(
    query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None, attn_mask: Tensor | None, heads: int
) -> bool:
    """Whether the query is a batch.

    Raises:
        AssertionError: if the others do not fit it.
    """
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor")
    kind = "batched (3-D)" if rank == 3 else "unbatched (2-D)"
    if (key.dim(), value.dim()) != (rank, rank):
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {rank}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != rank - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor "
            "instead"
        )
    if rank == 2 and attn_mask is not None and attn_mask.dim() == 3:
        expected = (heads, query.shape[0], key.shape[0])
        if tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return rank == 3


def _parts(packed: Tensor, count: int) -> Tensor:
    """``(length, batch, count * features)`` as ``(count, length, batch, features)``."""
    split = packed.unflatten(-1, (count, packed.shape[-1] // count))
    return split.unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()


def _project(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value through one packed weight, with as few products as they share inputs."""
    features = query.shape[-1]
    if key is value and query is key:
        packed = _parts(linear(query, weight, bias), 3)
        return packed[0], packed[1], packed[2]
    if key is value:
        first, rest = weight.split([features, 2 * features])
        first_bias, rest_bias = (None, None) if bias is None else bias.split([features, 2 * features])
        projected = linear(query, first, first_bias)
        packed = _parts(linear(key, rest, rest_bias), 2)
        return projected, packed[0], packed[1]
    return _project_each(query, key, value, weight.chunk(3), bias)


def _project_each(query: Tensor, key: Tensor, value: Tensor, weights: Any, bias: Tensor | None) -> Any:
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(
        linear(one, weight, its) for one, weight, its in zip((query, key, value), weights, biases, strict=True)
    )


def _check_mask_shape(attn_mask: Tensor, length: int, source: int, heads: int) -> Tensor:
    expected = (length, source) if attn_mask.dim() == 2 else (heads, length, source)
    if tuple(attn_mask.shape) != expected:
        raise RuntimeError(
            f"The shape of the {attn_mask.dim()}D attn_mask is {attn_mask.shape}, but should be {expected}."
        )
    return attn_mask.unsqueeze(0) if attn_mask.dim() == 2 else attn_mask


@overridable_functional
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int, in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float,
    out_proj_weight: Tensor, out_proj_bias: Tensor | None, training: bool = True,
    key_padding_mask: Tensor | None = None, need_weights: bool = True, attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None, static_k: Tensor | None = None, static_v: Tensor | None = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Projections, attention in each head, and a projection of the heads' results together.

    Shapes, with ``L`` queries, ``S`` keys, ``N`` in the batch and ``E`` features: query ``(L, N, E)``, key
    ``(S, N, its features)`` and value likewise, each without ``N`` if unbatched; key_padding_mask ``(N, S)``; attn_mask
    ``(L, S)`` or ``(N * num_heads, L, S)``; the result ``(L, N, E)``; the weights ``(N, L, S)``, or
    ``(N, num_heads, L, S)`` if they are not averaged.

    Raises:
        AssertionError: if shapes or features do not fit.
        RuntimeError: if a mask has another shape, or ``is_causal`` comes without one.
    """
    batched = _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = (one.unsqueeze(1) for one in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, features = query.shape
    source = key.shape[0]
    key_padding_mask = added_mask(key_padding_mask, "key_padding_mask", query, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(_NO_HINT)
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None  # attention makes its own
    else:
        attn_mask = added_mask(attn_mask, "attn_mask", query)
        is_causal = is_causal and key_padding_mask is None
    if features != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {features}")
    width = features // num_heads
    if width * num_heads != features:
        raise AssertionError(f"embed_dim {features} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {Size(key.shape[:2])} do not match value's {Size(value.shape[:2])}"
            )
        own = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _project_each(query, key, value, own, in_proj_bias)
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        assert in_proj_weight is not None
        q, k, v = _project(query, key, value, in_proj_weight, in_proj_bias)
    if attn_mask is not None:
        attn_mask = _check_mask_shape(attn_mask, length, source, batch * num_heads)

    def with_more_keys(mask: Tensor | None) -> Tensor | None:
        return mask if mask is None else pad(mask, (0, 1))

    if bias_k is not None and bias_v is not None:
        k, v = (cat([one, bias.repeat(1, batch, 1)]) for one, bias in ((k, bias_k), (v, bias_v)))
        attn_mask, key_padding_mask = with_more_keys(attn_mask), with_more_keys(key_padding_mask)

    def by_head(one: Tensor, static: Tensor | None = None) -> Tensor:
        if static is not None:
            return static
        return one.view((one.shape[0], batch * num_heads, width)).transpose(0, 1)

    q, k, v = by_head(q), by_head(k, static_k), by_head(v, static_v)
    if add_zero_attn:
        k, v = (cat([one, one.new_zeros((batch * num_heads, 1, width))], 1) for one in (k, v))
        attn_mask, key_padding_mask = with_more_keys(attn_mask), with_more_keys(key_padding_mask)
    source = k.shape[1]
    if key_padding_mask is not None:
        if key_padding_mask.shape[0] != batch:
            raise AssertionError(
                f"Expected key_padded_mask.shape[0] to be {batch}, but got {key_padding_mask.shape[0]}"
            )
        if key_padding_mask.shape[1] != source:
            raise AssertionError(
                f"Expected key_padded_mask.shape[1] to be {source}, but got {key_padding_mask.shape[1]}"
            )
        by_key = key_padding_mask.view((batch, 1, 1, source)).expand((-1, num_heads, -1, -1))
        by_key = by_key.reshape((batch * num_heads, 1, source))
        attn_mask = by_key if attn_mask is None else attn_mask + by_key
    dropout_p = dropout_p if training else 0.0
    weights: Tensor | None = None

    if need_weights:
        scaled = q * math.sqrt(1 / width)
        keys = k.transpose(-2, -1)
        scores = bmm(scaled, keys) if attn_mask is None else baddbmm(attn_mask, scaled, keys)
        weights = softmax(scores, -1)
        if dropout_p > 0:
            weights = dropout(weights, dropout_p)
        found = bmm(weights, v).transpose(0, 1).reshape((length * batch, features))
        weights = weights.view((batch, num_heads, length, source))
        if average_attn_weights:
            weights = weights.mean(1)
    else:
        if attn_mask is not None:
            alone = attn_mask.dim() == 3 and attn_mask.shape[0] == 1
            attn_mask = attn_mask.unsqueeze(0) if alone else attn_mask.view((batch, num_heads, -1, source))
        q, k, v = (one.view((batch, num_heads, one.shape[1], width)) for one in (q, k, v))
        found = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
        found = found.permute((2, 0, 1, 3)).reshape((batch * length, features))
    result = linear(found, out_proj_weight, out_proj_bias).view((length, batch, -1))
    if not batched:
        result = result.squeeze(1)
        weights = None if weights is None else weights.squeeze(0)
    return result, weights

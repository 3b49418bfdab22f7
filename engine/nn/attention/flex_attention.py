"""Attention whose scores a function changes, and whose mask a function tells, in blocks.

The functions are written for single numbers, one score and where it stands. They are called once, on tensors that
broadcast against each other: scores of shape (B, H, L, S), and places of shapes (B, 1, 1, 1) to (S,). So what they do
by element, and look up by index, is done to all at once.

Source: ``torch.nn.attention.flex_attention``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

from ... import dtypes
from ...ops.activation import _safe_softmax
from ...ops.comparison import isneginf
from ...ops.creation import arange, zeros
from ...ops.masking import where
from ...ops.padding import constant_pad_nd
from ...ops.reduction import logsumexp
from ...ops.shape import broadcast_to
from ...tensor import Tensor
from ...warning import warn
from ._block_mask import _DEFAULT_SPARSE_BLOCK_SIZE, _LARGE_SPARSE_BLOCK_SIZE, _dense_to_ordered, _sliced_mask_mod_error
from ._block_mask import BlockMask as BlockMask
from ._block_mask import noop_mask as noop_mask
from ._checks import check_inputs

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "FlexKernelOptions",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]  # fmt: skip
_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG = False
"""Whether the advice to compile is left out; as in torch, a name to be set."""


class FlexKernelOptions(TypedDict, total=False):
    """Settings of a compiled kernel; here there is none, and they change nothing."""

    num_warps: int
    num_stages: int
    BLOCK_M: int
    BLOCK_N: int
    PRESCALE_QK: bool
    ROWS_GUARANTEED_SAFE: bool
    BLOCKS_ARE_CONTIGUOUS: bool
    WRITE_DQ: bool
    FORCE_USE_FLEX_ATTENTION: bool
    USE_TMA: bool
    BACKEND: str


class AuxRequest(NamedTuple):
    """What besides the attention is wanted of `flex_attention`."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was wanted: logarithms of the sums of exponentials, greatest scores (not on the CPU), of shape (B, H, L)."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def _joined(
    mask_mods: tuple[Callable[..., Tensor], ...], name: str, start: bool, join: Callable[[Tensor, Tensor], Tensor]
) -> Callable[..., Tensor]:
    if not all(map(callable, mask_mods)):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")

    def joined(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
        result = b.new_full((), start, dtype=dtypes.bool_)
        for mask_mod in mask_mods:
            result = join(result, mask_mod(b, h, q_idx, kv_idx))
        return result

    joined.__name__ = name
    return joined


def or_masks(*mask_mods: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Seen by any of these.  Raises RuntimeError for what cannot be called."""
    return _joined(mask_mods, "or_mask", False, lambda one, other: one | other)


def and_masks(*mask_mods: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Seen by all of these.  Raises RuntimeError for what cannot be called."""
    return _joined(mask_mods, "and_mask", True, lambda one, other: one & other)


def _takes_score(mod: Callable[..., Tensor]) -> bool:
    """Whether it changes scores, which it then takes first."""
    if code := getattr(mod, "__code__", None):
        count = code.co_argcount - len(getattr(mod, "__defaults__", None) or ())
    else:
        count = sum(one.default is inspect.Parameter.empty for one in inspect.signature(mod).parameters.values())
    if count not in (4, 5):
        raise AssertionError(f"Expected 4 or 5 positional args, got {count}")
    return count == 5


def _everywhere(mod: Callable[..., Tensor], shape: tuple[int, ...], scores: Tensor | None = None) -> Tensor:
    """What a function gives at all places of a shape."""
    places = (arange(size).view(-1, *(1,) * (3 - dim)) for dim, size in enumerate(shape))
    try:
        found = mod(*(() if scores is None else (scores,)), *places)
    except RuntimeError as error:
        if "Boolean value of Tensor with more than one value" in str(error):
            raise RuntimeError(
                "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
                "support that yet, please file an issue at https://github.com/pytorch/pytorch/issues ."
            ) from None
        raise
    if not isinstance(found, Tensor):
        name = getattr(mod, "__name__", repr(mod))
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(found)}. "
            "Did you mean to set out_dims= to None for output?"
        )
    return broadcast_to(found, shape)


def create_mask(
    mod_fn: Callable[..., Tensor], B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Tensor:
    """Which key each query sees, (B, H, Q_LEN, KV_LEN), bool for a `mask_mod`; of a `score_mod`, where it does not make
    a score of 0 minus infinity.

    Raises:
        AssertionError: for a function of neither four nor five parameters.
    """
    shape = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    if _takes_score(mod_fn):
        mask = ~isneginf(_everywhere(mod_fn, shape, zeros(shape)))
    else:
        mask = _everywhere(mod_fn, shape).contiguous()
    return mask if device is None else mask.to(device)


def create_block_mask(
    mask_mod: Callable[..., Tensor],
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = _DEFAULT_SPARSE_BLOCK_SIZE,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    compute_dq_write_order: bool = False,
    dq_kv_order: bool = True,
) -> BlockMask:
    """The `BlockMask` of a function of batch, head, and the places of a query and a key.

    Args:
        mask_mod: gives whether the query sees the key.
        B: batches, 1 if None.
        H: heads, 1 if None.
        Q_LEN: queries.
        KV_LEN: keys.
        device: of the mask.
        BLOCK_SIZE: queries and keys in a block.
        _compile: deprecated; no effect.
        separate_full_blocks: keep blocks that are seen wholly apart.
        compute_dq_write_order: not provided: it is for backward passes on a GPU.
        dq_kv_order: belongs to that.

    Raises:
        AssertionError: for a function with another number of parameters, or whose values are not bools.
        NotImplementedError: for `compute_dq_write_order`.
    """
    if _takes_score(mask_mod):
        raise AssertionError(f"create-block_mask requires a mask_mod function! Got {mask_mod}")
    if _compile:
        warn(
            "_compile flag on create_block_mask was originally added to work around a torch.compile limitation. That "
            "limitation has since been addressed. So, to compile create_block_mask, we suggest doing "
            "torch.compile(create_block_mask). This still works for now, but will be removed in the future.",
            DeprecationWarning,
        )
    if not isinstance(dq_kv_order, bool):
        raise ValueError("dq_kv_order must be a bool when using create_block_mask")
    if compute_dq_write_order:
        raise NotImplementedError("compute_dq_write_order is not provided: it serves backward passes on a GPU")
    size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
    mask = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    if mask.dtype is not dtypes.bool_:
        raise AssertionError(f"mask.dtype must be torch.bool, got {mask.dtype}")
    padded = constant_pad_nd(mask, [0, -KV_LEN % size[1], 0, -Q_LEN % size[0]])
    batch, heads, rows, columns = padded.shape
    blocks = padded.view(batch, heads, rows // size[0], size[0], columns // size[1], size[1])
    seen = blocks.sum(dim=(3, 5))
    full = seen == size[0] * size[1]
    counts, indices = _dense_to_ordered((seen > 0) & ~full if separate_full_blocks else seen > 0)
    whole = _dense_to_ordered(full) if separate_full_blocks else (None, None)
    return BlockMask.from_kv_blocks(counts, indices, whole[0], whole[1], size, mask_mod, (Q_LEN, KV_LEN))


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Callable[..., Tensor] | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: FlexKernelOptions | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """Attention with scores that `score_mod` changes, and a mask.

    Args:
        query: (B, Hq, L, E).
        key: (B, Hkv, S, E).
        value: (B, Hkv, S, Ev).
        score_mod: gives the score to be used, of the scaled score, batch, head, and the places of query and key.
        block_mask: which keys a query sees; a query that sees none gets zeros.
        scale: of the scores before that, 1 / sqrt(E) if None.
        enable_gqa: let Hq be a multiple of Hkv, and several heads of queries share keys and values.
        return_lse: deprecated; the logarithm of the sums of exponentials, (B, Hq, L), as well.
        kernel_options: no effect.
        return_aux: what to return besides.

    Returns:
        (B, Hq, L, Ev); with `return_aux` a pair of that and an `AuxOutput`.

    Raises:
        NotImplementedError: for tensors that require gradients, as torch has no such backward pass on the CPU, or of
            other than four dimensions, and for `max_scores`.
        ValueError: for sizes that do not fit each other, or the mask.
        RuntimeError: for a mask that was sliced and got no new `mask_mod`, or lies on another device.
    """
    _check(query, key, value, enable_gqa, block_mask)
    if block_mask is not None and block_mask.mask_mod is _sliced_mask_mod_error:
        raise RuntimeError("Cannot use mask_mod from a sliced BlockMask")
    if block_mask is not None:
        _check_lengths(query, key, block_mask)
    if return_lse and return_aux is not None:
        raise ValueError(
            "Cannot specify both return_lse and return_aux. return_lse is deprecated, please use "
            "return_aux=AuxRequest(lse=True) instead."
        )
    if return_aux is not None and return_aux.max_scores:
        raise NotImplementedError("Returning max scores is not supported on CPU/MPS.")
    if return_lse:
        warn(
            "return_lse is deprecated and will be removed in v2.10. Please use return_aux=AuxRequest(lse=True) "
            "instead.",
            FutureWarning,
            once=True,
        )
    if not _FLEX_ATTENTION_DISABLE_COMPILE_DEBUG:
        warn(
            "flex_attention called without torch.compile() - this will use an unfused implementation that materializes "
            "the full scores matrix instead of generating a fused kernel.\n\n"
            "SOLUTION: Use torch.compile(flex_attention)(...)\n\n"
            "If you want to debug your score_mod/mask_mod, you can set:\n"
            "torch.nn.attention.flex_attention._FLEX_ATTENTION_DISABLE_COMPILE_DEBUG = True\n\n"
            "This will allow you to use print statements or breakpoints. Note: This doesn't work with the backwards "
            "pass and may produce incorrect results.",
            once=True,
        )
    scores, values = _scores(query, key, value, score_mod, block_mask, scale)
    out = _safe_softmax(scores, -1).to(query.dtype) @ values.to(query.dtype)
    if return_aux is not None:
        return out, AuxOutput(logsumexp(scores, -1) if return_aux.lse else None)
    return (out, logsumexp(scores, -1)) if return_lse else out


def _scores(
    query: Tensor, key: Tensor, value: Tensor, score_mod: Callable[..., Tensor] | None, block_mask: BlockMask | None,
    scale: float | None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The scores after all changes, (B, Hq, L, S), minus infinity where nothing is seen, and the values for them."""
    times = query.shape[1] // key.shape[1]
    sizes = query.shape[0], query.shape[1]
    if key.shape[0] not in (1, sizes[0]):
        raise RuntimeError(f"Bq and Bkv must broadcast. Got Bq={sizes[0]} and Bkv={key.shape[0]}")
    keys, values = (one.repeat_interleave(times, dim=1).expand(*sizes, *one.shape[2:]) for one in (key, value))
    working = dtypes.float64 if query.dtype is dtypes.float64 else dtypes.float32
    scores = query.to(working) @ keys.to(working).transpose(-2, -1)
    scores = scores * (1.0 / math.sqrt(query.shape[-1]) if scale is None else scale)
    changed = scores if score_mod is None else _everywhere(score_mod, tuple(scores.shape), scores)
    if block_mask is not None:
        seen = _everywhere(block_mask.mask_mod, tuple(scores.shape))
        changed = where(seen, changed, zeros((), dtype=working) - math.inf)
    return changed, values


def _check(query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool, block_mask: BlockMask | None) -> None:
    check_inputs(query, key, value, allow_lowp_kv=True)
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            "Expect query and key/value to have the same embedding dimension "
            f"but got E={query.shape[-1]} and E={key.shape[-1]}."
        )
    if query.requires_grad or key.requires_grad or value.requires_grad:
        raise NotImplementedError(
            "FlexAttention does not support backward on CPU. Please set the input requires_grad to False or use "
            "another device."
        )
    if query.dim() != 4 or key.dim() != 4 or value.dim() != 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    heads, shared = query.shape[1], key.shape[1]
    if not enable_gqa and heads != shared:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={heads} and Hkv={shared}. "
            "Try setting enable_gqa=True for GQA."
        )
    if heads % shared:
        raise ValueError(
            f"Expect number of query heads to be a multiple of kv heads for GQA but got Hq={heads} and Hkv={shared}."
        )
    batch, of_keys = query.shape[0], key.shape[0]
    if batch == of_keys:
        return
    if block_mask is None:
        raise ValueError(
            "Expect query and key/value to have the same batch size, or non-none block_mask, "
            f"but got block_mask=None, Bq={batch}, and Bkv={of_keys}."
        )
    if block_mask.kv_num_blocks.shape[0] != batch:
        raise ValueError(
            "Expect query and key/value to have the same batch size, or block_mask and query to have the same batch "
            f"size, but got Bq={batch}, Bkv={of_keys}, B_block_mask={block_mask.kv_num_blocks.shape[0]}."
        )


def _check_lengths(query: Tensor, key: Tensor, block_mask: BlockMask) -> None:
    if query.device != block_mask.kv_num_blocks.device:
        raise RuntimeError(
            "Expect q/k/v and block_mask to be on the same device "
            f"but got {query.device} and {block_mask.kv_num_blocks.device}."
        )
    if block_mask.BLOCK_SIZE == (_LARGE_SPARSE_BLOCK_SIZE, _LARGE_SPARSE_BLOCK_SIZE):
        return
    here, lengths = (query.shape[-2], key.shape[-2]), block_mask.seq_lengths
    if here == lengths:
        return
    shape = (
        f"block_mask was created for block_mask.shape={block_mask.shape} but got q_len={here[0]} and kv_len={here[1]}. "
    )
    if here[0] > lengths[0] or here[1] > lengths[1]:
        raise ValueError(
            shape + "As the block mask was created for a smaller length than you're using it for, you likely need to "
            "create a new block mask."
        )
    raise ValueError(
        shape
        + "As the block mask was created for a larger length than you're using it for, you can either 1. create a "
        "new block mask with the correct length, or 2. 'adjust' the existing block mask to the correct length by "
        "calling block_mask._adjust(q_len, kv_len). This essentially 'crops' the block mask to the upper left corner, "
        "which does not work for all mask_mods!"
    )


for _one in (FlexKernelOptions, AuxRequest, AuxOutput):
    _one.__module__ = "torch.nn.attention.flex_attention"

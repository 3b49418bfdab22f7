"""Attention by scaled products: in one step where torch has such a kernel, else as products and a softmax."""

from __future__ import annotations

import math
from contextvars import ContextVar

from ..declare.op import DEFAULT, FLOATING, missing, op
from ..dtypes import bfloat16, bool_, float16, float32
from ..formulas.arithmetic import times
from ..kernels import attention as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from ..warning import warn
from .activation import _safe_softmax
from .creation import full, zeros_like
from .dropout import dropout

KERNELS: ContextVar[frozenset[str]] = ContextVar("attention_kernels", default=frozenset({"MATH", "FLASH_ATTENTION"}))
"""By which kernels attention may be computed: in steps, or in one."""

# In torch ``output`` is ``out`` here, which in this engine's calls means the place for the result.
_scaled_dot_product_flash_attention_for_cpu_backward = op(
    "_scaled_dot_product_flash_attention_for_cpu_backward(Tensor grad_out, Tensor query, Tensor key, Tensor value, "
    "Tensor output, Tensor logsumexp, float dropout_p, bool is_causal, *, Tensor? attn_mask=None, float? scale=None) "
    "-> (Tensor grad_query, Tensor grad_key, Tensor grad_value)", kernels.attention_backward,
    jointly=missing("_scaled_dot_product_flash_attention_for_cpu_backward"), node="NotImplemented", method=False,
    native=False,
)  # fmt: skip
_scaled_dot_product_flash_attention_for_cpu = op(
    "_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0.0, "
    "bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)",
    kernels.attention,
    jointly=lambda grad, query, key, value, output, logsumexp, dropout_p, is_causal, attn_mask, scale: list(
        _scaled_dot_product_flash_attention_for_cpu_backward(
            grad, query, key, value, output, logsumexp, dropout_p, is_causal, attn_mask=attn_mask, scale=scale)),
    differentiable=("query", "key", "value"), dtypes=FLOATING, method=False, forward=False,
    constants=("attn_mask",),
)  # fmt: skip
# The product with a number that torch's C++ makes has a node of its own.
_scaled = op(
    "mul.Scalar(Tensor self, Scalar other) -> Tensor", lambda self, other: self * self.dtype.type(other),
    self=lambda grad, other: times(grad, other), name="_scaled", node="MulBackward1", promote=DEFAULT, method=False,
)  # fmt: skip


def _check(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None) -> None:
    names = ("query", "key", "value")
    given = (query, key, value)
    if len({one._dtype for one in given}) > 1:
        kinds = [f"{name}.dtype: {one._dtype.c_name}" for name, one in zip(names, given, strict=True)]
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got {kinds[0]} {kinds[1]} and {kinds[2]} "
            "instead."
        )
    if min(one.dim() for one in given) < 2:
        ranks = [f"{name}.dim: {one.dim()}" for name, one in zip(names, given, strict=True)]
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            f"{ranks[0]} {ranks[1]} and {ranks[2]} instead."
        )
    if attn_mask is not None:
        if attn_mask._dtype not in (bool_, float32, query._dtype):
            raise RuntimeError(
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
                f"{attn_mask._dtype.c_name} and  query.dtype: {query._dtype.c_name} instead."
            )
        wrap_dim(-2, attn_mask.dim())


def _fits(one: Tensor, shape: tuple[int, ...]) -> bool:
    """Whether a mask can be expanded to weights of this shape, and is as the kernel of torch's takes it."""
    dims = one.dim()
    return dims in (2, 4) and all(n in (1, m) for n, m in zip(one.shape, shape[-dims:], strict=True))


def _in_one_step(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, enable_gqa: bool) -> bool:
    """Whether torch has a kernel for the whole."""
    given = (query, key, value)
    if any(one.dim() != 4 or not one.numel() or one.stride(-1) != 1 for one in given) or query._dtype not in FLOATING:
        return False
    if attn_mask is not None and (attn_mask.requires_grad or not _fits(attn_mask, (*query.shape[:3], key.shape[2]))):
        return False
    same_heads = key.shape[1] == value.shape[1] and (
        query.shape[1] % key.shape[1] == 0 if enable_gqa else query.shape[1] == key.shape[1]
    )
    return (
        same_heads
        and key.shape[2] == value.shape[2]
        and all(len({one.shape[dim] for one in given}) == 1 for dim in (0, 3))
    )


def _in_steps(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float,
    scale: float | None, enable_gqa: bool,
) -> Tensor:  # fmt: skip
    given = query._dtype
    if given in (float16, bfloat16):
        query, key, value = (one.to(float32) for one in (query, key, value))
    if query._dtype not in FLOATING and not query.is_complex():
        query, key = query.to(float32), key.to(float32)
    if enable_gqa:
        heads = [one.shape[-3] for one in (query, key, value)]
        if heads[0] % heads[1] or heads[0] % heads[2]:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
        key = key.repeat_interleave(heads[0] // heads[1], -3)
        value = value.repeat_interleave(heads[0] // heads[2], -3)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else math.inf
    root = math.sqrt(abs(scale))
    scores = _scaled(query, math.copysign(root, scale)) @ _scaled(key.transpose(-2, -1), root)
    if attn_mask is not None:
        scores.add_(attn_mask)
    weights = _safe_softmax(scores, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    return (weights @ value).to(given)


def _attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float, is_causal: bool,
    scale: float | None, enable_gqa: bool,
) -> Tensor:  # fmt: skip
    _check(query, key, value, attn_mask)
    if attn_mask is not None and attn_mask._dtype is bool_:
        blank = zeros_like(attn_mask, dtype=query._dtype)
        attn_mask = blank.masked_fill_(attn_mask.logical_not(), -math.inf)
    allowed = KERNELS.get()
    if not allowed & {"MATH", "FLASH_ATTENTION"}:
        raise RuntimeError(
            "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the "
            "math kernel and the fused kernels."
        )
    fits = dropout_p == 0 and _in_one_step(query, key, value, attn_mask, enable_gqa)
    if fits and "FLASH_ATTENTION" in allowed:
        return _scaled_dot_product_flash_attention_for_cpu(
            query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale
        )[0]
    if "MATH" not in allowed:
        warn("Flash attention kernel not used because:")
        if dropout_p > 0:
            warn("Both fused kernels do not support non-zero dropout.")
        raise RuntimeError("No available kernel.  Aborting execution.")
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        shape = (query.shape[-2], key.shape[-2])
        attn_mask = full(shape, -math.inf, dtype=query._dtype, device=query.device).triu_(1)
    return _in_steps(query, key, value, attn_mask, dropout_p, scale, enable_gqa)


scaled_dot_product_attention = op(
    "scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    composite=_attention, method=False,
)  # fmt: skip

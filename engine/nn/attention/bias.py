"""Causal masks that are kept as two lengths.  Source: ``torch.nn.attention.bias``."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, auto
from typing import Any

from ... import dtypes
from ...dispatch.overrides import takes_over
from ...ops.attention import scaled_dot_product_attention
from ...ops.creation import ones
from ...tensor import Tensor
from ...warning import warn
from ._checks import check_inputs

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """Where the diagonal begins, for lengths that differ: in the upper left corner, or so that it ends in the lower
    right one."""

    UPPER_LEFT = auto()
    LOWER_RIGHT = auto()


class CausalBias(Tensor):
    """A mask for `scaled_dot_product_attention`, of shape (queries, keys) once it is made.

    Args:
        variant: where the diagonal begins.
        seq_len_q: queries.
        seq_len_kv: keys.

    Raises:
        AssertionError: for anything else than a variant.
    """

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None:
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant).__name__}")
        super().__init__()
        self.variant, self.seq_len_q, self.seq_len_kv = variant, seq_len_q, seq_len_kv
        if seq_len_q > seq_len_kv and variant is CausalVariant.LOWER_RIGHT:
            warn("Lower right causal bias will produce NaNs in the output when seq_len_q > seq_len_kv!")

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> CausalBias:
        return super().__new__(cls, variant, seq_len_q, seq_len_kv)  # type: ignore[call-arg]  # a tensor of that shape

    def _materialize(self, device: Any = None) -> Tensor:
        """The mask, bool."""
        offset = self.seq_len_kv - self.seq_len_q if self.variant is CausalVariant.LOWER_RIGHT else 0
        return ones(self.seq_len_q, self.seq_len_kv, dtype=dtypes.bool_, device=device).tril(offset)

    @staticmethod
    def _dispatch(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: CausalBias,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        if is_causal:
            raise ValueError("CausalBias should not be used with causal=True")
        options: dict[str, Any] = {"dropout_p": dropout_p, "scale": scale, "enable_gqa": enable_gqa}
        if attn_mask.seq_len_q == attn_mask.seq_len_kv or attn_mask.variant is CausalVariant.UPPER_LEFT:
            return scaled_dot_product_attention(query, key, value, attn_mask=None, is_causal=True, **options)
        check_inputs(query, key, value)
        return scaled_dot_product_attention(query, key, value, attn_mask=attn_mask._materialize(), **options)

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is scaled_dot_product_attention:
            return cls._dispatch(*args, **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs or {})

    def __repr__(self) -> str:  # type: ignore[override]
        return repr(self._materialize())


takes_over(CausalBias)


def causal_upper_left(*size: int) -> CausalBias:
    """The first query sees the first key, and each further one a key more.

    Raises:
        AssertionError: for other than two lengths.
    """
    if len(size) != 2:
        raise AssertionError("causal_upper_left only supports 2D tensors")
    return CausalBias(CausalVariant.UPPER_LEFT, *size)


def causal_lower_right(*size: int) -> CausalBias:
    """The last query sees all keys, and each one before it a key less.

    Raises:
        AssertionError: for other than two lengths.
    """
    if len(size) != 2:
        raise AssertionError("causal_lower_right only supports 2D tensors")
    return CausalBias(CausalVariant.LOWER_RIGHT, *size)


CausalVariant.__module__ = CausalBias.__module__ = "torch.nn.attention.bias"

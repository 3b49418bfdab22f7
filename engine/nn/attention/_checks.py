"""What attention asks of its inputs, in torch's words."""

from __future__ import annotations

from ...tensor import Tensor


def check_inputs(query: Tensor, key: Tensor, value: Tensor, allow_lowp_kv: bool = False) -> None:
    """One dtype, unless `allow_lowp_kv`; one device; two dimensions or more.

    Raises:
        ValueError: else.
    """
    three = (query, key, value)
    if not allow_lowp_kv and len({one.dtype for one in three}) > 1:
        raise ValueError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {query.dtype}, "
            f"key.dtype: {key.dtype}, and value.dtype: {value.dtype} instead."
        )
    if len({one.device for one in three}) > 1:
        raise ValueError(
            f"Expected query, key, and value to have the same device type, but got query.device: {query.device}, "
            f"key.device: {key.device}, and value.device: {value.device} instead."
        )
    if min(one.dim() for one in three) < 2:
        raise ValueError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )

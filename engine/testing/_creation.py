"""Tensors of random numbers for tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..dtypes import bool_, dtype, finfo, iinfo, uint8
from ..layout import memory_format as MemoryFormat
from ..ops.conversion import view_as_real
from ..ops.creation import empty
from ..tensor import Tensor
from ..warning import warn


def make_tensor(
    *shape: int | Sequence[int],
    dtype: dtype,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """A tensor of numbers drawn evenly from ``low`` up to, without, ``high``.

    Args:
        shape: its shape, as integers or as one sequence of them.
        low: -9 unless given; 0 for bool and uint8.
        high: 9 unless given; 10 for integers, 2 for bool.
        noncontiguous: whether its elements have gaps between them, if it has more than one.
        exclude_zero: whether zeros become the smallest positive number.
        memory_format: the layout in memory; not with ``noncontiguous``.

    Raises:
        ValueError: if the limits are NaN or in the wrong order, if an integral tensor shall require a gradient, or for
            both ``noncontiguous`` and ``memory_format``.

    Source: ``torch.testing.make_tensor``.
    """
    sizes: Any = shape[0] if len(shape) == 1 else shape
    exact = not (dtype.is_floating_point or dtype.is_complex)
    if requires_grad and exact:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}")
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous} and memory_format={memory_format}"
        )
    start, end = _limits(dtype, low, high)
    sizes = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    gaps = noncontiguous and math.prod(sizes) > 1
    found = empty((*sizes[:-1], 2 * sizes[-1]) if gaps else sizes, dtype=dtype, device=device)
    if exact:
        found.random_(math.ceil(start), math.ceil(end))
    else:
        numbers = view_as_real(found) if dtype.is_complex else found
        if end - start >= finfo(dtype).max:  # which `uniform_` refuses
            numbers.uniform_(start / 2, end / 2).mul_(2)
        else:
            numbers.uniform_(start, end)
    if gaps:
        found = found[..., 1::2]
    elif memory_format is not None:
        found = found.clone(memory_format=memory_format)
    if exclude_zero:
        found[found == 0] = 1 if exact else finfo(dtype).tiny * (1 + 1j if dtype.is_complex else 1)
    return found.requires_grad_(requires_grad)


def _limits(d: dtype, low: float | None, high: float | None) -> tuple[float, float]:
    exact = not (d.is_floating_point or d.is_complex)
    lowest: float
    highest: float
    if d is bool_:
        lowest, highest = 0, 2
    else:
        lowest, highest = (iinfo(d).min, iinfo(d).max + 1) if exact else (finfo(d).min, finfo(d).max)
    start = low if low is not None else 0 if d in (bool_, uint8) else -9
    end = high if high is not None else 2 if d is bool_ else 10 if exact else 9
    if math.isnan(start) or math.isnan(end):
        raise ValueError(f"`low` and `high` cannot be NaN, but got low={start} and high={end}")
    if start == end and not exact:
        warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 "
            "and will be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
        )
    elif start >= end:
        raise ValueError(f"`low` must be less than `high`, but got {start} >= {end}")
    return max(start, lowest), min(end, highest)

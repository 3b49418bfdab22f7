"""Names of reductions, and what older arguments mean.  Source: ``torch.nn._reduction``."""

from __future__ import annotations

from .functions.loss import _number, reduction_of


def get_enum(reduction: str) -> int:
    """The number that operations take for a reduction.

    Raises:
        ValueError: if there is no such reduction.
    """
    return _number(reduction)


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The reduction that the older arguments mean."""
    return reduction_of(size_average, reduce, emit_warning)


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """Its number."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))

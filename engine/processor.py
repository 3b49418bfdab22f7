"""Which of the processor's instructions torch computes with: how wide its vectors are, and so in what order some sums
are added up, depends on that."""

from __future__ import annotations

import functools
import os

from numpy._core._multiarray_umath import __cpu_features__ as _features  # type: ignore[import-not-found]

_NEEDED = {"AVX512": ("AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL", "FMA3"), "AVX2": ("AVX2", "FMA3")}


@functools.cache
def capability() -> str:
    """``AVX512``, ``AVX2`` or ``DEFAULT``: the most that the processor has, or what ``ATEN_CPU_CAPABILITY`` names.

    Source: ``torch.backends.cpu.get_cpu_capability``.
    """
    wanted = os.environ.get("ATEN_CPU_CAPABILITY", "").upper()
    if wanted in (*_NEEDED, "DEFAULT"):
        return wanted
    has = (name for name, needed in _NEEDED.items() if all(_features.get(one) for one in needed))
    return next(has, "DEFAULT")


def vector_bytes() -> int:
    """The bytes of the widest vectors; torch has some of 32 on every processor."""
    return 64 if capability() == "AVX512" else 32

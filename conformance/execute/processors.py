"""Other processors, as environments in which torch, oneDNN and MKL use no more instructions than those have."""

from collections.abc import Mapping

PROCESSORS: tuple[Mapping[str, str], ...] = (
    {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
    {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "COMPATIBLE"},
)
"""One of ten years ago, one before AVX, and one of which MKL assumes nothing."""

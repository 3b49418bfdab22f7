"""``torch.backends.cuda``."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator


class _Matmul:
    """Switches of matrix products on a GPU; without one they change nothing."""

    allow_tf32 = False
    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True


matmul = _Matmul()


def is_built() -> bool:
    """False: the engine has no GPU kernels."""
    return False


_SDP = {"flash": True, "math": True, "mem_efficient": True, "cudnn": True}
"""Which kernels of attention a GPU may use; without one it changes nothing."""


def flash_sdp_enabled() -> bool:
    """Whether flash attention may be used."""
    return _SDP["flash"]


def math_sdp_enabled() -> bool:
    """Whether attention may be composed of other operations."""
    return _SDP["math"]


def mem_efficient_sdp_enabled() -> bool:
    """Whether memory-efficient attention may be used."""
    return _SDP["mem_efficient"]


def cudnn_sdp_enabled() -> bool:
    """Whether cuDNN's attention may be used."""
    return _SDP["cudnn"]


def enable_flash_sdp(enabled: bool) -> None:
    """Set whether flash attention may be used."""
    _SDP["flash"] = enabled


def enable_math_sdp(enabled: bool) -> None:
    """Set whether attention may be composed of other operations."""
    _SDP["math"] = enabled


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Set whether memory-efficient attention may be used."""
    _SDP["mem_efficient"] = enabled


def enable_cudnn_sdp(enabled: bool) -> None:
    """Set whether cuDNN's attention may be used."""
    _SDP["cudnn"] = enabled


def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> contextlib.AbstractContextManager[dict]:
    """Set for a block which kernels of attention may be used: the older form of ``nn.attention.sdpa_kernel``."""
    warnings.warn(
        "`torch.backends.cuda.sdp_kernel()` is deprecated. In the future, this context manager will be removed. Please "
        "see `torch.nn.attention.sdpa_kernel()` for the new context manager, with updated signature.",
        FutureWarning,
        stacklevel=2,
    )
    return _using(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)


@contextlib.contextmanager
def _using(**kernels: bool) -> Iterator[dict]:
    before = dict(_SDP)
    _SDP.update(kernels)
    try:
        yield {}
    finally:
        _SDP.update(before)

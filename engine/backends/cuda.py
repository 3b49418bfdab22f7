"""``torch.backends.cuda``."""

from __future__ import annotations


class _Matmul:
    """Switches of matrix products on a GPU; without one they change nothing."""

    allow_tf32 = False
    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True


matmul = _Matmul()


def is_built() -> bool:
    """False: the engine has no GPU kernels."""
    return False

"""Automatic mixed precision: which operations compute in the lower dtype, and which in float32.

While it is on, the tensors that a listed operation gets are cast before it runs, recorded like any other conversion,
and it runs with automatic casts off, so what it is made of is cast once.  Leaves that are cast to the lower dtype are
kept until the outermost block ends: a weight that is used twice is cast once.

Source: "CPU Op-Specific Behavior" in torch's documentation of ``torch.amp``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from ..dtypes import dtype, float32, float64
from ..tensor import Tensor

LOWER = frozenset(
    {
        "_convolution", "addbmm", "addmm", "baddbmm", "bmm", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
        "conv_transpose2d", "conv_transpose3d", "convolution", "linalg_vecdot", "linear", "matmul", "mm", "prelu",
        "scaled_dot_product_attention",
    }
)  # fmt: skip
"""Run in the lower dtype."""

FULL = frozenset(
    {
        "adaptive_avg_pool3d", "adaptive_max_pool3d", "avg_pool3d", "binary_cross_entropy",
        "binary_cross_entropy_with_logits", "cdist", "cholesky", "cholesky_inverse", "cholesky_solve",
        "cosine_embedding_loss", "cross_entropy_loss", "ctc_loss", "fft_fft", "fft_fft2", "fft_fftn", "fft_hfft",
        "fft_ifft", "fft_ifft2", "fft_ifftn", "fft_ihfft", "fft_irfft", "fft_irfft2", "fft_irfftn", "fft_rfft",
        "fft_rfft2", "fft_rfftn", "fractional_max_pool2d", "fractional_max_pool3d", "geqrf", "grid_sampler",
        "grid_sampler_2d", "grid_sampler_3d", "hinge_embedding_loss", "huber_loss", "inverse", "kl_div", "l1_loss",
        "linalg_cholesky", "linalg_cholesky_ex", "linalg_cond", "linalg_eig", "linalg_eigh", "linalg_eigvals",
        "linalg_eigvalsh", "linalg_householder_product", "linalg_inv", "linalg_inv_ex", "linalg_lstsq",
        "linalg_matrix_rank", "linalg_qr", "linalg_solve", "linalg_svd", "linalg_svdvals", "linalg_tensorinv",
        "linalg_tensorsolve", "lu_solve", "margin_ranking_loss", "max_pool3d", "max_unpool2d", "max_unpool3d",
        "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "nanquantile", "nll_loss", "nll_loss2d",
        "nll_loss_nd", "orgqr", "ormqr", "pinverse", "poisson_nll_loss", "polar", "prod", "qr", "quantile",
        "reflection_pad1d",
        "reflection_pad2d", "replication_pad1d", "replication_pad2d", "replication_pad3d", "smooth_l1_loss",
        "soft_margin_loss", "stft", "svd", "trace", "triangular_solve", "triplet_margin_loss", "view_as_complex",
    }
)  # fmt: skip
"""Run in float32."""

WIDEST = frozenset({"cat", "index_copy", "stack"})
"""Run in the widest dtype of their tensors."""


class Autocast:
    """What is on: the lower dtype, and the casts that are kept."""

    __slots__ = ("cache", "dtype", "keeps")

    def __init__(self, lower: dtype, keeps: bool, cache: dict[int, tuple[Tensor, Tensor]]) -> None:
        self.dtype, self.keeps, self.cache = lower, keeps, cache


AUTOCAST: ContextVar[Autocast | None] = ContextVar("autocast", default=None)
"""What is on in this thread; None if nothing is."""


def cast_and_call(name: str, values: Sequence[Any], call: Callable[[Sequence[Any]], Any]) -> Any:
    """Call an operation of this name with its tensors in the dtype that it runs in."""
    active = AUTOCAST.get()
    if active is None or not (name in LOWER or name in FULL or name in WIDEST):
        return call(values)
    wanted = active.dtype if name in LOWER else float32
    if name in WIDEST and not any(one._dtype is float32 for one in _tensors(values)):
        wanted = active.dtype
    cast = [_cast(value, wanted, active) for value in values]
    token = AUTOCAST.set(None)
    try:
        return call(cast)
    finally:
        AUTOCAST.reset(token)


def _tensors(values: Any) -> list[Tensor]:
    if isinstance(values, Tensor):
        return [values]
    return [one for value in values for one in _tensors(value)] if isinstance(values, (list, tuple)) else []


def _cast(value: Any, wanted: dtype, active: Autocast) -> Any:
    if isinstance(value, tuple):
        return tuple(_cast(one, wanted, active) for one in value)
    if not isinstance(value, Tensor) or not value._dtype.is_floating_point or value._dtype in (wanted, float64):
        return value
    is_kept = active.keeps and wanted is active.dtype and value._dtype is float32
    if not (is_kept and value.requires_grad and value.is_leaf and not value._is_view()):
        return value.to(wanted)
    found = active.cache.get(id(value))
    if found is None:
        found = active.cache[id(value)] = (value, value.to(wanted))
    return found[1]

"""Which operations torch's ``vmap`` computes one example after the other, and warns of.

Source: the warnings of torch's ``vmap`` on its own samples of every operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..warning import warn

if TYPE_CHECKING:
    from ..declare.op import Op

SLOW = frozenset(
    {
        "_scaled_dot_product_flash_attention_for_cpu", "_upsample_nearest_exact1d.vec",
        "_upsample_nearest_exact2d.vec", "addbmm_", "addcdiv_", "addcmul_", "addmm_", "addmv_", "addr_", "argwhere",
        "as_strided_", "baddbmm_", "bilinear", "bincount", "chalf", "clamp_.Tensor", "conj_physical_", "cumprod_",
        "cumsum_", "diagflat", "embedding_bag.padding_idx", "embedding_renorm_", "eq_.Tensor", "fft_ihfft2",
        "fft_ihfftn", "fill.Scalar", "float_power_.Tensor", "floor_divide_.Tensor", "fmod_.Tensor",
        "fractional_max_pool2d", "fractional_max_pool3d", "ge_.Tensor", "gt_.Tensor", "hash_tensor", "heaviside_",
        "histc", "histogram.bin_ct", "histogram.bins_tensor", "hypot_", "igamma_", "igammac_", "index_copy_",
        "index_reduce", "index_reduce_", "isclose", "isin.Tensor_Tensor", "istft", "kl_div", "ldexp_", "le_.Tensor",
        "lerp_.Scalar", "lerp_.Tensor", "linalg_ldl_solve", "linalg_lu", "linalg_tensorsolve", "lt_.Tensor",
        "lu_solve", "margin_ranking_loss", "masked_fill.Tensor", "masked_fill_.Tensor", "masked_scatter",
        "masked_scatter_", "max_unpool2d", "max_unpool3d", "multi_margin_loss", "multilabel_margin_loss",
        "nanquantile.scalar", "ne_.Tensor", "nextafter_", "nonzero_static", "ormqr", "pdist", "permute_copy",
        "polygamma_", "pow_.Tensor", "put", "put_", "quantile.scalar", "remainder_.Tensor", "renorm", "renorm_",
        "repeat_interleave.Tensor", "resize_as_", "scatter_.reduce", "scatter_.src", "segment_reduce",
        "soft_margin_loss", "special_airy_ai", "special_chebyshev_polynomial_t", "special_chebyshev_polynomial_u",
        "special_chebyshev_polynomial_v", "special_chebyshev_polynomial_w", "special_hermite_polynomial_h",
        "special_hermite_polynomial_he", "special_laguerre_polynomial_l", "special_legendre_polynomial_p",
        "special_log_ndtr", "special_shifted_chebyshev_polynomial_t", "special_shifted_chebyshev_polynomial_u",
        "special_shifted_chebyshev_polynomial_v", "special_shifted_chebyshev_polynomial_w", "square_",
        "squeeze_copy", "squeeze_copy.dim", "stft", "t_copy", "take", "to_sparse", "to_sparse.sparse_dim",
        "transpose_copy.int", "tril_", "triplet_margin_loss", "triu_", "unsqueeze_copy", "vander", "xlogy_.Tensor",
    }
)  # fmt: skip
"""By name and overload."""


def is_slow(op: Op, *, in_place: bool = False) -> bool:
    """Whether torch computes one example after the other."""
    return _name(op, in_place=in_place) in SLOW


def warn_of(op: Op, *, in_place: bool = False) -> None:
    """Warn of an operation that is slow, as torch does each time."""
    if (name := _name(op, in_place=in_place)) in SLOW:
        warn(
            f"There is a performance drop because we have not yet implemented the batching rule for aten::{name}. "
            "Please file us an issue on GitHub so that we can prioritize its implementation."
        )


def _name(op: Op, *, in_place: bool = False) -> str:
    name, overload = op.schema.name, op.schema.overload
    if in_place:
        name, overload = f"{name.rstrip('_')}_", overload.removeprefix("Tensor_")
        overload = {"floor_divide_": "Tensor", "ldexp_": ""}.get(name, overload)  # other than the function's
    return f"{name}.{overload}" if overload else name

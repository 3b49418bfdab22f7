"""Which operations refuse dtypes whose numbers are stored: ``uint16``, ``uint32``, ``uint64``, floats of eight bits.

What moves elements takes them, and some that computes.  Others say which kernel of torch's has not got the dtype, by
the names in these tables; those that stand in neither say so in their declarations.

Source: torch's refusals, as they were observed of each operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ..checks import not_implemented
from ..dtypes import FLOAT8, dtype
from ..tensor import Tensor

if TYPE_CHECKING:
    from ..declare.op import Op


def check_computes(op: Op, d: dtype, values: Sequence[Any]) -> None:
    """Refuse a dtype of stored numbers.

    Raises:
        NotImplementedError: if the operation does not compute with it.
    """
    name = op.schema.qualified
    kernel = KERNELS.get(name)
    if d in FLOAT8:
        kernel = FLOAT8_KERNELS.get(name, None if name in FLOAT8_COMPUTED else kernel)
        if kernel in SCALED and not all(isinstance(one, Tensor) and one._array.ndim for one in values[:2]):
            kernel = f"{kernel}_reduced_float"
        elif kernel == "mul_cpu":
            return
    if kernel is not None:
        raise not_implemented(kernel)(d)


SCALED: Final = frozenset({"mul_cpu", "div_cpu", "div_floor_cpu"})
"""Kernels that have another name where one operand is a number; of products, only that refuses floats of eight bits."""


def _by_operation(kernels: dict[str, str]) -> dict[str, str]:
    return {name: kernel for kernel, names in kernels.items() for name in names.split()}


FLOAT8_COMPUTED: Final = frozenset({
    "abs", "abs_", "addbmm", "addmm", "conv_tbc", "index_put", "index_select", "masked_scatter_backward",
    "masked_select", "mm",
})  # fmt: skip
"""Operations that have these floats, though not these integers."""

# The kernels, and what they do not compute.
KERNELS: Final = _by_operation({
    "GeluBackwardKernelImpl": "gelu_backward",
    "LayerNormBackwardKernelImpl": "native_layer_norm_backward",
    "_embedding_bag_per_sample_weights_backward_cpu": "_embedding_bag_per_sample_weights_backward",
    "_segment_reduce_cpu": "_segment_reduce_backward",
    "_upsample_nearest_exact1d_backward": "_upsample_nearest_exact1d_backward",
    "_upsample_nearest_exact2d_backward": "_upsample_nearest_exact2d_backward",
    "_upsample_nearest_exact3d_backward": "_upsample_nearest_exact3d_backward",
    "abs_cpu": "abs abs_",
    "adaptive_avg_pool2d_backward": "_adaptive_avg_pool2d_backward",
    "adaptive_avg_pool3d_backward_cpu": "_adaptive_avg_pool3d_backward",
    "adaptive_max_pool2d_backward": "adaptive_max_pool2d_backward",
    "adaptive_max_pool3d_backward": "adaptive_max_pool3d_backward",
    "add_stub": "dist add.Tensor sub.Tensor rsub.Tensor rsub.Scalar",
    "addcmul_cpu_out": "addcmul",
    "addmm_impl_cpu_": "conv_tbc mm addmm addbmm",
    "addmv_impl_cpu": "mv addmv",
    "addr_cpu": "addr",
    "aminmax_cpu": "aminmax",
    "argmax_cpu": "argmax",
    "argmin_cpu": "argmin",
    "avg_pool2d_backward": "avg_pool2d_backward",
    "avg_pool3d_backward_out_frame": "avg_pool3d_backward",
    "baddbmm": "baddbmm",
    "batch_norm_backward_cpu": "batch_norm_backward",
    "bernoulli_scalar_cpu_": "bernoulli.p bernoulli_.float",
    "bernoulli_tensor_cpu_self_": "bernoulli bernoulli_.Tensor",
    "binary_cross_entropy_backward": "binary_cross_entropy_backward",
    "bincount_cpu": "bincount",
    "bitwise_not_cpu": "bitwise_not",
    "bmm": "bmm _trilinear",
    "cdist_backward": "_cdist_backward",
    "channel_shuffle": "channel_shuffle",
    "clamp_cpu": "clamp.Tensor",
    "clamp_max_scalar_cpu": "clamp_max",
    "clamp_min_scalar_cpu": "relu clamp_min",
    "clamp_scalar_cpu": "clamp hardtanh",
    "conj_cpu": "_conj_physical",
    "cross": "linalg_cross",
    "ctc_loss_backward_cpu": "_ctc_loss_backward",
    "cummax_cpu": "cummax",
    "cummin_cpu": "cummin",
    "div_floor_cpu": "div.Tensor_mode floor_divide",
    "dot": "dot vdot",
    "elu_backward_cpu": "elu_backward",
    "flip_cpu": "flip rot90",
    "fmod_cpu": "fmod.Tensor fmod.Scalar",
    "fractional_max_pool2d_backward_out_frame": "fractional_max_pool2d_backward",
    "fractional_max_pool3d_backward_out_frame": "fractional_max_pool3d_backward",
    "gcd_cpu": "gcd",
    "ge_cpu": "ge.Tensor ge.Scalar",
    "geometric_cpu": "geometric_",
    "grid_sampler_2d_backward_cpu_kernel_impl": "grid_sampler_2d_backward",
    "grid_sampler_3d_backward_cpu": "grid_sampler_3d_backward",
    "gt_cpu": "gt.Tensor gt.Scalar",
    "hardshrink_backward_cpu": "hardtanh_backward",
    "hardsigmoid_backward": "hardsigmoid_backward",
    "hardswish_backward_cpu": "hardswish_backward",
    "heaviside_cpu": "heaviside",
    "huber_backward_cpu_out": "huber_loss_backward",
    "index_add_": "index_add",
    "index_copy_cpu": "index_copy",
    "index_fill_cpu": "index_fill.int_Tensor index_fill.int_Scalar",
    "index_put": "index_put",
    "index_select": "index_select",
    "isin_default_cpu": "isin.Tensor_Tensor isin.Scalar_Tensor",
    "kthvalue_cpu": "kthvalue",
    "lcm_cpu": "lcm",
    "le_cpu": "le.Tensor le.Scalar",
    "leaky_relu_backward_cpu": "leaky_relu_backward rrelu_with_noise_backward",
    "lerp_kernel_tensor": "lerp.Tensor",
    "linalg_lstsq_cpu": "linalg_lstsq",
    "log_sigmoid_backward_cpu": "log_sigmoid_backward",
    "logical_and_cpu": "logical_and",
    "logical_not_cpu": "logical_not",
    "logical_or_cpu": "logical_or",
    "logical_xor_cpu": "logical_xor",
    "lt_cpu": "lt.Tensor lt.Scalar",
    "masked_fill": "masked_fill.Scalar _unsafe_masked_index _unsafe_masked_index_put_accumulate",
    "masked_scatter": "masked_scatter",
    "masked_select": "masked_select masked_scatter_backward",
    "max_all": "max",
    "max_cpu": "max.dim",
    "max_pool2d": "max_pool2d_with_indices",
    "max_pool2d_backward": "max_pool2d_with_indices_backward",
    "max_pool3d": "max_pool3d_with_indices",
    "max_pool3d_backward": "max_pool3d_with_indices_backward",
    "max_values_cpu": "amax",
    "maximum_cpu": "clamp_min.Tensor maximum fmax index_reduce",
    "median_cpu": "median nanmedian",
    "median_out": "median.dim nanmedian.dim",
    "min_all": "min",
    "min_cpu": "min.dim",
    "min_values_cpu": "amin",
    "minimum_cpu": "clamp_max.Tensor minimum fmin",
    "mode_cpu": "mode",
    "mse_backward_cpu_out": "mse_loss_backward",
    "multi_margin_loss_backward_cpu_kernel": "multi_margin_loss_backward",
    "multilabel_margin_loss_forward_out_frame": "multilabel_margin_loss_forward",
    "neg_cpu": "soft_margin_loss_backward soft_margin_loss neg",
    "nll_loss2d_backward_out_frame": "nll_loss2d_backward",
    "nll_loss_backward_out_frame": "nll_loss_backward",
    "nonzero_count_cpu": "count_nonzero nonzero nonzero_static",
    "pdist_backward": "_pdist_backward",
    "pixel_shuffle": "pixel_shuffle",
    "pixel_unshuffle": "pixel_unshuffle",
    "pow": "pow.Tensor_Tensor pow.Scalar pow.Tensor_Scalar",
    "prelu_backward_cpu": "_prelu_kernel_backward",
    "random_kernel_cpu": "random_",
    "reflection_pad1d": "reflection_pad1d",
    "reflection_pad1d_backward": "reflection_pad1d_backward",
    "reflection_pad2d": "reflection_pad2d",
    "reflection_pad2d_backward": "reflection_pad2d_backward",
    "reflection_pad3d": "reflection_pad3d",
    "reflection_pad3d_backward": "reflection_pad3d_backward",
    "remainder_cpu": "remainder.Tensor remainder.Scalar_Tensor remainder.Scalar",
    "replication_pad1d": "replication_pad1d",
    "replication_pad1d_backward": "replication_pad1d_backward",
    "replication_pad2d": "replication_pad2d",
    "replication_pad2d_backward": "replication_pad2d_backward",
    "replication_pad3d": "replication_pad3d",
    "replication_pad3d_backward": "replication_pad3d_backward",
    "scatter_gather_scalar_cpu": "scatter.value",
    "scatter_gather_tensor_cpu": "gather scatter.src scatter_add",
    "scatter_gather_tensor_cpu_reduce_amax": "scatter_reduce.two",
    "searchsorted_out_cpu": "searchsorted.Tensor",
    "shrink_backward_cpu": "hardshrink_backward softshrink_backward",
    "sigmoid_backward_cpu": "sigmoid_backward",
    "sign_cpu": "sign sgn",
    "slow_conv2d_cpu": "convolution",
    "slow_conv2d_cpu_grad_input": "convolution_backward",
    "smooth_l1_backward_cpu_out": "smooth_l1_loss_backward",
    "softplus_backward_cpu": "softplus_backward",
    "take_cpu": "take",
    "take_put_cpu": "put",
    "tanh_backward_cpu": "tanh_backward",
    "threshold_cpu": "threshold_backward threshold threshold_",
    "topk_cpu": "topk",
    "trace": "trace",
    "tril": "tril lu_unpack",
    "triu": "triu",
    "unfold_backward_cpu": "unfold_backward",
    "upsample_bicubic2d_aa_backward_cpu": "_upsample_bicubic2d_aa_backward",
    "upsample_bicubic2d_backward": "upsample_bicubic2d_backward",
    "upsample_bilinear2d_aa_backward_cpu": "_upsample_bilinear2d_aa_backward",
    "upsample_bilinear2d_backward": "upsample_bilinear2d_backward",
    "upsample_lanczos2d_aa_backward_cpu": "_upsample_lanczos2d_aa_backward",
    "upsample_linear1d_backward": "upsample_linear1d_backward",
    "upsample_nearest1d_backward": "upsample_nearest1d_backward",
    "upsample_nearest2d_backward": "upsample_nearest2d_backward",
    "upsample_nearest2d_channels_last": "upsample_nearest2d _upsample_nearest_exact2d",
    "upsample_nearest3d_backward": "upsample_nearest3d_backward",
    "upsample_trilinear3d_backward": "upsample_trilinear3d_backward",
    "weight_norm_kernel": "_weight_norm_interface",
    "xor_sum_cpu": "hash_tensor",
})  # fmt: skip
# The same of floats of eight bits, where it is not the same.
FLOAT8_KERNELS: Final = _by_operation({
    "ceil_vml_cpu": "ceil",
    "floor_vml_cpu": "floor",
    "trunc_vml_cpu": "trunc",
    "acos_vml_cpu": "acos",
    "acosh_cpu": "acosh acosh_",
    "addcdiv_cpu_out": "addcdiv",
    "angle_cpu": "angle",
    "arange_cpu": "mvlgamma",
    "asin_vml_cpu": "asin",
    "asinh_cpu": "asinh asinh_",
    "atan_vml_cpu": "atan",
    "atanh_cpu": "atanh atanh_",
    "cauchy_cpu": "cauchy_",
    "cdist": "_cdist_forward",
    "check_uniform_bounds": "uniform_",
    "cos_vml_cpu": "cos",
    "cosh_cpu": "cosh",
    "cumprod_out_cpu": "cumprod",
    "cumsum_out_cpu": "cumsum",
    "div_cpu": "div.Tensor",
    "exp2": "exp2",
    "exp_vml_cpu": "exp",
    "expm1_vml_cpu": "expm1",
    "exponential_cpu": "exponential_",
    "flash_attention": "_scaled_dot_product_flash_attention_for_cpu",
    "fmax_cpu": "fmax",
    "fmin_cpu": "fmin",
    "frexp_cpu": "frexp.Tensor",
    "isinf": "isinf",
    "isneginf_cpu": "isneginf",
    "isposinf_cpu": "isposinf",
    "log10_vml_cpu": "log10",
    "log1p_vml_cpu": "log1p",
    "log2_vml_cpu": "log2",
    "log_normal_cpu": "log_normal_",
    "log_vml_cpu": "log",
    "max_values_cpu": "logsumexp",
    "mul_cpu": "mul.Tensor",
    "mul_cpu_reduced_float": "mul.Scalar deg2rad rad2deg",
    "multinomial": "multinomial",
    "nan_to_num": "nan_to_num",
    "nansum_cpu": "nansum",
    "norm_cpu": "linalg_vector_norm norm.ScalarOpt_dim",
    "normal_kernel_cpu": "normal.Tensor_float normal_",
    "pow": "ldexp.Tensor",
    "prod_out_cpu": "prod prod.dim_int",
    "random_update_from_to": "random_.from random_.to",
    "reciprocal_cpu": "reciprocal",
    "round_cpu": "round.decimals",
    "rsqrt_cpu": "rsqrt",
    "sigmoid_cpu_reduced_float": "glu_backward sigmoid",
    "signbit_cpu": "signbit",
    "sin_vml_cpu": "sin",
    "sinc_cpu": "sinc",
    "sinh_cpu": "sinh",
    "sorting_kernel_method_name": "sort.stable sort",
    "sqrt_vml_cpu": "sqrt",
    "std_cpu": "var.correction std.correction var_mean.correction std_mean.correction",
    "sum_cpu": "sum sum.dim_IntList mean mean.dim linalg_matrix_exp",
    "tan_vml_cpu": "tan",
    "tanh_vml_cpu": "tanh",
    "tril": "linalg_cholesky_ex",
})  # fmt: skip
